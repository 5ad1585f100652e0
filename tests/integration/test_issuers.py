"""Tokens of other issuers: the sections [issuer "URL"] of the configuration."""

import base64
import concurrent.futures
import contextlib
import datetime
import hashlib
import http.server
import ipaddress
import json
import random
import re
import ssl
import subprocess
import threading
import time
import unicodedata
import uuid

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from expect import UNKNOWN_ID, error, ok, unauthorized, unique, unique_address
from glewlwyd import Glewlwyd
from installation import Instance
from processes import wait_until, write_file
from servers import SOURCE, Pool

pytestmark = pytest.mark.shows("OAuth 27")

AUDIENCE = "https://orgs.example.org/"
TIMEOUT_S = 1  # jwks_timeout of the issuers that may not answer
WORKERS = 2


class Issuer:
    """Somebody who signs tokens with the newest of its keys."""

    issued = []

    def __init__(self, url):
        self.url = url
        self.keys = []
        self.rotate()

    def rotate(self, algorithm="ES256"):
        private = ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else \
            rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.keys.append((unique("kid"), algorithm, private))

    def jwks(self):
        return {"keys": [self.public(*key) for key in self.keys]}

    @staticmethod
    def public(kid, algorithm, private):
        if algorithm == "RS256":
            key = json.loads(RSAAlgorithm.to_jwk(private.public_key()))
        else:
            point = private.public_key().public_numbers()
            key = {"kty": "EC", "crv": "P-256", "x": segment(point.x.to_bytes(32, "big")),
                   "y": segment(point.y.to_bytes(32, "big"))}
        return {**key, "kid": kid, "alg": algorithm, "use": "sig"}

    def claims(self, subject, **claims):
        now = int(time.time())
        merged = {"iss": self.url, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 600, "jti": unique(),
                  **claims}
        return {name: value for name, value in merged.items() if value is not None}

    def token(self, subject, header=None, key=None, algorithm=None, **claims):
        """Claims and members of the header that are None are left out."""
        kid, own_algorithm, private = self.keys[-1]
        headers = {"typ": "at+jwt", "kid": kid, **(header or {})}
        token = jwt.encode(self.claims(subject, **claims), private if key is None else key,
                           algorithm or own_algorithm,
                           {name: value for name, value in headers.items() if value is not None})
        self.issued.append(token)
        return token


def segment(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class JwksServer:
    """Serves an issuer's keys at a port of its own while the `with` block lasts, and counts how often."""

    def __init__(self, issuer, certificate=None):
        self.issuer = issuer
        self.requests = 0
        self.hangs = False
        self._woken = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests += 1
                if outer.hangs:
                    outer._woken.wait(30)
                    return
                body = json.dumps(outer.issuer.jwks()).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # who does not trust us hangs up
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}/jwks"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,)).start()
        return self

    def __exit__(self, *_):
        self._woken.set()
        self.server.shutdown()
        self.server.server_close()


def section(issuer, jwks, **settings):
    lines = {"audience": AUDIENCE, "jwks": jwks, **settings}
    return f'[issuer "{issuer.url}"]\n' + "".join(f"{key} = {value}\n" for key, value in lines.items())


class TrustingPool(Pool):
    """A pool whose configuration ends with sections."""

    def __init__(self, *arguments, sections, **options):
        self.sections = sections
        super().__init__(*arguments, **options)

    def configure(self, **settings):
        super().configure(**settings)
        write_file(self.config_path, self.config_path.read_text("utf-8") + "".join(self.sections))


def trusting(*sections):
    return lambda *arguments, **options: TrustingPool(*arguments, sections=sections, **options)


@contextlib.contextmanager
def instance_with(database, *sections, workers=WORKERS):
    with Instance(database, "nginx", "", workers=workers, backend=trusting(*sections)) as instance:
        yield instance


@pytest.fixture(scope="module")
def strict():
    """Its section says only what it must: an operator links its users."""
    return Issuer("https://strict.example.org")


@pytest.fixture(scope="module")
def issuer():
    """Its keys are in a file, and its users are those who are called so here."""
    return Issuer("https://file.example.org/a/path/that/is/longer/than/anybody/likes/the/name/of/a/section")


@pytest.fixture(scope="module")
def provider():
    """Its keys are behind a URL, and its users are created."""
    return Issuer("https://provider.example.org")


@pytest.fixture(scope="module")
def provider_server(provider):
    with JwksServer(provider) as server:
        yield server


@pytest.fixture(scope="module")
def trusted(database, strict, issuer, provider, provider_server):
    """A service that accepts the tokens of these issuers."""
    path = write_file(database.directory / "issuer-jwks.json", json.dumps(issuer.jwks()))
    with instance_with(database, section(strict, keys_file(database, "strict", strict)),
                       section(issuer, path, match_users="yes"),
                       section(provider, provider_server.url, user_claim="preferred_username", provision="yes",
                               jwks_timeout=TIMEOUT_S)) as started:
        yield started


def keys_file(database, name, issuer):
    return write_file(database.directory / f"{name}-jwks.json", json.dumps(issuer.jwks()))


def me(instance, token):
    return instance.client(token).get("/users/me")


