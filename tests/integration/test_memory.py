"""Memory runs out: in each request every allocation fails in turn, once alone and once with all that follow it. The answer
is the right one, or a 500 or 503; the worker lives, has lost nothing, and serves the next request as ever.

Allocations of our own code and of every library count, with two exceptions, where libraries do not check their own and
nothing can be done from outside: libfcgi asserts that it gets memory, so the worker of these tests has no socket
(tests/memory/starved_worker.c); and Connector/C does not look at some of those it makes while it connects (for opening an
option file, for the server's version), so the connection is there before the sweep. What a failure does to that
connection, and that there is a new one afterwards, is part of it."""

import base64
import contextlib
import json
import secrets

import jwt
import pytest

from built import make_program
from expect import MODEL, ok, unique
from oauth import PASSWORD, Device, Pkce, RegisteredClient, answer_of, error_of, forget_attempts, page_of, person_of
from processes import wait_until, write_file
from starved import StarvedInstance
from test_issuers import Issuer, section

PROGRAM = "tests/memory/starved_worker"


@pytest.fixture(scope="module")
def issuer():
    return Issuer("https://starved.example.org")


class SigningKeys:
    """A file of its own for the worker, with the installation's keys."""

    def __init__(self, database):
        self.document = json.loads(database.signing_keys.read_text(encoding="utf-8"))
        self.keys = self.document["keys"]
        self.kids = [self.keys[0]["kid"]]  # of all that ever were in front
        self.path = database.directory / "starved-signing-keys.json"
        self.put_in_front(self.kids[0])

    def put_in_front(self, kid):
        self.kids.append(kid)
        write_file(self.path, json.dumps({**self.document, "keys": [{**self.keys[0], "kid": kid}, *self.keys]}))


@pytest.fixture(scope="module")
def signing_keys(database):
    return SigningKeys(database)


@pytest.fixture(scope="module")
def starved(database, issuer, signing_keys):
    keys = write_file(database.directory / "starved-jwks.json", json.dumps(issuer.jwks()))
    with StarvedInstance(database, make_program(PROGRAM), sections=section(issuer, keys, match_users="yes"),
                         max_organizations_per_user=1000000, device_clients="any",
                         cors_origins="https://app.example.org", signing_keys=signing_keys.path) as instance:
        yield instance


class World:
    """What the requests are about."""

    def __init__(self, instance, issuer, signing_keys):
        self.instance = instance
        self.issuer = issuer
        self.signing_keys = signing_keys
        self.person = person_of(instance)
        self.api = self.person.client
        self.stranger = instance.client()
        self.organization = instance.organization(self.person, name=unique("Ärger"), description="d",
                                                  links=[{"title": "ü", "url": "https://example.org/"}])
        for _ in range(40):
            instance.organization(self.person)
        self.path = "/organizations/" + self.organization["id"]
        self.service = instance.service_account(self.organization["id"], "viewer")
        self.client = RegisteredClient(instance, device=True)
        self.confidential = RegisteredClient(instance, confidential=True)
        self.browser = instance.browser()
        self.browser.get("/auth/sign-in")
        self.browser.sign_in(self.person.name)
        self.works(issuer.token(self.person.name))  # the issuer's keys have been read

    def login(self):
        return self.stranger.post("/auth/login", data={"grant_type": "client_credentials", "password": self.service.key})

    def signing_kid(self):
        return jwt.get_unverified_header(ok(self.login())["access_token"])["kid"]

    def code(self, pkce):
        response = self.browser.get(self.client.request(pkce))
        if response.status_code == 200:  # else the person has let the client in before
            response = self.browser.submit(decision="allow")
        return answer_of(response)["code"]

    def tokens(self):
        pkce = Pkce()
        return ok(self.client.redeem(self.code(pkce), pkce))

    def works(self, access_token):
        assert ok(self.instance.client(access_token).get("/users/me"))


@pytest.fixture(scope="module")
def world(starved, issuer, signing_keys):
    return World(starved, issuer, signing_keys)


SCENARIOS = {}


def scenario(function):
    """What is to be done before the allocations fail. Returns the request; a check of its right answer; and, where there is
    something to see, a check that a request that got 503 has changed nothing."""
    SCENARIOS[function.__name__.replace("_", " ")] = function
    return function


