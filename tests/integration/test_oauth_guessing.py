"""Passwords, and guessing at them. Point 24 of RFC 6749, 10.10, and what the issue asks beyond."""

import contextlib
import fcntl
import hashlib
import os
import re
import statistics
import time
import unicodedata
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installation import Instance, unique
from oauth import PASSWORD, Browser, From, allowed, at_once, forget_attempts, page_of, person_of, sign_in, stop_time
from processes import workers

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt

WRONG = "not the password"
BUSY = "Others are signing in at this moment"


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
        """Comes again while others' passwords are being checked, which does not count."""
        while BUSY in self.browser.submit(**self.fields).text:
            assert self.browser.page.status_code == 429 and self.browser.page.headers["Retry-After"] == "1"
        return self.browser.page


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


# Strangers lock nobody out


def stranger(instance, address="127.0.0.1"):
    browser = Browser(instance.url)
    browser.session.mount("http://", From(address))
    browser.get("/auth/sign-in")
    return browser


def wait_as_told(instance, response):
    """Returns the seconds."""
    seconds = int(response.headers["Retry-After"])
    let_time_pass(instance, seconds)
    return seconds


def known(instance, person):
    """A browser in which this person has signed in, and out again."""
    browser = sign_in(instance, person)
    browser.submit()
    assert "You are signed out" in browser.page.text
    forget_attempts(instance)
    browser.get("/auth/sign-in")
    return browser


def exhaust(instance, username, address="127.0.0.1"):
    """Whatever strangers can use up by guessing."""
    for _ in range(5):
        page_of(stranger(instance, address).submit(username=username, password=WRONG), 403)
    guesser = stranger(instance, address)
    stop_time(instance)
    page_of(guesser.submit(username=username, password=WRONG), 429)
    while stranger(instance, address).submit(username=unique("nobody"), password=WRONG).status_code == 403:
        pass
    stop_time(instance)


@pytest.mark.shows("V2.2.1")
def test_a_known_browser_waits_for_no_stranger(instance, person):
    browser = known(instance, person)
    exhaust(instance, person.name)
    assert browser.submit(username=person.name, password=PASSWORD).status_code == 303


def test_a_known_browser_waits_for_its_own_guesses(instance, person):
    """A copy of it, too."""
    browser = known(instance, person)
    copied = Browser(instance.url)
    copied.session.cookies.update(browser.session.cookies)
    copied.get("/auth/sign-in")
    for number in range(5):
        page_of((browser, copied)[number % 2].submit(username=person.name, password=WRONG), 403)
    for one in (browser, copied):
        stop_time(instance)
        page_of(one.submit(username=person.name, password=PASSWORD), 429)
    assert attempt(instance, person.name, PASSWORD).status_code == 303  # others do not wait for it
    let_time_pass(instance, 2)
    assert browser.submit(username=person.name, password=PASSWORD).status_code == 303


@pytest.mark.parametrize("why", ["another user", "a new password", "forged", "cut"])
def test_a_browser_is_known_to_one_user_with_one_password(instance, why):
    person, other = person_of(instance), person_of(instance)
    browser = known(instance, other if why == "another user" else person)
    password = PASSWORD
    if why == "a new password":
        password += " 2"
        instance.installation.orgctl("user", "set", person.name, "--password", input=password)
    for cookie in browser.session.cookies:
        if cookie.name == "orgd_known":
            cookie.value = {"forged": "A" * 64, "cut": cookie.value[:-4]}.get(why, cookie.value)
    exhaust(instance, person.name)
    page_of(browser.submit(username=person.name, password=password), 429)


def test_several_people_use_one_browser(instance):
    people = [person_of(instance) for _ in range(4)]
    browser = Browser(instance.url)
    for person in people:
        browser.get("/auth/sign-in")
        browser.sign_in(person.name)
        browser.submit()
    for person in people:
        forget_attempts(instance)
        exhaust(instance, person.name)
        browser.get("/auth/sign-in")
        assert browser.submit(username=person.name, password=PASSWORD).status_code == 303
        browser.follow()
        browser.submit()


