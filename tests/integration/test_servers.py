"""What must hold behind every web server, in every spawn mode, at every mount."""

import concurrent.futures
import gzip
import json
import urllib.parse

import pytest

from installation import Instance, unique
from processes import wait_until
from servers import SERVERS, Pool

MAX_BODY = 65536  # the default of max_body
OVER_MOD_FCGID_DEFAULT = 131072 + 1

# Each holds something that a web server decodes, rewrites or refuses somewhere.
NAMES = ["R&D/Berlin {}", "/{}", "{}/", "{}//x", "50% of {}", "%2F {}", "%25{}", "what? {}", "a+b {}", "#{}", "a;b=c {}", "back\\slash {}",
         "{}~", "{}.inc", ".ht{}", "index.html {}", "a&b={}", "colon: {}", "\"'<>{}", "Zürich {}", "東京 {}", "🦊 {}"]


@pytest.fixture(scope="session")
def owner(every_server):
    return every_server.user(limit=1000)


def quoted(name):
    return urllib.parse.quote(name, safe="")


def padded(name, size):
    """A request body of exactly this size."""
    body = json.dumps({"name": name}).encode()
    return body[:-1] + b" " * (size - len(body)) + b"}"


def in_chunks(body):
    """Makes requests send Transfer-Encoding: chunked."""
    for start in range(0, len(body), 8192):
        yield body[start:start + 8192]


def post_body(client, body):
    return client.post("/organizations", data=body, headers={"Content-Type": "application/json"})


def test_authorization_arrives(every_server, owner):
    assert every_server.client().get("/users/me").status_code == 401
    response = owner.client.get("/users/me")
    assert response.status_code == 200
    assert response.json()["username"] == owner.name


@pytest.mark.shows("V13.1.1, V13.1.3")
@pytest.mark.parametrize("template", NAMES)
def test_any_name_can_be_created_and_fetched(every_server, owner, template):
    name = template.format(unique("n"))
    created = every_server.organization(owner, name=name)
    assert created["name"] == name
    response = owner.client.get(f"/organizations/{quoted(name)}")
    assert response.status_code == 200, response.text
    assert response.json() == created
    response = owner.client.get("/organizations", params={"name": name})
    assert response.json() == [created]


def test_chunked_body(owner):
    name = unique("chunked")
    response = post_body(owner.client, in_chunks(padded(name, 20000)))
    assert response.status_code == 200, response.text
    assert response.json()["name"] == name


def test_largest_body(owner):
    for body in (padded(unique("large"), MAX_BODY), in_chunks(padded(unique("large"), MAX_BODY))):
        response = post_body(owner.client, body)
        assert response.status_code == 200, response.text


@pytest.mark.shows("API4")
@pytest.mark.parametrize("size", [MAX_BODY + 1, 100000, OVER_MOD_FCGID_DEFAULT, 2 * 1024 * 1024])
@pytest.mark.parametrize("send", [bytes, in_chunks], ids=["with length", "chunked"])
def test_too_large_body(every_server, owner, size, send):
    name = unique("too-large")
    response = post_body(owner.client, send(padded(name, size)))
    assert response.status_code == 413
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["detail"][0] == "ContentTooLarge"
    # Neither the organization nor the connection to the worker suffered.
    response = owner.client.get("/organizations", params={"name": name})
    assert response.status_code == 200
    assert response.json() == []


def test_a_creation_says_where_and_is_one_request(every_server, owner):
    """Apache takes a Location with status 200 for a redirect (RFC 3875, 6.2.2 and 6.2.3)."""
    response = owner.client.post("/organizations", json={"name": unique("located")})
    assert response.status_code == 200 and response.history == [] and "Location" not in response.headers
    assert response.headers["Content-Location"] == f"{every_server.url}/organizations/{response.json()['id']}"
    assert owner.client.session.get(response.headers["Content-Location"]).json() == response.json()


