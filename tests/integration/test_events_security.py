"""Security events: who signs in and out, what is granted and how it ends."""

import uuid

import pytest

import oauth
from expect import id_in
from oauth import (Device, Pkce, RegisteredClient, code_for, error_of, id_of, person_of,
                   sign_in, tokens_for)
from test_events import chain


@pytest.fixture(autouse=True)
def fresh(instance):
    oauth.forget_attempts(instance)


@pytest.fixture(name="somebody")
def make_somebody(instance):
    return person_of(instance)


def session_of(browser):
    return id_in(browser.session.cookies["orgd_session"])


def events_of(instance, account):
    return chain(instance, account.id if hasattr(account, "id") else account)


def actions(events):
    return [event["action"] for event in events]


def last(instance, account, action):
    """The last event of an account's chain, which is this one."""
    event = events_of(instance, account)[-1]
    assert event["action"] == action and event["organization"] is None and event["count"] == 1
    assert event["context"]["address"] == "127.0.0.1" and event["context"]["user_agent"].startswith("python-requests/")
    return event


def the_user(person, credential):
    return {"type": "user", "id": person.id, "name": person.name, "credential_id": credential}


def the_client(client_id, grant):
    return {"type": "client", "id": None, "name": client_id, "credential_id": grant}


def test_signing_in_and_out(instance, somebody):
    browser = sign_in(instance, somebody)
    session = session_of(browser)
    event = last(instance, somebody, "user.signed_in")
    assert event["actor"] == the_user(somebody, session) and event["changes"] == {}
    assert event["targets"] == [{"type": "user", "id": somebody.id, "name": somebody.name}]
    browser.get(f"{instance.mount}/auth/sign-in")
    browser.submit()
    event = last(instance, somebody, "user.signed_out")
    assert event["actor"] == the_user(somebody, session)
    assert event["targets"] == [{"type": "user", "id": somebody.id, "name": somebody.name}]


def test_who_signs_out_twice_has_signed_out_once(instance, somebody):
    browser = sign_in(instance, somebody)
    cookies = dict(browser.session.cookies)
    browser.get(f"{instance.mount}/auth/sign-in")
    form, = [form for form in browser.forms() if "sign-out" in form.action]
    for _ in range(2):
        browser.session.cookies.update(cookies)
        assert browser.post(form.action, form.fields).status_code in (200, 303)
    browser.session.cookies.update(cookies)
    browser.get(f"{instance.mount}/auth/sign-in")
    browser.sign_in(person_of(instance).name)
    assert actions(events_of(instance, somebody)).count("user.signed_out") == 1


def sign_in_again(instance, browser, person):
    """In a browser whose session has expired, and is not yet removed by a courier."""
    instance.installation.sql("UPDATE orgd.orgd_credentials SET expires = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE id ="
                              f" {id_of(browser.session.cookies['orgd_session'])}")
    browser.get(f"{instance.mount}/auth/sign-in")
    browser.sign_in(person.name)
    assert "You are signed in" in browser.page.text


def test_another_person_in_the_same_browser_signs_the_first_one_out(instance, somebody):
    browser = sign_in(instance, somebody)
    first = session_of(browser)
    sign_in_again(instance, browser, somebody)
    assert actions(events_of(instance, somebody))[-2:] == ["user.signed_in", "user.signed_in"]
    session = session_of(browser)
    assert last(instance, somebody, "user.signed_in")["changes"] == {"session_id": {"before": first, "after": session}}
    other = person_of(instance)
    sign_in_again(instance, browser, other)
    assert last(instance, somebody, "user.signed_out")["actor"] == the_user(somebody, session)
    event = last(instance, other, "user.signed_in")
    assert event["actor"] == the_user(other, session_of(browser)) and event["changes"] == {}


def live_sessions(instance, person):
    return {str(uuid.UUID(bytes=id_)) for id_, in instance.installation.sql(
        "SELECT id FROM orgd.orgd_credentials WHERE kind = 'session' AND account_is_active AND account_id = %s",
        uuid.UUID(person.id).bytes)}


def sessions_on_record(instance, person):
    """As docs/events.md says: those that have begun, without those that have ended, and of these the newest 50."""
    begun = set()
    for event in events_of(instance, person):
        if event["action"] == "user.signed_in":
            begun.discard(event["changes"].get("session_id", {}).get("before"))
            begun.add(event["actor"]["credential_id"])
        elif event["action"] == "user.signed_out":
            begun.discard(event["actor"]["credential_id"])
        begun = set(sorted(begun)[-50:])
    return begun


