"""The limits that orgd.conf(5) lists: against the description of the API, and at the limits of requests themselves.

Limits that other tests reach: bodies, depth and request ids in test_errors.py, fields in test_openapi.py, time in
test_slow_peers.py and test_outage.py, attempts in test_oauth_guessing.py."""

import base64
import json
import shutil
from pathlib import Path

import pytest

import fastcgi
from expect import ok, places, unauthorized
from oauth import PASSWORD, Browser, error_of, forget_attempts, person  # noqa: F401
from processes import make_directory, wait_until
from servers import Pool

SOURCES = Path(__file__).resolve().parents[2]
PAIRS_MAX = 100

# The limits of an organization's fields, and where the description of the API has them.
FIELDS = {
    "Name of an organization": "OrganizationCreate/name/maxLength",
    "Description": "OrganizationCreate/description/maxLength",
    "Logo's or link's URL": "Link/url/maxLength",
    "Links": "OrganizationCreate/links/maxItems",
}


def read(path):
    return (SOURCES / path).read_text("utf-8")


def in_the_description(name):
    schema, field, keyword = name.split("/")
    described = json.loads(read("docs/openapi.json"))["components"]["schemas"][schema]["properties"][field]
    values = {branch[keyword] for branch in [described, *described.get("anyOf", [])] if keyword in branch}
    return values.pop()


def test_the_manual_and_the_description_agree_about_fields(tables):
    assert {title: tables["limits"][title] for title in FIELDS} == \
        {title: in_the_description(name) for title, name in FIELDS.items()}


# Parameters


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


def parameters(count):
    return "&".join(f"p{number}={number}" for number in range(count))


def test_a_query_has_up_to_a_hundred_parameters(instance, owner):
    ok(owner.client.get(f"/organizations?limit=1&{parameters(PAIRS_MAX - 1)}"))
    response = owner.client.get(f"/organizations?limit=1&{parameters(PAIRS_MAX)}")
    assert places(response) == [("too_long", ["query"])]
    assert response.json()["detail"][0]["ctx"] == {"max_length": PAIRS_MAX}
    unauthorized(instance.client().get(f"/organizations?{parameters(PAIRS_MAX + 1)}"))


@pytest.mark.shows("API4")
def test_a_form_has_up_to_a_hundred_parameters(instance, owner):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/auth/login", "/auth/token"):
        body = f"grant_type=client_credentials&client_secret={owner.token}&{parameters(PAIRS_MAX - 2)}"
        ok(instance.client().post(path, data=body, headers=form))
        response = instance.client().post(path, data=body + "&one=more", headers=form)
        error_of(response, 400, "invalid_request")
        assert "too many parameters" in response.json()["error_description"]


@pytest.mark.shows("API4")
def test_a_form_has_up_to_eight_kilobytes(instance, owner, tables):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    most = tables["limits"]["Body that is a form"]
    for path in ("/auth/login", "/auth/token"):
        body = f"grant_type=client_credentials&client_secret={owner.token}&x="
        body += "y" * (most - len(body))
        ok(instance.client().post(path, data=body, headers=form))
        error_of(instance.client().post(path, data=body + "y", headers=form), 413, "invalid_request")
    for path in ("/auth/sign-in", "/auth/device"):
        assert instance.client().post(path, data="x" * (most + 1), headers=form).status_code == 413


def test_a_form_of_a_page_has_up_to_a_hundred_parameters(instance, person):
    forget_attempts(instance)
    for extra, status in ((PAIRS_MAX - 4, 303), (PAIRS_MAX - 3, 400)):
        visitor = Browser(instance.url)
        visitor.get("/auth/sign-in?next=/auth/device")
        response = visitor.submit(username=person.name, password=PASSWORD,
                                  **{f"p{number}": "x" for number in range(extra)})
        assert response.status_code == status, response.text
        assert ("orgd_session" in visitor.session.cookies) == (status == 303)


# Paths and what is logged of them

@pytest.fixture(scope="module")
def pool(database):
    """Spoken to directly: web servers refuse some of this."""
    directory = make_directory()
    server = Pool(database, directory, workers=1)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(directory)


