"""Section 7 of the contract: the browsers in which a person is signed in, and the applications that were let in."""

import json

import pytest

import oauth
from expect import error, ok, places, unauthorized
from oauth import RegisteredClient, is_accepted, person_of, sign_in, tokens_for
from processes import wait_until
from test_events import rows

SESSIONS, GRANTS = "/users/me/sessions", "/users/me/grants"


@pytest.fixture
def person(instance):
    oauth.forget_attempts(instance)
    return person_of(instance)


@pytest.fixture
def application(instance):
    return RegisteredClient(instance)


def signed_out(browser, application):
    browser.get(application.request(oauth.Pkce()))
    return "/auth/sign-in" in browser.page.headers.get("Location", "")


def test_sessions(instance, person):
    assert ok(person.client.get(SESSIONS)) == []
    browsers = [sign_in(instance, person) for _ in range(3)]
    sessions = ok(person.client.get(SESSIONS))
    assert all(list(session) == ["id", "created", "expires"] for session in sessions) and len(sessions) == 3
    assert sessions == sorted(sessions, key=lambda session: session["created"])
    application = RegisteredClient(instance)
    tokens = tokens_for(browsers[1], person, application)
    assert ok(person.client.delete(f"{SESSIONS}/{sessions[1]['id']}")) is None
    assert ok(person.client.get(SESSIONS)) == [sessions[0], sessions[2]]
    assert not is_accepted(instance, tokens["access_token"]) and ok(person.client.get(GRANTS)) == []
    assert [signed_out(browser, application) for browser in browsers] == [False, True, False]
    row, = rows(instance, "SELECT actor_id, actor_type, chain_id FROM orgd_events WHERE action = 'session.ended' AND chain_id = UNHEX(%s)",
                person.id.replace("-", ""))
    assert row["actor_id"] == row["chain_id"] and row["actor_type"] == "user"
    error(person.client.delete(f"{SESSIONS}/{sessions[1]['id']}"), 404, "KeyError")


def test_grants(instance, person, application):
    browser = sign_in(instance, person)
    tokens = tokens_for(browser, person, application)
    grant, = ok(person.client.get(GRANTS))
    name, = instance.installation.sql("SELECT name FROM orgd.orgd_clients WHERE id = UNHEX(%s)", application.id.replace("-", ""))
    assert list(grant) == ["id", "client_id", "client_name", "created", "last_used", "expires"]
    assert (grant["client_id"], grant["client_name"]) == (application.id, name[0])
    assert grant["last_used"] == grant["created"][:13] + ":00:00.000000Z"
    wait_until(lambda: instance.installation.sql("SELECT 1 FROM orgd.orgd_credential_uses WHERE credential_id = UNHEX(%s)",
                                                 grant["id"].replace("-", "")), "the note of its first use")
    long_ago(instance, grant, 3)
    before = ok(person.client.get(GRANTS))[0]["last_used"]
    tokens = ok(application.refresh(tokens["refresh_token"]))
    assert before < ok(person.client.get(GRANTS))[0]["last_used"]
    assert ok(person.client.delete(f"{GRANTS}/{grant['id']}")) is None
    assert ok(person.client.get(GRANTS)) == [] and not is_accepted(instance, tokens["access_token"])
    assert application.refresh(tokens["refresh_token"]).status_code == 400
    assert len(ok(person.client.get(SESSIONS))) == 1
    error(person.client.delete(f"{GRANTS}/{grant['id']}"), 404, "KeyError")


def long_ago(instance, grant, used):
    """Lets it be five hours old, and used so many hours ago."""
    for statement in ("UPDATE orgd.orgd_credentials SET created = created - INTERVAL 5 HOUR WHERE id = UNHEX(%s)",
                      f"UPDATE orgd.orgd_credential_uses SET last_used = last_used - INTERVAL {used} HOUR WHERE credential_id = UNHEX(%s)"):
        instance.installation.sql(statement, grant["id"].replace("-", ""))


def test_a_grant_tells_when_it_was_used(instance, person, application):
    tokens_for(sign_in(instance, person), person, application)
    grant = wait_until(lambda: ok(person.client.get(GRANTS)), "the grant")[0]
    wait_until(lambda: instance.installation.sql("SELECT 1 FROM orgd.orgd_credential_uses WHERE credential_id = UNHEX(%s)",
                                                 grant["id"].replace("-", "")), "the note of its first use")
    long_ago(instance, grant, 2)
    used, = ok(person.client.get(GRANTS))
    assert used["created"] < used["last_used"] < grant["last_used"] and used["last_used"].endswith(":00:00.000000Z")