def test_which_session_was_the_oldest_of_too_many_follows_from_the_record(instance, somebody):
    first = sign_in(instance, somebody)
    browsers = [sign_in(instance, somebody) for _ in range(49)]
    sign_in_again(instance, browsers[3], somebody)  # in the place of one: nobody else's ends
    assert session_of(first) in live_sessions(instance, somebody) == sessions_on_record(instance, somebody)
    browsers[5].get(f"{instance.mount}/auth/sign-in")
    browsers[5].submit()
    for _ in range(3):
        sign_in(instance, somebody)
    live = live_sessions(instance, somebody)
    assert live == sessions_on_record(instance, somebody)
    assert len(live) == 50 and session_of(first) not in live and session_of(browsers[0]) not in live
    assert session_of(browsers[1]) in live


def changed(**fields):
    return {name: {"before": None, "after": value} for name, value in fields.items()}


def test_a_grant_by_a_code(instance, somebody):
    client = RegisteredClient(instance)
    browser = sign_in(instance, somebody)
    tokens = tokens_for(browser, somebody, client)
    grant = id_in(tokens["refresh_token"])
    event = last(instance, somebody, "grant.created")
    assert event["actor"] == the_user(somebody, session_of(browser))
    assert event["targets"] == [{"type": "grant", "id": grant, "name": None},
                                {"type": "client", "id": client.id, "name": client.name}]
    assert event["changes"] == changed(client_id=client.id, grant_type="authorization_code")
    before = len(events_of(instance, somebody))
    tokens = client.refresh(tokens["refresh_token"]).json()
    assert len(events_of(instance, somebody)) == before  # one an hour and client would hide all others
    for _ in range(2):
        assert client.revoke(tokens["refresh_token"]).status_code == 200
        event = last(instance, somebody, "grant.ended")
        assert event["actor"] == the_client(client.id, grant)
        assert event["targets"] == [{"type": "grant", "id": grant, "name": None}]
        assert len(events_of(instance, somebody)) == before + 1


def test_revoking_by_an_access_token(instance, somebody):
    client = RegisteredClient(instance)
    tokens = tokens_for(sign_in(instance, somebody), somebody, client)
    client.revoke(tokens["access_token"])
    assert last(instance, somebody, "grant.ended")["targets"][0]["id"] == id_in(tokens["refresh_token"])


def test_a_code_that_is_used_twice(instance, somebody):
    client, pkce = RegisteredClient(instance), Pkce()
    code = code_for(sign_in(instance, somebody), somebody, client, pkce)
    grant = id_in(client.redeem(code, pkce).json()["refresh_token"])
    for _ in range(2):
        error_of(client.redeem(code, pkce), 400, "invalid_grant")
        event = last(instance, somebody, "code.used_twice")
        assert event["actor"] == the_client(client.id, grant) and event["targets"][0]["id"] == grant
    assert actions(events_of(instance, somebody)).count("code.used_twice") == 1


def test_a_refresh_token_that_is_used_twice(instance, somebody):
    client = RegisteredClient(instance)
    first = tokens_for(sign_in(instance, somebody), somebody, client)["refresh_token"]
    second = client.refresh(first).json()["refresh_token"]
    assert client.refresh(second).status_code == 200
    for _ in range(2):
        error_of(client.refresh(first), 400, "invalid_grant")
    event = last(instance, somebody, "refresh_token.used_twice")
    assert event["actor"] == the_client(client.id, id_in(first)) and event["targets"][0]["id"] == id_in(first)
    assert actions(events_of(instance, somebody)).count("refresh_token.used_twice") == 1


@pytest.mark.parametrize("decision, action", [("allow", "device.approved"), ("deny", "device.denied")])
def test_devices(instance, somebody, decision, action):
    browser = sign_in(instance, somebody)
    device = Device(instance, client_id="made-up")
    device.decide(browser, decision)
    event = last(instance, somebody, action)
    assert event["actor"] == the_user(somebody, session_of(browser))
    assert event["targets"][0]["type"] == "device" and event["changes"] == changed(client_id="made-up")
    if decision == "allow":
        grant = id_in(device.poll().json()["refresh_token"])
        event = last(instance, somebody, "grant.created")
        assert event["targets"] == [{"type": "grant", "id": grant, "name": None},
                                    {"type": "client", "id": None, "name": "made-up"}]
        assert event["changes"] == changed(client_id="made-up", grant_type="device_code")
