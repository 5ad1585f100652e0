"""Passwords, and guessing at them. Point 24 of RFC 6749, 10.10, and what the issue asks beyond."""

import re
import statistics
import time
import unicodedata
import warnings

import pytest

from installation import unique
from oauth import PASSWORD, Browser, allowed, at_once, forget_attempts, page_of, person_of, sign_in, stop_time

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt

WRONG = "not the password"


@pytest.fixture(autouse=True)
def unhindered(instance):
    forget_attempts(instance)
    yield
    forget_attempts(instance)


@pytest.fixture(scope="module")
def person(instance):
    return person_of(instance)


class Attempt:
    """A sign-in form that is filled in and ready to be sent."""

    def __init__(self, instance, username, password=WRONG, **headers):
        self.browser = Browser(instance.url)
        self.browser.session.headers.update(headers)
        self.browser.get("/auth/sign-in")
        self.fields = {"username": username, "password": password}

    def __call__(self):
        return self.browser.submit(**self.fields)


def attempt(instance, username, password=WRONG):
    return Attempt(instance, username, password)()


def with_hash(instance, hash_):
    user = instance.user()
    instance.installation.orgctl("user", "set", user.name, "--password-hash", input=hash_)
    return user


def hash_of(instance, user):
    (hash_,), = instance.installation.sql("SELECT hash FROM orgd.orgd_passwords WHERE account_id = UNHEX(%s)",
                                          [user.id.replace("-", "")])
    return hash_.decode()


def let_time_pass(instance, seconds):
    instance.installation.sql(f"UPDATE orgd.orgd_attempts SET last = last - INTERVAL {seconds} SECOND")


# Guessing is slowed


@pytest.mark.shows("API2", "OAuth 24")
def test_guessing_at_a_user_is_slowed(instance, person):
    """Five attempts are free; then each one waits twice as long, the right password too."""
    for _ in range(5):
        page_of(attempt(instance, person.name), 403)
    for password in (WRONG, PASSWORD):
        stop_time(instance)
        response = attempt(instance, person.name, password)
        page_of(response, 429)
        assert 1 <= int(response.headers["Retry-After"]) <= 2 and "orgd_session" not in str(response.headers)
    let_time_pass(instance, 2)
    page_of(attempt(instance, person.name), 403)
    stop_time(instance)
    response = attempt(instance, person.name)
    page_of(response, 429)
    assert 2 <= int(response.headers["Retry-After"]) <= 3
    for _ in range(8):
        let_time_pass(instance, 61)
        page_of(attempt(instance, person.name), 403)
    stop_time(instance)
    response = attempt(instance, person.name, PASSWORD)
    page_of(response, 429)
    assert int(response.headers["Retry-After"]) <= 61  # or strangers could lock a person out


def test_the_count_ends_at_success_and_with_time(instance, person):
    for _ in range(3):
        for _ in range(4):
            page_of(attempt(instance, person.name), 403)
        assert attempt(instance, person.name, PASSWORD).status_code == 303
    for _ in range(5):
        page_of(attempt(instance, person.name), 403)
    let_time_pass(instance, 3601)
    for _ in range(5):
        page_of(attempt(instance, person.name), 403)
    stop_time(instance)
    page_of(attempt(instance, person.name), 429)


@pytest.mark.parametrize("change", [str.upper, lambda name: unicodedata.normalize("NFD", name)], ids=["case", "NFD"])
def test_another_spelling_is_the_same_user(instance, change):
    """It signs in just as well, so it must count just as well."""
    person = person_of(instance, name=unique("J\u00fcrgen"))
    assert attempt(instance, change(person.name), PASSWORD).status_code == 303
    for _ in range(5):
        attempt(instance, person.name)
    stop_time(instance)
    page_of(attempt(instance, change(person.name), PASSWORD), 429)


@pytest.mark.shows("V2.2.1")
def test_guessing_at_a_user_at_once_gains_nothing(instance, person):
    """Across all workers and connections."""
    attempts = [Attempt(instance, person.name) for _ in range(24)]
    start = time.monotonic()
    responses = at_once(attempts)
    elapsed = time.monotonic() - start
    statuses = [response.status_code for response in responses]
    assert set(statuses) == {403, 429} and 5 <= statuses.count(403) <= allowed(5, elapsed)
    for response in responses:
        assert response.status_code == 403 or int(response.headers["Retry-After"]) >= 1


