"""Clients that take what their RFC names and nothing else: each answer of OAuth's endpoints has exactly the members of its
RFC or of the contract, and none is null. The original's own client is one of these."""

import dataclasses
import time
import uuid

import pytest
import requests

from expect import ok
from oauth import (DEVICE_GRANT, confidential, forget_attempts, person, public, refused_client,  # noqa: F401
                   signed_in, tokens_for)

ENDPOINTS = ["/auth/token", "/auth/login", "/auth/revoke", "/auth/introspect", "/auth/device_authorization"]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


# One class an answer. A member that it does not name is a TypeError, and a null is no value of any.


@dataclasses.dataclass(kw_only=True)
class Strict:
    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            assert value is LEFT_OUT or isinstance(value, field.type), f"{field.name} is {value!r}"


LEFT_OUT = object()


def optional():
    return dataclasses.field(default_factory=lambda: LEFT_OUT)


@dataclasses.dataclass(kw_only=True)
class TokenAnswer(Strict):
    """RFC 6749, 5.1, and what the original adds for devices."""
    access_token: str
    token_type: str
    expires_in: int = optional()
    refresh_token: str = optional()
    scope: str = optional()
    device_id: str = optional()
    device_metadata: dict = optional()


@dataclasses.dataclass(kw_only=True)
class ErrorAnswer(Strict):
    """RFC 6749, 5.2."""
    error: str
    error_description: str = optional()
    error_uri: str = optional()


@dataclasses.dataclass(kw_only=True)
class DeviceAnswer(Strict):
    """RFC 8628, 3.2."""
    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str = optional()
    expires_in: int
    interval: int = optional()


@dataclasses.dataclass(kw_only=True)
class IntrospectionAnswer(Strict):
    """RFC 7662, 2.2, and the organization of a service account."""
    active: bool
    scope: str = optional()
    client_id: str = optional()
    username: str = optional()
    token_type: str = optional()
    exp: int = optional()
    iat: int = optional()
    nbf: int = optional()
    sub: str = optional()
    aud: str = optional()
    iss: str = optional()
    jti: str = optional()
    organization_id: str = optional()


def read(response, model):
    """What a strict client makes of an answer."""
    return model(**response.json())


@pytest.fixture(scope="module")
def service(instance):
    owner = instance.user()
    return instance.service_account(instance.organization(owner)["id"], "viewer")


class OriginalClient:
    """What the original's command line does to sign in (the device grant against /auth/login)."""

    def __init__(self, instance):
        self.url = instance.url
        self.client_id = str(uuid.uuid4())

    def start(self):
        response = requests.post(f"{self.url}/auth/device_authorization", data={"client_id": self.client_id},
                                 timeout=30)
        assert response.status_code == 200
        self.device = read(response, DeviceAnswer)

    def poll(self):
        """The token; or None while nobody has approved it. Anything else is a fault."""
        response = requests.post(f"{self.url}/auth/login", timeout=30,
                                 data={"grant_type": DEVICE_GRANT, "client_id": self.client_id,
                                       "device_code": self.device.device_code})
        if response.status_code == 200:
            return read(response, TokenAnswer)
        assert response.status_code == 400
        error = read(response, ErrorAnswer)
        assert error.error in ("authorization_pending", "slow_down"), error
        time.sleep(0.01)
        return None


@pytest.mark.shows("OAuth 19", "OAuth 34")
def test_the_originals_client_signs_in(instance, signed_in):
    forget_attempts(instance)
    client = OriginalClient(instance)
    client.start()
    assert client.poll() is None and client.poll() is None
    signed_in.get(client.device.verification_uri_complete)
    signed_in.submit(decision="allow")
    token = client.poll()
    assert token.token_type == "bearer" and token.refresh_token and token.device_id
    assert token.scope is LEFT_OUT
    ok(requests.get(f"{client.url}/users/me", timeout=30, headers={"Authorization": f"Bearer {token.access_token}"}))


def test_the_originals_client_exchanges_its_key(instance, service):
    for form in ({"password": service.key}, {"grant_type": "zenml-api-key", "password": service.key}):
        token = read(requests.post(f"{instance.url}/auth/login", data=form, timeout=30), TokenAnswer)
        assert token.refresh_token is token.scope is token.device_id is token.device_metadata is LEFT_OUT


def test_each_grant_leaves_out_what_it_has_not(instance, person, signed_in, public, confidential):
    for client in (public, confidential):
        first = TokenAnswer(**tokens_for(signed_in, person, client))
        second = read(client.refresh(first.refresh_token), TokenAnswer)
        for token in (first, second):
            assert token.refresh_token is not LEFT_OUT and token.scope is LEFT_OUT and token.device_id is LEFT_OUT


def test_introspection_has_the_members_of_its_rfc(instance, person, signed_in, confidential):
    tokens = tokens_for(signed_in, person, confidential)
    for name in ("access_token", "refresh_token"):
        assert read(confidential.introspect(tokens[name]), IntrospectionAnswer).active
    assert ok(confidential.introspect("x")) == {"active": False}
    assert ok(confidential.revoke(tokens["refresh_token"])) == {}


# Refusals, whatever the status


@pytest.mark.shows("OAuth 19")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_refusal_has_two_members_at_every_status(instance, public, path):
    """RFC 6749, 5.2."""
    url = instance.url + path
    def post(query="", **options):
        return requests.post(url + query, timeout=30, **options)

    for status, response in ((405, requests.get(url, timeout=30)), (405, requests.put(url, timeout=30)),
                             (415, post(json={})), (413, post(data="a=" + "x" * 70000, headers=FORM)),
                             (400, post("?client_id=x", data={"client_id": "x"})),
                             (400, post("?" + "&".join(["a="] * 1100), data={"a": "b"})),
                             (400, post(data="client_id=a&client_id=b", headers=FORM))):
        assert response.status_code == status, response.text
        error = read(response, ErrorAnswer)
        assert error.error == "invalid_request" and error.error_description
        assert list(response.json()) == ["error", "error_description"]
        assert response.headers["Cache-Control"] == "no-store"


def test_a_wrong_key_is_told_to_both_kinds_of_clients(instance):
    """Those of the original API read `detail` there; a 401 of the other endpoints has none."""
    response = instance.client().post("/auth/login", data={"password": "x"})
    refused_client(response)
    assert response.json()["detail"][0] == "AuthorizationException"
    for path in ENDPOINTS[:4]:
        response = instance.client().post(path, data={"grant_type": "client_credentials", "client_secret": "x",
                                                      "client_id": "x", "token": "x"})
        refused_client(response)
        assert ("detail" in response.json()) == (path == "/auth/login")