def line_of(pool, response):
    marker = f'"request_id":"{response.headers["X-Request-Id"]}"'
    line = wait_until(lambda: [line for line in pool.logs().splitlines() if marker in line], "the access line")[0]
    assert all(" " <= character < "\x7f" for character in line)
    return json.loads(line)


@pytest.mark.shows("V7.1.3, V7.2.1")
@pytest.mark.parametrize("size, is_cut", [(2047, False), (2048, False), (2049, True), (60000, True)])
def test_a_long_path_leaves_a_line_all_the_same(pool, size, is_cut):
    path = "/" + "a" * (size - 1)
    line = line_of(pool, fastcgi.request(pool.socket, "GET", path))
    assert line["path"] == (path[:2048] + "..." if is_cut else path)
    assert line["status"] == 404


@pytest.mark.shows("V7.3.1")
@pytest.mark.parametrize("method, path, shown", [
    ("GET", "/a\x1b[31m\r\nb", "/a%1B[31m%0D%0Ab"), ("GET", "/\u009b31m", "/%C2%9B31m"),
    ("GET", "/Zürich", "/Z%C3%BCrich"),
    ("GET", "/ \x7f\"\\", "/%20%7F\"\\"), ("GET\x1b", "/x", "/x"), ("G" * 5000, "/x", "/x"),
], ids=["C0", "C1", "not ASCII", "others", "method", "long method"])
def test_nothing_in_a_line_of_the_log_moves_a_terminal(pool, method, path, shown):
    assert line_of(pool, fastcgi.request(pool.socket, method, path))["path"] == shown


@pytest.mark.parametrize("segments, status", [(8, 404), (9, 404), (63, 404), (64, 404), (65, 404), (5000, 404)])
def test_deep_paths_name_nothing(pool, segments, status):
    assert fastcgi.request(pool.socket, "GET", "/a" * segments).status == status


# Credentials


@pytest.mark.parametrize("length", [4096, 4097, 7000])
def test_a_long_token_is_refused_like_any_other(instance, length):
    unauthorized(instance.client("a" * length).get("/users/me"), "invalid_token")


def test_basic_credentials_have_up_to_1024_characters(instance, owner):
    def post(blanks):
        encoded = base64.b64encode(f":{owner.token}".encode() + b"\x00" * blanks).decode()
        assert len(encoded) in (1024, 1028)
        return instance.client().post("/auth/token", data={"grant_type": "client_credentials"},
                                      headers={"Authorization": f"Basic {encoded}"})

    length = len(f":{owner.token}")
    error_of(post(768 - length), 401, "invalid_client")
    error_of(post(771 - length), 400, "invalid_request")


# Administration


@pytest.mark.parametrize("name, uris, is_taken", [
    ("n" * 64, "https://a.example/", True), ("n" * 65, "https://a.example/", False),
    ("uri", "https://a.example/" + "u" * (2048 - 18), True), ("uri+", "https://a.example/" + "u" * (2049 - 18), False),
    ("uris", " ".join(f"https://{n:02}.example/" + "u" * (1638 - 20) for n in range(10))[:16384], True),
    ("uris+", " ".join(f"https://{n:02}.example/" + "u" * 1700 for n in range(10)), False),
], ids=["name", "longer name", "URI", "longer URI", "URIs", "more URIs"])
def test_clients_are_registered_within_their_limits(database, name, uris, is_taken):
    result = database.run_orgctl("client", "create", name, "--redirect-uri", uris)
    assert result.returncode == (0 if is_taken else 2), result.stderr


# Headers: the web server's own limits come first, with its own answer


def test_headers_beyond_the_web_servers_limits_are_refused_and_harm_nothing(every_server):
    user = every_server.user()
    for headers in ({"X-Large": "x" * 200000}, {f"X-{number}": "x" * 100 for number in range(3000)}):
        try:
            response = user.client.get("/users/me", headers=headers)
        except OSError:
            pass  # it hangs up while we still send
        else:
            assert response.status_code in (400, 431, 494), response.text
    ok(user.client.get("/users/me"))


def test_headers_within_them_arrive(every_server):
    user = every_server.user()
    ok(user.client.get("/users/me", headers={f"X-{number}": "x" * 50 for number in range(60)}))
    ok(user.client.get("/users/me", headers={"X-Large": "x" * 4000}))
