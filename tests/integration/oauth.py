"""People and clients of OAuth2: a browser without scripts, PKCE, and the parts of a flow that tests put together."""

import base64
import concurrent.futures
import hashlib
import html
import math
import re
import secrets
import threading
import urllib.parse
import uuid

import pytest
import requests.adapters

from expect import ok, unique

PASSWORD = "correct horse battery"
REDIRECT = "https://app.example.org/callback"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
# RFC 6749, 4.1.2.1 and 5.2; RFC 8628, 3.5
TOKEN_ERRORS = {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
                "authorization_pending", "slow_down", "access_denied", "expired_token", "unsupported_token_type",
                "temporarily_unavailable", "server_error"}


class Form:
    """One form of a page: where it goes, and what its fields hold."""

    def __init__(self, text):
        self.action = html.unescape(re.search(r'action="([^"]*)"', text)[1])
        self.fields = {}
        self.buttons = []
        for tag in re.findall(r"<(?:input|button)\b[^>]*>", text):
            attributes = {key: html.unescape(value) for key, value in re.findall(r'(\w+)="([^"]*)"', tag)}
            if tag.startswith("<button"):
                self.buttons.append((attributes.get("name"), attributes.get("value")))
            elif "name" in attributes:
                self.fields[attributes["name"]] = attributes.get("value", "")


class From(requests.adapters.HTTPAdapter):
    """Comes from this address of the loopback network."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


class Browser:
    """Follows no redirect by itself; keeps cookies as a browser does."""

    def __init__(self, url, origin=None):
        self.url = url
        self.origin = origin or re.match(r"https?://[^/]+", url)[0]
        self.session = requests.Session()
        self.session.trust_env = False
        self.page = None

    def get(self, path):
        self.page = self.session.get(self.origin + path if path.startswith("/") else path, allow_redirects=False,
                                     timeout=30)
        return self.page

    def forms(self):
        return [Form(text) for text in re.findall(r"<form\b.*?</form>", self.page.text, re.DOTALL)]

    def post(self, action, fields):
        self.page = self.session.post(self.origin + action, data=fields, allow_redirects=False, timeout=30)
        return self.page

    def submit(self, index=0, **fields):
        """A field that is None is not sent."""
        form = self.forms()[index]
        return self.post(form.action, {**form.fields, **fields})

    def follow(self):
        """Follows the redirects of the last answer, as long as they lead to our own pages."""
        while self.page.status_code == 303 and self.page.headers["Location"].startswith("/"):
            self.get(self.page.headers["Location"])
        return self.page

    def sign_in(self, username, password=PASSWORD):
        if not self.forms():
            self.get(urllib.parse.urlsplit(self.url).path.rstrip("/") + "/auth/sign-in")
        self.submit(username=username, password=password)
        return self.follow()


class Pkce:
    def __init__(self, verifier=None):
        self.verifier = verifier or secrets.token_urlsafe(48)
        self.challenge = s256(self.verifier)


def s256(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class RegisteredClient:
    """A registered client and what it asks the server for."""

    def __init__(self, instance, redirect_uris=REDIRECT, confidential=False, name=None, device=False, trusted=False,
                 resource_server=False):
        self.name = name or unique("client")
        arguments = ["client", "create", self.name, "--quiet"]
        if redirect_uris:
            arguments += ["--redirect-uri", redirect_uris]
        flags = {"--confidential": confidential, "--device": device, "--trusted": trusted,
                 "--resource-server": resource_server}
        arguments += [flag for flag, is_set in flags.items() if is_set]
        self.instance = instance
        self.id, *secret = instance.installation.orgctl(*arguments).split("\n")
        self.secret = secret[0] if secret else None
        self.redirect_uri = redirect_uris.split()[0] if redirect_uris else None

    def request(self, pkce, **changes):
        """The path of an authorization request; a change to None leaves a parameter out."""
        parameters = {"response_type": "code", "client_id": self.id, "redirect_uri": self.redirect_uri,
                      "state": "s t&1",
                      "code_challenge": pkce.challenge, "code_challenge_method": "S256", **changes}
        query = urllib.parse.urlencode({key: value for key, value in parameters.items() if value is not None})
        return f"{self.instance.mount}/auth/authorize?{query}"

    def post(self, path, **form):
        form = {key: value for key, value in {"client_id": self.id, "client_secret": self.secret, **form}.items()
                if value is not None}
        return self.instance.client().post(path, data=form)

    def token(self, **form):
        return self.post("/auth/token", **form)

    def redeem(self, code, pkce, **changes):
        return self.token(**{"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri,
                             "code_verifier": pkce.verifier, **changes})

    def refresh(self, refresh_token, **changes):
        return self.token(**{"grant_type": "refresh_token", "refresh_token": refresh_token, **changes})

    def revoke(self, token, **changes):
        return self.post("/auth/revoke", token=token, **changes)

    def introspect(self, token, **changes):
        return self.post("/auth/introspect", token=token, **changes)


# Steps of a flow


def person_of(instance, password=PASSWORD, **options):
    """A user with a password."""
    user = instance.user(**options)
    instance.installation.orgctl("user", "set", user.name, "--password", input=password)
    return user


def sign_in(instance, person, password=PASSWORD):
    """A browser in which this person has signed in."""
    browser = Browser(instance.url)
    browser.get(f"{instance.mount}/auth/sign-in")
    browser.sign_in(person.name, password)
    assert "You are signed in" in browser.page.text, browser.page.text
    return browser


def code_for(browser, person, client, pkce, **changes):
    """The person signs in if necessary, and allows the client access."""
    browser.get(client.request(pkce, **changes))
    browser.follow()
    if 'name="password"' in browser.page.text:
        browser.sign_in(person.name)
    if browser.page.status_code == 200:  # else the person has let it in before
        assert "Let this application in?" in browser.page.text, browser.page.text
        browser.submit(decision="allow")
    return answer_of(browser.page)["code"]


def tokens_for(browser, person, client):
    """The answer of the token endpoint to a fresh code."""
    pkce = Pkce()
    return ok(client.redeem(code_for(browser, person, client, pkce), pkce))


def is_accepted(instance, access_token):
    """Says whether the API accepts this access token."""
    response = instance.client(access_token).get("/users/me")
    assert response.status_code in (200, 401), response.text
    return response.status_code == 200


def at_once(functions):
    """Calls all functions at the same moment and returns what they return."""
    gate = threading.Barrier(len(functions))

    def call(function):
        gate.wait()
        return function()

    with concurrent.futures.ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(call, functions))


def id_of(secret):
    """The id of the row that a code, token or key of ours names, as SQL."""
    return f"UNHEX('{base64.urlsafe_b64decode(secret[7:])[:16].hex()}')"


def forget_grants(instance):
    """Ends what people have granted, so that they are asked again."""
    instance.installation.sql("DELETE FROM orgd.orgd_credentials WHERE kind = 'grant'")


def forget_attempts(instance):
    """All tests come from one address. Forgets the attempts, so that no test waits for another test's guesses."""
    instance.installation.sql("DELETE FROM orgd.orgd_attempts")


