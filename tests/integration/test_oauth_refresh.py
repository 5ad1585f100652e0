"""Refresh tokens: they rotate, and end with what they stand on. Points 21-23 of RFC 6749 and 9700."""

import base64
import re

import jwt
import pytest

from expect import ok
from oauth import (PASSWORD, RegisteredClient, at_once, confidential, error_of, id_of, is_accepted,  # noqa: F401
                   person, person_of, public, refused_client, sign_in, signed_in, tokens_for)


@pytest.fixture
def granted(person, signed_in, public):
    return tokens_for(signed_in, person, public)


@pytest.mark.shows("OAuth 22")
@pytest.mark.parametrize("kind", ["public", "confidential"])
def test_a_refresh_token_is_good_for_the_next_one(instance, person, signed_in, request, kind):
    """RFC 6749, 6; RFC 9700, 2.2.2 and 4.14.2: rotation, for every client."""
    client = request.getfixturevalue(kind)
    chain = [tokens_for(signed_in, person, client)]
    for _ in range(3):
        response = client.refresh(chain[-1]["refresh_token"])
        assert (response.headers["Cache-Control"], response.headers["Pragma"]) == ("no-store", "no-cache")
        chain.append(ok(response))
        assert list(chain[-1]) == list(chain[0]) and chain[-1]["expires_in"] == 3600
    assert len({tokens["refresh_token"] for tokens in chain}) == len({tokens["access_token"] for tokens in chain}) == 4
    for tokens in chain:
        assert ok(instance.client(tokens["access_token"]).get("/users/me"))["id"] == person.id
        claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
        assert claims["client_id"] == client.id and claims["sub"] == person.id


def test_a_refresh_token_cannot_be_guessed(granted):
    """RFC 6749, 10.10."""
    assert re.fullmatch(r"ORG[A-Z]{3}_[A-Za-z0-9_-]{64}", granted["refresh_token"])
    assert len(base64.urlsafe_b64decode(granted["refresh_token"][7:])) == 16 + 8 + 24  # id, number, keyed digest


def let_time_pass(instance, granted, seconds):
    """Since the last use of a grant's refresh token."""
    instance.installation.sql(f"UPDATE orgd.orgd_credentials SET rotated = rotated - INTERVAL {seconds} SECOND"
                              f" WHERE id = {id_of(granted['refresh_token'])}")


def assert_ended(instance, client, family):
    for tokens in family:
        error_of(client.refresh(tokens["refresh_token"]), 400, "invalid_grant")
        assert not is_accepted(instance, tokens["access_token"])


@pytest.mark.shows("OAuth 22", "OAuth 36")
@pytest.mark.parametrize("used", [0, 1, 2])
def test_a_used_one_ends_its_whole_family(instance, person, signed_in, public, used):
    """RFC 9700, 4.14.2: whichever of them comes again."""
    others = tokens_for(signed_in, person, public)
    family = [tokens_for(signed_in, person, public)]
    for _ in range(3):
        family.append(ok(public.refresh(family[-1]["refresh_token"])))
    if used == 2:
        let_time_pass(instance, family[0], 31)
    error_of(public.refresh(family[used]["refresh_token"]), 400, "invalid_grant")
    assert_ended(instance, public, family)
    assert is_accepted(instance, others["access_token"])
    ok(public.refresh(others["refresh_token"]))


@pytest.mark.shows("OAuth 22")
def test_the_last_used_one_may_be_sent_again_for_a_moment(instance, granted, public):
    """A client whose answer was lost repeats it: it gets the same refresh token as before, and the family lives."""
    first = ok(public.refresh(granted["refresh_token"]))
    let_time_pass(instance, granted, 20)
    second = ok(public.refresh(granted["refresh_token"]))
    assert second["refresh_token"] == first["refresh_token"] and second["access_token"] != first["access_token"]
    for tokens in (granted, first, second):
        assert is_accepted(instance, tokens["access_token"])
    ok(public.refresh(second["refresh_token"]))


@pytest.mark.shows("OAuth 22")
def test_nor_may_it_be_sent_again_later(instance, granted, public):
    newer = ok(public.refresh(granted["refresh_token"]))
    let_time_pass(instance, granted, 31)
    error_of(public.refresh(granted["refresh_token"]), 400, "invalid_grant")
    assert_ended(instance, public, (granted, newer))


@pytest.mark.shows("OAuth 22")
def test_nor_may_it_be_sent_again_once_the_next_one_was_used(instance, granted, public):
    newer = ok(public.refresh(granted["refresh_token"]))
    newest = ok(public.refresh(newer["refresh_token"]))
    error_of(public.refresh(granted["refresh_token"]), 400, "invalid_grant")
    assert_ended(instance, public, (granted, newer, newest))


@pytest.mark.shows("OAuth 22")
@pytest.mark.parametrize("many", [2, 8])
def test_concurrent_refreshes_get_the_same_token(instance, granted, public, many):
    """Two tabs of one application, or two threads: one of them uses it, and the others repeat that."""
    answers = [ok(response) for response in at_once([lambda: public.refresh(granted["refresh_token"])] * many)]
    assert len({tokens["refresh_token"] for tokens in answers}) == 1
    assert all(is_accepted(instance, tokens["access_token"]) for tokens in (granted, *answers))
    ok(public.refresh(answers[0]["refresh_token"]))


