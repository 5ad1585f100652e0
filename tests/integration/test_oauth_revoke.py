"""Revocation and introspection. Points 32 and 33 of RFC 7009 and 7662."""

import uuid

import jwt
import pytest
import requests.auth

from expect import UNKNOWN_ID, ok
from oauth import (Device, RegisteredClient, confidential, error_of, id_of, is_accepted, person, person_of,  # noqa: F401
                   public, refused_client, sign_in, signed_in, tokens_for)

DEAD = {"active": False}


@pytest.fixture(scope="module")
def service(instance):
    owner = instance.user(limit=10)
    return instance.service_account(instance.organization(owner)["id"], "viewer")


def login(instance, service):
    return ok(instance.client().post("/auth/login", data={"password": service.key}))["access_token"]


def assert_alive(instance, client, tokens):
    assert is_accepted(instance, tokens["access_token"])
    return ok(client.refresh(tokens["refresh_token"]))


def assert_dead(instance, client, tokens):
    assert not is_accepted(instance, tokens["access_token"])
    error_of(client.refresh(tokens["refresh_token"]), 400, "invalid_grant")


def inactive(response):
    """RFC 7662, 2.2: nothing else is said."""
    assert ok(response) == DEAD
    assert response.headers["Cache-Control"] == "no-store"


# Revocation: RFC 7009


@pytest.mark.shows("OAuth 32")
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "x"])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_client_gives_its_tokens_back(instance, person, signed_in, public, confidential, kind, hint):
    """RFC 7009, 2.1 and 2.2: a refresh token takes its access tokens along; the hint is but a hint."""
    for client in (public, confidential):
        tokens, others = tokens_for(signed_in, person, client), tokens_for(signed_in, person, client)
        newer = ok(client.refresh(tokens["refresh_token"]))
        response = client.revoke(newer[kind], token_type_hint=hint)
        assert response.status_code == 200 and response.headers["Cache-Control"] == "no-store"
        assert not is_accepted(instance, tokens["access_token"])
        assert_dead(instance, client, newer)
        assert client.revoke(newer[kind]).status_code == 200
        assert_alive(instance, client, others)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_device_gives_its_tokens_back(instance, signed_in, kind):
    """RFC 7009, 2.1: public clients too, so those that are registered nowhere; but only what was issued to them."""
    device, other = Device(instance), Device(instance)
    device.decide(signed_in)
    tokens = ok(device.poll())
    assert other.post("/auth/revoke", token=tokens[kind]).status_code == 200
    assert is_accepted(instance, tokens["access_token"])
    assert device.post("/auth/revoke", token=tokens[kind]).status_code == 200
    assert not is_accepted(instance, tokens["access_token"])


@pytest.mark.shows("OAuth 32")
def test_what_is_no_token_is_revoked_already(person, signed_in, public, confidential):
    """RFC 7009, 2.2: 200 for invalid tokens."""
    used = tokens_for(signed_in, person, public)
    ok(public.refresh(used["refresh_token"]))
    for client in (public, confidential):
        for token in ("x", "a.b.c", "..", "e30.e30.", str(uuid.uuid4()), "ORGREF_" + "A" * 64, "\u00e9", "x" * 5000,
                      used["refresh_token"][:-1]):
            assert client.revoke(token).status_code == 200


@pytest.mark.shows("OAuth 32")
def test_a_client_cannot_revoke_anothers_tokens(instance, person, signed_in, public, confidential, service):
    """RFC 7009, 2.1."""
    for mine, other in ((public, confidential), (confidential, public), (public, RegisteredClient(instance))):
        tokens = tokens_for(signed_in, person, mine)
        for kind in ("access_token", "refresh_token"):
            other.revoke(tokens[kind])
            tokens = assert_alive(instance, mine, tokens)
    token = login(instance, service)
    for client in (public, confidential):
        client.revoke(token)
        client.revoke(service.key)
    assert is_accepted(instance, token) and is_accepted(instance, service.key)


def test_the_client_proves_itself(instance, person, signed_in, public, confidential):
    """RFC 7009, 2.1."""
    tokens = tokens_for(signed_in, person, confidential)
    for changes in ({"client_secret": None}, {"client_secret": "x"}, {"client_id": None, "client_secret": None},
                    {"client_id": str(uuid.uuid4())}, {"client_id": public.id}):
        for endpoint in (confidential.revoke, confidential.introspect):
            refused_client(endpoint(tokens["refresh_token"], **changes))
    for endpoint in (confidential.revoke, confidential.introspect):
        error_of(endpoint(None), 400, "invalid_request")
        error_of(endpoint(""), 400, "invalid_request")
    assert_alive(instance, confidential, tokens)