def rows_of(database, name):
    return database.sql("SELECT c.id, c.kind, c.name, c.secret_digest FROM orgd.orgd_credentials c"
                        " JOIN orgd.orgd_accounts a ON a.id = c.account_id WHERE a.name = %s AND c.kind = 'external'", [name])


def identity_id(database, issuer, subject):
    """The id of an identity, which its row of credentials has as well."""
    [(identity, owner, name)] = database.sql("SELECT id, issuer, subject FROM orgd.orgd_identities WHERE digest = %s",
                                             [hashlib.sha256(f"{issuer.url}\0{subject}".encode()).digest()])
    assert (owner, name) == (issuer.url.encode(), subject.encode())
    return identity


def link(instance, user, issuer, subject, how="link"):
    return instance.installation.orgctl("user", how, user.name, "--issuer", issuer.url, "--subject", subject)


# Users


def test_a_token_opens_the_account_of_the_user_it_names(trusted, issuer):
    user = trusted.user(limit=1)
    token = issuer.token(user.name)
    for _ in range(2 * WORKERS):
        assert ok(me(trusted, token))["id"] == user.id
    organization = trusted.organization(user)
    assert [item["id"] for item in ok(trusted.client(token).get("/organizations"))] == [organization["id"]]
    assert ok(trusted.client(token).patch(f"/organizations/{organization['id']}", json={"description": "x"}))
    assert rows_of(trusted.installation, user.name) == [
        (identity_id(trusted.installation, issuer, user.name), "external", None, bytes(32))]


def test_a_name_counts_octet_by_octet(trusted, issuer):
    user = trusted.user(name=unique("Maße Köln"))
    for name in (user.name.upper(), user.name.lower(), user.name.replace("ß", "ss"), user.name + " ", " " + user.name,
                 user.name.replace("K", "\u212a"), unicodedata.normalize("NFD", user.name), user.name + "\u200b"):
        unauthorized(me(trusted, issuer.token(name)), "invalid_token")
    assert ok(me(trusted, issuer.token(user.name)))["id"] == user.id


def test_a_name_alone_opens_nothing(trusted, strict, issuer):
    """Where the section does not say that names are the same people."""
    user = trusted.user()
    for name in (user.name, trusted.admin.name, user.id):
        for _ in range(WORKERS):
            unauthorized(me(trusted, strict.token(name)), "invalid_token")
    assert trusted.installation.sql("SELECT COUNT(*) FROM orgd.orgd_identities WHERE issuer = %s AND subject = %s",
                                    [strict.url, user.name]) == [(0,)]


def test_a_link_is_of_one_subject_octet_by_octet(trusted, strict):
    """Two that differ in case alone are two people (OpenID Connect Core, 2)."""
    subject = unique("aBcDeF")
    subjects = [subject, subject.swapcase(), subject + " ", "ß" + subject, "ss" + subject, "k" + subject,
                "\u212a" + subject, "\u00e9" + subject, "e\u0301" + subject]
    users = [trusted.user() for _ in subjects]
    tokens = [strict.token(each) for each in subjects]
    for token in tokens:
        unauthorized(me(trusted, token), "invalid_token")
    for user, each in zip(users, subjects):
        link(trusted, user, strict, each)
    for _ in range(WORKERS):
        assert [ok(me(trusted, token))["id"] for token in tokens] == [user.id for user in users]


def test_an_unlinked_identity_opens_nothing_from_the_next_request_on(trusted, strict):
    user, other, subject = trusted.user(), trusted.user(), unique("subject")
    link(trusted, user, strict, subject)
    token = strict.token(subject)
    for _ in range(2 * WORKERS):
        assert ok(me(trusted, token))["id"] == user.id
    link(trusted, user, strict, subject, "unlink")
    for _ in range(2 * WORKERS):
        unauthorized(me(trusted, token), "invalid_token")
        unauthorized(me(trusted, strict.token(subject)), "invalid_token")
    assert rows_of(trusted.installation, user.name) == []
    link(trusted, other, strict, subject)
    for _ in range(2 * WORKERS):
        for each in (token, strict.token(subject)):
            assert ok(me(trusted, each))["id"] == other.id


@pytest.mark.parametrize("whose", ["issuer", "provider"])
def test_nothing_but_an_operator_links_it_again(trusted, request, whose):
    """Where the section links identities at their first token: this is not the first."""
    somebody, name = request.getfixturevalue(whose), unique("again")
    user = trusted.user(name=name) if whose == "issuer" else None
    token = somebody.token(name, preferred_username=name)
    account = ok(me(trusted, token))
    assert user is None or account["id"] == user.id
    unlink = ["user", "unlink", name, "--issuer", somebody.url, "--subject", name]
    trusted.installation.orgctl(*unlink)
    for _ in range(2 * WORKERS):
        unauthorized(me(trusted, token), "invalid_token")
        unauthorized(me(trusted, somebody.token(name, preferred_username=name)), "invalid_token")
    trusted.installation.orgctl("user", "link", *unlink[2:])
    for _ in range(2 * WORKERS):
        assert ok(me(trusted, token)) == account