@pytest.mark.parametrize("body", [b"{}", b"x" * 5000], ids=len)
def test_a_get_may_have_a_body(every_server, owner, body):
    response = owner.client.get("/organizations", data=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200, response.text


def test_a_compressed_body_is_refused(every_server, owner):
    for coding in ("gzip", "br", "gzip, identity"):
        response = owner.client.post("/organizations", data=gzip.compress(b'{"name":"x"}'),
                                     headers={"Content-Type": "application/json", "Content-Encoding": coding})
        assert (response.status_code, response.json()["detail"][0]) == (415, "UnsupportedMediaType")


def test_link_carries_the_mount(every_server, owner):
    expected = {every_server.organization(owner)["id"] for _ in range(3)}
    seen = []
    url = f"{every_server.url}/organizations?owner_id={owner.id}&limit=2"
    while url is not None:
        response = owner.client.session.get(url)
        assert response.status_code == 200, response.text
        seen += [organization["id"] for organization in response.json()]
        link = response.links.get("next", {}).get("url")
        assert link is None or urllib.parse.urlsplit(link).path == f"{every_server.mount}/organizations"
        url = None if link is None else urllib.parse.urljoin(url, link)
    assert len(seen) == len(set(seen))
    assert expected <= set(seen)


def test_head(every_server, owner):
    path = f"/organizations/{every_server.organization(owner)['id']}"
    get = owner.client.get(path)
    head = owner.client.head(path)
    assert head.status_code == 200
    assert head.content == b""
    for header in ("ETag", "Content-Type", "Cache-Control", "X-Content-Type-Options"):
        assert head.headers[header] == get.headers[header]
    assert owner.client.head("/organizations/nobody-has-this-name").status_code == 404


def test_options(every_server):
    response = every_server.client().options("/organizations")
    assert response.status_code == 204
    assert response.content == b""
    assert response.headers["Allow"] == "GET, HEAD, POST, OPTIONS"


def test_wrong_method(owner):
    response = owner.client.request("PUT", "/organizations", json={})
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, POST, OPTIONS"
    assert response.json()["detail"][0] == "MethodNotAllowed"


def test_not_modified(every_server, owner):
    path = f"/organizations/{every_server.organization(owner)['id']}"
    etag = owner.client.get(path).headers["ETag"]
    response = owner.client.get(path, headers={"If-None-Match": etag})
    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["ETag"] == etag


def test_change_and_delete(every_server, owner):
    path = f"/organizations/{every_server.organization(owner)['id']}"
    etag = owner.client.get(path).headers["ETag"]
    changed = owner.client.patch(path, json={"description": "new"}, headers={"If-Match": etag})
    assert changed.status_code == 200, changed.text
    assert changed.json()["description"] == "new"
    assert owner.client.delete(path, headers={"If-Match": etag}).status_code == 412
    deleted = owner.client.delete(path)
    assert deleted.status_code == 200
    assert deleted.json() is None


def test_request_id_comes_back(every_server):
    response = every_server.client().get("/health", headers={"X-Request-Id": "the-client's"})
    assert response.headers["X-Request-Id"] != "the-client's"
    response = every_server.client().get("/health", headers={"X-Request-Id": "the.client_s-1"})
    assert response.headers["X-Request-Id"] == "the.client_s-1"


def test_many_at_once(every_server, owner):
    """More clients than workers: each waits a little, and none is refused."""
    def ask(_):
        return every_server.client(owner.token).get("/users/me").status_code

    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        assert set(threads.map(ask, range(160))) == {200}


@pytest.mark.parametrize("kind", [kind for kind, (_, backend) in SERVERS.items() if backend is Pool])
def test_restarted_pool_is_found_again(database, kind):
    """A web server that remembers the refusal for long would still answer 503."""
    with Instance(database, kind, "") as instance:
        instance.backend.stop()
        for _ in range(3):
            assert instance.client().get("/health").status_code in (502, 503)
        instance.backend.start()
        wait_until(lambda: instance.client().get("/health").status_code == 200, "the pool to be found", timeout=3)