def test_a_service_account_is_not_told_that_its_token_is_gone_while_it_works(instance, service):
    """RFC 7009, 2.2 and 2.2.1: 200 means that it is revoked; else the error is unsupported_token_type."""
    token = login(instance, service)
    response = instance.client().post("/auth/revoke", data={"token": token, "client_id": service.id,
                                                            "client_secret": service.key})
    if response.status_code == 200:
        assert not is_accepted(instance, token)
    else:
        error_of(response, 400, "unsupported_token_type")


# Introspection: RFC 7662


def test_a_living_access_token_is_described(instance, person, signed_in, confidential):
    """RFC 7662, 2.2."""
    tokens = tokens_for(signed_in, person, confidential)
    response = confidential.introspect(tokens["access_token"], token_type_hint="refresh_token")
    body = ok(response)
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert response.headers["Cache-Control"] == "no-store" and response.headers["Content-Type"] == "application/json"
    assert body["active"] is True and body["token_type"] == "Bearer" and body["username"] == person.name
    for claim in ("iss", "aud", "sub", "client_id", "jti", "iat", "exp"):
        assert body[claim] == claims[claim]


def test_a_living_refresh_token_is_described(instance, person, signed_in, confidential):
    tokens = tokens_for(signed_in, person, confidential)
    body = ok(confidential.introspect(tokens["refresh_token"]))
    assert body["active"] is True and body["client_id"] == confidential.id and body["sub"] == person.id
    assert body["username"] == person.name and body["iss"] == instance.url
    assert tokens["refresh_token"] not in str(body)
    newer = ok(confidential.refresh(tokens["refresh_token"]))
    inactive(confidential.introspect(tokens["refresh_token"]))
    assert_alive(instance, confidential, newer)  # asking ends nothing


def test_a_service_account_asks_about_its_own(instance, service):
    token = login(instance, service)
    response = instance.client().post("/auth/introspect", data={"token": token},
                                      auth=requests.auth.HTTPBasicAuth(service.id, service.key))
    body = ok(response)
    assert body["active"] is True and body["sub"] == service.id and body["username"] == service.name


@pytest.mark.parametrize("client_id", [UNKNOWN_ID, "x", "confidential", "public"])
@pytest.mark.parametrize("path", ["/auth/introspect", "/auth/revoke"])
def test_a_key_is_its_own_accounts_alone(instance, public, confidential, service, path, client_id):
    """RFC 6749, 2.3: client_id and secret belong together, as at the token endpoint."""
    client_id = {"confidential": confidential.id, "public": public.id}.get(client_id, client_id)
    for options in ({"data": {"token": "x", "client_id": client_id, "client_secret": service.key}},
                    {"data": {"token": "x"}, "auth": requests.auth.HTTPBasicAuth(client_id, service.key)}):
        refused_client(instance.client().post(path, **options))


@pytest.mark.shows("V8.3.1, V8.3.4", "OAuth 33")
def test_who_proves_nothing_is_told_nothing(instance, person, signed_in, public):
    """RFC 7662, 2.1: the caller is authenticated, so a public client cannot ask."""
    tokens = tokens_for(signed_in, person, public)
    for kind in ("access_token", "refresh_token"):
        refused_client(public.introspect(tokens[kind]))
        refused_client(instance.client().post("/auth/introspect", data={"token": tokens[kind]}))
        response = instance.client(tokens["access_token"]).post("/auth/introspect", data={"token": tokens[kind]})
        refused_client(response)


@pytest.mark.shows("OAuth 33")
def test_nothing_is_said_of_foreign_or_made_up_tokens(instance, person, signed_in, public, confidential, service):
    """RFC 7662, 2.2 and 4: exactly the same for all of them."""
    other = RegisteredClient(instance, confidential=True)
    tokens = tokens_for(signed_in, person, public)
    for token in (tokens["access_token"], tokens["refresh_token"], login(instance, service), service.key, person.token,
                  tokens["access_token"][:-1], tokens["access_token"] + "A", "x", "..", "a.b.c", "\u00e9", "x" * 5000,
                  other.secret, confidential.secret):
        inactive(other.introspect(token))
        if token != tokens["access_token"]:
            response = instance.client().post("/auth/introspect", data={"token": tokens["access_token"]},
                                              auth=requests.auth.HTTPBasicAuth(service.id, service.key))
            inactive(response)