def test_what_the_operator_is_told(trusted, strict):
    user, other, subject = trusted.user(), trusted.user(), unique("Süb ject")
    options = ["--issuer", strict.url, "--subject", subject]
    assert f"{user.name} is linked to {subject} of {strict.url}" in link(trusted, user, strict, subject)
    shown = json.loads(trusted.installation.orgctl("user", "show", user.name, "--json"))["identities"]
    assert [(each["issuer"], each["subject"]) for each in shown] == [(strict.url, subject)]
    assert f"identities: {subject} of {strict.url}" in trusted.installation.orgctl("user", "show", user.name)
    assert json.loads(trusted.installation.orgctl("user", "show", other.name, "--json"))["identities"] == []

    def refused(*arguments):
        result = trusted.installation.run_orgctl(*arguments)
        assert result.returncode != 0
        return result.stderr

    assert f"linked to the user '{user.name}' already" in refused("user", "link", other.name, *options)
    assert f"linked to the user '{user.name}' already" in refused("user", "link", user.name, *options)
    assert "not linked to that user" in refused("user", "unlink", other.name, *options)
    assert "no user named" in refused("user", "link", unique("nobody"), *options)
    for subject in ("", "x" * 256, "a\nb"):
        assert "a subject must have" in refused("user", "link", user.name, "--issuer", strict.url, "--subject", subject)
    assert "must be an http" in refused("user", "link", user.name, "--issuer", "idp.example.org", "--subject", "x")


def test_no_token_of_an_issuer_is_a_superusers(trusted, database, strict):
    """Unless its section says so. The account is the superuser's all the same."""
    admin, subject = trusted.user(), unique("root")
    trusted.installation.orgctl("user", "set", admin.name, "--superuser", "yes")
    own = trusted.organization(admin)
    foreign = trusted.organization(trusted.user(limit=1))
    link(trusted, admin, strict, subject)
    client = trusted.client(strict.token(subject))
    for _ in range(2 * WORKERS):
        account = ok(client.get("/users/me"))
        assert (account["id"], account["is_superuser"]) == (admin.id, False)
        assert [each["id"] for each in ok(client.get("/organizations"))] == [own["id"]]
        total = client.get("/organizations?include_total=true&limit=1")
        assert total.headers["X-Total-Count"] == "1"
        assert [each["id"] for each in ok(client.get(f"/organizations?after={own['id']}"))] == []
        error(client.get(f"/organizations/{foreign['id']}"), 404, "KeyError")
        error(client.patch(f"/organizations/{foreign['id']}", json={"description": "x"}), 404, "KeyError")
        error(client.delete(f"/organizations/{foreign['id']}"), 404, "KeyError")
        error(client.post("/organizations", json={"name": unique(), "id": str(uuid.uuid4())}), 403,
              "IllegalOperationError")
        error(client.patch("/users/" + admin.id, json={"email": unique_address()}), 403, "IllegalOperationError")
        ok(client.patch("/users/" + admin.id, json={"name": unique()}))
    with instance_with(database, section(strict, keys_file(database, "strict", strict), superusers="yes")) as instance:
        client = instance.client(strict.token(subject))
        ok(client.patch("/users/" + admin.id, json={"email": unique_address()}))
        for _ in range(2 * WORKERS):
            assert ok(client.get("/users/me"))["is_superuser"] is True
            assert ok(client.get(f"/organizations/{foreign['id']}"))["id"] == foreign["id"]


def test_an_address_names_somebody_only_if_it_is_verified(database):
    somebody = Issuer("https://by-address.example.org")
    with instance_with(database, section(somebody, keys_file(database, "by-address", somebody), user_claim="email",
                                         provision="yes", match_users="yes")) as instance:
        victim, address = instance.user(), unique_address()
        database.orgctl("user", "set", victim.name, "--email", address)
        database.orgctl("user", "rename", victim.name, "--to", address)
        for verified in (None, False, "true", 1):
            unauthorized(me(instance, somebody.token("x", email=address, email_verified=verified)), "invalid_token")
        token = somebody.token("x", email=address, email_verified=True)
        assert ok(me(instance, token))["id"] == victim.id


def test_without_a_user_there_is_no_way_in(trusted, issuer):
    name = unique("late")
    token = issuer.token(name)
    for _ in range(2 * WORKERS):
        unauthorized(me(trusted, token), "invalid_token")
    user = trusted.user(name=name)
    assert ok(me(trusted, token))["id"] == user.id


def test_a_service_account_is_no_user(trusted, issuer, provider):
    service = trusted.service_account(trusted.organization(trusted.user(limit=1))["id"], "admin")
    unauthorized(me(trusted, issuer.token(service.name)), "invalid_token")
    assert rows_of(trusted.installation, service.name) == []
    user = ok(me(trusted, provider.token(unique(), preferred_username=service.name)))
    assert user["username"] == service.name and user["id"] != service.id and not user["is_service_account"]


def test_a_user_is_created_at_first_sight(trusted, provider):
    name, address = unique("Zoë"), unique_address()
    token = provider.token("7", preferred_username=name, email=address, email_verified=True)
    account = ok(me(trusted, token))
    assert (account["username"], account["email"], account["email_verified"], account["is_superuser"]) == (name, address, True, False)
    assert ok(me(trusted, provider.token("7", preferred_username=name, email="new@example.org"))) == account
    assert len(rows_of(trusted.installation, name)) == 1
    assert ok(trusted.client(token).post("/organizations", json={"name": unique()}))["owner_id"] == account["id"]