@pytest.mark.shows("V2.2.1", "V11.1.4")
def test_guessing_from_an_address_is_slowed(instance, person):
    """One password tried with many names; what a header says of the address counts for nothing."""
    attempts = [Attempt(instance, unique("nobody"),
                        **{"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": "for=192.0.2.1",
                                                       "X-Real-IP": f"192.0.2.{number}"}) for number in range(30)]
    start = time.monotonic()
    statuses = [response.status_code for response in at_once(attempts)]
    assert set(statuses) == {403, 429} and 20 <= statuses.count(403) <= allowed(20, time.monotonic() - start)
    stop_time(instance)
    response = attempt(instance, person.name, PASSWORD)
    page_of(response, 429)
    assert 1 <= int(response.headers["Retry-After"]) <= 900


def test_ones_own_sign_in_does_not_wash_away_guesses_from_the_address(instance, person):
    """Else everybody with an account could try as many names as they like."""
    attempts = [Attempt(instance, unique("nobody")) for _ in range(30)]
    start, statuses = time.monotonic(), []
    for number in range(0, 30, 10):
        statuses += [response.status_code for response in at_once(attempts[number:number + 10])]
        attempt(instance, person.name, PASSWORD)
    assert 20 <= statuses.count(403) <= allowed(20, time.monotonic() - start)


def test_the_guesses_of_an_address_fade_although_people_go_on_signing_in(instance, person):
    """An office behind one address mistypes twenty times sooner or later; that must not slow it for ever."""
    responses = at_once([Attempt(instance, unique("nobody")) for _ in range(20)])
    assert {response.status_code for response in responses} == {403}
    for _ in range(6):
        let_time_pass(instance, 3000)
        assert attempt(instance, person.name, PASSWORD).status_code == 303
    let_time_pass(instance, 3000)
    for _ in range(3):
        page_of(attempt(instance, unique("nobody")), 403)
        assert attempt(instance, person.name, PASSWORD).status_code == 303


# Nobody is told whether a user exists


def scrubbed(response, username):
    """The answer without what differs from one form to the next; and there the sender's own words only."""
    text = response.text.replace(username, "USERNAME")
    text = re.sub(r'name="form_token" value="[^"]*"', "", text)
    headers = {key: value for key, value in response.headers.items()
               if key not in ("X-Request-Id", "Date", "Set-Cookie", "Retry-After", "Content-Length")}
    return response.status_code, text, headers, "Set-Cookie" in response.headers


def people(instance):
    """Everybody who cannot sign in with this password, by why not."""
    inactive = person_of(instance)
    instance.installation.orgctl("user", "deactivate", inactive.name)
    service = instance.service_account(instance.organization(instance.user())["id"], "admin")
    return {"wrong password": (person_of(instance).name, WRONG), "inactive, right password": (inactive.name, PASSWORD),
            "no password": (instance.user().name, WRONG), "service account": (service.name, WRONG),
            "service account, its key": (service.name, service.key), "nobody": (unique("nobody"), WRONG),
            "no name of anybody": ("x" * 300, WRONG), "an odd name": ("\u00e9\u212a' OR 1=1 --", WRONG)}


def test_every_refusal_is_the_same(instance):
    """Also the ones that come too soon."""
    answers = {}
    for why, (username, password) in people(instance).items():
        forget_attempts(instance)
        answers[why] = [scrubbed(attempt(instance, username, password), username) for _ in range(5)]
        stop_time(instance)
        answers[why].append(scrubbed(attempt(instance, username, password), username))
        assert [answer[0] for answer in answers[why]] == [403] * 5 + [429]
    odd = answers.pop("an odd name")  # whose quote is escaped
    assert [answer[0] for answer in odd] == [403] * 5 + [429]
    for why, answer in answers.items():
        assert answer == answers["wrong password"], why


def old_hashes(instance):
    return {"sha512-crypt": (with_hash(instance, crypt.crypt(PASSWORD, crypt.mksalt(crypt.METHOD_SHA512))).name, WRONG)}


@pytest.mark.shows("API2")
@pytest.mark.alone
@pytest.mark.parametrize("others", [people, old_hashes])
def test_every_refusal_takes_as_long(instance, others):
    """Within a factor of two of a wrong password's median."""
    kinds = {"a wrong password": (person_of(instance).name, WRONG), **others(instance)}
    times = {why: [] for why in kinds}
    for _ in range(7):
        forget_attempts(instance)
        for why, (username, password) in kinds.items():
            ready = Attempt(instance, username, password)
            start = time.monotonic()
            assert ready().status_code == 403
            times[why].append(time.monotonic() - start)
    medians = {why: statistics.median(values) for why, values in times.items()}
    usual = medians["a wrong password"]
    assert {why: median for why, median in medians.items() if not usual / 2 < median < usual * 2} == {}, medians


