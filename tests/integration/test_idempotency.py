"""Idempotency-Key: a creation that is sent again does nothing twice, and gets the first answer."""

import contextlib
import itertools
import os
import random
import signal
import threading
import time
import uuid

import pymysql
import pytest

from expect import error, ok, unique
from installation import Instance
from processes import wait_until, workers
from test_concurrency import at_once, statuses

MANY = 100
DIGEST = "UNHEX(SHA2('{}', 256))"


@pytest.fixture
def owner(instance):
    return instance.user(limit=1000)


def new_key():
    return str(uuid.uuid4())


def create(client, key, path="/organizations", **fields):
    return client.post(path, json=fields, headers={"Idempotency-Key": key}, timeout=60)


def is_again(response, first):
    assert response.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    assert (response.status_code, response.content) == (first.status_code, first.content)
    assert {name: response.headers[name] for name in ("ETag", "Content-Location", "Content-Type", "Cache-Control")} == \
        {name: first.headers[name] for name in ("ETag", "Content-Location", "Content-Type", "Cache-Control")}
    return True


def count(client, name):
    return len(ok(client.get("/organizations", params={"name": name})))


def test_a_repetition_gets_the_first_answer(every_server):
    owner = every_server.user(limit=5)
    key, name = new_key(), unique()
    first = create(owner.client, key, name=name, description="Zeile 1\nüber 🙂", links=[])
    ok(first)
    again = create(owner.client, key, name=name, description="Zeile 1\nüber 🙂", links=[])
    assert is_again(again, first) and again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert count(owner.client, name) == 1


def test_it_stays_the_first_answer_whatever_happened_since(owner):
    key, name = new_key(), unique()
    first = create(owner.client, key, name=name)
    path = "/organizations/" + ok(first)["id"]
    ok(owner.client.patch(path, json={"description": "changed"}))
    assert is_again(create(owner.client, key, name=name), first)
    ok(owner.client.delete(path))
    assert is_again(create(owner.client, key, name=name), first)
    assert count(owner.client, name) == 0


def test_quotes_are_no_part_of_the_key(owner):
    key, name = new_key(), unique()
    first = create(owner.client, f'"{key}"', name=name)
    assert is_again(create(owner.client, key, name=name), first)


@pytest.mark.parametrize("change", ["body", "white space in the body", "query"])
def test_the_same_key_with_anything_else_is_refused(owner, change):
    key, name = new_key(), unique()
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    body = f'{{"name":"{name}"}}'
    ok(owner.client.post("/organizations", data=body, headers=headers))
    bodies = {"body": f'{{"name":"{name} 2"}}', "white space in the body": f'{{"name": "{name}"}}', "query": body}
    path = "/organizations?x=1" if change == "query" else "/organizations"
    error(owner.client.post(path, data=bodies[change], headers=headers), 422, "IdempotencyKeyReused")


def test_keys_of_different_accounts_are_different(instance, owner):
    key = new_key()
    first = ok(create(owner.client, key, name=unique()))
    assert ok(create(instance.user().client, key, name=unique()))["id"] != first["id"]


def test_a_token_of_the_same_account_gets_the_answer_too(instance, owner):
    key, name = new_key(), unique()
    first = create(owner.client, key, name=name)
    token = ok(owner.client.post("/auth/login", data={"password": owner.token}))["access_token"]
    assert is_again(create(instance.client(token), key, name=name), first)


def test_a_superuser_who_creates_for_another_gets_the_answer(instance, owner):
    superuser = instance.user(superuser=True)
    key, fields = new_key(), {"name": unique(), "owner_id": owner.id}
    first = create(superuser.client, key, **fields)
    assert is_again(create(superuser.client, key, **fields), first)
    assert ok(create(owner.client, key, name=unique()))["owner_id"] == owner.id