@pytest.mark.parametrize("change", [str, str.upper], ids=lambda change: change.__name__)
def test_an_address_that_another_account_has_verified_stays_unverified(trusted, provider, change):
    address = unique_address()
    owner = trusted.user()
    trusted.installation.orgctl("user", "set", owner.name, "--email", address)
    first, second = (provider.token("x", preferred_username=unique(), email=change(address), email_verified=True)
                     for _ in range(2))
    for token in (first, second, first):
        account = ok(me(trusted, token))
        assert (account["email"], account["email_verified"]) == (change(address), False)
    kept = ok(owner.client.get("/users/me"))
    assert (kept["email"], kept["email_verified"]) == (address, True)


def test_an_unverified_address_keeps_nobody_from_verifying_it(trusted, provider):
    address = unique_address()
    trusted.installation.orgctl("user", "set", trusted.user().name, "--email", address, "--email-unverified")
    account = ok(me(trusted, provider.token("x", preferred_username=unique(), email=address, email_verified=True)))
    assert (account["email"], account["email_verified"]) == (address, True)


def test_of_many_new_users_with_one_address_one_has_it_verified(trusted, provider):
    address = unique_address()
    tokens = [provider.token("x", preferred_username=unique(), email=address, email_verified=True) for _ in range(8)]
    with concurrent.futures.ThreadPoolExecutor(len(tokens)) as pool:
        accounts = [ok(response) for response in pool.map(lambda token: me(trusted, token), tokens)]
    assert [account["email"] for account in accounts] == [address] * len(tokens)
    assert sum(account["email_verified"] for account in accounts) == 1


def test_a_user_who_is_there_is_not_created_again(trusted, provider):
    user = trusted.user()
    for name in (user.name, user.name.upper()):
        response = me(trusted, provider.token("x", preferred_username=name, email="x@example.org"))
        unauthorized(response, "invalid_token")
        assert "another account has its name" in response.json()["detail"][1]
    assert rows_of(trusted.installation, user.name) == []
    assert f"cannot create the user '{user.name}': another account has this name" in trusted.log_text()
    link(trusted, user, provider, user.name)
    account = ok(me(trusted, provider.token("x", preferred_username=user.name, email="x@example.org")))
    assert (account["id"], account["email"]) == (user.id, None)


@pytest.mark.parametrize("claims", [
    {}, {"email": "x@example.org", "email_verified": False}, {"email": "x@example.org", "email_verified": None},
    {"email": "x@example.org", "email_verified": "true"}, {"email": "nobody"}, {"email": "@example.org"},
    {"email": "x@"}, {"email": "a@b@example.org"}, {"email": "x y@example.org"}, {"email": 7},
    {"email": "x\n@example.org"}, {"email": "x" * 243 + "@example.org"}, {"email": "ä@example.org"}, {"email": "x@-.org"},
    {"email": "x@y\u200b.org"}, {"email": '"x"@example.org'},
], ids=str)
def test_a_bad_address_is_left_out(trusted, provider, claims):
    claims = {"email_verified": True, **claims}
    assert ok(me(trusted, provider.token("x", preferred_username=unique(), **claims)))["email"] is None


@pytest.mark.shows("API10")
@pytest.mark.parametrize("name", [
    "", " blank", "blank ", "line\nfeed", "x" * 65, "X" * 2000, UNKNOWN_ID, UNKNOWN_ID.replace("-", ""), None, 7, ["x"],
    True, "\ufb2c" * 30, "..", "\u200b", "a\u202eb", "a\u0378",
], ids=lambda name: ascii(name)[:70])
def test_what_can_be_no_name_creates_nobody(trusted, provider, name):
    before = trusted.installation.sql("SELECT COUNT(*) FROM orgd.orgd_accounts")
    unauthorized(me(trusted, provider.token("x", preferred_username=name)), "invalid_token")
    assert trusted.installation.sql("SELECT COUNT(*) FROM orgd.orgd_accounts") == before


def test_many_first_requests_at_once(database, provider, provider_server):
    """Several workers see a token for the first time: each request succeeds, and there is one user with one row."""
    with instance_with(database, section(provider, provider_server.url, provision="yes"), workers=6) as crowded, \
            concurrent.futures.ThreadPoolExecutor(24) as threads:
        for _ in range(5):
            name = unique("crowd")
            tokens = [provider.token(name)] * 12 + [provider.token(name) for _ in range(12)]
            answers = [ok(response) for response in threads.map(lambda token: me(crowded, token), tokens)]
            assert {answer["username"] for answer in answers} == {name} and len({a["id"] for a in answers}) == 1
            assert len(rows_of(database, name)) == 1


def test_numbers_that_no_machine_holds_are_no_fault_in_claims_that_nobody_reads(trusted, provider):
    name = unique()
    claims = {"preferred_username": name, "employee": 10**30, "amounts": [10**400, -2**70]}
    assert ok(me(trusted, provider.token("x" + name, **claims)))["username"] == name
    for claim in ("exp", "iat", "nbf"):
        unauthorized(me(trusted, provider.token("x" + name, **{**claims, claim: 10**30})), "invalid_token")


