"""Authlib, an OAuth2 client of others, completes every flow, beginning with discovery."""

import os
import time
import urllib.parse

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

from expect import ok
from oauth import (DEVICE_GRANT, browser, confidential, forget_attempts, forget_grants, is_accepted, person,  # noqa: F401
                   public, signed_in)

REDIRECT = "https://app.example.org/callback"


@pytest.fixture(autouse=True, scope="module")
def insecure_transport():
    """Authlib requires TLS for every URL, but the tests' web server has none."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    yield
    del os.environ["AUTHLIB_INSECURE_TRANSPORT"]


@pytest.fixture(scope="module")
def server(instance):
    """Discovery (RFC 8414), checked by Authlib's own validation."""
    document = ok(requests.get(get_well_known_url(instance.url, external=True,
                                                  suffix="oauth-authorization-server"), timeout=30))
    metadata = AuthorizationServerMetadata(document)
    metadata.validate()
    assert metadata["issuer"] == instance.url
    return metadata


@pytest.fixture(scope="module")
def service(instance):
    owner = instance.user()
    return instance.service_account(instance.organization(owner)["id"], "viewer")


METHODS = ["none", "client_secret_basic", "client_secret_post"]


@pytest.fixture
def session(public, confidential, request):
    """A client with the method of authentication that the test asks for."""
    method = request.param
    client = public if method == "none" else confidential
    return OAuth2Session(client.id, client.secret, token_endpoint_auth_method=method,
                         revocation_endpoint_auth_method=method, redirect_uri=REDIRECT, code_challenge_method="S256",
                         timeout=30)


each_method = pytest.mark.parametrize("session", METHODS, indirect=True)


def authorize(session, server, browser, person):
    """The authorization code flow up to a token."""
    verifier = generate_token(48)
    url, state = session.create_authorization_url(server["authorization_endpoint"], code_verifier=verifier)
    browser.get(url)
    browser.follow()
    if 'name="password"' in browser.page.text:
        browser.sign_in(person.name)
    if browser.page.status_code == 200:
        browser.submit(decision="allow")
    location = browser.page.headers["Location"]
    answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
    assert answer["iss"] == server["issuer"] and answer["state"] == state
    return session.fetch_token(server["token_endpoint"], authorization_response=location, state=state,
                               code_verifier=verifier)


def me(session, server):
    return session.get(server["issuer"] + "/users/me")


@each_method
def test_authorization_code_refresh_and_revocation(session, server, browser, person):
    token = authorize(session, server, browser, person)
    assert not token.is_expired() and token["expires_at"] > time.time() + 3000
    assert ok(me(session, server))["id"] == person.id
    old = dict(token)
    new = session.refresh_token(server["token_endpoint"])
    assert new["refresh_token"] != old["refresh_token"] and new["access_token"] != old["access_token"]
    assert ok(me(session, server))["id"] == person.id
    response = session.revoke_token(server["revocation_endpoint"], token_type_hint="refresh_token")
    assert response.status_code == 200
    assert me(session, server).status_code == 401
    with pytest.raises(OAuthError) as caught:
        session.refresh_token(server["token_endpoint"], refresh_token=new["refresh_token"])
    assert caught.value.error == "invalid_grant" and caught.value.description


@each_method
def test_a_default_scope_does_no_harm(session, server, signed_in, person):
    """RFC 6749, 3.3: applications send one unasked; the answer names none, and the session goes on."""
    session.scope = "openid profile email"
    token = authorize(session, server, signed_in, person)
    assert "scope" not in token and None not in token.values()
    session.refresh_token(server["token_endpoint"])
    assert ok(me(session, server))["id"] == person.id


@each_method
def test_a_session_refreshes_by_itself(session, server, signed_in, person):
    """As an application does: Authlib sees that the token has expired, and fetches the next one."""
    session.metadata["token_endpoint"] = server["token_endpoint"]
    token = dict(authorize(session, server, signed_in, person))
    session.token = {**token, "expires_at": int(time.time()) - 10}
    assert ok(me(session, server))["id"] == person.id
    assert session.token["access_token"] != token["access_token"]


@pytest.mark.parametrize("session", METHODS[1:], indirect=True)
def test_introspection(session, server, signed_in, person):
    token = authorize(session, server, signed_in, person)
    for kind in ("access_token", "refresh_token"):
        described = ok(session.introspect_token(server["introspection_endpoint"], token=token[kind],
                                                token_type_hint=kind))
        assert described["active"] is True and described["sub"] == person.id
        assert described["client_id"] == session.client_id
    assert ok(session.introspect_token(server["introspection_endpoint"], token="x")) == {"active": False}