def reads(path, **options):
    """A request whose answer is the same each time."""
    def prepare(world):
        expected = world.api.get(path(world), **options)

        def check(response):
            assert (response.status_code, response.text) == (expected.status_code, expected.text)
        return lambda: world.api.get(path(world), **options), check
    return prepare


SCENARIOS.update({
    "get by id": reads(lambda world: world.path),
    "get by name": reads(lambda world: f"/organizations/{world.organization['name']}"),
    "get what is not there": reads(lambda world: "/organizations/Nirgendwo%20f%C3%BCr%20immer"),
    "list": reads(lambda world: "/organizations?limit=35&include_total=true"),
    "list with a filter": reads(lambda world: f"/organizations?name={world.organization['name'].upper()}"),
    "list with faults": reads(lambda world: "/organizations?limit=none&owner_id=x&after=%C3%BC"),
    "who am I": reads(lambda world: "/users/me"),
    "health": reads(lambda world: "/health"),
    "readiness": reads(lambda world: "/health/ready"),
    "metadata": reads(lambda world: "/.well-known/oauth-authorization-server"),
    "public keys": reads(lambda world: "/.well-known/jwks.json"),
    "openapi": reads(lambda world: "/openapi.json"),
    "front page": reads(lambda world: "/", headers={"Accept": "text/html"}),
    "what this is": reads(lambda world: "/"),
    "reference": reads(lambda world: "/docs"),
    "no such path": reads(lambda world: "/nothing/here"),
})


@scenario
def not_modified(world):
    etag = world.api.get(world.path).headers["ETag"]

    def check(response):
        assert response.status_code == 304 and response.text == ""
    return lambda: world.api.get(world.path, headers={"If-None-Match": etag}), check


@scenario
def create(world):
    body = {"name": unique("Größe"), "description": "d" * 200, "logo_url": "https://example.org/logo.png",
            "links": [{"title": "t", "url": "https://example.org/t"}] * 3}

    def check(response):
        assert list(ok(response)) == MODEL

    def check_unchanged():
        assert world.api.get(f"/organizations/{body['name']}").status_code == 404
    return lambda: world.api.post("/organizations", json=body), check, check_unchanged


@scenario
def update(world):
    before = ok(world.api.get(world.path))
    description = unique("d")

    def check(response):
        assert ok(response)["description"] == description

    def check_unchanged():
        assert ok(world.api.get(world.path)) == before
    return lambda: world.api.patch(world.path, json={"description": description}), check, check_unchanged


@scenario
def delete(world):
    path = "/organizations/" + world.instance.organization(world.person)["id"]

    def check(response):
        assert ok(response) is None

    def check_unchanged():
        assert world.api.get(path).status_code == 200
    return lambda: world.api.delete(path), check, check_unchanged


def refuses(status, method, path, **options):
    def prepare(world):
        def check(response):
            assert response.status_code == status
            assert status != 422 or response.json()["detail"][0]["type"]
        return lambda: world.api.request(method, path, **options), check
    return prepare


JSON_HEADERS = {"Content-Type": "application/json"}
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
SCENARIOS.update({
    "create with faults": refuses(422, "POST", "/organizations", json={
        "name": "", "logo_url": "ftp://x", "links": [{"title": "", "url": "x"}, 3], "owner_id": "ü"}),
    "create with a name of combining characters": refuses(422, "POST", "/organizations",
                                                          json={"name": "e" + "\u0301\u0323" * 200}),
    "create with a broken body": refuses(422, "POST", "/organizations", data='{"name": "x"', headers=JSON_HEADERS),
    "create with a body of many values": refuses(422, "POST", "/organizations", headers=JSON_HEADERS,
                                                 data='{"name": "", "x": [' + '["0123456789012345"],' * 200 + '0]}'),
    "create with a large body": refuses(422, "POST", "/organizations", headers=JSON_HEADERS,
                                        data='{"name": "", "x": "' + "x" * 60000 + '"}'),
    "wrong media type": refuses(415, "POST", "/organizations", data="name=x"),
    "wrong method": refuses(405, "PUT", "/organizations"),
    "form of many parameters": refuses(400, "POST", "/auth/login", headers=FORM_HEADERS,
                                       data="&".join(["a=1"] * 90 + ["grant_type=password"])),
})