def test_what_was_refused_runs_afresh(instance, owner):
    key, name = new_key(), unique()
    holder = instance.user()
    held = ok(holder.client.post("/organizations", json={"name": name}))
    error(create(owner.client, key, name=name), 409, "EntityExistsError")
    ok(holder.client.delete("/organizations/" + held["id"]))
    first = create(owner.client, key, name=name)
    assert ok(first)["name"] == name and "Idempotency-Replayed" not in first.headers


@pytest.mark.parametrize("key", ["", '""', "a b", "a\tb", "ä", "x" * 256])
def test_a_malformed_key_is_400(owner, key):
    response = owner.client.post("/organizations", json={"name": unique()},
                                 headers={"Idempotency-Key": key.encode("latin-1")})
    if key == "":  # to CGI an empty header is none
        ok(response)
    else:
        error(response, 400, "ValidationError")


@pytest.mark.parametrize("key", ["x", "x" * 255, '"', '!#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'])
def test_any_visible_ascii_is_a_key(owner, key):
    name = unique()
    first = create(owner.client, key, name=name)
    assert is_again(create(owner.client, key, name=name), first)


def test_other_methods_and_paths_ignore_it(owner):
    headers = {"Idempotency-Key": "a b"}
    path = "/organizations/" + ok(owner.client.post("/organizations", json={"name": unique()}))["id"]
    ok(owner.client.get(path, headers=headers))
    ok(owner.client.patch(path, json={"description": "x"}, headers=headers))
    ok(owner.client.post("/auth/login", data={"password": owner.token}, headers=headers))


def test_the_caller_is_checked_before_anything_is_repeated(instance, owner):
    key, name = new_key(), unique()
    ok(create(owner.client, key, name=name))
    instance.installation.orgctl("user", "deactivate", owner.name, "--yes")
    error(create(owner.client, key, name=name), 401, "AuthorizationException")
    error(create(owner.client, key, name=name + "2"), 401, "AuthorizationException")


def test_who_may_no_more_gets_no_answer_again(instance, owner):
    org, manager, key = instance.organization(owner), instance.user(), new_key()
    instance.member(org["id"], manager, "manager")
    body = {"name": unique("team"), "organization_id": org["id"]}
    send = lambda: manager.client.post("/teams", json=body, headers={"Idempotency-Key": key})
    first = send()
    assert is_again(send(), first)
    instance.member(org["id"], manager, "viewer")
    error(send(), 403, "IllegalOperationError")
    ok(owner.client.delete(f"/organizations/{org['id']}/members", params={"user_id": manager.id}))
    error(send(), 404, "KeyError")


def test_the_limit_counts_a_repetition_once(instance):
    user = instance.user(limit=1)
    key, name = new_key(), unique()
    first = create(user.client, key, name=name)
    assert is_again(create(user.client, key, name=name), first)
    error(create(user.client, new_key(), name=unique()), 403, "OrganizationLimitExceeded")


def test_a_first_request_that_takes_long_is_in_progress(instance, owner):
    key, name = new_key(), unique()
    with instance.installation.connect() as session, session.cursor() as cursor:
        session.begin()
        cursor.execute(f"INSERT INTO orgd_idempotency VALUES (UNHEX('{uuid.UUID(owner.id).hex}'), {DIGEST.format(key)},"
                       " REPEAT('x', 32), 200, '', '', UTC_TIMESTAMP(6))")
        response = create(owner.client, key, name=name)
        error(response, 409, "RequestInProgress")
        assert response.headers["Retry-After"] == "1"
        session.rollback()
    ok(create(owner.client, key, name=name))


def test_a_key_of_another_request_says_so_also_where_that_is_refused(owner):
    """The refusal is not the whole truth: the client believes that the key is new."""
    key, name = new_key(), unique()
    ok(create(owner.client, key, name=name))
    error(create(owner.client, key, name=name, description="another"), 422, "IdempotencyKeyReused")
    error(create(owner.client, new_key(), name=name), 409, "EntityExistsError")
    assert count(owner.client, name) == 1