def test_a_new_browser_has_its_turn_whatever_others_do(instance, person):
    """Even if somebody knows to the second when to come."""
    exhaust(instance, person.name)
    browser, waited = stranger(instance), 0
    while browser.submit(username=person.name, password=PASSWORD).status_code == 429:
        waited += wait_as_told(instance, browser.page)
        assert waited <= 60
        stranger(instance).submit(username=person.name, password=WRONG)
        stranger(instance).submit(username=unique("nobody"), password=WRONG)
    assert browser.page.status_code == 303


def test_a_name_with_a_nul_byte_waits_as_any_other(instance):
    name = "nobody\0" + 900 * "x"
    assert [attempt(instance, name).status_code for _ in range(5)] == 5 * [403]
    for _ in range(2):
        stop_time(instance)
        page = attempt(instance, name)
        assert page.status_code == 429 and int(page.headers["Retry-After"]) > 0


def test_turns_gain_guessers_little(instance, person):
    """With as many browsers as they like: ten turns of an address are free, and then there is one a minute."""
    exhaust(instance, person.name)
    browsers = [stranger(instance) for _ in range(40)]
    statuses = {True: [], False: []}
    for is_later in (False, True):
        for browser in browsers:
            instance.installation.sql("UPDATE orgd.orgd_attempts SET last = UTC_TIMESTAMP(6) WHERE failures > 0")
            statuses[is_later].append(browser.submit(username=person.name, password=WRONG).status_code)
        let_time_pass(instance, 30)
    assert set(statuses[False]) == {429} and statuses[True].count(403) == 10


def test_an_address_does_not_pay_for_a_user_who_waits(instance, person):
    for _ in range(5):
        page_of(attempt(instance, person.name), 403)
    for _ in range(30):
        stop_time(instance)
        page_of(attempt(instance, person.name), 429)
    for _ in range(15):
        page_of(attempt(instance, unique("nobody")), 403)


STRANGERS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
deeds = st.lists(st.one_of(
    st.tuples(st.just("guess at the user"), st.sampled_from(STRANGERS)),
    st.tuples(st.just("guess at anybody"), st.sampled_from(STRANGERS)),
    st.tuples(st.just("come when told"), st.sampled_from(STRANGERS)),
    st.tuples(st.just("come again"), st.sampled_from(STRANGERS[1:])),
    st.tuples(st.just("flood"), st.sampled_from(STRANGERS)),
    st.tuples(st.just("wait"), st.integers(1, 4000)),
), max_size=25)


class Strangers:
    def __init__(self, instance, person):
        self.instance, self.person = instance, person
        self.kept = {address: stranger(instance, address) for address in STRANGERS}

    def guess(self, browser, username):
        response = browser.submit(username=username, password=WRONG)
        page_of(response, 403 if response.status_code == 403 else 429)
        return response

    def do(self, deed, with_what):
        name = self.person.name
        if deed == "wait":
            let_time_pass(self.instance, with_what)
        elif deed == "come again":
            self.guess(self.kept[with_what], name)
        elif deed == "flood":
            for _ in range(8):
                self.guess(stranger(self.instance, with_what), name)
        else:
            response = self.guess(stranger(self.instance, with_what),
                                  unique("nobody") if deed == "guess at anybody" else name)
            if deed == "come when told" and response.status_code == 429:
                wait_as_told(self.instance, response)
                self.guess(stranger(self.instance, with_what), name)


@pytest.mark.shows("V2.2.1")
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=deeds, meanwhile=st.lists(st.sampled_from(STRANGERS), max_size=3))
def test_whatever_strangers_do_nobody_is_locked_out(instance, person, before, meanwhile):
    forget_attempts(instance)
    browser, new = known(instance, person), stranger(instance)
    strangers = Strangers(instance, person)
    for deed in before:
        strangers.do(*deed)
    assert browser.submit(username=person.name, password=PASSWORD).status_code == 303
    waited = 0
    while new.submit(username=person.name, password=PASSWORD).status_code == 429:
        waited += wait_as_told(instance, new.page)
        assert waited <= 60
        for address in meanwhile:
            strangers.do("guess at the user", address)
    assert new.page.status_code == 303


# At most one password is checked at a time for two processors


@contextlib.contextmanager
def slots_taken(instance, first, count):
    """As other workers of this installation would take them."""
    digest = hashlib.sha256(str(instance.installation.option_file).encode()).hexdigest()
    path, = Path("/dev/shm").glob(f"orgd-*-{digest[:16]}")
    with path.open("r+b") as file:
        if count > 0:
            fcntl.lockf(file, fcntl.LOCK_EX, count, first)
        yield