def test_a_deactivation_counts_at_once(trusted, issuer):
    user = trusted.user()
    tokens = [issuer.token(user.name), issuer.token(user.name)] * WORKERS
    for _ in range(2):
        for token in tokens:
            ok(me(trusted, token))
        trusted.installation.orgctl("user", "deactivate", user.name)
        for token in tokens + [issuer.token(user.name)]:
            unauthorized(me(trusted, token), "invalid_token")
        trusted.installation.orgctl("user", "activate", user.name)


def test_a_deactivated_credential_leaves_the_others(trusted, issuer, provider):
    user = trusted.user()
    token = issuer.token(user.name)
    other = provider.token("x", preferred_username=user.name)
    link(trusted, user, provider, user.name)
    for each in (token, other):
        ok(me(trusted, each))
    trusted.installation.sql("UPDATE orgd.orgd_credentials SET is_active = FALSE WHERE id = %s",
                             [identity_id(trusted.installation, issuer, user.name)])
    for _ in range(2 * WORKERS):
        unauthorized(me(trusted, token), "invalid_token")
        unauthorized(me(trusted, issuer.token(user.name)), "invalid_token")
    ok(me(trusted, other))
    ok(user.client.get("/users/me"))


def test_a_user_who_is_not_active_is_not_created_again(trusted, provider):
    user = trusted.user()
    link(trusted, user, provider, user.name)
    trusted.installation.orgctl("user", "deactivate", user.name)
    unauthorized(me(trusted, provider.token("x", preferred_username=user.name)), "invalid_token")
    trusted.installation.orgctl("user", "activate", user.name)
    assert ok(me(trusted, provider.token("x", preferred_username=user.name)))["id"] == user.id


def test_a_token_that_is_known_costs_one_statement(trusted, issuer):
    user = trusted.user()
    client = trusted.client(issuer.token(user.name))
    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        for response in threads.map(lambda _: client.get("/users/me"), range(32 * WORKERS)):  # whichever worker
            ok(response)

    def executions():
        return int(trusted.installation.sql("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'")[0][1])

    def cost():
        before = executions()
        for _ in range(4):
            ok(client.get("/organizations"))
        return executions() - before
    # A courier looks for events twice a second, which only adds to it. A few requests fit in between, on a slow machine too.
    assert min(cost() for _ in range(50)) == 4


def test_own_credentials_count_as_before(trusted):
    user = trusted.user()
    ok(user.client.get("/users/me"))
    login = ok(trusted.client().post("/auth/login", data={"password": user.token}))
    assert ok(me(trusted, login["access_token"]))["id"] == user.id


# Tokens


@pytest.fixture(scope="module")
def user(trusted):
    return trusted.user()


ACCEPTED = {
    "as it is": {},
    "typ application/at+jwt": {"header": {"typ": "application/at+jwt"}},
    "typ AT+JWT": {"header": {"typ": "AT+JWT"}},
    "no kid": {"header": {"kid": None}},
    "its client": {"azp": "console", "client_id": "console"},
    "several audiences": {"aud": ["other", AUDIENCE]},
    "no iat": {"iat": None},
    "nbf now": {"nbf": int(time.time())},
    "other claims": {"scope": "x", "groups": ["a"] * 100},
}


@pytest.mark.parametrize("changes", ACCEPTED)
def test_a_good_token_is_accepted(trusted, issuer, user, changes):
    """Otherwise the refusals below would prove nothing."""
    assert ok(me(trusted, issuer.token(user.name, **ACCEPTED[changes])))["id"] == user.id