def stop_time(instance):
    """Makes the last attempt happen now, however slow the machine is."""
    instance.installation.sql("UPDATE orgd.orgd_attempts SET last = UTC_TIMESTAMP(6)")


def allowed(free, elapsed):
    """How many attempts can have been made: the free ones, and those whose waits (each twice as long) fit in."""
    return free + int(math.log2(elapsed + 1))


# The device grant


class Device:
    """A program that asks for access by the device grant, registered or not."""

    def __init__(self, instance, client=None, client_id=None, headers=None, **form):
        self.instance = instance
        self.client_id = client.id if client else client_id or str(uuid.uuid4())
        self.secret = client.secret if client else None
        self.started = ok(self.post("/auth/device_authorization", headers=headers, **form))
        self.user_code = self.started["user_code"]

    def post(self, path, headers=None, **form):
        form = {"client_id": self.client_id, "client_secret": self.secret, **form}
        return self.instance.client().post(path, headers=headers,
                                           data={key: value for key, value in form.items() if value is not None})

    def poll(self, path="/auth/token", **changes):
        return self.post(path, **{"grant_type": DEVICE_GRANT, "device_code": self.started["device_code"], **changes})

    def sql(self, assignment):
        """Changes the row of this device, mostly to let time pass."""
        self.instance.installation.sql(
            f"UPDATE orgd.orgd_device_codes SET {assignment} WHERE id = {id_of(self.started['device_code'])}")

    def ask(self, browser):
        browser.get(f"{self.instance.mount}/auth/device?user_code={self.user_code}")
        return browser.follow()

    def decide(self, browser, decision="allow"):
        self.ask(browser)
        return browser.submit(decision=decision)


# What answers look like


def answer_of(response, redirect_uri=None):
    """The parameters with which a person was sent back to a client."""
    assert response.status_code == 303, f"{response.status_code} {response.text}"
    location = response.headers["Location"]
    assert redirect_uri is None or location.startswith(redirect_uri + ("&" if "?" in redirect_uri else "?")), location
    pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query, strict_parsing=True)
    assert len(pairs) == len(dict(pairs)), location
    return dict(pairs)


def error_of(response, status, code):
    """An error of RFC 6749, 5.2, which has two members and no others; one of /auth/login's 401 has our own beside them."""
    assert response.status_code == status, f"{response.status_code} {response.text}"
    body = response.json()
    assert body["error"] == code and code in TOKEN_ERRORS, body
    if status == 401 and urllib.parse.urlsplit(response.url).path.endswith("/auth/login"):
        assert body.pop("detail") == ["AuthorizationException", body["error_description"]]
    assert list(body) == ["error", "error_description"]
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", body["error_description"])
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store" and response.headers["Pragma"] == "no-cache"
    return body["error_description"]


def refused_client(response):
    error_of(response, 401, "invalid_client")
    assert response.headers["WWW-Authenticate"] == 'Basic realm="orgd"'


def page_of(response, status):
    """An HTML page of this status that sends nobody anywhere (RFC 9700, 4.16)."""
    assert response.status_code == status, f"{response.status_code} {response.text}"
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Location" not in response.headers and "Refresh" not in response.headers
    assert "<script" not in response.text and "http-equiv" not in response.text
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    return response.text


# Fixtures, for the modules that import them


@pytest.fixture(scope="module")
def person(instance):
    return person_of(instance, limit=3)


@pytest.fixture(scope="module")
def signed_in(instance, person):
    """A browser in which `person` has signed in; nobody signs out in it."""
    return sign_in(instance, person)


@pytest.fixture
def browser(instance):
    return Browser(instance.url)


@pytest.fixture(scope="module")
def public(instance):
    return RegisteredClient(instance, device=True)


@pytest.fixture(scope="module")
def confidential(instance):
    return RegisteredClient(instance, confidential=True, device=True)
