"""requests-oauthlib, the strictest of the common clients, completes its flows with a default scope, as most
applications configure one."""

import urllib.parse

import pytest
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient, OAuth2Error, WebApplicationClient
from requests_oauthlib import OAuth2Session

from expect import ok
from oauth import REDIRECT, Pkce, confidential, person, public, signed_in  # noqa: F401

SCOPE = ["openid", "profile", "email"]


@pytest.fixture(autouse=True)
def insecure_transport(monkeypatch):
    """It requires TLS for every URL, but the tests' web server has none."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.delenv("OAUTHLIB_RELAX_TOKEN_SCOPE", raising=False)


@pytest.fixture(scope="module")
def service(instance):
    owner = instance.user()
    return instance.service_account(instance.organization(owner)["id"], "viewer")


def authorize(session, instance, signed_in, client):
    pkce = Pkce()
    url, state = session.authorization_url(instance.url + "/auth/authorize", code_challenge=pkce.challenge,
                                           code_challenge_method="S256")
    assert "scope=openid" in url
    signed_in.get(url)
    if signed_in.page.status_code == 200:
        signed_in.submit(decision="allow")
    location = signed_in.page.headers["Location"]
    assert dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))["state"] == state
    return session.fetch_token(instance.url + "/auth/token", authorization_response=location,
                               code_verifier=pkce.verifier, client_secret=client.secret, include_client_id=True)


@pytest.mark.shows("OAuth 21")
@pytest.mark.parametrize("kind", ["public", "confidential"])
def test_authorization_code_and_refresh(instance, person, signed_in, request, kind):
    client = request.getfixturevalue(kind)
    session = OAuth2Session(client=WebApplicationClient(client.id), redirect_uri=REDIRECT, scope=SCOPE)
    token = authorize(session, instance, signed_in, client)
    assert None not in token.values() and token["token_type"] == "bearer"
    assert ok(session.get(instance.url + "/users/me"))["id"] == person.id
    fresh = session.refresh_token(instance.url + "/auth/token", client_id=client.id,
                                  **({"client_secret": client.secret} if client.secret else {}))
    assert fresh["refresh_token"] != token["refresh_token"]
    assert ok(session.get(instance.url + "/users/me"))["id"] == person.id
    with pytest.raises(OAuth2Error) as caught:
        session.refresh_token(instance.url + "/auth/token", refresh_token="x", client_id=client.id,
                              **({"client_secret": client.secret} if client.secret else {}))
    assert caught.value.error == "invalid_grant" and caught.value.description


@pytest.mark.parametrize("path", ["/auth/token", "/auth/login"])
def test_client_credentials(instance, service, path):
    session = OAuth2Session(client=BackendApplicationClient(service.id, scope=SCOPE), scope=SCOPE)
    token = session.fetch_token(instance.url + path, client_secret=service.key)
    assert None not in token.values() and "refresh_token" not in token
    assert ok(session.get(instance.url + "/users/me"))["id"] == service.id


def test_the_wrong_secret_is_an_error_of_its_kind(instance, service):
    session = OAuth2Session(client=BackendApplicationClient(service.id))
    with pytest.raises(OAuth2Error) as caught:
        session.fetch_token(instance.url + "/auth/token", client_secret="x")
    assert caught.value.error == "invalid_client" and caught.value.status_code == 401


def test_a_persons_password_is_not_taken(instance, public):
    session = OAuth2Session(client=LegacyApplicationClient(public.id))
    with pytest.raises(OAuth2Error) as caught:
        session.fetch_token(instance.url + "/auth/token", username="x", password="y", include_client_id=True)
    assert caught.value.error == "unsupported_grant_type"
