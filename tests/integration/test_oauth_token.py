"""The token endpoint: who may ask, how, and how it refuses. Points 11, 15-20 and 24 of RFC 6749 and 9700."""

import base64
import re
import urllib.parse
import uuid

import jwt
import pytest
import requests

from expect import ok
from oauth import (DEVICE_GRANT, PASSWORD, REDIRECT, Pkce, RegisteredClient, code_for, confidential,  # noqa: F401
                   error_of, is_accepted, person, public, refused_client, signed_in, tokens_for)

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FORM_BYTES_MAX = 8192
ENDPOINTS = ["/auth/token", "/auth/login", "/auth/revoke", "/auth/introspect", "/auth/device_authorization"]


@pytest.fixture(scope="module")
def service(instance):
    owner = instance.user()
    return instance.service_account(instance.organization(owner)["id"], "viewer")


def basic(client_id, secret, quote=True):
    if quote:
        client_id, secret = (urllib.parse.quote(value, safe="") for value in (client_id, secret))
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def post(instance, form, path="/auth/token", headers=None):
    return instance.client().post(path, data=form, headers={**FORM, **(headers or {})})


# How it is asked: RFC 6749, 3.2


@pytest.mark.shows("OAuth 15")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_it_takes_post_alone(instance, path):
    """RFC 6749, 3.2; RFC 7009, 2.1; RFC 7662, 2.1; RFC 8628, 3.1."""
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
        response = instance.client().request(method, path)
        assert response.status_code == 405 and response.headers["Allow"] == "POST, OPTIONS"
        if method != "HEAD":
            error_of(response, 405, "invalid_request")


@pytest.mark.shows("V13.1.4-13.1.5", "OAuth 15")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_it_takes_forms_alone(instance, public, path):
    form = {"grant_type": "refresh_token", "client_id": public.id, "refresh_token": "x", "token": "x"}
    for options in ({"json": form}, {"data": "x", "headers": {"Content-Type": "text/plain"}}, {"files": {"a": "b"}}):
        error_of(instance.client().post(path, **options), 415, "invalid_request")


@pytest.mark.shows("V3.1.1", "OAuth 15")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_nothing_secret_in_the_url(instance, confidential, service, path):
    """RFC 6749, 2.3.1 and 3.2: whatever the form says, the URL must not say it."""
    everything = {"grant_type": "client_credentials", "client_id": service.id, "client_secret": service.key,
                  "token": service.key}
    for name in ("client_secret", "password", "client_id", "code", "refresh_token", "token", "device_code",
                 "code_verifier", "access_token"):
        for form in (everything, {key: value for key, value in everything.items() if key != name}):
            response = post(instance, form, f"{path}?{name}={service.key}")
            error_of(response, 400, "invalid_request")
            assert service.key not in response.text


@pytest.mark.shows("V5.1.1")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_no_parameter_twice(instance, confidential, path):
    """RFC 6749, 3.2."""
    good = urllib.parse.urlencode({"grant_type": "refresh_token", "refresh_token": "x", "token": "x", "code": "x",
                                   "client_id": confidential.id, "client_secret": confidential.secret})
    names = {"/auth/token": ["grant_type", "refresh_token"]}.get(path, ["token"])
    for name in (*names, "client_id", "client_secret"):
        for value in ("", "x", "refresh_token", confidential.id):
            error_of(post(instance, f"{good}&{name}={value}", path), 400, "invalid_request")


def test_what_is_missing_is_an_invalid_request(instance, public):
    """RFC 6749, 5.2; without a value it is missing (3.1)."""
    for form in ({"client_id": public.id}, {"grant_type": "", "client_id": public.id},
                 {"grant_type": "authorization_code", "client_id": public.id},
                 {"grant_type": "authorization_code", "client_id": public.id, "code": ""},
                 {"grant_type": "refresh_token", "client_id": public.id},
                 {"grant_type": DEVICE_GRANT, "client_id": public.id}):
        error_of(post(instance, form), 400, "invalid_request")
    error_of(post(instance, ""), 400, "invalid_request")


@pytest.mark.shows("OAuth 11")
@pytest.mark.parametrize("grant_type",
                         ["password", "implicit", "token", "code", "AUTHORIZATION_CODE", "x", "authorization_code ",
                                        "urn:ietf:params:oauth:grant-type:jwt-bearer",
                                        "urn:ietf:params:oauth:grant-type:token-exchange", "\u00e9"])
def test_another_grant_is_unsupported(instance, person, confidential, grant_type):
    """RFC 9700, 2.1.2 and 2.4: neither implicit nor password."""
    for path in ("/auth/token", "/auth/login"):
        error_of(confidential.post(path, grant_type=grant_type, username=person.name, code="x",
                                   **({"password": PASSWORD} if path == "/auth/token" else {})),
                 400, "unsupported_grant_type")


