"""Keys and personal access tokens that expire: each way in by them ends at that moment, and they are removed later."""

import datetime
import uuid

import pytest

from expect import ok, unauthorized, unique
from orgctl_fixtures import listed, orgctl

pytestmark = pytest.mark.shows("API2")


def parsed(text):
    return datetime.datetime.fromisoformat(text)


@pytest.fixture(params=["key", "token"])
def holder(request, instance, orgctl):
    """A noun, and the options that say whose the credentials are."""
    name = unique("holder")
    if request.param == "token":
        orgctl("user", "create", name)
        return "token", ["--user", name]
    org = instance.organization(instance.user())
    orgctl("service-account", "create", name, "--organization", org["id"], "--role", "viewer")
    return "key", ["--service-account", name]


@pytest.fixture
def expire(instance, listed, holder):
    """Makes the only credential of the holder expire now, or so long ago; returns it."""
    def run(ago="0 SECOND"):
        noun, of = holder
        credential, = listed(noun, "list", *of)
        instance.installation.sql(f"UPDATE orgd.orgd_credentials SET expires = UTC_TIMESTAMP(6) - INTERVAL {ago}"
                                  f" WHERE id = UNHEX('{uuid.UUID(credential['id']).hex}')")
        return credential
    return run


@pytest.mark.parametrize("text, seconds", [("1m", 60), ("30m", 1800), ("12h", 43200), ("90d", 7776000), ("2w", 1209600),
                                           ("3650d", 315360000)])
def test_the_time_is_shown(orgctl, listed, holder, text, seconds):
    noun, of = holder
    orgctl(noun, "create", *of, "--expires-in", text)
    credential, = listed(noun, "list", *of)
    life = parsed(credential["expires"]) - parsed(credential["created"])
    assert abs(life.total_seconds() - seconds) < 1


def test_without_the_option_it_never_expires(orgctl, listed, holder):
    noun, of = holder
    orgctl(noun, "create", *of)
    assert listed(noun, "list", *of)[0]["expires"] is None


@pytest.mark.parametrize("text", ["", "30", "d", "0d", "-1d", "1y", "30 m", "1.5h", "3651d", "99999999999999999999d", "30mm"])
def test_what_is_no_time_is_refused(instance, listed, holder, text):
    noun, of = holder
    result = instance.installation.run_orgctl(noun, "create", *of, "--expires-in", text)
    assert result.returncode == 2 and "30m, 12h, 90d or 2w" in result.stderr and listed(noun, "list", *of) == []


def test_everything_made_of_it_ends_with_it(instance, orgctl, holder, expire):
    noun, of = holder
    secret = orgctl(noun, "create", *of, "--expires-in", "1d", "--quiet")
    token = ok(instance.client().post("/auth/login", data={"password": secret}))["access_token"]
    for credential in (secret, token):
        ok(instance.client(credential).get("/users/me"))
        ok(instance.client(credential).get("/organizations"))
    expire()
    for credential in (secret, token):
        unauthorized(instance.client(credential).get("/users/me"), "invalid_token")
        unauthorized(instance.client(credential).get("/organizations"), "invalid_token")
        unauthorized(instance.client(credential).get("/organizations/nothing"), "invalid_token")
        unauthorized(instance.client(credential).post("/organizations", json={"name": unique("o")}), "invalid_token")
    assert instance.client().post("/auth/login", data={"password": secret}).status_code == 401


def test_it_is_listed_for_a_day_and_then_removed(instance, orgctl, listed, holder, expire):
    noun, of = holder
    orgctl(noun, "create", *of, "--name", "a", "--expires-in", "1d")
    expire("23 HOUR")
    orgctl("purge")
    assert listed(noun, "list", *of)[0]["name"] == "a"
    expire("25 HOUR")
    orgctl("purge")
    assert listed(noun, "list", *of) == []
    orgctl(noun, "create", *of, "--name", "a")


def test_a_key_that_has_expired_gets_no_new_secret(instance, orgctl, listed, expire, holder):
    noun, of = holder
    secret = orgctl(noun, "create", *of, "--expires-in", "1d", "--quiet")
    credential = expire()
    result = instance.installation.run_orgctl(noun, "rotate", credential["id"])
    assert result.returncode == 1 and "has expired" in result.stderr and result.stdout == ""
    for verb in ("deactivate", "activate"):
        orgctl(noun, verb, credential["id"])
    unauthorized(instance.client(secret).get("/users/me"), "invalid_token")


def test_a_rotated_key_expires_as_it_would_have(instance, orgctl, listed, expire, holder):
    noun, of = holder
    orgctl(noun, "create", *of, "--expires-in", "1d")
    before, = listed(noun, "list", *of)
    secret = orgctl(noun, "rotate", before["id"], "--quiet")
    assert listed(noun, "list", *of)[0]["expires"] == before["expires"]
    ok(instance.client(secret).get("/users/me"))
    expire()
    unauthorized(instance.client(secret).get("/users/me"), "invalid_token")