REFUSED = {
    "expired": lambda now: {"exp": now - 1, "iat": now - 600},
    "without exp": lambda now: {"exp": None},
    "exp as text": lambda now: {"exp": str(now + 600)},
    "not yet valid": lambda now: {"nbf": now + 60},
    "issued in the future": lambda now: {"iat": now + 60},
    "another audience": lambda now: {"aud": "https://other.example.org/"},
    "an audience that begins alike": lambda now: {"aud": AUDIENCE + "x"},
    "other audiences": lambda now: {"aud": ["a", "b"]},
    "no audience": lambda now: {"aud": None},
    "another issuer": lambda now: {"iss": "https://other.example.org"},
    "an issuer that begins alike": lambda now: {"iss": "https://file.example.org"},
    "no issuer": lambda now: {"iss": None},
    "the other issuer's name": lambda now: {"iss": "https://provider.example.org", "preferred_username": "x"},
    "an ID token by its nonce": lambda now: {"nonce": "n"},
    "an ID token by its at_hash": lambda now: {"at_hash": "h"},
    "an ID token by its c_hash": lambda now: {"c_hash": "h"},
    "a JWT that does not say that it is an access token": lambda now: {"header": {"typ": "JWT"}},
    "without a type": lambda now: {"header": {"typ": None}},
    "a logout token": lambda now: {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
    "a logout token by its type": lambda now: {"header": {"typ": "logout+jwt"}},
    "a client that is none": lambda now: {"azp": 7},
    "no subject": lambda now: {"sub": None},
    "crit": lambda now: {"header": {"crit": ["exp"]}},
    "crit of b64": lambda now: {"header": {"crit": ["b64"], "b64": True}},
    "an unknown kid": lambda now: {"header": {"kid": "unknown"}},
    "another type": lambda now: {"header": {"typ": "dpop+jwt"}},
    "another key": lambda now: {"key": ec.generate_private_key(ec.SECP256R1())},
    "an algorithm that is not allowed": lambda now: {"key": ec.generate_private_key(ec.SECP384R1()),
                                                     "algorithm": "ES384"},
    "an empty shared secret": lambda now: {"key": "", "algorithm": "HS256"},
}


@pytest.mark.shows("API10")
@pytest.mark.parametrize("changes", REFUSED)
def test_a_bad_token_is_refused(trusted, issuer, user, changes):
    unauthorized(me(trusted, issuer.token(user.name, **REFUSED[changes](int(time.time())))), "invalid_token")


def test_the_public_key_is_no_shared_secret(trusted, issuer, user):
    kid, algorithm, private = issuer.keys[-1]
    public = Issuer.public(kid, algorithm, private)
    # PyJWT refuses to sign with PEM, which is what a careless verifier would have taken.
    for secret in (json.dumps(public), public["x"], base64.urlsafe_b64decode(public["x"] + "=")):
        unauthorized(me(trusted, issuer.token(user.name, key=secret, algorithm="HS256")), "invalid_token")


@pytest.mark.shows("API7")
def test_a_token_with_urls_of_its_own_makes_nobody_fetch_them(trusted, issuer, user):
    """RFC 7515, 4.1.2-4.1.5: a header may name its own key. A verifier that follows it accepts anybody's tokens."""
    thief = Issuer(issuer.url)
    kid, algorithm, private = thief.keys[-1]
    with JwksServer(thief) as server:
        for header in ({"jku": server.url}, {"x5u": server.url}, {"jwk": Issuer.public(kid, algorithm, private)}):
            for named in (kid, issuer.keys[-1][0], None):
                token = issuer.token(user.name, key=private, header={**header, "kid": named})
                unauthorized(me(trusted, token), "invalid_token")
        assert server.requests == 0


def test_a_token_without_a_signature_is_refused(trusted, issuer, user):
    header, payload, signature = issuer.token(user.name).split(".")
    for algorithm in ("none", "None", "NONE", "", None, 5):
        for kid in ({}, {"kid": issuer.keys[-1][0]}):
            forged = segment(json.dumps({"alg": algorithm, "typ": "at+jwt", **kid}).encode())
            for end in ("", signature):
                unauthorized(me(trusted, f"{forged}.{payload}.{end}"), "invalid_token")
    unauthorized(me(trusted, f"{header}.{payload}."), "invalid_token")
    unauthorized(me(trusted, f"{header}.{payload}.{'A' * len(signature)}"), "invalid_token")


def test_the_kid_of_another_issuer(trusted, issuer, provider, user):
    """Each has its own keys: one's key does not sign for the other, whatever kid is given."""
    for kid in (issuer.keys[-1][0], provider.keys[-1][0]):
        unauthorized(me(trusted, issuer.token(user.name, key=provider.keys[-1][2], header={"kid": kid})),
                     "invalid_token")
        unauthorized(me(trusted, provider.token("x", preferred_username=user.name, key=issuer.keys[-1][2],
                                                header={"kid": kid})), "invalid_token")


def test_the_service_does_not_sign_for_the_issuer(trusted, issuer, user):
    """A token with the service's own key, and one that says to be the service's with the issuer's key."""
    signing = json.loads(trusted.installation.signing_keys.read_text("utf-8"))["keys"][0]
    private = ECAlgorithm.from_jwk({key: signing[key] for key in ("kty", "crv", "x", "y", "d")})
    unauthorized(me(trusted, issuer.token(user.name, key=private, header={"kid": signing["kid"]})), "invalid_token")
    unauthorized(me(trusted, issuer.token(user.id, iss=trusted.url, aud=trusted.url, client_id="c",
                                          cred=str(uuid.uuid4()))), "invalid_token")


def test_mutated_tokens(trusted, issuer, user):
    good = issuer.token(user.name)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=~"
    source = random.Random(20261125)

    def mutate(_):
        text = list(good)
        for _ in range(source.choice((1, 1, 2, 5))):
            at = source.randrange(len(text) - 1)  # the last character holds bits that mean nothing
            action = source.randrange(3)
            if action == 0:
                text[at] = source.choice(alphabet)
            elif action == 1:
                del text[at]
            else:
                text.insert(at, source.choice(alphabet))
        return "".join(text)

    tokens = [token for token in map(mutate, range(2000)) if token != good]
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda token: me(trusted, token).status_code, tokens))
    assert set(statuses) == {401}
    ok(me(trusted, good))