@pytest.mark.shows("OAuth 11")
def test_a_persons_password_is_no_credential_of_any_grant(instance, person, public):
    """RFC 9700, 2.4."""
    for path in ("/auth/token", "/auth/login"):
        for form in ({"password": PASSWORD}, {"password": PASSWORD, "username": person.name},
                     {"password": PASSWORD, "client_id": person.id},
                     {"client_id": person.id, "client_secret": PASSWORD},
                     {"grant_type": "client_credentials", "password": PASSWORD, "username": person.name},
                     {"grant_type": "client_credentials", "client_id": person.id, "client_secret": PASSWORD},
                     {"grant_type": "password", "password": PASSWORD, "username": person.name},
                     {"grant_type": "password", "password": PASSWORD, "username": person.name, "client_id": public.id}):
            response = post(instance, form, path)
            assert response.status_code in (400, 401) and "access_token" not in response.json()
        response = post(instance, {"grant_type": "client_credentials"}, path, basic(person.name, PASSWORD))
        refused_client(response)


@pytest.mark.shows("OAuth 21")
def test_there_are_no_scopes(instance, person, signed_in, public, service):
    """RFC 6749, 3.3: one that is not known counts as not sent, and the answer names none."""
    pkce = Pkce()
    answers = [ok(post(instance, {"grant_type": "client_credentials", "client_id": service.id,
                                  "client_secret": service.key, "scope": "admin"}))]
    code = code_for(signed_in, person, public, pkce, scope="openid profile")
    answers.append(ok(public.redeem(code, pkce, scope="openid profile")))
    answers.append(ok(public.refresh(answers[-1]["refresh_token"], scope="admin")))
    answers.append(ok(public.refresh(answers[-1]["refresh_token"], scope="")))
    for tokens in answers:
        assert "scope" not in tokens
        assert "scope" not in jwt.decode(tokens["access_token"], options={"verify_signature": False})


# Who asks: RFC 6749, 2.3


@pytest.mark.shows("OAuth 16")
def test_the_secret_may_be_sent_by_basic_or_in_the_form(instance, person, signed_in, confidential):
    """RFC 6749, 2.3.1: form-encoded inside of base64; the form may repeat the id."""
    for path in ("/auth/token", "/auth/login"):
        encoded = ["".join(f"%{byte:02x}" for byte in value.encode())
                   for value in (confidential.id, confidential.secret)]
        for changes, headers in ((
                {}, {}), ({"client_id": None}, basic(confidential.id, confidential.secret)),
                ({}, basic(confidential.id, confidential.secret)), ({"client_id": None}, basic(*encoded, quote=False)),
                ({"client_id": ""}, {"Authorization": basic(confidential.id, confidential.secret)["Authorization"]
                                     .replace("Basic", "bAsIc")})):
            pkce = Pkce()
            form = {"grant_type": "authorization_code", "code": code_for(signed_in, person, confidential, pkce),
                    "redirect_uri": REDIRECT, "code_verifier": pkce.verifier, "client_id": confidential.id,
                    "client_secret": None if headers else confidential.secret, **changes}
            form = {key: value for key, value in form.items() if value is not None}
            assert is_accepted(instance, ok(post(instance, form, path, headers))["access_token"])


@pytest.mark.shows("OAuth 16")
@pytest.mark.parametrize("path", ENDPOINTS[:4])
def test_two_ways_at_once_are_an_invalid_request(instance, confidential, public, path):
    """RFC 6749, 2.3: not more than one method in a request."""
    form = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
    by_header = basic(confidential.id, confidential.secret)
    for more in ({"client_secret": confidential.secret},
                 {"client_id": confidential.id, "client_secret": confidential.secret},
                 {"client_secret": "x"}, {"client_id": public.id}, {"client_id": "x"}):
        error_of(post(instance, {**form, **more}, path, by_header), 400, "invalid_request")


@pytest.mark.shows("OAuth 17")
@pytest.mark.parametrize("path", ENDPOINTS[:4])
def test_a_client_that_does_not_prove_itself_is_invalid(instance, confidential, public, path):
    """RFC 6749, 5.2: 401, and the scheme that it tried."""
    form = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
    secret = confidential.secret
    wrong = (secret[:-1], secret + "A", secret[:-1] + ("A" if secret[-1] != "A" else "B"), secret.swapcase(), "x",
             "\u00e9")
    for client_id, client_secret in ((confidential.id, ""), *((confidential.id, value) for value in wrong),
                                     (public.id, "x"), (public.id, secret), (str(uuid.uuid4()), secret), ("x", "x")):
        sent = {"client_id": client_id, "client_secret": client_secret}
        refused_client(post(instance, {**form, **sent}, path))
        refused_client(post(instance, form, path, basic(client_id, client_secret)))
    for sent in ({}, {"client_id": ""}, {"client_id": confidential.name}, {"client_secret": secret}):
        refused_client(post(instance, {**form, **sent}, path))


@pytest.mark.parametrize("header",
                         ["Basic", "Basic !", "Basic " + base64.b64encode(b"no colon").decode(), "Basic " + "A" * 3000,
                                    "Basic OnA", "Basic ====", "Basic \u00ff"])
