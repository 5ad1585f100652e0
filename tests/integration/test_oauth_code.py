"""Authorization codes and what they are exchanged for. Points 6-9 of RFC 6749, 7636 and 9700."""

import base64
import re

import pytest

from expect import ok
from oauth import (PASSWORD, REDIRECT, Pkce, RegisteredClient, at_once, browser, code_for, confidential,  # noqa: F401
                   error_of, id_of, is_accepted, person, person_of, public, refused_client, s256, sign_in, signed_in,
                   tokens_for)


def sql_of_code(instance, code, assignment):
    instance.installation.sql(f"UPDATE orgd.orgd_authorization_codes SET {assignment} WHERE id = {id_of(code)}")


def assert_cut_off(instance, client, tokens):
    assert not is_accepted(instance, tokens["access_token"])
    error_of(client.refresh(tokens["refresh_token"]), 400, "invalid_grant")


@pytest.mark.parametrize("kind", ["public", "confidential"])
def test_a_person_lets_a_client_in(instance, person, browser, request, kind):
    """RFC 6749, 4.1 and 5.1."""
    client = request.getfixturevalue(kind)
    pkce = Pkce()
    response = client.redeem(code_for(browser, person, client, pkce), pkce)
    tokens = ok(response)
    assert response.headers["Content-Type"] == "application/json"
    assert (response.headers["Cache-Control"], response.headers["Pragma"]) == ("no-store", "no-cache")
    assert list(tokens) == ["access_token", "token_type", "expires_in", "refresh_token"]
    assert tokens["token_type"].lower() == "bearer" and tokens["expires_in"] == 3600
    assert ok(instance.client(tokens["access_token"]).get("/users/me"))["id"] == person.id


# PKCE: RFC 7636; RFC 9700, 2.1.1 and 4.8.2


@pytest.mark.shows("OAuth 7")
def test_the_first_wrong_verifiers_do_not_end_the_code(instance, person, signed_in, public):
    """Else whoever sees the code could keep the client out."""
    pkce = Pkce()
    code = code_for(signed_in, person, public, pkce)
    for wrong in (Pkce().verifier, pkce.verifier[:-1], pkce.challenge, pkce.verifier.swapcase()):
        error_of(public.redeem(code, pkce, code_verifier=wrong), 400, "invalid_grant")
    ok(public.redeem(code, pkce))


@pytest.mark.shows("OAuth 7")
def test_five_wrong_verifiers_end_the_code(instance, person, signed_in, public):
    """Else it could be guessed at; all at once gains nothing."""
    for attempt in (lambda guesses: [guess() for guess in guesses], at_once):
        pkce = Pkce()
        code = code_for(signed_in, person, public, pkce)
        for response in attempt([lambda: public.redeem(code, pkce, code_verifier=Pkce().verifier)] * 5):
            error_of(response, 400, "invalid_grant")
        error_of(public.redeem(code, pkce), 400, "invalid_grant")


@pytest.mark.shows("OAuth 6")
@pytest.mark.parametrize("kind", ["public", "confidential"])
def test_a_challenge_needs_its_verifier(instance, person, signed_in, request, kind):
    """RFC 7636, 4.6, for confidential clients too."""
    client = request.getfixturevalue(kind)
    pkce = Pkce()
    code = code_for(signed_in, person, client, pkce)
    for wrong in (None, "", pkce.challenge):
        error_of(client.redeem(code, pkce, code_verifier=wrong), 400, "invalid_grant")
    ok(client.redeem(code, pkce))


@pytest.mark.shows("OAuth 7")
@pytest.mark.parametrize("verifier",
                         ["A" * 42, "A" * 129, "A" * 42 + "+", "A" * 42 + "/", "A" * 42 + "=", "A" * 42 + " ",
                                      "A" * 42 + "\u00e9", "x", "A" * 42 + "!"])
def test_a_verifier_of_another_form_is_none_although_it_fits(person, signed_in, public, verifier):
    """RFC 7636, 4.1: 43 to 128 unreserved characters."""
    pkce = Pkce(verifier)
    error_of(public.redeem(code_for(signed_in, person, public, pkce), pkce), 400, "invalid_grant")


