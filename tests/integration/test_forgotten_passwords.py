"""Who has forgotten a password gets a mail, and chooses another one by its link; nobody else learns who is known here."""

import hashlib
import html
import itertools
import uuid

import pytest

from expect import logged, ok, unique, unique_address
from installation import Instance
from mailed_links import RESET, expire_links, link_of, mails_to, put_link, subjects
from mailing_fixtures import mailing, server  # noqa: F401 (fixtures)
from oauth import PASSWORD, Browser, From, RegisteredClient, forget_attempts, is_accepted, person_of, sign_in, tokens_for
from processes import wait_until
from proxy import Proxy, is_execution
from test_concurrency import at_once
from ways_in import Running

FORGOTTEN = "/account/forgotten-password"
ANOTHER = "another one that nobody guesses"
SENT = "Look into your mail"
DEAD = "does not work any more"


@pytest.fixture(autouse=True)
def free_attempts(request):
    if "mailing" in request.fixturenames or "proxied" in request.fixturenames:
        forget_attempts(request.getfixturevalue("mailing"))


def known(instance, *options):
    """Somebody with a password and a verified address."""
    person = person_of(instance)
    person.address = unique_address()
    instance.installation.orgctl("user", "set", person.name, "--email", person.address, *options)
    return person


@pytest.fixture
def person(mailing):
    return known(mailing)


def text_of(browser):
    return html.unescape(browser.page.text)


def ask(instance, name, browser=None):
    """Fills the form in; returns the browser with the answer, when what follows the answer is done."""
    browser = browser or Browser(instance.url)
    browser.get(instance.mount + FORGOTTEN)
    request_id = uuid.uuid4().hex
    browser.session.headers["X-Request-Id"] = request_id
    browser.submit(username=name)
    del browser.session.headers["X-Request-Id"]
    logged(instance, request_id, 1)
    return browser


def choose(instance, path, password=ANOTHER):
    browser = Browser(instance.url)
    browser.get(path)
    if browser.page.status_code == 200:
        browser.submit(password=password)
    return browser


def is_dead(instance, path):
    browser = Browser(instance.url)
    return browser.get(path).status_code == 404 and DEAD in text_of(browser)


def signs_in(instance, person, password):
    browser = Browser(instance.url)
    browser.get(f"{instance.mount}/auth/sign-in")
    return "You are signed in" in browser.sign_in(person.name, password).text


def events_of(instance, person):
    return ok(instance.admin.client.get("/events", params={"target_id": person.id, "order_by": "occurred_at"}))


def wait_for_event(instance, person, action, count=1):
    """The last of so many."""
    found = []

    def are_there():
        found[:] = [event for event in events_of(instance, person) if event["action"] == action]
        return len(found) >= count
    wait_until(are_there, action)
    return found[-1]


@pytest.mark.shows("V2.5.1, V2.5.6")
@pytest.mark.parametrize("called", ["name", "address", "ADDRESS"])
def test_by_the_mail_one_chooses_a_new_password(mailing, server, person, called):
    old = sign_in(mailing, person)
    granted = tokens_for(old, person, RegisteredClient(mailing))
    name = {"name": person.name, "address": person.address, "ADDRESS": person.address.upper()}[called]
    asked = ask(mailing, f" {name} ")
    assert asked.page.status_code == 200 and SENT in text_of(asked)
    message, = mails_to(server, person.address)
    assert message["Subject"] == f"A new password for {person.name}" and message["To"] == person.address
    path = link_of(message, RESET)
    for _ in range(3):  # programs that look through mails change nothing
        browser = Browser(mailing.url)
        assert browser.get(path).status_code == 200 and person.name in text_of(browser)
    assert browser.page.headers["Cache-Control"] == "no-store"
    assert browser.page.headers["Referrer-Policy"] == "no-referrer"
    assert signs_in(mailing, person, PASSWORD)
    assert browser.submit(password=ANOTHER).status_code == 200 and "Your password is changed" in text_of(browser)
    assert not signs_in(mailing, person, PASSWORD) and signs_in(mailing, person, ANOTHER)
    assert "You are signed in" not in old.get(f"{mailing.mount}/auth/sign-in").text
    assert not is_accepted(mailing, granted["access_token"])
    assert is_dead(mailing, path) and choose(mailing, path, PASSWORD).page.status_code == 404
    assert subjects(server, person.address, 2)[1] == f"The password of {person.name} was changed"