SLOTS = max(1, os.sysconf("SC_NPROCESSORS_ONLN") // 2)


@pytest.mark.shows("API4")
def test_while_others_passwords_are_checked_nobody_elses_is(instance, person):
    """Which does not count as an attempt, and keeps what was typed."""
    browser = Browser(instance.url)
    browser.get("/auth/sign-in")
    with slots_taken(instance, 0, SLOTS):
        for _ in range(30):
            response = browser.submit(username=person.name, password=PASSWORD)
            page_of(response, 429)
            assert response.headers["Retry-After"] == "1" and BUSY in response.text
            assert browser.forms()[0].fields["username"] == person.name
        assert instance.client(person.token).get("/users/me").status_code == 200
    assert browser.submit(username=person.name, password=PASSWORD).status_code == 303


def test_there_is_a_slot_for_two_processors(instance, person):
    for slot in range(SLOTS):
        with slots_taken(instance, 0, slot), slots_taken(instance, slot + 1, 1000):
            assert attempt(instance, person.name, PASSWORD).status_code == 303


def test_a_refused_attempt_takes_no_slot(instance, person):
    """Else strangers who are refused would keep others from signing in."""
    exhaust(instance, person.name)
    with slots_taken(instance, 0, SLOTS):
        response = stranger(instance).submit(username=person.name, password=PASSWORD)
        page_of(response, 429)
        assert BUSY not in response.text


def sleeps(pid):
    """How often this process has given its processor away by itself."""
    return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", Path(f"/proc/{pid}/status").read_text("ascii"), re.M)[1])


@pytest.mark.parametrize("kind", ["lighttpd-remote", "lighttpd-spawn-fcgi"])
def test_who_checks_a_password_lets_others_have_the_processor(instance, kind):
    """After each fraction of a millisecond, during some 200 of them. A request without a password sleeps some ten
    times."""
    person = with_hash(instance, bcrypt(12))
    with Instance(instance.installation, kind, "", workers=1) as other:
        pid, = getattr(other.backend, "pids", None) or workers(other.backend.pid)
        ready = Attempt(other, person.name)
        before = sleeps(pid)
        page_of(ready(), 403)
        assert sleeps(pid) - before > 100


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


def bcrypt(cost, password=PASSWORD):
    return crypt.crypt(password, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=2**cost))


def sha512(rounds, password=PASSWORD):
    return crypt.crypt(password, crypt.mksalt(crypt.METHOD_SHA512, rounds=rounds))


# For the names of tests, which must be the same in every process.
BCRYPT = crypt.crypt(PASSWORD, "$2b$04$abcdefghijklmnopqrstuu")
SHA512 = crypt.crypt(PASSWORD, "$6$rounds=1000$saltsaltsalt")


def imported(instance, *hashes):
    """People whose hashes came from an older table, and nobody."""
    people = {hash_[:20]: (with_hash(instance, hash_).name, WRONG) for hash_ in hashes}
    return {**people, "nobody": (unique("nobody"), WRONG)}


def quick_hashes(instance):
    """Each alone would be quicker than yescrypt."""
    return imported(instance, bcrypt(4), sha512(5000))


def usual_hashes(instance):
    return imported(instance, bcrypt(10), sha512(5000))


def slow_hashes(instance):
    return imported(instance, bcrypt(12), bcrypt(10), bcrypt(4), sha512(100000))


def long_passwords(instance):
    """With them sha512-crypt takes three times as long as with short ones."""
    return {kind: (name, "x" * 200) for kind, (name, _) in imported(instance, sha512(200000), sha512(5000)).items()}


@pytest.fixture
def only_new_hashes(instance):
    """Whatever other tests have imported is as quick as a new hash, and stays so: every attempt takes as long as the
    costliest hash that there is."""
    instance.installation.sql("DELETE FROM orgd.orgd_passwords WHERE hash NOT LIKE '$y$%'")
    yield
    instance.installation.sql("DELETE FROM orgd.orgd_passwords WHERE hash NOT LIKE '$y$%'")