def test_refreshing_leaves_no_rows_behind(instance, granted, public):
    """Whatever a client does, a grant is one row that ends at once."""
    def rows():
        tables = instance.installation.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'orgd'"
                                           " AND table_type = 'BASE TABLE'")
        return {table: instance.installation.sql(f"SELECT COUNT(*) FROM orgd.{table}")[0][0] for table, in tables}

    before = rows()
    for _ in range(20):
        granted = ok(public.refresh(granted["refresh_token"]))
    assert rows() == before


def test_a_made_up_one_ends_nothing(instance, granted, public):
    """Else anybody who sees an access token, which names the family, could end it."""
    token = granted["refresh_token"]
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[:30] + "A" * 41, token[:-1], token + "A",
                  token.swapcase(), "x", granted["access_token"], "\u00e9" * 71):
        error_of(public.refresh(wrong), 400, "invalid_grant")
    ok(public.refresh(token))


@pytest.mark.shows("OAuth 23")
def test_it_is_bound_to_its_client(instance, person, signed_in, granted, public, confidential):
    """RFC 6749, 6 and 10.4; and a stranger's attempt ends nothing."""
    theirs = tokens_for(signed_in, person, confidential)
    for other in (confidential, RegisteredClient(instance)):
        error_of(other.refresh(granted["refresh_token"]), 400, "invalid_grant")
    error_of(public.refresh(theirs["refresh_token"]), 400, "invalid_grant")
    for changes in ({"client_secret": None}, {"client_secret": "x"}, {"client_id": None}):
        refused_client(confidential.refresh(theirs["refresh_token"], **changes))
    ok(public.refresh(granted["refresh_token"]))
    ok(confidential.refresh(theirs["refresh_token"]))


def test_it_is_no_access_token_and_the_other_way_round(instance, granted, public):
    assert not is_accepted(instance, granted["refresh_token"])
    error_of(public.refresh(granted["access_token"]), 400, "invalid_grant")
    for form in ({"password": granted["refresh_token"]},
                 {"grant_type": "client_credentials", "client_secret": granted["refresh_token"]}):
        refused_client(instance.client().post("/auth/login", data=form))


@pytest.mark.shows("OAuth 23")
@pytest.mark.parametrize("what", ["password", "password hash", "sign-out", "deactivation", "client"])
def test_it_ends_with_what_it_stands_on(instance, what):
    """RFC 9700, 4.14.2: and so do the access tokens, with the next request."""
    person = person_of(instance)
    browser = sign_in(instance, person)
    client = RegisteredClient(instance)
    granted = tokens_for(browser, person, client)
    newer = ok(client.refresh(granted["refresh_token"]))
    orgctl = instance.installation.orgctl
    for _ in range(12):  # so that every worker knows them
        assert is_accepted(instance, newer["access_token"])
    if what == "password":
        orgctl("user", "set", person.name, "--password", input="another password")
    elif what == "password hash":
        (hash_,), = instance.installation.sql("SELECT hash FROM orgd.orgd_passwords WHERE account_id = UNHEX(%s)",
                                              [person.id.replace("-", "")])
        orgctl("user", "set", person.name, "--password-hash", input=hash_.decode())
    elif what == "sign-out":
        browser.get("/auth/sign-in")
        browser.submit()
    elif what == "deactivation":
        orgctl("user", "deactivate", person.name)
    else:
        orgctl("client", "delete", client.id)
    for tokens in (granted, newer) * 6:
        assert not is_accepted(instance, tokens["access_token"])
    error_of(client.refresh(newer["refresh_token"]), 400, "invalid_grant")
    if what != "deactivation":
        assert is_accepted(instance, person.token)  # only what came of signing in ends


def test_other_sessions_and_clients_go_on(instance, person, public, confidential):
    one, other = sign_in(instance, person), sign_in(instance, person)
    ended = [tokens_for(one, person, client) for client in (public, confidential)]
    kept = tokens_for(other, person, public)
    one.get("/auth/sign-in")
    one.submit()
    assert [is_accepted(instance, tokens["access_token"]) for tokens in (*ended, kept)] == [False, False, True]
    ok(public.refresh(kept["refresh_token"]))


@pytest.mark.shows("OAuth 23")
def test_it_expires_when_it_is_not_used(instance, granted, public):
    """RFC 9700, 4.14.2: each use moves the end."""
    left = ("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), expires) FROM orgd.orgd_credentials WHERE id = "
            + id_of(granted["refresh_token"]))
    assert 2592000 - 60 < instance.installation.sql(left)[0][0] <= 2592000
    later = f"UPDATE orgd.orgd_credentials SET expires = %s WHERE id = {id_of(granted['refresh_token'])}"
    instance.installation.sql(later.replace("%s", "UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE"))
    newer = ok(public.refresh(granted["refresh_token"]))
    assert instance.installation.sql(left)[0][0] > 2592000 - 60
    instance.installation.sql(later.replace("%s", "UTC_TIMESTAMP(6)"))
    error_of(public.refresh(newer["refresh_token"]), 400, "invalid_grant")


@pytest.mark.shows("V3.3.1-3.3.3")
def test_a_new_password_opens_nothing_old(instance):
    person = person_of(instance)
    client = RegisteredClient(instance)
    granted = tokens_for(sign_in(instance, person), person, client)
    instance.installation.orgctl("user", "set", person.name, "--password", input="another password")
    instance.installation.orgctl("user", "set", person.name, "--password", input=PASSWORD)
    sign_in(instance, person)
    assert not is_accepted(instance, granted["access_token"])
    error_of(client.refresh(granted["refresh_token"]), 400, "invalid_grant")