def test_what_is_on_record(mailing, server, person):
    ask(mailing, person.name)
    path = link_of(mails_to(server, person.address)[0], RESET)
    choose(mailing, path)
    asked = wait_for_event(mailing, person, "user.password_reset_requested")
    assert asked["actor"]["type"] == "anonymous" and asked["changes"] == {} and asked["context"]["address"]
    changed = wait_for_event(mailing, person, "user.password_changed", count=2)
    assert (changed["actor"]["type"], changed["actor"]["id"]) == ("user", person.id)
    assert changed["actor"]["credential_id"]
    assert "ORGRES_" not in str(events_of(mailing, person))


@pytest.mark.shows("V2.5.1, V2.5.6")
def test_of_the_secret_a_digest_is_kept_until_the_mail_is_sent(mailing, server, person):
    ask(mailing, person.name)
    secret = link_of(mails_to(server, person.address)[0], RESET).partition("secret=")[2]
    digest, = mailing.installation.sql("SELECT digest FROM orgd.orgd_mailed_links WHERE account_id = %s",
                                       (uuid.UUID(person.id).bytes,))
    assert digest[0] == hashlib.sha256(secret.encode()).digest()
    wait_until(lambda: mailing.installation.sql(
        "SELECT 1 FROM orgd.orgd_mails WHERE recipient = %s AND text_body IS NULL", (person.address,)), "the mail to be forgotten")
    choose(mailing, f"{mailing.mount}{RESET}?secret={secret}")
    assert secret not in mailing.log_text()


# Who gets none

REFUSED = {"deactivated": "account_deactivated", "unverified": "address_not_verified", "no address": "address_not_verified"}


def somebody(instance, kind):
    """What to type, whom it means, and the address."""
    if kind == "unknown":
        return unique("nobody"), None, None
    if kind == "unknown address":
        return unique_address(), None, None
    if kind == "service account":
        return instance.service_account(instance.organization(instance.user())["id"], "viewer").name, None, None
    person = known(instance, *(["--email-unverified"] if kind == "unverified" else []))
    if kind == "deactivated":
        instance.installation.orgctl("user", "deactivate", person.name)
    if kind == "deleted":
        instance.installation.orgctl("user", "delete", person.name)
    if kind == "no address":
        instance.installation.orgctl("user", "set", person.name, "--email", "")
    return person.name, person, person.address


@pytest.mark.shows("V2.5.1, V2.5.6")
@pytest.mark.parametrize("kind", ["unknown", "unknown address", "service account", "deactivated", "deleted", "unverified",
                                  "no address"])
def test_nobody_is_told_who_is_known(mailing, server, person, kind):
    name, whom, address = somebody(mailing, kind)
    answers = [ask(mailing, typed).page for typed in (person.name, name)]
    assert answers[0].status_code == answers[1].status_code == 200
    assert answers[0].text == answers[1].text
    mails_to(server, person.address)
    told = f"SELECT COUNT(*) FROM orgd.orgd_mails WHERE recipient = '{address}'"
    assert mailing.installation.sql(told) == [(0,)]
    if kind in REFUSED:
        event = wait_for_event(mailing, whom, "user.password_reset_refused")
        assert event["changes"]["reason"]["after"] == REFUSED[kind]
    assert not mailing.installation.sql("SELECT 1 FROM orgd.orgd_mailed_links l JOIN orgd.orgd_accounts a"
                                        " ON a.id = l.account_id WHERE a.name = %s", (name,))


@pytest.fixture(scope="module")
def proxy(database):
    with Proxy(database) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def proxied(database, proxy, server):
    with Instance(database, "nginx", "", workers=1,
                  settings={**server.settings(), "database_option_file": proxy.option_file}) as instance:
        yield instance


def statements_before_the_answer(proxied, proxy, name):
    """How many statements the answer waits for: each is held in turn, until one is held behind the answer."""
    for after in itertools.count():
        forget_attempts(proxied)
        browser = Browser(proxied.url)
        browser.get(proxied.mount + FORGOTTEN)
        with proxy.holding(is_execution, after) as held:
            running = Running(lambda: browser.submit(username=name))
            wait_until(lambda: held.is_set() or not running.is_alive(), "a statement to be held, or the answer")
            running.join(1)
            has_answer = not running.is_alive()
        running.finish()
        if has_answer:
            return after


@pytest.mark.shows("V2.5.1, V2.5.6")
def test_the_answer_takes_as_long_for_everybody(mailing, proxied, proxy, person):
    """It leaves before anything is looked up."""
    counts = {statements_before_the_answer(proxied, proxy, name) for name in (person.name, unique("nobody"))}
    assert len(counts) == 1 and counts.pop() > 0