@pytest.mark.shows("API2")
@pytest.mark.alone
@pytest.mark.usefixtures("only_new_hashes")
@pytest.mark.parametrize("others", [people, quick_hashes, usual_hashes, slow_hashes, long_passwords])
def test_every_refusal_takes_as_long(instance, others):
    """Within a factor of two of a wrong password's median."""
    others = others(instance)
    kinds = {"a wrong password": (person_of(instance).name, next(iter(others.values()))[1]), **others}
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
@pytest.mark.parametrize("length, typed", [
    (72, 72), (72, 73), (72, 100), (73, 72), (73, 73), (90, 72), (90, 90), (90, 80), (200, 200)])
def test_an_older_hash_does_not_change_a_password_that_it_cuts_off(instance, length, typed):
    """bcrypt looks at 72 bytes. So whoever types those signs in, as before; but what follows, or does not, is not
    proved, and is not made the password."""
    password = ("\u00e9" * 36 + "x" * 200)[:length - 36]
    assert len(password.encode()) == length
    user = with_hash(instance, bcrypt(4, password))
    before = hash_of(instance, user)
    sign_in(instance, user, ("\u00e9" * 36 + "y" * 200)[:typed - 36])
    assert hash_of(instance, user) == before
    sign_in(instance, user, password)
    page_of(attempt(instance, user.name, password[:35]), 403)


@pytest.mark.parametrize("length", [8, 71])
def test_a_password_that_an_older_hash_holds_whole_is_upgraded(instance, length):
    password = "p" * length
    user = with_hash(instance, bcrypt(4, password))
    sign_in(instance, user, password)
    assert hash_of(instance, user).startswith("$y$")
    page_of(attempt(instance, user.name, password + "p"), 403)
    sign_in(instance, user, password)


def test_other_older_hashes_hold_the_whole_password(instance):
    user = with_hash(instance, sha512(1000, "p" * 200))
    page_of(attempt(instance, user.name, "p" * 199), 403)
    page_of(attempt(instance, user.name, "p" * 201), 403)
    sign_in(instance, user, "p" * 200)
    assert hash_of(instance, user).startswith("$y$")
    page_of(attempt(instance, user.name, "p" * 199), 403)
    sign_in(instance, user, "p" * 200)


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
    ("--password-hash", "$6$salt"), ("--password-hash", "{SSHA}x"), ("--password-hash", "$2b$05$x"),
    # crypt(3) would write these salts in another way, so nothing would ever verify.
    ("--password-hash", "$2a$05$CCCCCCCCCCCCCCCCCCCCC/GzOA784oUp/Z0DY336zx7pLYAy0lwK"),
    ("--password-hash", "$6$saltstringsaltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdc"
                        "bYEdFCoEOfaS35inz1"),
    ("--password-hash", SHA512.replace("rounds=1000", "rounds=999")),
    ("--password-hash", SHA512.replace("rounds=1000", "rounds=01000")),
    ("--password-hash", "$2x$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
    ("--password-hash", "$y$j9T"), ("--password-hash", "$2b$"), ("--password-hash", "$6$rounds=")])
def test_what_is_no_password_or_hash_changes_nothing(instance, person, option, text):
    before = hash_of(instance, person)
    result = instance.installation.run_orgctl("user", "set", person.name, option, input=text)
    assert result.returncode != 0 and result.stderr
    assert text == "" or text not in result.stderr
    assert hash_of(instance, person) == before


@pytest.mark.shows("V2.4.1")
@pytest.mark.parametrize("hash_", [
    BCRYPT.replace("$04$", "$13$"), BCRYPT.replace("$04$", "$31$"), SHA512.replace("=1000", "=999999999"),
    SHA512.replace("=1000", "=900000"), "$y$jFT$Vdu6Bc1yPVpXd3gQYJ9Zc/$O8djIyyn1d8eWLIZnMZxbxtp0HtdNiyBYutjIkZ4gF."])
def test_a_hash_that_takes_too_long_is_refused_at_once(instance, person, hash_):
    """Else everybody would wait for it at each sign-in."""
    before = hash_of(instance, person)
    start = time.monotonic()
    result = instance.installation.run_orgctl("user", "set", person.name, "--password-hash", input=hash_)
    assert result.returncode != 0 and time.monotonic() - start < 2
    assert "bcrypt's cost may be at most 12" in result.stderr and hash_ not in result.stderr
    assert hash_of(instance, person) == before


def test_the_costliest_hashes_that_are_taken(instance):
    for hash_ in (bcrypt(12), sha512(819200)):
        sign_in(instance, with_hash(instance, hash_))