def test_a_malformed_header_is_refused(instance, public, header):
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    response = post(instance, form, headers={"Authorization": header.encode("latin-1")})
    assert response.status_code in (400, 401)
    assert response.json()["error"] in ("invalid_request", "invalid_client")


def test_another_scheme_proves_nothing(instance, confidential, service):
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": confidential.id}
    for header in (f"Bearer {confidential.secret}", f"Bearer {service.key}", f"Digest {confidential.secret}"):
        refused_client(post(instance, form, headers={"Authorization": header}))


def test_a_public_client_may_say_its_id_by_basic_without_a_secret(instance, person, signed_in, public):
    """RFC 6749, 2.3.1, as many libraries do it."""
    tokens = tokens_for(signed_in, person, public)
    response = post(instance, {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
                    headers=basic(public.id, ""))
    assert is_accepted(instance, ok(response)["access_token"])


@pytest.mark.shows("V6.2.1-6.3.1, V1.6.2", "OAuth 24")
def test_secrets_are_too_long_to_guess(instance):
    """RFC 6749, 2.3.1 and 10.10: 256 random bits need no other protection from guessing."""
    clients = [RegisteredClient(instance, confidential=True) for _ in range(3)]
    for client in clients:
        assert re.fullmatch(r"ORG[A-Z]{3}_[A-Za-z0-9_-]{64}", client.secret)
    assert len({base64.urlsafe_b64decode(client.secret[7:])[16:] for client in clients}) == 3
    assert RegisteredClient(instance).secret is None


# Client credentials: RFC 6749, 4.4


@pytest.mark.shows("OAuth 20")
def test_client_credentials_are_for_service_accounts(instance, service):
    """RFC 6749, 4.4.3: no refresh token; RFC 9700, 4.15: its subject is no person's."""
    tokens = ok(post(instance, {"grant_type": "client_credentials"}, headers=basic(service.id, service.key)))
    assert "refresh_token" not in tokens and tokens["token_type"].lower() == "bearer"
    assert jwt.decode(tokens["access_token"], options={"verify_signature": False})["sub"] == service.id
    me = ok(instance.client(tokens["access_token"]).get("/users/me"))
    assert me["is_service_account"] and me["id"] == service.id


@pytest.mark.shows("OAuth 20")
def test_a_registered_client_has_nothing_of_its_own(instance, confidential, public):
    """RFC 6749, 4.4: confidential clients only; ours act for people."""
    error_of(confidential.token(grant_type="client_credentials"), 400, "unauthorized_client")
    response = public.token(grant_type="client_credentials")
    assert response.status_code in (400, 401)
    assert response.json()["error"] in ("unauthorized_client", "invalid_client")
    refused_client(confidential.token(grant_type="client_credentials", client_secret="x"))


def test_a_service_account_is_no_client_of_people(instance, person, signed_in, public, service):
    pkce = Pkce()
    code = code_for(signed_in, person, public, pkce)
    tokens = tokens_for(signed_in, person, public)
    for form in ({"grant_type": "authorization_code", "code": code, "code_verifier": pkce.verifier,
                  "redirect_uri": REDIRECT},
                 {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}):
        refused_client(post(instance, form, headers=basic(service.id, service.key)))
    ok(public.redeem(code, pkce))


# What is answered


def test_refusals_reveal_nothing(instance, confidential):
    """The same answer whether the client exists or its secret is wrong."""
    answers = {post(instance, {"grant_type": "authorization_code", "code": "x", "client_id": client_id,
                               "client_secret": "x"}).content
                               for client_id in (confidential.id, str(uuid.uuid4()), "x")}
    assert len(answers) == 1


@pytest.mark.shows("OAuth 19")
def test_nothing_of_the_request_comes_back_in_an_error(instance, public):
    """RFC 6749, 5.2 limits the characters; what is not repeated cannot break them."""
    for value in ("\"\\\u00e9<script>", "x\r\ny", "\x01"):
        for form in ({"grant_type": value, "client_id": public.id}, {"grant_type": "refresh_token", "client_id": value},
                     {"grant_type": "authorization_code", "client_id": public.id, "code": value}):
            response = post(instance, form)
            assert response.status_code in (400, 401)
            error_of(response, response.status_code, response.json()["error"])
            assert "<script" not in response.text


def test_a_wild_form_is_refused_in_order(instance):
    for body in (b"&" * 5000, b"=" * 5000, b"%" * 5000, b"a" * 60000, b"grant_type=%00", b"grant_type=\xff\xfe",
                 b"grant_type=refresh_token%00&client_id=x", b"&".join(b"a%d=" % n for n in range(4000)),
                 b"\x00" * 100):
        response = requests.post(instance.url + "/auth/token", data=body, headers=FORM, timeout=30)
        assert response.status_code in ((413,) if len(body) > FORM_BYTES_MAX else (400, 401)), body[:20]
        error_of(response, response.status_code, response.json()["error"])
