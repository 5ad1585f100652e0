"""An address that somebody says is his own counts when the link that was mailed to it was followed, and not before."""

import html
import uuid

import pytest

from expect import error, ok, unique_address
from mailed_links import CONFIRM, expire_links, link_of, mails_to, put_link, subjects
from mailing_fixtures import mailing, server  # noqa: F401 (fixtures)
from oauth import PASSWORD, Browser, forget_attempts, person_of
from processes import wait_until
from test_concurrency import at_once

DEAD = "does not work any more"


@pytest.fixture(autouse=True)
def free_attempts(mailing):
    forget_attempts(mailing)


@pytest.fixture
def person(mailing):
    person = person_of(mailing)
    person.address = unique_address()
    mailing.installation.orgctl("user", "set", person.name, "--email", person.address)
    return person


def path(person):
    return f"/users/{person.id}"


def change(person, address):
    return ok(person.client.patch(path(person), json={"email": address}))


def standing(person):
    user = ok(person.client.get("/users/me"))
    return user["email"], user["email_verified"]


def text_of(browser):
    return html.unescape(browser.page.text)


def confirm(instance, link):
    browser = Browser(instance.url)
    browser.get(link)
    if browser.page.status_code == 200:
        browser.submit()
    return browser


def is_dead(instance, link):
    browser = Browser(instance.url)
    return browser.get(link).status_code == 404 and DEAD in text_of(browser)


def signs_in_as(instance, name):
    browser = Browser(instance.url)
    browser.get(f"{instance.mount}/auth/sign-in")
    return "You are signed in" in browser.sign_in(name).text


def actions_of(instance, person):
    return [event["action"] for event in ok(instance.admin.client.get(
        "/events", params={"target_id": person.id, "order_by": "occurred_at"}))]


def wait_for_event(instance, person, action):
    return wait_until(lambda: [event for event in ok(instance.admin.client.get("/events", params={"target_id": person.id}))
                               if event["action"] == action], action)[0]


def test_a_new_address_counts_when_its_link_was_followed(mailing, server, person):
    new = unique_address()
    changed = change(person, new)
    assert (changed["email"], changed["email_verified"]) == (new, False)
    message, = mails_to(server, new)
    assert message["Subject"] == "Is this your address?" and person.name in message.get_body(("plain",)).get_content()
    link = link_of(message, CONFIRM)
    for _ in range(2):  # programs that look through mails change nothing
        browser = Browser(mailing.url)
        assert browser.get(link).status_code == 200 and new in text_of(browser) and person.name in text_of(browser)
    assert browser.page.headers["Cache-Control"] == "no-store"
    assert browser.page.headers["Referrer-Policy"] == "no-referrer"
    assert standing(person) == (new, False) and not signs_in_as(mailing, new)
    assert browser.submit().status_code == 200 and "Your address is confirmed" in text_of(browser)
    assert standing(person) == (new, True) and signs_in_as(mailing, new) and not signs_in_as(mailing, person.address)
    assert is_dead(mailing, link) and confirm(mailing, link).page.status_code == 404


@pytest.mark.shows("V2.2.3, V2.5.5")
def test_the_address_of_before_is_told(mailing, server, person):
    new = unique_address()
    change(person, new)
    message, = mails_to(server, person.address)
    assert message["Subject"] == f"The address of {person.name} was changed"
    text = message.get_body(("plain",)).get_content()
    assert person.address in text and new not in text and "secret=" not in text
    confirm(mailing, link_of(mails_to(server, new)[0], CONFIRM))
    assert len(server.to(person.address)) == 1


def test_an_operator_does_not_change_an_address_in_secret(mailing, server, person):
    done = mailing.installation.run_orgctl("user", "set", person.name, "--email", unique_address(),
                                           config_path=mailing.backend.config_path)
    assert done.returncode == 0, done.stderr
    assert subjects(server, person.address, 1) == [f"The address of {person.name} was changed"]


def test_what_is_on_record(mailing, server, person):
    new = unique_address()
    change(person, new)
    confirm(mailing, link_of(mails_to(server, new)[0], CONFIRM))
    wait_until(lambda: actions_of(mailing, person)[-3:] == ["user.updated", "user.email_verification_requested",
                                                            "user.updated"], "the events")
    confirmed = wait_for_event(mailing, person, "user.updated")
    assert confirmed["changes"] == {"email_verified": {"before": False, "after": True}}
    assert (confirmed["actor"]["type"], confirmed["actor"]["id"]) == ("user", person.id)
    assert confirmed["actor"]["credential_id"]


def test_who_sends_it_once_more_gets_another_link(mailing, server, person):
    new = unique_address()
    before = change(person, new)["updated"]
    assert change(person, new)["updated"] == before
    first, second = (link_of(message, CONFIRM) for message in mails_to(server, new, 2))
    assert is_dead(mailing, first)
    confirm(mailing, second)
    assert standing(person) == (new, True)


def test_who_writes_it_in_another_case_gets_none(mailing, person):
    changed = change(person, person.address.upper())
    assert changed["email_verified"] is True
    assert mailing.installation.sql("SELECT COUNT(*) FROM orgd.orgd_mailed_links WHERE account_id = %s",
                                    (uuid.UUID(person.id).bytes,)) == [(0,)]