def test_an_answer_counts_for_a_day(owner, sql):
    key, name = new_key(), unique()
    path = "/organizations/" + ok(create(owner.client, key, name=name))["id"]
    ok(owner.client.delete(path))
    sql(f"UPDATE orgd_idempotency SET created = created - INTERVAL 24 HOUR"
                          f" WHERE key_digest = {DIGEST.format(key)}")
    assert "/organizations/" + ok(create(owner.client, key, name=name))["id"] != path
    assert count(owner.client, name) == 1


def test_answers_are_purged_after_a_day(owner, sql, purge):
    def left(key):
        return sql(f"SELECT COUNT(*) FROM orgd_idempotency WHERE key_digest = {DIGEST.format(key)}")[0][0]

    old, young = new_key(), new_key()
    for key in (old, young):
        ok(create(owner.client, key, name=unique()))
    sql(f"UPDATE orgd_idempotency SET created = created - INTERVAL 25 HOUR"
                          f" WHERE key_digest = {DIGEST.format(old)}")
    purge()
    assert (left(old), left(young)) == (0, 1)


def test_an_account_has_a_thousand_answers(owner, sql):
    key, name = new_key(), unique()
    first = create(owner.client, key, name=name)
    ok(first)
    sql("INSERT INTO orgd_idempotency SELECT account_id, UNHEX(SHA2(CONCAT(HEX(account_id), seq), 256)), request_digest,"
        f" 200, '', '', created FROM orgd_idempotency JOIN seq_1_to_999 WHERE key_digest = {DIGEST.format(key)}")
    response = create(owner.client, new_key(), name=unique())
    error(response, 429, "TooManyRequests")
    assert int(response.headers["Retry-After"]) > 0
    assert is_again(create(owner.client, key, name=name), first)
    ok(owner.client.post("/organizations", json={"name": unique()}))


def test_of_many_at_once_one_creates(instance, owner):
    key, name = new_key(), unique()
    clients = [instance.client(owner.token) for _ in range(MANY)]
    responses = at_once([lambda client=client: create(client, key, name=name) for client in clients])
    assert statuses(responses) == {200: MANY}
    assert len({response.content for response in responses}) == 1
    assert len([one for one in responses if "Idempotency-Replayed" not in one.headers]) == 1
    assert count(owner.client, name) == 1


def break_things(instances, is_over):
    """Kills workers, and their connections to the database, one after the other."""
    sql = instances[0].installation.sql
    for turn in itertools.count():
        if is_over.wait(0.05):
            return
        worker = random.choice(workers(instances[turn % len(instances)].backend.pid) or [None])
        if turn % 2 and worker is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        for session, in random.sample(sql("SELECT id FROM information_schema.processlist WHERE user = 'orgd'"), 1):
            with contextlib.suppress(pymysql.MySQLError):  # it has gone by itself
                sql(f"KILL {session}")


def insist(instances, token, key, name):
    """Sends the creation again until it has been answered; to one web node after the other."""
    for instance in itertools.cycle(instances):
        response = create(instance.client(token), key, name=name)
        if response.status_code < 500 and response.status_code not in (409, 429):
            return response
        time.sleep(0.1)


@pytest.mark.parametrize("round_", range(3))
def test_one_creation_and_one_answer_whatever_breaks(database, round_):
    """On two web nodes, whose workers and connections are killed meanwhile."""
    is_over = threading.Event()
    with Instance(database, "lighttpd-remote", "") as one, Instance(database, "nginx", "") as other:
        instances, owner = [one, other], one.user(limit=1000)
        key, name = new_key(), unique()
        breaker = threading.Thread(target=break_things, args=(instances, is_over))
        breaker.start()
        try:
            responses = at_once([lambda: insist(instances, owner.token, key, name)] * MANY)
        finally:
            is_over.set()
            breaker.join()
        assert statuses(responses) == {200: MANY} and len({response.content for response in responses}) == 1
        wait_until(lambda: one.client(owner.token).get("/organizations").ok, "the workers")
        assert count(one.client(owner.token), name) == 1
