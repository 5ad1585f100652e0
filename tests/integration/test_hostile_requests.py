"""Requests that only an attacker sends, behind every web server. docs/security.md names them."""

import re
import socket
import urllib.parse

import pytest

from expect import ok, unique

REFUSED = {400, 401, 403, 404, 405, 501}
JSON = "Content-Type: application/json"


class Answer:
    def __init__(self, data):
        head, _, self.body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        found = re.match(r"HTTP/1\.[01] (\d{3})", head)
        self.status = int(found[1]) if found else None
        self.head = head


def send(instance, *lines, body="", version="1.1", host="localhost"):
    """One request as it is written here, and all that comes back until the connection ends."""
    request, *headers = lines
    path_start = request.index(" ") + 1
    request = request[:path_start] + instance.mount + request[path_start:]
    text = "\r\n".join([f"{request} HTTP/{version}", f"Host: {host}", "Connection: close", *headers, "", body])
    address = urllib.parse.urlsplit(instance.url)
    data = b""
    with socket.create_connection((address.hostname, address.port), timeout=15) as connection:
        connection.sendall(text.encode("latin-1"))
        while piece := connection.recv(65536):
            data += piece
    return Answer(data)


@pytest.fixture(scope="session")
def owner(every_server):
    return every_server.user(limit=1000)


@pytest.fixture(scope="session")
def other(every_server):
    return every_server.user()


def bearer(user):
    return f"Authorization: Bearer {user.token}"


@pytest.mark.shows("API8")
def test_trace_sends_no_credential_back(every_server, owner):
    answer = send(every_server, "TRACE /users/me", bearer(owner))
    assert answer.status in REFUSED and owner.token not in answer.body


@pytest.mark.shows("V13.2.1-13.2.3")
@pytest.mark.parametrize("method", ["get", "PROPFIND", "SEARCH", "X" * 300])
def test_another_method_does_nothing(every_server, owner, method):
    assert send(every_server, f"{method} /users/me", bearer(owner)).status in REFUSED


@pytest.mark.shows("API5")
def test_a_header_does_not_change_the_method(every_server, owner):
    org = every_server.organization(owner)
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = send(every_server, f"GET /organizations/{org['id']}?_method=DELETE", bearer(owner), f"{header}: DELETE")
        assert answer.status == 200
    ok(owner.client.get(f"/organizations/{org['id']}"))


@pytest.mark.shows("V13.2.1-13.2.3")
def test_two_credentials_are_none(every_server, owner, other):
    for first, second in ((owner, other), (other, owner), (owner, owner)):
        answer = send(every_server, "GET /users/me", bearer(first), bearer(second))
        assert answer.status in (400, 401) and "username" not in answer.body


@pytest.mark.shows("V13.2.5")
def test_headers_of_a_similar_name_do_not_count(every_server, owner, other):
    """CGI makes one variable of Authorization and authorization, and dashes look like underscores."""
    for header in ("Authorization_", "HTTP_AUTHORIZATION", "X-Authorization", "Redirect-Http-Authorization"):
        answer = send(every_server, "GET /users/me", f"{header}: Bearer {other.token}", bearer(owner))
        assert answer.status == 200 and owner.name in answer.body
        assert send(every_server, "GET /users/me", f"{header}: Bearer {other.token}").status == 401


@pytest.mark.shows("V13.2.5")
@pytest.mark.parametrize("headers", [
    ["Content-Length: 4", "Content-Length: 40"], ["Content-Length: -4"], ["Content-Length: +4"],
    ["Content-Length: 0x4"], ["Transfer-Encoding: xchunked"], ["Content-Length: 4", "Transfer-Encoding: chunked"],
    ["Content-Length: 4", "Transfer-Encoding : chunked"],
], ids=lambda headers: ", ".join(headers))
def test_no_second_request_is_smuggled_behind_the_first(every_server, owner, headers):
    name = unique("smuggled")
    body = f'0\r\n\r\nPOST {every_server.mount}/organizations HTTP/1.1\r\nHost: x\r\n{JSON}\r\n{bearer(owner)}\r\n' \
        f'Content-Length: {len(name) + 11}\r\n\r\n{{"name":"{name}"}}'
    answer = send(every_server, "POST /organizations", JSON, bearer(owner), *headers, body=body)
    assert answer.status in (400, 411, 422, 501)
    assert len(re.findall(r"^HTTP/1\.", answer.head + "\n" + answer.body, re.MULTILINE)) == 1
    assert ok(owner.client.get("/organizations", params={"name": name})) == []


@pytest.mark.shows("V12")
@pytest.mark.parametrize("path", [
    "/organizations/../../../../etc/passwd", "/organizations/%2e%2e/%2e%2e/etc/passwd",
    "/organizations/..%2f..%2fetc%2fpasswd",
    "/organizations/%252e%252e%252fetc%252fpasswd", "/..;/etc/passwd", "/organizations/a%00b", "//etc/passwd",
    "/organizations/%0d%0aSet-Cookie:%20a=b", "/organizations/%1b%5b31m", "/organizations/%ff%fe",
])
def test_no_path_leads_out(every_server, owner, path):
    answer = send(every_server, f"GET {path}", bearer(owner))
    assert answer.status in REFUSED and "root:" not in answer.body and "set-cookie" not in answer.head.lower()


