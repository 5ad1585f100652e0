"""The metadata of the authorization server (RFC 8414) and its keys, behind every server and mount."""

import urllib.parse

import pytest
import requests

from expect import ok
from installation import Instance
from servers import SERVERS

WELL_KNOWN = "/.well-known/oauth-authorization-server"


def test_it_tells_the_truth_about_the_server(every_server):
    metadata = ok(every_server.client().get(WELL_KNOWN))
    assert metadata["issuer"] == every_server.url
    for name, url in metadata.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert url.startswith(every_server.url + "/")
            assert requests.options(url, timeout=10).status_code == 204, url
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["response_types_supported"] == ["code"]
    assert "password" not in metadata["grant_types_supported"]


def test_the_keys_have_no_private_part(every_server):
    keys = ok(every_server.client().get("/.well-known/jwks.json"))["keys"]
    assert keys and all(set(key) <= {"kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"} for key in keys)


@pytest.mark.parametrize("kind", SERVERS)
def test_under_a_prefix_it_is_found_in_front_of_it(database, kind):
    """RFC 8414, 3.1: the well-known part comes before the path of the issuer."""
    with Instance(database, kind, "/api/v1") as instance:
        url = urllib.parse.urlsplit(instance.url)
        found = requests.get(f"{url.scheme}://{url.netloc}{WELL_KNOWN}{url.path}", timeout=10)
        assert ok(found)["issuer"] == instance.url
        assert found.json() == ok(instance.client().get(WELL_KNOWN))