# Who can sign in


def test_only_people_who_are_active_sign_in(instance, person):
    for why, (username, password) in people(instance).items():
        forget_attempts(instance)
        response = attempt(instance, username, password)
        assert response.status_code == 403 and "orgd_session" not in str(response.headers), why
    for password in (person.token, "", PASSWORD + " ", " " + PASSWORD, PASSWORD.upper(), PASSWORD[:-1],
                     PASSWORD + "\0x",
                     "x" * 5000, hash_of(instance, person), "\u00e9" * 200):
        forget_attempts(instance)
        assert attempt(instance, person.name, password).status_code == (403 if password else 400)
    for username in ("", person.id, person.name + "%", "%", person.name + "\0"):
        assert attempt(instance, username, PASSWORD).status_code in (400, 403)
    sign_in(instance, person)
    sign_in(instance, type(person)(person.id, person.name.upper(), None, None))


def hashes():
    """As user tables hold them. $2a$ and $2y$ are what PHP and Java write for bcrypt."""
    bcrypt = crypt.crypt(PASSWORD, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16))
    return {"$2b$": bcrypt, "$2a$": crypt.crypt(PASSWORD, "$2a$" + bcrypt[4:29]),
            "$2y$": crypt.crypt(PASSWORD, "$2y$" + bcrypt[4:29]),
            "$6$": crypt.crypt(PASSWORD, crypt.mksalt(crypt.METHOD_SHA512)),
            "$6$rounds=": crypt.crypt(PASSWORD, crypt.mksalt(crypt.METHOD_SHA512, rounds=1000)),
            # The test vectors of OpenBSD's bcrypt and of Drepper's sha512-crypt are other passwords.
            "$2a$05$": "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK",
            "$6$saltstring": "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJu"
                             "esI68u4OTLiBFdcbYEdFCoEOfaS35inz1"}


PASSWORDS = {"$2a$05$": "U*U*", "$6$saltstring": "Hello world!"}


@pytest.mark.shows("V2.4.1")
@pytest.mark.parametrize("kind", hashes())
def test_an_older_hash_verifies_and_is_upgraded_at_sign_in(instance, kind):
    old, password = hashes()[kind], PASSWORDS.get(kind, PASSWORD)
    user = with_hash(instance, old)
    page_of(attempt(instance, user.name), 403)
    assert hash_of(instance, user) == old
    sign_in(instance, user, password)
    new = hash_of(instance, user)
    assert new.startswith("$y$") and crypt.crypt(password, new) == new
    page_of(attempt(instance, user.name), 403)
    sign_in(instance, user, password)
    assert hash_of(instance, user) == new


@pytest.mark.shows("V2.4.1")
def test_a_new_password_is_kept_as_yescrypt_with_its_own_salt(instance):
    one, other = (hash_of(instance, person_of(instance)) for _ in range(2))
    assert one != other
    for hash_ in (one, other):
        assert hash_.startswith("$y$") and crypt.crypt(PASSWORD, hash_) == hash_


def test_an_upgrade_ends_no_session(instance):
    """Only a new password does."""
    user = with_hash(instance, hashes()["$6$"])
    first = sign_in(instance, user)
    second = sign_in(instance, user)
    for browser in (first, second):
        browser.get("/auth/sign-in")
        assert "You are signed in" in browser.page.text


@pytest.mark.shows("V2.1.1-2.1.2")
def test_the_same_characters_composed_in_another_way_are_the_same_password(instance):
    typed = "Stra\u00dfencaf\u00e9 \u212b"
    person = person_of(instance, password=unicodedata.normalize("NFD", typed))
    sign_in(instance, person, unicodedata.normalize("NFC", typed))


@pytest.mark.parametrize("option, text", [
    ("--password", ""), ("--password", "short"), ("--password", "x" * 300), ("--password-hash", PASSWORD),
    ("--password-hash", "$1$abcdefgh$G//4keteveJp0qb8z2DxG/"), ("--password-hash", ""), ("--password-hash", "$y$"),
    ("--password-hash", "$6$salt"), ("--password-hash", "{SSHA}x"), ("--password-hash", "$2b$05$x")])
def test_what_is_no_password_or_hash_changes_nothing(instance, person, option, text):
    before = hash_of(instance, person)
    result = instance.installation.run_orgctl("user", "set", person.name, option, input=text)
    assert result.returncode != 0 and result.stderr
    assert text == "" or text not in result.stderr
    assert hash_of(instance, person) == before