@pytest.mark.shows("V5.3.4-5.3.5")
@pytest.mark.parametrize("name", ["' OR 1=1 -- ", '" OR ""="', "'; DROP TABLE orgd_organizations; --", "%' OR name LIKE '%",
                                  "\\' OR 1=1 #", "/**/UNION/**/SELECT/**/1", "0x27 OR 1"])
def test_names_that_look_like_sql_are_names(every_server, owner, name):
    quoted = urllib.parse.quote(name.strip(), safe="")
    assert owner.client.get("/organizations/" + quoted).status_code in (403, 404)
    assert ok(owner.client.get(f"/organizations?name={quoted}")) == []
    assert ok(owner.client.get(f"/organizations?owner_username={quoted}")) == []
    assert owner.client.get(f"/organizations?after={quoted}").status_code == 422


@pytest.mark.shows("V14.5.1-14.5.3")
@pytest.mark.parametrize("host, header", [("evil.example", "X-A: b"), ("localhost", "X-Forwarded-Host: evil.example"),
                                          ("localhost", "Forwarded: host=evil.example;proto=https"),
                                          ("localhost", "X-Original-URL: /evil.example"),
                                          ("localhost", "X-Forwarded-Prefix: /evil.example"),
                                          ("localhost", "Script-Name: /evil.example")])
def test_no_header_gets_into_links(every_server, owner, host, header):
    """Otherwise a cache in between would give them to others, and clients would send their secrets elsewhere."""
    for path in ("/.well-known/oauth-authorization-server", "/openapi.json", "/", "/docs",
                 "/organizations?limit=1", "/auth/device"):
        answer = send(every_server, f"GET {path}", bearer(owner), header, host=host)
        assert "evil.example" not in answer.head + answer.body


@pytest.mark.shows("V8.1.1, V8.2.1")
def test_answers_to_one_caller_are_kept_by_no_cache(every_server, owner):
    for path in ("/users/me", "/organizations"):
        answer = send(every_server, f"GET {path}", bearer(owner))
        assert re.search(r"^Cache-Control: (private, no-cache|no-store)\r?$", answer.head, re.MULTILINE | re.IGNORECASE)


def test_older_and_absolute_requests_are_read_alike_or_refused(every_server, owner):
    assert send(every_server, "GET /users/me", bearer(owner), version="1.0").status == 200
    assert send(every_server, "GET /users/me", version="1.0").status == 401
    address = urllib.parse.urlsplit(every_server.url)
    with socket.create_connection((address.hostname, address.port), timeout=15) as connection:
        connection.sendall(f"GET http://evil.example{every_server.mount}/users/me HTTP/1.1\r\nHost: localhost\r\n"
                           f"{bearer(owner)}\r\nConnection: close\r\n\r\n".encode())
        data = b"".join(iter(lambda: connection.recv(65536), b""))
    assert Answer(data).status in (200, 400) and b"evil.example" not in data


@pytest.mark.shows("API8", "V14.5.1-14.5.3")
@pytest.mark.parametrize("origin", ["https://app.example.org.evil.example", "https://evil.example", "null", "*",
                                    "https://app.example.or", "http://app.example.org", "https://app.example.org:8443",
                                    "https://app.example.org/", "HTTPS://APP.EXAMPLE.ORG",
                                    "https://app.example.org https://evil.example"])
def test_only_a_listed_origin_to_the_letter_may_read(instance, origin):
    user = instance.user()
    for response in (user.client.get("/users/me", headers={"Origin": origin}),
                     user.client.options("/users/me", headers={"Origin": origin,
                                                               "Access-Control-Request-Method": "DELETE"})):
        assert "Access-Control-Allow-Origin" not in response.headers
        assert "Access-Control-Allow-Methods" not in response.headers
        assert response.headers["Vary"] == "Origin"


@pytest.mark.shows("V14.5.1-14.5.3")
def test_no_origin_is_sent_credentials_of_the_browser(instance):
    response = instance.user().client.get("/users/me", headers={"Origin": "https://app.example.org"})
    assert response.headers["Access-Control-Allow-Origin"] == "https://app.example.org"
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.shows("V7.3.1")
def test_what_administrators_see_moves_no_terminal(database):
    """Names that somebody has written into the database past the checks."""
    name = unique("terminal")
    database.orgctl("user", "create", name, "--quiet")
    evil = "\x1b[31m\u009b31m\r\n\x07" + name
    database.sql("UPDATE orgd.orgd_accounts SET full_name = %s WHERE name = %s", (evil, name))
    for arguments in (["user", "list"], ["user", "show", name]):
        shown = database.orgctl(*arguments)
        assert name in shown
        assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown) == []