@scenario
def preflight(world):
    headers = {"Origin": "https://app.example.org", "Access-Control-Request-Method": "PATCH"}

    def check(response):
        assert response.status_code == 204
        assert "PATCH" in response.headers["Access-Control-Allow-Methods"]
    return lambda: world.stranger.options(world.path, headers=headers), check


# Tokens

def whoami_by(world, token):
    client = world.instance.client(token)
    return lambda: client.get("/users/me"), ok


@scenario
def token_that_is_new(world):
    return whoami_by(world, ok(world.login())["access_token"])


@scenario
def forged_token(world):
    token = ok(world.login())["access_token"]
    request, _ = whoami_by(world, token[:-6] + "AAAAAA")

    def check(response):
        assert response.status_code == 401
    return request, check


@scenario
def token_of_another_issuer(world):
    return whoami_by(world, world.issuer.token(world.person.name))


@scenario
def login(world):
    return world.login, lambda response: world.works(ok(response)["access_token"])


# The last quote of such strings is where the lexer of jansson needs more memory, and does not notice if there is none.
KID_LENGTHS = (14, 30, 62)


def token_of_unknown_key():
    """Makes the worker look at once whether its keys have changed."""
    def encode(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    return f"{encode({'alg': 'ES256', 'typ': 'at+jwt', 'kid': secrets.token_hex(4)})}.{encode({})}.AAAA"


def reads_a_kid_of(length):
    def prepare(world):
        world.signing_keys.put_in_front(secrets.token_hex(length // 2))
        request, _ = whoami_by(world, token_of_unknown_key())

        def check_kid():
            assert world.signing_kid() in world.signing_keys.kids

        def check(response):
            assert response.status_code == 401
            check_kid()
        return request, check, check_kid
    return prepare


def signs_with_a_kid_of(length):
    def prepare(world):
        kid = "k" * length
        if world.signing_keys.kids[-1] != kid:
            world.signing_keys.put_in_front(kid)
        wait_until(lambda: world.signing_kid() == kid, "the worker to read the keys")

        def check(response):
            token = ok(response)["access_token"]
            assert jwt.get_unverified_header(token)["kid"] == kid
            world.works(token)
        return world.login, check
    return prepare


SCENARIOS.update({f"read a kid of {length}": reads_a_kid_of(length) for length in KID_LENGTHS})
SCENARIOS.update({f"sign with a kid of {length}": signs_with_a_kid_of(length) for length in KID_LENGTHS})


@scenario
def redeem_code(world):
    pkce = Pkce()
    code = world.code(pkce)
    return lambda: world.client.redeem(code, pkce), lambda response: world.works(ok(response)["access_token"])


@scenario
def refresh(world):
    token = world.tokens()["refresh_token"]

    def check(response):
        world.works(ok(response)["access_token"])

    def check_unchanged():
        ok(world.client.refresh(token))
    return lambda: world.client.refresh(token), check, check_unchanged


@scenario
def introspect(world):
    token = world.confidential.instance.client().post("/auth/token", data={
        "grant_type": "client_credentials", "client_id": world.service.id, "client_secret": world.service.key})
    token = ok(token)["access_token"]
    request = {"client_id": world.service.id, "client_secret": world.service.key, "token": token}

    def check(response):
        assert ok(response)["active"] is True
    return lambda: world.stranger.post("/auth/introspect", data=request), check


@scenario
def revoke(world):
    token = world.tokens()["refresh_token"]

    def check(response):
        assert response.status_code == 200
        assert world.client.refresh(token).status_code == 400
    return lambda: world.client.revoke(token), check


@scenario
def poll_of_a_device(world):
    forget_attempts(world.instance)
    device = Device(world.instance)
    world.browser.get(f"/auth/device?user_code={device.user_code}")
    world.browser.submit(decision="allow")
    return device.poll, lambda response: world.works(ok(response)["access_token"])


@scenario
def start_of_a_device(world):
    forget_attempts(world.instance)
    form = {"client_id": world.client.id}
    return lambda: world.stranger.post("/auth/device_authorization", data=form), lambda response: ok(response)["user_code"]


# Pages

def pages(path):
    def prepare(world):
        return lambda: world.browser.get(path(world)), lambda response: page_of(response, 200)
    return prepare


SCENARIOS.update({
    "page to sign in": lambda world: (lambda: world.instance.browser().get("/auth/sign-in"),
                                      lambda response: page_of(response, 200)),
    "page of consent": pages(lambda world: world.confidential.request(Pkce())),
    "page for a device": pages(lambda world: "/auth/device"),
})


def form_in_hand(browser, path, **fields):
    """What a person has filled in and is about to send."""
    browser.get(path)
    form = browser.forms()[0]
    return lambda: browser.post(form.action, {**form.fields, **fields})


@scenario
def signing_in(world):
    forget_attempts(world.instance)
    request = form_in_hand(world.instance.browser(), "/auth/sign-in", username=world.person.name, password=PASSWORD)

    def check(response):
        assert response.status_code == 303 and "orgd_session" in response.cookies
    return request, check


@scenario
def signing_in_with_a_wrong_password(world):
    forget_attempts(world.instance)
    request = form_in_hand(world.instance.browser(), "/auth/sign-in", username=world.person.name, password="wrong")
    return request, lambda response: page_of(response, 403)


@scenario
def consent(world):
    request = form_in_hand(world.browser, world.confidential.request(Pkce()), decision="allow")
    return request, lambda response: answer_of(response)["code"]


@scenario
def consent_given_before(world):
    world.tokens()
    path = world.client.request(Pkce())
    return lambda: world.browser.get(path), lambda response: answer_of(response)["code"]


@scenario
def deciding_about_a_device(world):
    forget_attempts(world.instance)
    device = Device(world.instance)
    request = form_in_hand(world.browser, f"/auth/device?user_code={device.user_code}", decision="deny")
    return request, lambda response: page_of(response, 200)


# The sweep

def check_failure(response):
    assert response.status_code in (500, 503)
    assert response.headers["X-Request-Id"]
    if response.status_code == 503:
        assert int(response.headers["Retry-After"]) > 0
    if response.headers["Content-Type"] != "application/json":
        page_of(response, response.status_code)
    elif "error" in response.json():
        error_of(response, response.status_code, {500: "server_error", 503: "temporarily_unavailable"}[response.status_code])
    else:
        name, sentence = response.json()["detail"]
        assert name == {500: "RuntimeError", 503: "ServiceUnavailable"}[response.status_code]
        assert sentence


def check_answer(response, check, check_unchanged=lambda: None):
    if response.status_code not in (500, 503):
        check(response)
        return
    check_failure(response)
    if response.status_code == 503:
        check_unchanged()


@contextlib.contextmanager
def naming(place):
    """What went wrong is told together with the allocation that failed."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{place()}: {error}") from error


def let_every_allocation_fail(worker, world, name, lastingly=False, reconnects=False):
    number = 0
    while True:
        number += 1
        request, *checks = SCENARIOS[name](world)
        worker.fail(number, lastingly)
        if reconnects:
            worker.reconnect()
        response = request()
        report = worker.report
        with naming(lambda: f"allocation {number} in {report.place}"):
            assert report.place is not None or response.status_code not in (500, 503), response.text
            check_answer(response, *checks)
            assert ok(world.api.get(world.path))["id"] == world.organization["id"]
            assert worker.report.reserve == 0
        if report.place is None:
            break
    worker.look_for_leaks()
    ok(world.api.get("/health"))
    assert not worker.report.leaks


@pytest.mark.parametrize("lastingly", [False, True], ids=["one", "all from one on"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_allocation_fails_in_turn(starved, world, name, lastingly):
    let_every_allocation_fail(starved.worker, world, name, lastingly)


# One for each kind of statement: one row, several, a change, a transaction that is a list, and one that locks.
@pytest.mark.parametrize("name", ["get by id", "list", "start of a device", "create", "refresh"])
def test_every_allocation_fails_where_nothing_is_prepared(starved, world, name):
    let_every_allocation_fail(starved.worker, world, name, reconnects=True)


def test_shortage_is_logged_once_with_the_request(starved, world):
    starved.worker.fail(1, lastingly=True)
    response = world.api.get(world.path)
    assert response.status_code == 503
    lines = [json.loads(line) for line in starved.log_text().splitlines()]
    mine = [line["message"] for line in lines
            if line.get("request_id") == response.headers["X-Request-Id"] and "message" in line]
    assert mine.count("memory ran out") == 1