def test_who_signs_in_elsewhere_is_told_so(mailing, server):
    user, address = mailing.user(), unique_address()
    mailing.installation.orgctl("user", "set", user.name, "--email", address)
    mailing.installation.sql(
        "INSERT INTO orgd.orgd_identities (id, digest, issuer, subject, account_id, linked) VALUES (%s, UNHEX(SHA2(%s, 256)),"
        " 'https://login.example.net', %s, %s, UTC_TIMESTAMP(6))",
        (uuid.uuid4().bytes, user.id, user.id, uuid.UUID(user.id).bytes))
    ask(mailing, address)
    message, = mails_to(server, address)
    assert message["Subject"] == f"There is no password for {user.name}"
    text = message.get_body(("plain",)).get_content()
    assert "https://login.example.net" in text and RESET not in text


def test_who_never_had_a_password_chooses_the_first(mailing, server):
    user, address = mailing.user(), unique_address()
    mailing.installation.orgctl("user", "set", user.name, "--email", address)
    ask(mailing, user.name)
    choose(mailing, link_of(mails_to(server, address)[0], RESET))
    assert signs_in(mailing, user, ANOTHER)


@pytest.mark.shows("V2.2.3, V2.5.5")
def test_an_operator_who_changes_a_password_does_not_do_it_in_secret(mailing, server, person):
    done = mailing.installation.run_orgctl("user", "set", person.name, "--password", input=ANOTHER,
                                           config_path=mailing.backend.config_path)
    assert done.returncode == 0, done.stderr
    message, = mails_to(server, person.address)
    assert message["Subject"] == f"The password of {person.name} was changed"
    assert FORGOTTEN in message.get_body(("plain",)).get_content()


# Links


def test_a_newer_link_takes_the_place_of_the_one_before(mailing, server, person):
    for count in (1, 2):
        ask(mailing, person.name)
        messages = mails_to(server, person.address, count)
    first, second = (link_of(message, RESET) for message in messages)
    assert is_dead(mailing, first) and not is_dead(mailing, second)


def set_password(instance, person):
    instance.installation.orgctl("user", "set", person.name, "--password", input=PASSWORD)


def off_and_on(instance, person):
    for verb in ("deactivate", "activate"):
        instance.installation.orgctl("user", verb, person.name)