@pytest.mark.shows("API1")
@pytest.mark.parametrize("path", [SESSIONS, GRANTS])
def test_nobody_sees_or_ends_those_of_others(instance, person, application, path):
    tokens_for(sign_in(instance, person), person, application)
    one, = ok(person.client.get(path))
    for other in (instance.user(), instance.admin):
        assert one not in ok(other.client.get(path))
        error(other.client.delete(f"{path}/{one['id']}"), 404, "KeyError")
    other_path = GRANTS if path == SESSIONS else SESSIONS
    error(person.client.delete(f"{other_path}/{one['id']}"), 404, "KeyError")
    assert ok(person.client.get(path)) == [one]
    unauthorized(instance.client().get(path))


@pytest.mark.shows("API5")
@pytest.mark.parametrize("path", [SESSIONS, GRANTS])
def test_an_application_does_not_see_how_else_one_gets_in(instance, person, application, path):
    client = instance.client(tokens_for(sign_in(instance, person), person, application)["access_token"])
    one, = ok(person.client.get(path))
    error(client.get(path), 403, "IllegalOperationError")
    error(client.delete(f"{path}/{one['id']}"), 403, "IllegalOperationError")
    assert ok(person.client.get(path)) == [one]
    ok(person.client.delete(f"{GRANTS}/{ok(person.client.get(GRANTS))[0]['id']}"))
    unauthorized(client.get(path), "invalid_token")


@pytest.mark.parametrize("noun, path", [("session", SESSIONS), ("grant", GRANTS)])
def test_an_operator_lists_them_and_ends_one(instance, person, application, noun, path):
    """As the person would; the event is in the chain of the person, and the operator's."""
    orgctl = instance.installation.orgctl
    for browser in [sign_in(instance, person) for _ in range(2)]:
        tokens_for(browser, person, application)
    seen = ok(person.client.get(path))
    assert len(seen) == 2
    shown = json.loads(orgctl(noun, "list", "--user", person.name, "--json"))
    assert sorted(shown[0]) == sorted(seen[0]) and [dict(sorted(one.items())) for one in shown] == [
        dict(sorted(one.items())) for one in seen]
    assert json.loads(orgctl(noun, "end", seen[0]["id"], "--yes", "--json")) is None
    assert ok(person.client.get(path)) == seen[1:] and len(ok(person.client.get(GRANTS))) == 1
    assert json.loads(orgctl(noun, "list", "--user", person.name, "--json")) == shown[1:]
    assert instance.installation.run_orgctl(noun, "end", seen[0]["id"]).stderr == f"orgctl: There is no such {noun}.\n"
    row, = rows(instance, f"SELECT actor_id, actor_type FROM orgd_events WHERE action = '{noun}.ended' AND chain_id = UNHEX(%s)",
                person.id.replace("-", ""))
    assert (row["actor_id"], row["actor_type"]) == (None, "operator")
    other = "grant" if noun == "session" else "session"
    assert instance.installation.run_orgctl(other, "end", seen[1]["id"]).returncode == 1, "it is none"
    assert ok(person.client.get(path)) == seen[1:]


def test_what_has_ended_or_expired_is_not_shown(instance, person):
    sign_in(instance, person)
    first, = ok(person.client.get(SESSIONS))
    instance.installation.sql("UPDATE orgd.orgd_credentials SET expires = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR WHERE id = UNHEX(%s)",
                              first["id"].replace("-", ""))
    assert ok(person.client.get(SESSIONS)) == []


def test_a_grant_ends_with_its_client(instance, person, application):
    tokens_for(sign_in(instance, person), person, application)
    instance.installation.orgctl("client", "delete", application.id, "--yes")
    assert ok(person.client.get(GRANTS)) == []


def test_pages(instance, person):
    for _ in range(3):
        sign_in(instance, person)
    everything = ok(person.client.get(SESSIONS))
    path, pages = SESSIONS + "?limit=2&include_total=true", []
    while path:
        response = person.client.get(path)
        pages.append(ok(response))
        assert response.headers["X-Total-Count"] == "3"
        path = response.headers.get("Link", "").removesuffix('>; rel="next"')[1:]
    assert pages == [everything[:2], everything[2:]]
    assert ok(person.client.get(SESSIONS + "?offset=1&limit=1")) == everything[1:2]
    assert ok(person.client.get(SESSIONS, params={"after": everything[2]["id"]})) == []
    assert places(person.client.get(SESSIONS + "?limit=0")) == [("greater_than_equal", ["query", "limit"])]


def test_a_service_account_has_none(instance):
    service = instance.service_account(instance.organization(instance.user(limit=1))["id"], "admin")
    assert ok(service.client.get(SESSIONS)) == ok(service.client.get(GRANTS)) == []
