"""What has leaked opens nothing once it was replaced, and what nobody has to replace opens nothing at all: those
sentences of docs/security.md, "When something leaked", that test_nothing_old_opens.py does not show already."""

import base64
import hashlib
import hmac
import json
import uuid

import jwt
import pytest

from expect import ok, unauthorized, unique
from installation import Instance, stdout_of
from oauth import (PASSWORD, Browser, Pkce, RegisteredClient, code_for, error_of, forget_attempts, is_accepted,
                   person_of, refused_client, sign_in, tokens_for)
from processes import write_file

pytestmark = pytest.mark.shows("OAuth 36", "API2")

WORKERS = 2
TRIES = 2 * WORKERS  # so that a request comes to either worker
TOKEN_LIFETIME_S = 3600


@pytest.fixture(scope="module")
def leaky(database):
    """A service with signing keys of its own, which a test may read and replace."""
    keys = write_file(database.directory / "leaky-keys.json", database.signing_keys.read_text(encoding="utf-8"))
    with Instance(database, "nginx", "", workers=WORKERS, settings={"signing_keys": keys}) as instance:
        instance.keys_path = keys
        yield instance


def configured(instance, *arguments):
    """orgctl as the workers are configured."""
    return stdout_of(instance.installation.run_orgctl(*arguments, config_path=instance.backend.config_path))


# Signing keys


def sign_as(key, token):
    """What a thief of the key makes of any token that he has seen."""
    claims = jwt.decode(token, options={"verify_signature": False})
    private = jwt.PyJWK({name: key[name] for name in ("kty", "crv", "x", "y", "d")}, algorithm="ES256").key
    return jwt.encode({**claims, "jti": str(uuid.uuid4())}, private, "ES256", {"typ": "at+jwt", "kid": key["kid"]})


def prune_after_the_lifetime(instance):
    """Between the two, the key that was replaced verifies."""
    configured(instance, "signing-key", "rotate")
    document = json.loads(instance.keys_path.read_text(encoding="utf-8"))
    document["keys"][1]["orgd_retired"] -= TOKEN_LIFETIME_S + 60
    write_file(instance.keys_path, json.dumps(document))
    yield
    configured(instance, "signing-key", "prune")


def replace_at_once(instance):
    configured(instance, "signing-key", "rotate", "--compromised")
    return iter(())


@pytest.mark.parametrize("replace", [replace_at_once, prune_after_the_lifetime], ids=lambda replace: replace.__name__)
def test_a_stolen_signing_key_makes_nobody_a_superuser_once_it_is_gone(leaky, replace):
    seen = ok(leaky.client().post("/auth/login", data={"password": leaky.admin.token}))["access_token"]
    stolen = json.loads(leaky.keys_path.read_text(encoding="utf-8"))["keys"][0]
    forged = sign_as(stolen, seen)

    def works(token):
        statuses = {leaky.client(token).get("/users/me").status_code for _ in range(TRIES)}
        assert len(statuses) == 1 and statuses <= {200, 401}
        return statuses == {200}

    assert works(forged)
    for _ in replace(leaky):
        assert works(forged)
    assert not works(forged) and not works(seen) and not works(sign_as(stolen, seen))
    for _ in range(TRIES):
        published = [key["kid"] for key in ok(leaky.client().get("/.well-known/jwks.json"))["keys"]]
        assert len(published) == 1 and stolen["kid"] not in published
    assert works(ok(leaky.client().post("/auth/login", data={"password": leaky.admin.token}))["access_token"])


def test_each_host_goes_by_its_own_copy_of_the_signing_keys(leaky):
    """Until the new one is there; then the next request knows of it, without a restart."""
    copy = write_file(leaky.installation.directory / "copied-keys.json", leaky.keys_path.read_text(encoding="utf-8"))
    seen = ok(leaky.client().post("/auth/login", data={"password": leaky.admin.token}))["access_token"]
    settings = {"signing_keys": copy, "public_url": leaky.url}
    with Instance(leaky.installation, "nginx", "", workers=WORKERS, settings=settings) as other:
        def works(token):
            return [is_accepted(other, token) for _ in range(TRIES)]

        assert works(seen) == [True] * TRIES
        replace_at_once(leaky)
        assert not is_accepted(leaky, seen) and works(seen) == [True] * TRIES
        write_file(copy, leaky.keys_path.read_text(encoding="utf-8"))
        assert works(seen) == [False] * TRIES


# Secrets of clients


@pytest.mark.parametrize("options", [{"confidential": True}, {"redirect_uris": None, "resource_server": True}],
                         ids=["confidential", "resource server"])