ENDS = {
    "time": (lambda instance, person: expire_links(instance, person.id), "expired"),
    "another address": (lambda instance, person: instance.installation.orgctl(
        "user", "set", person.name, "--email", unique_address()), "address_changed"),
    "an address that is not verified": (lambda instance, person: instance.installation.orgctl(
        "user", "set", person.name, "--email", person.address, "--email-unverified"), "address_changed"),
    "another password": (set_password, None),
    "deactivation": (off_and_on, None),
    "deletion": (lambda instance, person: instance.installation.orgctl("user", "delete", person.name), "account_deactivated"),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_ends_a_link(mailing, person, end):
    path = put_link(mailing, RESET, person.id, person.address)
    browser = Browser(mailing.url)
    assert browser.get(path).status_code == 200
    act, reason = ENDS[end]
    act(mailing, person)
    assert browser.submit(password=ANOTHER).status_code == 404 and DEAD in text_of(browser)
    assert is_dead(mailing, path) and not signs_in(mailing, person, ANOTHER)
    if reason is not None:
        event = wait_for_event(mailing, person, "user.password_reset_refused")
        assert event["changes"]["reason"]["after"] == reason and event["actor"]["type"] == "anonymous"


@pytest.mark.parametrize("secret", ["", "x", "ORGRES_" + "A" * 64, "ORGADR_" + "A" * 64, "ORGRES_" + "A" * 63, "%00"])
def test_a_secret_of_no_link(mailing, secret):
    assert is_dead(mailing, f"{mailing.mount}{RESET}?secret={secret}")
    assert is_dead(mailing, f"{mailing.mount}{RESET}")


def test_a_link_is_for_what_it_was_mailed_for(mailing, person):
    path = put_link(mailing, RESET, person.id, person.address)
    assert is_dead(mailing, path.replace(RESET, "/account/confirm-address"))
    assert is_dead(mailing, path.replace("ORGRES_", "ORGADR_"))
    assert not is_dead(mailing, path)


def test_of_two_who_use_a_link_one_wins(mailing, person):
    path = put_link(mailing, RESET, person.id, person.address)
    browsers = [Browser(mailing.url) for _ in range(2)]
    passwords = [f"{ANOTHER} {number}" for number in range(2)]
    for browser in browsers:
        browser.get(path)
    answers = at_once([lambda browser=browser, password=password: browser.submit(password=password)
                       for browser, password in zip(browsers, passwords)])
    statuses = [answer.status_code for answer in answers]
    if 429 in statuses:  # one processor hashes one password at a time
        again = statuses.index(429)
        statuses[again] = browsers[again].submit(password=passwords[again]).status_code
    assert sorted(statuses) == [200, 404]
    assert [signs_in(mailing, person, password) for password in passwords] == [status == 200 for status in statuses]


@pytest.mark.shows("V2.1.7")
def test_a_password_that_is_refused_leaves_the_link(mailing, person):
    path = put_link(mailing, RESET, person.id, person.address)
    browser = Browser(mailing.url)
    browser.get(path)
    for password, words in (("short", "12 characters"), ("passwordpassword", "common"),
                            (person.address, "little more than your user name"), ("", "12 characters"),
                            (None, "12 characters")):
        assert browser.submit(password=password).status_code == 422
        assert words in text_of(browser) and 'role="alert"' in browser.page.text
        assert not password or f'value="{password}"' not in browser.page.text
    assert browser.submit(password=ANOTHER).status_code == 200


# How often


def test_strangers_flood_nobody_and_lock_nobody_out(mailing, server, person):
    for _ in range(6):
        assert ask(mailing, person.name).page.status_code == 200
    mails_to(server, person.address, 3)
    assert mailing.installation.sql("SELECT COUNT(*) FROM orgd.orgd_mails WHERE recipient = %s", (person.address,)) == [(3,)]
    event = wait_for_event(mailing, person, "user.password_reset_refused")
    assert event["changes"]["reason"]["after"] == "too_many_requests"
    paths = [link_of(message, RESET) for message in server_mails(server, person)]
    assert sorted(is_dead(mailing, path) for path in paths) == [False, True, True], "the last link works"


def server_mails(server, person):
    return [mail.message for mail in server.to(person.address)]


def test_from_one_address_there_are_only_so_many(mailing):
    browsers = [Browser(mailing.url) for _ in range(2)]
    browsers[1].session.mount("http://", From("127.0.0.77"))
    statuses = [ask(mailing, unique("nobody"), browsers[0]).page.status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    assert "Retry-After" in browsers[0].page.headers and 'role="alert"' in browsers[0].page.text
    assert ask(mailing, unique("nobody"), browsers[1]).page.status_code == 200


def test_without_a_name_nothing_is_sent(mailing):
    for name in ("", "  "):
        browser = Browser(mailing.url)
        browser.get(mailing.mount + FORGOTTEN)
        assert browser.submit(username=name).status_code == 400 and "Enter your user name" in text_of(browser)


def test_a_form_counts_only_from_our_own_page(mailing, person):
    path = put_link(mailing, RESET, person.id, person.address)
    for page, fields in ((FORGOTTEN, {"username": person.name}),
                         (RESET, {"secret": path.partition("secret=")[2], "password": ANOTHER})):
        browser = Browser(mailing.url)
        browser.get(f"{mailing.mount}/auth/sign-in")
        assert browser.post(mailing.mount + page, {**fields, "form_token": "forged"}).status_code == 403
    assert signs_in(mailing, person, PASSWORD) and not is_dead(mailing, path)


# Where it leads


def test_the_sign_in_page_leads_there(mailing):
    browser = Browser(mailing.url)
    assert f'href="{mailing.mount}{FORGOTTEN}"' in browser.get(f"{mailing.mount}/auth/sign-in").text


def test_where_there_are_no_mails_one_is_told_whom_to_ask(instance):
    browser = Browser(instance.url)
    assert FORGOTTEN not in browser.get(f"{instance.mount}/auth/sign-in").text
    assert browser.get(instance.mount + FORGOTTEN).status_code == 200
    assert "Ask who operates it" in text_of(browser) and not browser.forms()


def test_password_managers_find_the_page(instance):
    browser = Browser(instance.url)
    answer = browser.get(f"{instance.mount}/.well-known/change-password")
    assert (answer.status_code, answer.headers["Location"]) == (302, instance.mount + FORGOTTEN)
    nowhere = browser.get(f"{instance.mount}/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200")
    assert nowhere.status_code == 404