def test_what_a_section_allows_in_a_token(database):
    """Other types than that of access tokens, and clients."""
    somebody = Issuer("https://older.example.org")
    with instance_with(database, section(somebody, keys_file(database, "older", somebody), provision="yes",
                                         token_types="JWT none", clients="console app")) as instance:
        for claims in ({"azp": "app"}, {"client_id": "console"}, {"azp": "app", "client_id": "console"}):
            for kind in ("JWT", "jwt", None):
                ok(me(instance, somebody.token(unique(), header={"typ": kind}, **claims)))
            for kind in ("at+jwt", "logout+jwt", "none"):
                unauthorized(me(instance, somebody.token(unique(), header={"typ": kind}, **claims)), "invalid_token")
            for mark in ("nonce", "at_hash", "events"):
                token = somebody.token(unique(), header={"typ": "JWT"}, **claims, **{mark: "x"})
                unauthorized(me(instance, token), "invalid_token")
        for claims in ({}, {"azp": "other"}, {"azp": "app", "client_id": "other"}, {"azp": "console app"}):
            unauthorized(me(instance, somebody.token(unique(), header={"typ": "JWT"}, **claims)), "invalid_token")


def test_an_id_token_of_a_client_that_is_also_the_audience(database):
    """It has neither nonce nor hash where it comes from a refresh."""
    somebody = Issuer("https://sloppy.example.org")
    with instance_with(database, section(somebody, keys_file(database, "sloppy", somebody), provision="yes",
                                         token_types="at+jwt JWT")) as instance:
        unauthorized(me(instance, somebody.token(unique(), header={"typ": "JWT"}, azp=AUDIENCE)), "invalid_token")
        ok(me(instance, somebody.token(unique(), header={"typ": "JWT"}, azp="console")))
        ok(me(instance, somebody.token(unique(), azp=AUDIENCE)))


def test_a_token_stops_at_its_expiry_although_it_was_verified_before(trusted, issuer, user):
    token = issuer.token(user.name, exp=int(time.time()) + 4)
    ok(me(trusted, token))
    wait_until(lambda: me(trusted, token).status_code == 401, "the token to expire", timeout=10)


# Keys


@pytest.mark.shows("API7")
def test_keys_from_a_url_are_fetched_once(trusted, provider, provider_server):
    """By each worker; and a stranger who makes up kids does not change that."""
    for _ in range(10):
        ok(me(trusted, provider.token("x", preferred_username=unique())))
    before = provider_server.requests
    for number in range(10):
        unauthorized(me(trusted, provider.token("x", preferred_username="x", header={"kid": f"made-up-{number}"})),
                     "invalid_token")
    assert provider_server.requests - before <= WORKERS  # one that was fetched 30 seconds ago may be fetched again


def test_rotation_in_a_file(database):
    issuer = Issuer("https://rotating-file.example.org")
    path = write_file(database.directory / "rotating-jwks.json", json.dumps(issuer.jwks()))
    with instance_with(database, section(issuer, path, provision="yes")) as instance:
        name = unique()
        old = issuer.token(name)
        for _ in range(4):
            ok(me(instance, old))
        issuer.rotate("RS256")
        new = issuer.token(name)
        unauthorized(me(instance, new), "invalid_token")
        write_file(path, json.dumps(issuer.jwks()))
        time.sleep(1.1)
        for token in [old, new] * 4:
            ok(me(instance, token))
        del issuer.keys[0]
        write_file(path, json.dumps(issuer.jwks()))
        time.sleep(1.1)
        for _ in range(4):
            unauthorized(me(instance, old), "invalid_token")
            ok(me(instance, new))


def test_rotation_behind_a_url(database):
    issuer = Issuer("https://rotating.example.org")
    with JwksServer(issuer) as server, \
            instance_with(database, section(issuer, server.url, provision="yes", jwks_max_age=1)) as instance:
        name = unique()
        old = issuer.token(name)
        for _ in range(4):
            ok(me(instance, old))
        issuer.rotate("RS256")
        new = issuer.token(name)
        time.sleep(1.1)
        for token in [old, new] * 4:
            ok(me(instance, token))
        del issuer.keys[0]
        time.sleep(1.1)
        for _ in range(4):
            unauthorized(me(instance, old), "invalid_token")
            ok(me(instance, new))


def assert_unavailable(response):
    error(response, 503, "ServiceUnavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert "WWW-Authenticate" not in response.headers


def in_time(response):
    assert response.elapsed.total_seconds() < TIMEOUT_S + 0.9
    return response


def test_an_issuer_that_was_never_there(database):
    issuer = Issuer("https://never.example.org")
    with JwksServer(issuer) as server:
        server.hangs = True
        with instance_with(database, section(issuer, server.url, provision="yes", jwks_timeout=TIMEOUT_S)) as instance:
            token = issuer.token(unique())
            for _ in range(2 * WORKERS):
                assert_unavailable(in_time(me(instance, token)))
            unauthorized(me(instance, issuer.token("x", aud="other")), "invalid_token")  # that needs no key to see
            user = instance.user()
            ok(in_time(user.client.get("/users/me")))
            server.hangs = False
            wait_until(lambda: in_time(me(instance, token)).status_code == 200, "the keys to be fetched", timeout=30)


@pytest.mark.shows("API10")
def test_an_issuer_that_goes_away(database):
    """Its keys stay, and no request waits longer than it may; hanging, refusing connections, and back again."""
    issuer = Issuer("https://away.example.org")
    with JwksServer(issuer) as server:
        with instance_with(database, section(issuer, server.url, provision="yes", jwks_timeout=TIMEOUT_S,
                                             jwks_max_age=1)) as instance:
            name = unique()
            token = issuer.token(name)
            with concurrent.futures.ThreadPoolExecutor(16) as threads:
                for response in threads.map(lambda _: me(instance, token), range(64)):  # whichever worker
                    ok(response)
            server.hangs = True
            end = time.monotonic() + 6
            waits = []
            while time.monotonic() < end:
                for each in (token, issuer.token(name)):
                    response = in_time(me(instance, each))
                    ok(response)
                    waits.append(response.elapsed.total_seconds() > TIMEOUT_S / 2)
            assert any(waits) and waits.count(True) < len(waits) / 4, "it waits now and then, not always"
            issuer.rotate()
            unauthorized(in_time(me(instance, issuer.token(name))), "invalid_token")
            server.hangs = False
            server._woken.set()
            wait_until(lambda: me(instance, issuer.token(name)).status_code == 200, "the new key to be fetched",
                       timeout=30)
            server.server.shutdown()
            server.server.socket.close()
            time.sleep(1.1)
            for _ in range(8):
                ok(in_time(me(instance, token)))


def self_signed(directory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.utcnow()
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
                   .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
                   .sign(key, hashes.SHA256()))
    return write_file(directory / "self-signed.pem", (
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)).decode("ascii"))