def test_the_secret_of_a_deleted_client_proves_nothing(leaky, options):
    forget_attempts(leaky)
    person = person_of(leaky)
    browser = sign_in(leaky, person)
    public, client = RegisteredClient(leaky), RegisteredClient(leaky, **options)
    granted = tokens_for(browser, person, client if client.redirect_uri else public)
    assert ok(client.introspect(granted["access_token"]))["active"] is True
    pkce = Pkce()
    code = code_for(browser, person, client, pkce) if client.redirect_uri else "ORGCOD_" + "A" * 64
    leaky.installation.orgctl("client", "delete", client.id)
    for _ in range(TRIES):
        for response in (client.introspect(granted["access_token"]), client.refresh(granted["refresh_token"]),
                         client.revoke(granted["refresh_token"]), client.redeem(code, pkce)):
            refused_client(response)
        assert is_accepted(leaky, granted["access_token"]) == (client.redirect_uri is None)


# Passwords and browsers


def tries(instance, username, password, cookies=()):
    forget_attempts(instance)
    browser = Browser(instance.url)
    browser.session.cookies.update(dict(cookies))
    browser.get("/auth/sign-in")
    return browser.submit(username=username, password=password).status_code


def test_a_leaked_password_signs_nobody_in_once_there_is_a_new_one(leaky):
    person = person_of(leaky)
    known = sign_in(leaky, person).session.cookies
    leaky.installation.orgctl("user", "set", person.name, "--password", input="another password")
    for cookies in ((), known):
        assert tries(leaky, person.name, PASSWORD, cookies) == 403
        assert tries(leaky, person.name, "another password") == 303


def test_an_activated_user_has_the_password_again(leaky):
    person = person_of(leaky)
    for verb, status in (("deactivate", 403), ("activate", 303)):
        leaky.installation.orgctl("user", verb, person.name)
        assert tries(leaky, person.name, PASSWORD) == status


def test_the_cookie_of_a_known_browser_opens_nothing(leaky):
    forget_attempts(leaky)
    person = person_of(leaky)
    value = sign_in(leaky, person).session.cookies["orgd_known"]
    for name in ("orgd_known", "orgd_session"):
        browser = Browser(leaky.url)
        browser.session.cookies.update({name: value})
        assert "You are signed in" not in browser.get("/auth/sign-in").text
    unauthorized(leaky.client(value).get("/users/me"), "invalid_token")


# The database


def in_form(prefix, row_id, octets):
    return prefix + base64.urlsafe_b64encode(row_id + octets).decode()


def guesses_at_a_refresh_token(row_id, salt, number):
    """What could be tried without the key: the salt itself, and digests that need no key."""
    body = salt + row_id + number.to_bytes(8, "big")
    macs = [salt, hashlib.sha256(body).digest(), *[hmac.digest(key, body, "sha256") for key in (b"", salt, b"\0" * 32)]]
    return [in_form("ORGREF_", row_id, number.to_bytes(8, "big") + mac[:24]) for mac in macs]


def test_what_the_database_holds_opens_nothing(leaky):
    forget_attempts(leaky)
    person = person_of(leaky)
    client = RegisteredClient(leaky)
    granted = tokens_for(sign_in(leaky, person), person, client)
    service = leaky.service_account(leaky.organization(leaky.admin, name=unique())["id"], "viewer")
    rows = leaky.installation.sql("SELECT c.id, c.kind, c.secret_digest, c.refresh_number FROM orgd.orgd_credentials c"
                                  " JOIN orgd.orgd_accounts a ON a.id = c.account_id WHERE a.name IN (%s, %s)",
                                  [person.name, service.name])
    assert {kind for _, kind, *_ in rows} == {"session", "grant", "personal_token", "api_key"}
    for row_id, _, digest, number in rows:
        for prefix in ("ORGKEY_", "ORGPAT_"):
            unauthorized(leaky.client(in_form(prefix, row_id, digest)).get("/users/me"), "invalid_token")
            error_of(leaky.client().post("/auth/login", data={"password": in_form(prefix, row_id, digest)}), 401,
                     "invalid_client")
        browser = Browser(leaky.url)
        browser.session.cookies.update({"orgd_session": in_form("ORGSES_", row_id, digest)})
        assert "You are signed in" not in browser.get("/auth/sign-in").text
        for guess in guesses_at_a_refresh_token(row_id, digest, max(number, 1)):
            error_of(client.refresh(guess), 400, "invalid_grant")
    ok(client.refresh(granted["refresh_token"]))  # whoever guesses ends nothing either