@pytest.mark.parametrize("verifier", ["A" * 43, "-._~" * 32, "A" * 128])
def test_every_form_of_a_verifier_is_good(person, signed_in, public, verifier):
    pkce = Pkce(verifier)
    ok(public.redeem(code_for(signed_in, person, public, pkce), pkce))


@pytest.mark.shows("OAuth 6")
def test_a_verifier_without_a_challenge_is_a_downgrade(person, signed_in, confidential):
    """RFC 9700, 2.1.1 and 4.8.2: somebody has taken the challenge out of the request."""
    pkce = Pkce()
    nothing = {"code_challenge": None, "code_challenge_method": None}
    code = code_for(signed_in, person, confidential, pkce, **nothing)
    error_of(confidential.redeem(code, pkce), 400, "invalid_grant")
    ok(confidential.redeem(code, pkce, code_verifier=None))


@pytest.mark.shows("OAuth 8")
def test_the_challenge_is_the_codes_own(person, signed_in, public):
    """RFC 7636, 4.4: two requests at a time do not mix."""
    one, other = Pkce(), Pkce()
    first, second = (code_for(signed_in, person, public, pkce) for pkce in (one, other))
    error_of(public.redeem(first, other), 400, "invalid_grant")
    error_of(public.redeem(second, one), 400, "invalid_grant")
    ok(public.redeem(first, one))
    ok(public.redeem(second, other))
    assert s256(one.verifier) == one.challenge != other.challenge


# What a code is


def test_a_code_cannot_be_guessed(person, signed_in, public):
    """RFC 6749, 10.10: at least 128 bits; here 256 random ones behind the row's id."""
    codes = [code_for(signed_in, person, public, Pkce()) for _ in range(4)]
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]+", code) for code in codes)
    secrets_ = [base64.urlsafe_b64decode(code[7:])[16:] for code in codes]
    assert all(len(secret) == 32 for secret in secrets_)
    for at in range(0, 32, 8):
        assert len({secret[at:at + 8] for secret in secrets_}) == len(codes)


def test_a_code_must_be_right_to_the_last_character(person, signed_in, public):
    pkce = Pkce()
    code = code_for(signed_in, person, public, pkce)
    for wrong in (code[:-1], code + "A", code[:-1] + ("A" if code[-1] != "A" else "B"), code[:40] + "A" * 31,
                  code.lower(),
                  "x", code + "\u00e9"):
        error_of(public.redeem(wrong, pkce), 400, "invalid_grant")
    for missing in (None, ""):
        error_of(public.redeem(missing, pkce), 400, "invalid_request")
    ok(public.redeem(code, pkce))


@pytest.mark.shows("OAuth 8")
def test_a_code_lives_for_60_seconds(instance, person, signed_in, public):
    """RFC 6749, 4.1.2 (10 minutes at most)."""
    pkce = Pkce()
    code = code_for(signed_in, person, public, pkce)
    (seconds,), = instance.installation.sql("SELECT TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), expires) / 1000000"
                                            f" FROM orgd.orgd_authorization_codes WHERE id = {id_of(code)}")
    assert 50 < seconds <= 60
    sql_of_code(instance, code, "expires = expires - INTERVAL 60 SECOND")
    error_of(public.redeem(code, pkce), 400, "invalid_grant")
    late = code_for(signed_in, person, public, pkce)
    sql_of_code(instance, late, "expires = expires - INTERVAL 55 SECOND")
    ok(public.redeem(late, pkce))


# Once: RFC 6749, 4.1.2 and 10.5


@pytest.mark.shows("OAuth 9")
def test_the_second_use_of_a_code_ends_what_the_first_gave(instance, person, signed_in, public):
    pkce = Pkce()
    code = code_for(signed_in, person, public, pkce)
    tokens = ok(public.redeem(code, pkce))
    newer = ok(public.refresh(tokens["refresh_token"]))
    others = tokens_for(signed_in, person, public)
    error_of(public.redeem(code, pkce), 400, "invalid_grant")
    assert not is_accepted(instance, tokens["access_token"])
    assert_cut_off(instance, public, newer)
    error_of(public.redeem(code, pkce), 400, "invalid_grant")
    assert is_accepted(instance, others["access_token"])