def test_what_a_superuser_says_needs_no_proof(mailing, server, person):
    new = unique_address()
    changed = ok(mailing.admin.client.patch(path(person), json={"email": new}))
    assert changed["email_verified"] is True
    mails_to(server, person.address)
    assert not server.to(new)


ENDS = {
    "time": (lambda instance, person: expire_links(instance, person.id), "expired"),
    "another address": (lambda instance, person: instance.installation.orgctl(
        "user", "set", person.name, "--email", unique_address()), "address_changed"),
    "no address": (lambda instance, person: change(person, None), "address_changed"),
    "another password": (lambda instance, person: instance.installation.orgctl(
        "user", "set", person.name, "--password", input=PASSWORD), None),
    "deactivation": (lambda instance, person: [instance.installation.orgctl("user", verb, person.name)
                                               for verb in ("deactivate", "activate")], None),
    "deletion": (lambda instance, person: instance.installation.orgctl("user", "delete", person.name), "account_deactivated"),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_ends_a_link(mailing, person, end):
    new = unique_address()
    mailing.installation.orgctl("user", "set", person.name, "--email", new, "--email-unverified")
    link = put_link(mailing, CONFIRM, person.id, new)
    browser = Browser(mailing.url)
    assert browser.get(link).status_code == 200
    act, reason = ENDS[end]
    act(mailing, person)
    assert browser.submit().status_code == 404 and DEAD in text_of(browser) and is_dead(mailing, link)
    assert mailing.installation.sql("SELECT 1 FROM orgd.orgd_accounts WHERE email_key = %s", (new,)) == []
    if reason is not None:
        event = wait_for_event(mailing, person, "user.email_verification_refused")
        assert event["changes"]["reason"]["after"] == reason


def test_of_two_accounts_one_has_the_address(mailing):
    """However it is written, and whoever is first."""
    address, people = unique_address(), [mailing.user() for _ in range(2)]
    links = []
    for person, written in zip(people, (address, address.upper())):
        mailing.installation.orgctl("user", "set", person.name, "--email", written, "--email-unverified")
        links.append(put_link(mailing, CONFIRM, person.id, written))
    browsers = [Browser(mailing.url) for _ in links]
    for browser, link in zip(browsers, links):
        browser.get(link)
    statuses = [answer.status_code for answer in at_once([browser.submit for browser in browsers])]
    assert sorted(statuses) == [200, 409]
    assert [standing(person)[1] for person in people] == [status == 200 for status in statuses]
    loser = statuses.index(409)
    assert "Another account has confirmed this address" in text_of(browsers[loser])
    event = wait_for_event(mailing, people[loser], "user.email_verification_refused")
    assert event["changes"]["reason"]["after"] == "address_taken"
    mailing.installation.orgctl("user", "delete", people[1 - loser].name)
    assert browsers[loser].get(links[loser]).status_code == 200, "the link stays"
    assert browsers[loser].submit().status_code == 200
    assert standing(people[loser])[1]


def test_of_two_who_use_a_link_one_wins(mailing, person):
    new = unique_address()
    mailing.installation.orgctl("user", "set", person.name, "--email", new, "--email-unverified")
    link = put_link(mailing, CONFIRM, person.id, new)
    browsers = [Browser(mailing.url) for _ in range(2)]
    for browser in browsers:
        browser.get(link)
    assert sorted(answer.status_code for answer in at_once([browser.submit for browser in browsers])) == [200, 404]
    assert standing(person) == (new, True)


def test_nobody_floods_an_address(mailing, person):
    new = unique_address()
    for _ in range(5):
        change(person, new)
    refused = person.client.patch(path(person), json={"email": new, "name": "X"})
    error(refused, 429, "TooManyRequests")
    assert "Retry-After" in refused.headers
    assert mailing.installation.sql("SELECT COUNT(*) FROM orgd.orgd_mails WHERE recipient = %s", (new,)) == [(5,)]
    ok(person.client.patch(path(person), json={"name": "X"}))


def test_a_link_is_for_what_it_was_mailed_for(mailing, person):
    new = unique_address()
    mailing.installation.orgctl("user", "set", person.name, "--email", new, "--email-unverified")
    link = put_link(mailing, CONFIRM, person.id, new)
    assert is_dead(mailing, link.replace(CONFIRM, "/account/reset-password"))
    assert is_dead(mailing, link.replace("ORGADR_", "ORGRES_")) and is_dead(mailing, f"{mailing.mount}{CONFIRM}")
    assert not is_dead(mailing, link)


def test_a_form_counts_only_from_our_own_page(mailing, person):
    new = unique_address()
    mailing.installation.orgctl("user", "set", person.name, "--email", new, "--email-unverified")
    link = put_link(mailing, CONFIRM, person.id, new)
    browser = Browser(mailing.url)
    browser.get(link)
    fields = {**browser.forms()[0].fields, "form_token": "forged"}
    assert browser.post(mailing.mount + CONFIRM, fields).status_code == 403
    assert standing(person) == (new, False)


def test_where_there_are_no_mails_an_operator_verifies_the_address(instance):
    user, address = instance.user(), unique_address()
    for _ in range(2):
        assert change(user, address)["email_verified"] is False
    assert instance.installation.sql("SELECT COUNT(*) FROM orgd.orgd_mailed_links WHERE account_id = %s",
                                     (uuid.UUID(user.id).bytes,)) == [(0,)]
    instance.installation.orgctl("user", "set", user.name, "--email", address)
    assert standing(user) == (address, True)
