"""The harness's Glewlwyd issues tokens that anybody can verify, and leaves no process or file."""

import time

import jwt
import pytest

from glewlwyd import KEYS, Glewlwyd
from processes import Server, is_alive
from servers import accepts

START_LIMIT_S = 10.0


@pytest.fixture(scope="module", params=KEYS)
def issuer(request, environment):
    with Glewlwyd(environment, algorithm=request.param) as started:
        yield started


def verified(issuer, token):
    """The token's claims, if a resource server that knows only the issuer's attributes accepts it."""
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "at+jwt"
    assert header["alg"] == issuer.algorithm
    key = jwt.PyJWKClient(issuer.jwks_url).get_signing_key(header["kid"]).key
    return jwt.decode(token, key, algorithms=[issuer.algorithm], issuer=issuer.issuer, audience=issuer.audience,
                      options={"require": ["exp", "iat", "nbf", "sub"]})


def test_client_credentials_token_is_the_clients(issuer):
    claims = verified(issuer, issuer.client_credentials_token())
    assert set(claims) == issuer.client_claims
    assert claims["sub"] == claims["client_id"] == issuer.client_id
    assert claims["scope"] == issuer.scope


def test_authorization_code_token_is_the_persons(issuer):
    issuer.add_person("bob")
    alice, bob = (verified(issuer, issuer.authorization_code_token(name)) for name in (issuer.person, "bob"))
    assert set(alice) == set(bob) == issuer.person_claims
    assert alice["client_id"] == bob["client_id"] == issuer.client_id
    assert (alice["username"], bob["username"]) == (issuer.person, "bob")
    assert len({alice["sub"], bob["sub"], issuer.client_id}) == 3
    assert issuer.scope in alice["scope"].split()


def test_restart_keeps_keys_and_subjects(issuer):
    token = issuer.authorization_code_token()
    issuer.stop()
    assert not accepts(("127.0.0.1", issuer.port))
    issuer.start()
    assert verified(issuer, token)["sub"] == verified(issuer, issuer.authorization_code_token())["sub"]


def test_starts_quickly_and_leaves_nothing(environment):
    begin = time.monotonic()
    with Glewlwyd(environment) as issuer:
        assert time.monotonic() - begin < START_LIMIT_S
        pid = issuer.pid
        assert issuer in Server.started
    assert not is_alive(pid)
    assert not accepts(("127.0.0.1", issuer.port))
    assert not issuer.directory.exists()
    assert issuer not in Server.started
