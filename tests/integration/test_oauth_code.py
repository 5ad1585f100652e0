"""The authorization code flow with PKCE, as a browser and a client see it."""

import urllib.parse
import uuid

import pytest

from expect import ok, unique
from oauth import PASSWORD, Browser, Pkce, answer_of, error_of

REDIRECT = "https://app.example.org/callback"


class Client:
    """A registered client."""

    def __init__(self, instance, redirect_uris=REDIRECT, confidential=False):
        arguments = ["client", "create", unique("client"), "--quiet"]
        if redirect_uris:
            arguments += ["--redirect-uri", redirect_uris]
        if confidential:
            arguments += ["--confidential"]
        self.instance = instance
        self.id, *secret = instance.installation.orgctl(*arguments).split("\n")
        self.secret = secret[0] if secret else None
        self.redirect_uri = redirect_uris.split()[0] if redirect_uris else None

    def request(self, pkce, **changes):
        """The path of an authorization request; a change to None leaves a parameter out."""
        parameters = {"response_type": "code", "client_id": self.id, "redirect_uri": self.redirect_uri, "state": "s t&1",
                      "code_challenge": pkce.challenge, "code_challenge_method": "S256", **changes}
        query = urllib.parse.urlencode({key: value for key, value in parameters.items() if value is not None})
        return f"{self.instance.mount}/auth/authorize?{query}"

    def token(self, **form):
        form = {key: value for key, value in {"client_id": self.id, "client_secret": self.secret, **form}.items()
                if value is not None}
        return self.instance.client().post("/auth/token", data=form)

    def redeem(self, code, pkce, **changes):
        return self.token(**{"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri,
                             "code_verifier": pkce.verifier, **changes})

    def refresh(self, refresh_token):
        return self.token(grant_type="refresh_token", refresh_token=refresh_token)


@pytest.fixture
def person(instance):
    user = instance.user(limit=3)
    instance.installation.orgctl("user", "set", user.name, "--password", input=PASSWORD)
    return user


@pytest.fixture
def browser(instance):
    return Browser(instance.url)


@pytest.fixture
def public(instance):
    return Client(instance)


def code_for(browser, person, client, pkce, **changes):
    browser.get(client.request(pkce, **changes))
    browser.follow()
    if "password" in browser.page.text:
        browser.sign_in(person.name)
    assert "Let this application in?" in browser.page.text, browser.page.text
    return answer_of(browser.submit(decision="allow"))["code"]


@pytest.fixture
def granted(browser, person, public):
    """The answer of the token endpoint to a fresh code."""
    pkce = Pkce()
    return ok(public.redeem(code_for(browser, person, public, pkce), pkce))


def test_a_person_lets_a_client_in(instance, browser, person, public):
    pkce = Pkce()
    browser.get(public.request(pkce))
    assert browser.page.headers["Location"].startswith("/auth/sign-in?next=")
    browser.follow()
    browser.sign_in(person.name)
    assert person.name in browser.page.text
    answer = answer_of(browser.submit(decision="allow"))
    assert answer["state"] == "s t&1" and answer["iss"] == instance.url
    tokens = ok(public.redeem(answer["code"], pkce))
    assert tokens["token_type"] == "bearer" and tokens["expires_in"] == 3600 and tokens["scope"] is None
    me = ok(instance.client(tokens["access_token"]).get("/users/me"))
    assert me["id"] == person.id


def test_refresh_tokens_rotate_and_a_used_one_ends_its_family(instance, public, granted):
    second = ok(public.refresh(granted["refresh_token"]))
    assert second["refresh_token"] != granted["refresh_token"]
    ok(instance.client(second["access_token"]).get("/users/me"))
    error_of(public.refresh(granted["refresh_token"]), 400, "invalid_grant")
    error_of(public.refresh(second["refresh_token"]), 400, "invalid_grant")
    for tokens in (granted, second):
        assert instance.client(tokens["access_token"]).get("/users/me").status_code == 401


def test_device_grant_of_the_original_command_line(instance, browser, person):
    client_id = str(uuid.uuid4())
    anonymous = instance.client()
    started = ok(anonymous.post("/auth/device_authorization", data={"client_id": client_id}))
    poll = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": started["device_code"],
            "client_id": client_id}
    error_of(anonymous.post("/auth/login", data=poll), 400, "authorization_pending")
    error_of(anonymous.post("/auth/login", data=poll), 400, "slow_down")
    browser.get("/auth/device?user_code=" + started["user_code"])
    browser.follow()
    browser.sign_in(person.name)
    assert "python-requests" in browser.page.text and "127.0.0.1" in browser.page.text
    assert "is let in" in browser.submit(decision="allow").text
    tokens = ok(anonymous.post("/auth/login", data=poll))
    assert uuid.UUID(tokens["device_id"]) and tokens["device_metadata"]["ip_address"] == "127.0.0.1"
    assert ok(instance.client(tokens["access_token"]).get("/users/me"))["id"] == person.id
    error_of(anonymous.post("/auth/login", data=poll), 400, "invalid_grant")