@pytest.mark.shows("OAuth 33")
@pytest.mark.parametrize("what", ["revocation", "sign-out", "password", "deactivation", "expiry"])
def test_a_dead_token_is_inactive(instance, confidential, what):
    """RFC 7662, 2.2, as the API itself sees it."""
    person = person_of(instance)
    browser = sign_in(instance, person)
    tokens = tokens_for(browser, person, confidential)
    if what == "revocation":
        ok(confidential.revoke(tokens["refresh_token"]))
    elif what == "sign-out":
        browser.get("/auth/sign-in")
        browser.submit()
    elif what == "password":
        instance.installation.orgctl("user", "set", person.name, "--password", input="another password")
    elif what == "deactivation":
        instance.installation.orgctl("user", "deactivate", person.name)
    else:
        instance.installation.sql("UPDATE orgd.orgd_credentials SET expires = UTC_TIMESTAMP(6) WHERE id = "
                                  + id_of(tokens["refresh_token"]))
    inactive(confidential.introspect(tokens["refresh_token"]))
    if what == "expiry":
        assert is_accepted(instance, tokens["access_token"])  # for its own hour
    else:
        inactive(confidential.introspect(tokens["access_token"]))


def test_other_clients_of_the_same_person_stay_strangers(instance, person, signed_in):
    one, other = (RegisteredClient(instance, confidential=True) for _ in range(2))
    tokens = tokens_for(signed_in, person, one)
    inactive(other.introspect(tokens["refresh_token"]))
    assert ok(one.introspect(tokens["refresh_token"]))["active"] is True


# Resource servers: RFC 7662, 1


@pytest.fixture(scope="module")
def resource_server(instance):
    return RegisteredClient(instance, redirect_uris=None, resource_server=True)


@pytest.mark.shows("OAuth 33")
def test_a_resource_server_learns_of_every_credential(instance, person, signed_in, public, confidential, service,
                                                      resource_server):
    tokens = [tokens_for(signed_in, person, client)["access_token"] for client in (public, confidential)]
    for token, who, organization in ((tokens[0], person, None), (tokens[1], person, None),
                                     (login(instance, service), service, True), (service.key, service, True),
                                     (person.token, person, None), (f" {person.token}\n", person, None)):
        told = ok(resource_server.introspect(token))
        assert (told["active"], told["sub"], told["username"]) == (True, who.id, who.name)
        assert told["token_type"] == "Bearer" and told["iss"] == instance.url and None not in told.values()
        assert ("organization_id" in told) == bool(organization)
        assert ("exp" in told) == ("." in token)
        if organization:
            me = ok(instance.client(token).get("/users/me"))
            assert told["organization_id"] == me["organization_id"]


@pytest.mark.shows("OAuth 33")
def test_a_resource_server_learns_of_an_end_at_once(instance, resource_server):
    person = person_of(instance)
    for secret in (person.token, ok(instance.client().post("/auth/login", data={"password": person.token}))["access_token"]):
        assert ok(resource_server.introspect(secret))["active"]
    instance.installation.orgctl("user", "deactivate", person.name)
    inactive(resource_server.introspect(person.token))


@pytest.mark.shows("OAuth 33")
def test_what_opens_nothing_is_nothing_to_a_resource_server(instance, person, signed_in, public, service,
                                                            resource_server):
    """A refresh token is for the authorization server alone: who accepted one as a credential would be deceived."""
    tokens = tokens_for(signed_in, person, public)
    for token in (tokens["refresh_token"], "x", service.key[:-1] + ("A" if service.key[-1] != "A" else "B"),
                  public.id, resource_server.secret, signed_in.session.cookies.get("orgd_session") or "x"):
        inactive(resource_server.introspect(token))
    assert_alive(instance, public, tokens)


def test_a_resource_server_proves_itself_and_gets_nothing(instance, person, signed_in, public, resource_server):
    tokens = tokens_for(signed_in, person, public)
    for changes in ({"client_secret": None}, {"client_secret": "x"}):
        refused_client(resource_server.introspect(tokens["access_token"], **changes))
    ok(resource_server.revoke(tokens["refresh_token"]))
    ok(resource_server.revoke(tokens["access_token"]))
    tokens = assert_alive(instance, public, tokens)
    error_of(resource_server.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    error_of(resource_server.token(grant_type="client_credentials"), 400, "unauthorized_client")
    error_of(resource_server.post("/auth/device_authorization"), 400, "unauthorized_client")


def test_others_learn_nothing_of_keys(instance, person, confidential, service):
    """Not even a service account of its own key: it may ask about its access tokens."""
    inactive(confidential.introspect(person.token))
    inactive(instance.client().post("/auth/introspect",
                                    data={"client_id": service.id, "client_secret": service.key, "token": service.key}))
