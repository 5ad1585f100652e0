"""Access lines: what they name of each kind of request, in an order that log readers can rely on."""

import json
import uuid

import pytest

import oauth
from expect import id_in, logged, ok, organization, unique

MEMBERS = ["time", "level", "program", "pid", "request_id", "event", "method", "path", "status", "duration_us", "bytes",
           "address", "account_id", "credential_id", "action"]


def named(instance, send, status=200):
    """Whom the line of a request names that `send` sends with these headers."""
    request_id = uuid.uuid4().hex
    response = send({"X-Request-Id": request_id})
    assert response.status_code == status, response.text
    line, = logged(instance, request_id, 1)
    assert list(line) == MEMBERS and line["address"] == "127.0.0.1"
    return line["account_id"], line["credential_id"]


def test_the_members_stand_in_one_order_behind_every_server(every_server):
    user = every_server.user()
    for _ in range(2):
        assert named(every_server, lambda headers: user.client.get("/users/me", headers=headers)) == (
            user.id, id_in(user.token))


@pytest.mark.parametrize("method, path", [("GET", "/users/me"), ("GET", "/permissions"), ("GET", "/organizations"),
                                          ("GET", "/organizations?limit=5&offset=1")])
def test_requests_with_a_key_or_a_token(instance, method, path):
    owner = instance.user()
    service = instance.service_account(instance.organization(owner)["id"], "viewer")
    jwt = instance.client(ok(instance.client().post("/auth/login", data={"password": service.key}))["access_token"])
    for client, account, secret in ((owner.client, owner.id, owner.token), (service.client, service.id, service.key),
                                    (jwt, service.id, service.key)):
        for _ in range(8):  # a worker that has seen the caller before asks the database less
            assert named(instance, lambda headers, client=client: client.request(method, path, headers=headers)) == (
                account, id_in(secret))


def test_writes(instance):
    owner = instance.user(limit=20)
    expected = (owner.id, id_in(owner.token))
    for _ in range(8):
        name = unique()
        assert named(instance, lambda headers, name=name: owner.client.post("/organizations", json={"name": name},
                                                                            headers=headers)) == expected
    org = organization(owner.client.get(f"/organizations/{name}"))
    path = f"/organizations/{org['id']}"
    assert named(instance, lambda headers: owner.client.patch(path, json={"description": "x"}, headers=headers)) == expected
    assert named(instance, lambda headers: owner.client.delete(path, headers=headers)) == expected


def test_refusals_of_a_caller_who_counts(instance):
    user, other = instance.user(), instance.user()
    path = f"/organizations/{instance.organization(other)['id']}"
    expected = (user.id, id_in(user.token))
    assert named(instance, lambda headers: user.client.get(path, headers=headers), 404) == expected
    assert named(instance, lambda headers: user.client.post("/organizations", json={}, headers=headers), 422) == expected


def test_nobody_is_named_whose_credential_does_not_count(instance):
    user = instance.user()
    ended = instance.client(user.token)
    instance.installation.orgctl("user", "deactivate", user.name, "--yes")
    assert named(instance, lambda headers: instance.client().get("/health", headers=headers)) == (None, None)
    for client in (instance.client(), instance.client("ORGPAT_x"), ended):
        assert named(instance, lambda headers, client=client: client.get("/users/me", headers=headers), 401) == (None, None)


def test_tokens_are_issued_to_somebody(instance):
    oauth.forget_attempts(instance)
    person = oauth.person_of(instance)
    client = oauth.RegisteredClient(instance)
    browser = oauth.sign_in(instance, person)
    session = id_in(browser.session.cookies["orgd_session"])
    assert named(instance, lambda headers: browser.session.get(instance.url + "/auth/sign-in", headers=headers)) == (
        person.id, session)
    tokens = oauth.tokens_for(browser, person, client)
    grant = id_in(tokens["refresh_token"])
    form = {"client_id": client.id, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert named(instance, lambda headers: instance.client().post("/auth/token", data=form, headers=headers)) == (
        person.id, grant)
    assert named(instance, lambda headers: instance.client(tokens["access_token"]).get("/users/me", headers=headers)) == (
        person.id, grant)
    assert named(instance, lambda headers: instance.client().post("/auth/login", data={"password": person.token},
                                                                  headers=headers)) == (person.id, id_in(person.token))


def test_signing_in_and_out(instance):
    oauth.forget_attempts(instance)
    person = oauth.person_of(instance)
    browser = oauth.Browser(instance.url)
    lines = []
    for password in ("wrong", oauth.PASSWORD):
        browser.get(f"{instance.mount}/auth/sign-in")
        browser.session.headers["X-Request-Id"] = request_id = uuid.uuid4().hex
        form = browser.forms()[0]
        browser.post(form.action, {**form.fields, "username": person.name, "password": password})
        lines += logged(instance, request_id, 1)
    assert [(line["status"] < 400, line["account_id"]) for line in lines] == [(False, None), (True, person.id)]
    assert lines[1]["credential_id"] == id_in(browser.session.cookies["orgd_session"])
    browser.get(f"{instance.mount}/auth/sign-in")
    browser.session.headers["X-Request-Id"] = request_id = uuid.uuid4().hex
    browser.submit()
    line, = logged(instance, request_id, 1)
    assert (line["account_id"], line["credential_id"]) == (person.id, lines[1]["credential_id"]), json.dumps(line)