@pytest.mark.shows("API10", "V9.1.1, V9.2.1")
def test_a_certificate_that_nobody_vouches_for(database):
    issuer = Issuer("https://self-signed.example.org")
    with JwksServer(issuer, self_signed(database.directory)) as server, \
            instance_with(database, section(issuer, server.url, provision="yes", jwks_timeout=TIMEOUT_S)) as instance:
        for _ in range(WORKERS):
            assert_unavailable(me(instance, issuer.token(unique())))
        assert server.requests == 0
        assert "certificate" in instance.log_text()


# Configuration and documents


@pytest.mark.parametrize("text, message", [
    ('[issuer "https://a.example"]\naudience = x\n', "1: the issuer https://a.example lacks the setting 'jwks'"),
    ('[issuer "https://a.example"]\naudience = x\njwks = /x\nalgorithms = HS256\n', "4: algorithms = HS256: must be"),
    ('[issuer "https://a.example"]\naudience = x\njwks = http://a.example/\n', "3: jwks = http://a.example/: must be"),
    ('[other]\n', "1: unknown section [other]"),
])
def test_a_bad_section_keeps_the_service_from_starting(database, text, message):
    path = write_file(database.directory / "bad-section.conf", text)
    for program in ([database.orgd, "--check"], [database.orgctl_program, "check"]):
        result = subprocess.run([*program, "--config", path], env=database.environment, capture_output=True, text=True,
                                timeout=60, check=False)
        assert result.returncode == 2 and f"{path}:{message}" in result.stderr.replace('\\"', '"')


def test_the_sample_section_is_one_that_orgd_accepts(database):
    text = (SOURCE / "conf/orgd.conf").read_text("utf-8")
    path = write_file(database.directory / "sample-section.conf", re.sub(r"(?m)^#   (?=[\[\w])", "", text))
    assert '\n[issuer "https://' in path.read_text("utf-8")
    environment = {**database.environment, "ORGD_SIGNING_KEYS": str(database.signing_keys)}
    result = subprocess.run([database.orgd, "--config", path, "--check"], env=environment, capture_output=True,
                            text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")


# A provider that nobody here wrote


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_glewlwyd(database, environment, algorithm):
    """People are known by their name; clients, whose tokens carry no name, by their id: one section for each. They are
    who they were when it signed with another algorithm, and had another URL."""
    with Glewlwyd(environment, algorithm) as glewlwyd:
        trust = {"audience": glewlwyd.audience, "provision": "yes", "match_users": "yes", "algorithms": algorithm}
        with instance_with(database, section(Trusted(glewlwyd), glewlwyd.jwks_url, user_claim="username",
                                             **trust)) as instance:
            token = glewlwyd.authorization_code_token()
            for _ in range(2 * WORKERS):
                assert ok(instance.client(token).get("/organizations")) == []
            assert ok(me(instance, token))["username"] == glewlwyd.person
            unauthorized(me(instance, glewlwyd.client_credentials_token()), "invalid_token")
        with instance_with(database, section(Trusted(glewlwyd), glewlwyd.jwks_url, user_claim="client_id",
                                             **trust)) as instance:
            token = glewlwyd.client_credentials_token()
            for _ in range(2 * WORKERS):
                assert ok(instance.client(token).get("/organizations")) == []
            assert ok(me(instance, token))["username"] == glewlwyd.client_id


class Trusted:
    """What section() wants to know of an issuer."""

    def __init__(self, glewlwyd):
        self.url = glewlwyd.issuer


@pytest.mark.shows("V7.1.1-7.1.2")
def test_no_token_is_logged(trusted, issuer, user):
    """Of all those above; the last of them is certainly in reach of this log."""
    ok(me(trusted, issuer.token(user.name)))
    log = trusted.log_text() + trusted.server.logs()
    assert '"path":"/users/me"' in log and len(Issuer.issued) > 1
    assert [token for token in Issuer.issued if token in log or token.split(".")[2] in log] == []