def test_the_second_use_counts_after_the_codes_time_too(instance, person, signed_in, public):
    pkce = Pkce()
    code = code_for(signed_in, person, public, pkce)
    tokens = ok(public.redeem(code, pkce))
    sql_of_code(instance, code, "expires = expires - INTERVAL 10 MINUTE")
    error_of(public.redeem(code, pkce), 400, "invalid_grant")
    assert_cut_off(instance, public, tokens)


@pytest.mark.shows("API6", "OAuth 9")
@pytest.mark.parametrize("many", [2, 8])
def test_of_concurrent_redemptions_one_wins(instance, person, signed_in, public, many):
    """The others are second uses, so the winner's tokens end as well."""
    pkce = Pkce()
    code = code_for(signed_in, person, public, pkce)
    responses = at_once([lambda: public.redeem(code, pkce)] * many)
    won = [response for response in responses if response.status_code == 200]
    assert len(won) == 1
    for response in responses:
        if response is not won[0]:
            error_of(response, 400, "invalid_grant")
    assert_cut_off(instance, public, won[0].json())


# Bound: RFC 6749, 4.1.3


@pytest.mark.shows("OAuth 8")
def test_a_code_is_bound_to_its_client(instance, person, signed_in, public, confidential):
    pkce = Pkce()
    code = code_for(signed_in, person, public, pkce)
    for other in (confidential, RegisteredClient(instance)):
        error_of(other.redeem(code, pkce), 400, "invalid_grant")
    ok(public.redeem(code, pkce))
    code = code_for(signed_in, person, confidential, pkce)
    error_of(public.redeem(code, pkce), 400, "invalid_grant")
    for changes in ({"client_secret": None}, {"client_secret": ""}, {"client_secret": "x"},
                    {"client_secret": confidential.secret[:-1]}, {"client_id": None}):
        refused_client(confidential.redeem(code, pkce, **changes))
    ok(confidential.redeem(code, pkce))


@pytest.mark.shows("OAuth 8")
def test_a_code_is_bound_to_its_redirect_uri(instance, person, signed_in):
    client = RegisteredClient(instance, REDIRECT + " https://app.example.org/other")
    pkce = Pkce()
    code = code_for(signed_in, person, client, pkce)
    for uri in (None, "", "https://app.example.org/other", "https://evil.example/", REDIRECT + "/", REDIRECT.upper()):
        error_of(client.redeem(code, pkce, redirect_uri=uri), 400, "invalid_grant")
    ok(client.redeem(code, pkce))


# The person changes their mind before the client comes


@pytest.mark.parametrize("what", ["sign-out", "password", "deactivation", "client"])
def test_a_code_ends_with_what_it_stands_on(instance, what):
    """RFC 9700, 4.14.2 says it of refresh tokens; a code that outlived them would be one."""
    person = person_of(instance)
    browser = sign_in(instance, person)
    client = RegisteredClient(instance)
    pkce = Pkce()
    code = code_for(browser, person, client, pkce)
    if what == "sign-out":
        browser.get("/auth/sign-in")
        browser.submit()
    elif what == "password":
        instance.installation.orgctl("user", "set", person.name, "--password", input=PASSWORD)
    elif what == "deactivation":
        instance.installation.orgctl("user", "deactivate", person.name)
    else:
        instance.installation.orgctl("client", "delete", client.id)
        refused_client(client.redeem(code, pkce))
        return
    error_of(client.redeem(code, pkce), 400, "invalid_grant")


def test_codes_do_not_pile_up(instance, person, public):
    """What has expired goes a day later."""
    browser = sign_in(instance, person)
    code = code_for(browser, person, public, Pkce())
    sql_of_code(instance, code, "expires = expires - INTERVAL 25 HOUR")
    rows = f"SELECT COUNT(*) FROM orgd.orgd_authorization_codes WHERE id = {id_of(code)}"
    instance.installation.orgctl("purge")
    assert instance.installation.sql(rows)[0][0] == 0