@pytest.mark.parametrize("method", METHODS[1:])
def test_client_credentials(server, service, method):
    session = OAuth2Session(service.id, service.key, token_endpoint_auth_method=method,
                            revocation_endpoint_auth_method=method, timeout=30)
    session.fetch_token(server["token_endpoint"], grant_type="client_credentials")
    assert ok(me(session, server))["id"] == service.id
    described = ok(session.introspect_token(server["introspection_endpoint"], token=session.token["access_token"]))
    assert described["active"] is True and described["sub"] == service.id
    session.metadata.update(token_endpoint=server["token_endpoint"], grant_type="client_credentials")
    old = session.token["access_token"]
    session.token = {**session.token, "expires_at": int(time.time()) - 10}
    assert ok(me(session, server))["id"] == service.id and session.token["access_token"] != old


@each_method
def test_the_published_keys_verify_its_tokens(session, server, signed_in, person):
    token = authorize(session, server, signed_in, person)
    keys = JsonWebKey.import_key_set(ok(requests.get(server["jwks_uri"], timeout=30)))
    claims = jwt.decode(token["access_token"], keys, claims_options={
        "iss": {"essential": True, "value": server["issuer"]}, "aud": {"essential": True, "value": server["issuer"]},
        "client_id": {"essential": True, "value": session.client_id}, "sub": {"value": person.id},
        "exp": {"essential": True}})
    claims.validate()
    assert claims.header["typ"] == "at+jwt"


@each_method
def test_refusals_arrive_as_such(instance, session, server, signed_in):
    forget_grants(instance)
    url, state = session.create_authorization_url(server["authorization_endpoint"], code_verifier=generate_token(48))
    signed_in.get(url)
    location = signed_in.submit(decision="deny").headers["Location"]
    assert dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))["error"] == "access_denied"
    for form, error in (({"grant_type": "authorization_code", "code": "x", "code_verifier": "A" * 43}, "invalid_grant"),
                        ({"grant_type": "password", "username": "x", "password": "y"}, "unsupported_grant_type")):
        with pytest.raises(OAuthError) as caught:
            session.fetch_token(server["token_endpoint"], **form)
        assert caught.value.error == error
    session.client_secret = "wrong"
    if session.token_endpoint_auth_method != "none":
        with pytest.raises(OAuthError) as caught:
            session.fetch_token(server["token_endpoint"], grant_type="authorization_code", code="x")
        assert caught.value.error == "invalid_client"


def test_device_grant(instance, server, signed_in, person, public):
    """Authlib cannot start it, but it polls with any grant type."""
    forget_attempts(instance)
    session = OAuth2Session(public.id, token_endpoint_auth_method="none", timeout=30)
    started = ok(requests.post(server["device_authorization_endpoint"], data={"client_id": public.id}, timeout=30))

    def poll():
        return session.fetch_token(server["token_endpoint"], grant_type=DEVICE_GRANT,
                                   device_code=started["device_code"])

    with pytest.raises(OAuthError) as caught:
        poll()
    assert caught.value.error == "authorization_pending"
    signed_in.get(started["verification_uri_complete"])
    signed_in.submit(decision="allow")
    token = poll()
    assert ok(me(session, server))["id"] == person.id and token["refresh_token"]
    session.refresh_token(server["token_endpoint"])
    assert is_accepted(instance, session.token["access_token"])
    forget_attempts(instance)


# A client that knows nothing but the description of the API


@pytest.fixture
def flows(instance):
    """The OAuth2 flows of openapi.json, with absolute URLs (OpenAPI 3.1: relative to where the document is)."""
    url = instance.url + "/openapi.json"
    scheme, = [scheme for scheme in ok(requests.get(url, timeout=30))["components"]["securitySchemes"].values()
               if scheme["type"] == "oauth2"]
    return {name: {key: urllib.parse.urljoin(url, value) for key, value in flow.items() if key.endswith("Url")}
            for name, flow in scheme["flows"].items()}


def test_the_document_leads_through_client_credentials(instance, flows, service):
    client = OAuth2Session(service.id, service.key, timeout=30)
    client.fetch_token(flows["clientCredentials"]["tokenUrl"], grant_type="client_credentials")
    assert ok(client.get(instance.url + "/users/me"))["id"] == service.id


def test_the_document_leads_through_the_authorization_code(instance, flows, person, signed_in, public):
    flow = flows["authorizationCode"]
    client = OAuth2Session(public.id, token_endpoint_auth_method="none", redirect_uri=REDIRECT,
                           code_challenge_method="S256", timeout=30)
    verifier = generate_token(48)
    url, state = client.create_authorization_url(flow["authorizationUrl"], code_verifier=verifier)
    signed_in.get(url)
    if signed_in.page.status_code == 200:
        signed_in.submit(decision="allow")
    answer = signed_in.page.headers["Location"]
    client.fetch_token(flow["tokenUrl"], authorization_response=answer, code_verifier=verifier, state=state)
    assert ok(client.get(instance.url + "/users/me"))["id"] == person.id
    before = client.token["access_token"]
    client.refresh_token(flow["refreshUrl"])
    assert client.token["access_token"] != before
    assert ok(client.get(instance.url + "/users/me"))["id"] == person.id
