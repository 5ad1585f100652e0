"""One corpus of paths, written as a client writes them, gives the same answers behind every web server."""

import http.client
import json
import urllib.parse

import pytest

from installation import Instance, unique

# What follows the mount, and the organization that it names. {p} is a prefix of the run.
FOUND = {
    "/organizations/{p}%20b": "{p} b",
    "/organizations/{p}+b": "{p}+b",
    "/organizations/{p}%2Bb": "{p}+b",
    "/organizations/{p}%25b": "{p}%b",
    "/organizations/{p}%2525b": "{p}%25b",
    "/organizations/{p}%252Fb": "{p}%2Fb",
    "/organizations/{p}%2Fb": "{p}/b",
    "/organizations/{p}%2fb": "{p}/b",
    "/organizations/{p}%2F%2Fb": "{p}//b",
    "/organizations/{p}%2F..%2Fb": "{p}/../b",
    "/organizations/{p}%3Fb": "{p}?b",
    "/organizations/{p}%23b": "{p}#b",
    "/organizations/{p}%3Bb": "{p};b",
    "/organizations/{p};b": "{p};b",
    "/organizations/{p}%C3%BC": "{p}ü",
    "/organizations/{p}%c3%bc": "{p}ü",
    "/organizations/{p}u%CC%88": "{p}ü",
    "/organizations/{p}%F0%9F%A6%8A": "{p}🦊",
    "/organizations/%7B{p}%7D": "{{{p}}}",
    "/%6Frganizations/{p}%20b": "{p} b",
    "/organizations/{p}%20b/": "{p} b",
    "//organizations//{p}%20b": "{p} b",
    "/organizations/./{p}%20b": "{p} b",
    "/health/../organizations/{p}%20b": "{p} b",
    "/health/%2E%2E/organizations/{p}%20b": "{p} b",
    "/organizations/{p}%20b?x=/y%2Fz": "{p} b",
}

NOT_FOUND = [
    "/organizations/{p}",
    "/organizations/{p}b",
    "/organizations/{p}/b",
    "/organizations/{p}%20b/x",
    "/organizations/{p}%2520b",
    "/organizations/../organizations2",
    "/organization",
    "/Organizations",
    "/organizationsx",
    "/health/x",
    "/x",
]

# Outside the mount /api/v1, and nothing at the mount /.
OUTSIDE = ["/api/v10", "/api/v10/health", "/api/v1/../v10/health", "/api/v1%2Fhealth2", "/api/health"]


def get(server, path, token):
    """Sends the path as it stands; http.client does not touch it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
    connection.putrequest("GET", path or "/", skip_accept_encoding=True)
    connection.putheader("Authorization", f"Bearer {token}")
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


@pytest.fixture(scope="session")
def owner(every_server):
    return every_server.user(limit=1000)


@pytest.fixture(scope="session")
def prefix(every_server, owner):
    prefix = unique("p")
    for name in sorted(set(FOUND.values())):
        every_server.organization(owner, name=name.format(p=prefix))
    return prefix


@pytest.mark.shows("V13.1.1, V13.1.3")
@pytest.mark.parametrize("path", FOUND)
def test_found(every_server, owner, prefix, path):
    response, body = get(every_server.server, every_server.mount + path.format(p=prefix), owner.token)
    assert response.status == 200, body
    assert json.loads(body)["name"] == FOUND[path].format(p=prefix)


@pytest.mark.parametrize("path", NOT_FOUND)
def test_not_found(every_server, owner, prefix, path):
    response, body = get(every_server.server, every_server.mount + path.format(p=prefix), owner.token)
    assert response.status == 404, body
    assert json.loads(body)["detail"][0] == "KeyError"


@pytest.mark.parametrize("path", OUTSIDE)
def test_outside_the_mount(every_server, owner, path):
    """404 comes from orgd or, where the mount keeps the path out, from the web server itself."""
    response, body = get(every_server.server, path, owner.token)
    assert response.status == 404, body
    assert "X-Request-Id" not in response.headers or json.loads(body)["detail"][0] == "KeyError"


def test_client_can_quote_nothing_at_all(every_server, owner, prefix):
    """UTF-8 as it is, without percent-encoding: RFC 3986 forbids it, careless clients send it, servers pass it on."""
    name = f"{prefix}ü"
    path = f"{every_server.mount}/organizations/{name}".encode().decode("latin-1")
    connection = http.client.HTTPConnection("127.0.0.1", every_server.server.port, timeout=15)
    connection._encode_request = lambda request: request.encode("latin-1")
    connection.request("GET", path, headers={"Authorization": f"Bearer {owner.token}"})
    response = connection.getresponse()
    assert response.status == 200
    assert json.loads(response.read())["name"] == name
    assert urllib.parse.unquote(path) == path
    connection.close()


@pytest.mark.parametrize("kind", ["apache-mod_fcgid", "apache-mod_proxy_fcgi"])
def test_apache_may_decode_encoded_slashes(database, kind):
    """Some guides write On where our samples write NoDecode."""
    with Instance(database, kind, "", changes={"AllowEncodedSlashes NoDecode": "AllowEncodedSlashes On"}) as instance:
        user = instance.user(limit=2)
        for name in (f"{unique('R&D')}/Berlin", f"{unique('R&D')}%2F/%25"):
            created = instance.organization(user, name=name)
            response = user.client.get("/organizations/" + urllib.parse.quote(name, safe=""))
            assert response.status_code == 200, response.text
            assert response.json() == created
