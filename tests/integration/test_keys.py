"""Keys that people manage by the API: what they look like, when they stop, and who may do what to them."""

import datetime
import json
import re
import uuid

import pytest

from expect import TIME, UNKNOWN_ID, error, faults, id_in, ok, places, unauthorized, unique
from oauth import RegisteredClient, id_of, person_of, sign_in, tokens_for
from test_concurrency import at_once, statuses

MODEL = ["id", "name", "description", "hint", "is_active", "created", "expires", "last_used", "last_rotated",
         "retained_until"]
DAY = 24 * 60


def parsed(text):
    return datetime.datetime.fromisoformat(text)


def ids(response):
    return [one["id"] for one in ok(response)]


class Holder:
    """Whose keys they are: where, who manages them, and what they open."""

    def __init__(self, instance, path, client, prefix):
        self.instance = instance
        self.path = path
        self.client = client
        self.prefix = prefix

    def create(self, **fields):
        return ok(self.client.post(self.path, json={"name": unique("key"), **fields}))

    def at(self, key):
        return f"{self.path}/{key['id']}"

    def opens(self, secret):
        response = self.instance.client(secret).get("/users/me")
        assert response.status_code in (200, 401)
        return response.status_code == 200

    def token(self, secret):
        return ok(self.instance.client().post("/auth/login", data={"password": secret}))["access_token"]


def personal(instance):
    return Holder(instance, "/users/me/api_keys", instance.user().client, "ORGPAT_")


def of_service(instance):
    owner = instance.user(limit=1)
    org = instance.organization(owner)
    path = f"/organizations/{org['id']}/service_accounts"
    ok(owner.client.post(path, json={"username": "R&D/ci", "role_id": instance.role_id(org["id"], "viewer")}))
    return Holder(instance, path + "/R%26D%2Fci/api_keys", owner.client, "ORGKEY_")


HOLDERS = {"personal": personal, "of a service account": of_service}


@pytest.fixture(params=HOLDERS)
def holder(request, instance):
    return HOLDERS[request.param](instance)


def is_key(key, secret=False):
    assert list(key) == MODEL + (["key"] if secret else [])
    assert str(uuid.UUID(key["id"])) == key["id"] and TIME.fullmatch(key["created"])
    return True


def test_a_key_is_shown_with_its_secret_once(holder):
    name = unique("key")
    response = holder.client.post(holder.path, json={"name": name, "description": "ü 🙂", "expires_in_minutes": DAY})
    made = ok(response)
    assert is_key(made, secret=True) and response.headers["Cache-Control"] == "no-store"
    assert (made["name"], made["description"], made["is_active"]) == (name, "ü 🙂", True)
    assert (made["last_used"], made["last_rotated"], made["retained_until"]) == (None, None, None)
    assert re.fullmatch(holder.prefix + "[A-Za-z0-9_-]{64}", made["key"]) and made["key"].endswith(made["hint"])
    assert id_in(made["key"]) == made["id"] and len(made["hint"]) == 4
    assert parsed(made["expires"]) - parsed(made["created"]) == datetime.timedelta(minutes=DAY)
    assert response.headers["Content-Location"].endswith(holder.at(made))
    got = holder.client.get(holder.at(made))
    assert is_key(ok(got)) and ok(got) == {field: made[field] for field in MODEL}
    assert got.headers["ETag"] == response.headers["ETag"] and got.headers["Cache-Control"] == "no-store"
    assert [one for one in ok(holder.client.get(holder.path)) if one["id"] == made["id"]] == [ok(got)]
    assert holder.opens(made["key"])


def test_what_is_left_out_is_null(holder):
    made = holder.create()
    assert (made["description"], made["expires"]) == (None, None)
    made = holder.create(description=None, expires_in_minutes=None)
    assert (made["description"], made["expires"]) == (None, None)


def test_a_list_has_pages(holder):
    made = [holder.create() for _ in range(5)]
    every = [one["id"] for one in ok(holder.client.get(holder.path, params={"limit": 1000}))]
    assert every[-5:] == [one["id"] for one in made]
    first = holder.client.get(holder.path, params={"limit": 2, "include_total": "true"})
    assert ids(first) == every[:2] and first.headers["X-Total-Count"] == str(len(every))
    pages, response = ids(first), first
    while "Link" in response.headers:
        target = re.match("<(.*)>", response.headers["Link"])[1]
        response = holder.client.get(target[target.index(holder.path):])
        pages += ids(response)
    assert pages == every
    assert ids(holder.client.get(holder.path, params={"offset": len(every) - 1})) == every[-1:]
    assert ok(holder.client.get(holder.path, params={"offset": len(every)})) == []
    assert ok(holder.client.get(holder.path, params={"after": every[-1]})) == []
    assert ok(holder.client.get(holder.path, params={"after": "f" * 32})) == []
    assert places(holder.client.get(holder.path, params={"limit": 1001})) == [("less_than_equal", ["query", "limit"])]
    faults(holder.client.get(holder.path, params={"offset": 1, "after": UNKNOWN_ID}))


@pytest.mark.parametrize("body, place", [
    ({}, ("missing", ["body", "name"])),
    ({"name": ""}, ("string_too_short", ["body", "name"])),
    ({"name": "x" * 65}, ("string_too_long", ["body", "name"])),
    ({"name": " x"}, ("value_error", ["body", "name"])),
    ({"name": "x", "description": "x" * 257}, ("string_too_long", ["body", "description"])),
    ({"name": "x", "expires_in_minutes": 0}, ("greater_than_equal", ["body", "expires_in_minutes"])),
    ({"name": "x", "expires_in_minutes": 5256001}, ("less_than_equal", ["body", "expires_in_minutes"])),
    ({"name": "x", "expires_in_minutes": "soon"}, ("int_type", ["body", "expires_in_minutes"])),
])
def test_a_creation_is_checked(holder, body, place):
    before = len(ok(holder.client.get(holder.path)))
    assert places(holder.client.post(holder.path, json=body)) == [place]
    assert len(ok(holder.client.get(holder.path))) == before


def test_a_name_is_free_again_after_the_end(holder):
    made = holder.create(name="twice")
    error(holder.client.post(holder.path, json={"name": "twice"}), 409, "EntityExistsError")
    other = holder.create()
    error(holder.client.patch(holder.at(other), json={"name": "twice"}), 409, "EntityExistsError")
    assert ok(holder.client.delete(holder.at(made))) is None
    assert holder.create(name="twice")["id"] != made["id"]


def test_changes(holder):
    made = holder.create(description="old")
    changed = ok(holder.client.patch(holder.at(made), json={"description": None}))
    assert is_key(changed) and changed["description"] is None and changed["name"] == made["name"]
    name = unique("new")
    changed = holder.client.patch(holder.at(made), json={"name": name, "is_active": None})
    assert (ok(changed)["name"], ok(changed)["is_active"]) == (name, True)
    again = holder.client.patch(holder.at(made), json={"name": name})
    assert again.headers["ETag"] == changed.headers["ETag"] and ok(again) == ok(changed)
    assert ok(holder.client.get(holder.at(made))) == ok(changed)
    assert places(holder.client.patch(holder.at(made), json={"is_active": "perhaps", "name": ""})) == [
        ("string_too_short", ["body", "name"]), ("bool_type", ["body", "is_active"])]


def test_two_writers_do_not_overwrite_each_other(holder):
    made = holder.create()
    old = holder.client.get(holder.at(made)).headers["ETag"]
    new = holder.client.patch(holder.at(made), json={"description": "x"}, headers={"If-Match": old}).headers["ETag"]
    assert new != old
    for send in (lambda **options: holder.client.patch(holder.at(made), json={"description": "y"}, **options),
                 lambda **options: holder.client.post(holder.at(made) + "/rotate", json={}, **options),
                 lambda **options: holder.client.delete(holder.at(made), **options)):
        error(send(headers={"If-Match": old}), 412, "PreconditionFailed")
        error(send(headers={"If-None-Match": new}), 412, "PreconditionFailed")
    assert holder.opens(made["key"])
    ok(holder.client.delete(holder.at(made), headers={"If-Match": new}))


def test_concurrent_changes_are_all_done(holder):
    made = holder.create()
    names = [unique("n") for _ in range(8)]
    responses = at_once([lambda name=name: holder.client.patch(holder.at(made), json={"name": name}) for name in names])
    assert statuses(responses) == {200: 8}
    assert len({response.headers["ETag"] for response in responses}) == 8


def test_deactivation_and_deletion_count_with_the_next_request(holder):
    made = holder.create()
    token = holder.token(made["key"])
    assert holder.opens(made["key"]) and holder.opens(token)
    assert ok(holder.client.patch(holder.at(made), json={"is_active": False}))["is_active"] is False
    assert not holder.opens(made["key"]) and not holder.opens(token)
    assert ok(holder.client.patch(holder.at(made), json={"is_active": True}))["is_active"] is True
    assert holder.opens(made["key"]) and not holder.opens(token)
    token = holder.token(made["key"])
    ok(holder.client.delete(holder.at(made)))
    assert not holder.opens(made["key"]) and not holder.opens(token)
    for response in (holder.client.get(holder.at(made)), holder.client.delete(holder.at(made)),
                     holder.client.patch(holder.at(made), json={"name": "x"}),
                     holder.client.post(holder.at(made) + "/rotate", json={})):
        error(response, 404, "KeyError")


def test_a_rotation_ends_the_old_secret(holder):
    made = holder.create()
    token = holder.token(made["key"])
    response = holder.client.post(holder.at(made) + "/rotate", json={})
    rotated = ok(response)
    assert is_key(rotated, secret=True) and rotated["key"] != made["key"] and rotated["key"].endswith(rotated["hint"])
    assert rotated["id"] == made["id"] and rotated["retained_until"] is None and rotated["last_rotated"] is not None
    assert response.headers["Cache-Control"] == "no-store"
    assert not holder.opens(made["key"]) and not holder.opens(token) and holder.opens(rotated["key"])
    assert ok(holder.client.get(holder.at(made)))["hint"] == rotated["hint"]
    for minutes in (-1, 525601):
        faults(holder.client.post(holder.at(made) + "/rotate", json={"retain_period_minutes": minutes}))


def test_a_retained_secret_works_until_its_time(holder):
    made = holder.create()
    token = holder.token(made["key"])
    rotated = ok(holder.client.post(holder.at(made) + "/rotate", json={"retain_period_minutes": 60}))
    assert parsed(rotated["retained_until"]) - parsed(rotated["last_rotated"]) == datetime.timedelta(minutes=60)
    assert all(holder.opens(secret) for secret in (made["key"], token, rotated["key"]))
    holder.instance.installation.sql("UPDATE orgd.orgd_credentials SET retained_until = UTC_TIMESTAMP(6)"
                                     f" WHERE id = {id_of(made['key'])}")
    assert [holder.opens(secret) for secret in (made["key"], token, rotated["key"])] == [False, False, True]
    deactivated = ok(holder.client.post(holder.at(made) + "/rotate", json={"retain_period_minutes": 60}))
    ok(holder.client.patch(holder.at(made), json={"is_active": False}))
    assert not holder.opens(rotated["key"]) and not holder.opens(deactivated["key"])


def test_what_has_expired_gets_no_new_secret(holder):
    made = holder.create(expires_in_minutes=1)
    holder.instance.installation.sql("UPDATE orgd.orgd_credentials SET expires = UTC_TIMESTAMP(6)"
                                     f" WHERE id = {id_of(made['key'])}")
    assert not holder.opens(made["key"])
    error(holder.client.post(holder.at(made) + "/rotate", json={}), 403, "IllegalOperationError")


def test_ids_of_nothing(holder):
    made = holder.create()
    for path in (holder.path + "/" + UNKNOWN_ID, holder.path + "/" + id_in(HOLDERS["personal"](holder.instance).create()["key"])):
        error(holder.client.get(path), 404, "KeyError")
        error(holder.client.patch(path, json={"is_active": False}), 404, "KeyError")
        error(holder.client.delete(path), 404, "KeyError")
        error(holder.client.post(path + "/rotate", json={}), 404, "KeyError")
    for response in (holder.client.get(holder.path + "/x"), holder.client.delete(holder.path + "/x"),
                     holder.client.patch(holder.path + "/x", json={}),
                     holder.client.post(holder.path + "/x/rotate", json={})):
        assert places(response) == [("uuid_parsing", ["path", "key_id"])]
    assert holder.opens(made["key"])


def test_an_account_has_a_hundred_at_most_however_they_come(holder):
    count = len(ok(holder.client.get(holder.path)))
    for _ in range(98 - count):
        holder.create()
    responses = at_once([lambda: holder.client.post(holder.path, json={"name": unique("key")}) for _ in range(6)])
    assert statuses(responses) == {200: 2, 403: 4}
    assert len(ok(holder.client.get(holder.path, params={"limit": 1000}))) == 100
    assert "100" in error(holder.client.post(holder.path, json={"name": "more"}), 403, "IllegalOperationError")


@pytest.mark.parametrize("what", ["creation", "rotation"])
def test_a_repetition_gets_the_answer_without_the_secret(holder, what):
    made = holder.create()
    path, body = (holder.path, {"name": unique("key")}) if what == "creation" else (holder.at(made) + "/rotate", {})
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    first = holder.client.post(path, json=body, headers=headers)
    again = holder.client.post(path, json=body, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true" and is_key(ok(first), secret=True)
    assert ok(again) == {field: ok(first)[field] for field in MODEL} and again.headers["ETag"] == first.headers["ETag"]
    assert again.headers.get("Content-Location") == first.headers.get("Content-Location")
    assert holder.opens(ok(first)["key"])
    rows = holder.instance.installation.sql("SELECT body FROM orgd.orgd_idempotency")
    assert rows and not any(ok(first)["key"] in row[0] for row in rows)


def test_a_rotation_that_is_sent_again_does_not_fail_on_its_own_change(holder):
    """The first request has changed what If-Match names; another request with the old tag is refused as ever."""
    made = holder.create()
    old = holder.client.get(holder.at(made)).headers["ETag"]
    headers = {"Idempotency-Key": str(uuid.uuid4()), "If-Match": old}
    first, again = [holder.client.post(holder.at(made) + "/rotate", json={}, headers=headers) for _ in range(2)]
    assert ok(again) == {field: ok(first)[field] for field in MODEL} and again.headers["Idempotency-Replayed"] == "true"
    assert holder.opens(ok(first)["key"])
    headers["Idempotency-Key"] = str(uuid.uuid4())
    error(holder.client.post(holder.at(made) + "/rotate", json={}, headers=headers), 412, "PreconditionFailed")


@pytest.mark.parametrize("what", ["creation", "rotation"])
def test_a_first_request_that_takes_long_is_in_progress(holder, what):
    made, key = holder.create(), str(uuid.uuid4())
    path, body = (holder.path, {"name": unique("key")}) if what == "creation" else (holder.at(made) + "/rotate", {})
    account = ok(holder.client.get("/users/me"))["id"]
    with holder.instance.installation.connect() as session, session.cursor() as cursor:
        session.begin()
        cursor.execute(f"INSERT INTO orgd_idempotency VALUES (UNHEX('{uuid.UUID(account).hex}'), UNHEX(SHA2('{key}', 256)),"
                       " REPEAT('x', 32), 200, '', '', UTC_TIMESTAMP(6))")
        response = holder.client.post(path, json=body, headers={"Idempotency-Key": key})
        error(response, 409, "RequestInProgress")
        session.rollback()
    ok(holder.client.post(path, json=body, headers={"Idempotency-Key": key}))


def test_events(holder):
    made = holder.create(description="d")
    ok(holder.client.patch(holder.at(made), json={"description": None}))
    ok(holder.client.post(holder.at(made) + "/rotate", json={"retain_period_minutes": 1}))
    ok(holder.client.patch(holder.at(made), json={"is_active": False}))
    ok(holder.client.patch(holder.at(made), json={"is_active": True, "name": made["name"] + "2"}))
    ok(holder.client.delete(holder.at(made)))
    rows = holder.instance.installation.sql(
        "SELECT e.action, e.changes, e.actor_credential_id IS NOT NULL FROM orgd.orgd_events e"
        " JOIN orgd.orgd_event_targets t USING (chain_id, occurred_at)"
        f" WHERE t.target_id = {id_of(made['key'])} ORDER BY e.sequence")
    resource = "personal_token" if holder.prefix == "ORGPAT_" else "api_key"
    assert [row[0] for row in rows] == [f"{resource}.{verb}" for verb in
                                        ("created", "updated", "rotated", "deactivated", "activated", "deleted")]
    assert all(row[2] for row in rows)
    changes = [json.loads(row[1]) for row in rows]
    assert changes[0]["description"] == {"before": None, "after": "d"}
    assert changes[1] == {"description": {"before": "d", "after": None}}
    assert set(changes[2]) == {"last_rotated", "retained_until"} and set(changes[4]) == {"is_active", "name"}
    assert not any(made["hint"] in row[1] for row in rows[:2])


# Who may


def every_request(holder, key):
    """What there is below the path."""
    return [lambda client: client.get(holder.path), lambda client: client.post(holder.path, json={"name": unique("key")}),
            lambda client: client.get(holder.at(key)), lambda client: client.patch(holder.at(key), json={"name": "x"}),
            lambda client: client.post(holder.at(key) + "/rotate", json={}),
            lambda client: client.delete(holder.at(key))]


@pytest.mark.shows("API2", "API5")
def test_an_application_that_was_let_in_manages_nothing(instance):
    person = person_of(instance)
    holder = Holder(instance, "/users/me/api_keys", person.client, "ORGPAT_")
    made = holder.create()
    token = tokens_for(sign_in(instance, person), person, RegisteredClient(instance))["access_token"]
    for send in every_request(holder, made):
        error(send(instance.client(token)), 403, "IllegalOperationError")
    error(instance.client(token).post(holder.path, json={}), 403, "IllegalOperationError")
    assert holder.opens(made["key"]) and len(ok(holder.client.get(holder.path))) == 2
    instance.installation.orgctl("user", "deactivate", person.name)
    for send in every_request(holder, made):
        unauthorized(send(instance.client(token)), "invalid_token")


@pytest.mark.shows("API5")
def test_a_service_account_has_no_personal_tokens(instance):
    service = instance.service_account(instance.organization(instance.user())["id"], "admin")
    holder = Holder(instance, "/users/me/api_keys", service.client, "ORGPAT_")
    for send in every_request(holder, {"id": id_in(service.key)}):
        error(send(service.client), 403, "IllegalOperationError")
    assert holder.opens(service.key)


def test_nobody_reaches_the_keys_of_another(instance):
    mine, other = personal(instance), personal(instance)
    made = other.create()
    for send in every_request(other, made)[2:]:
        error(send(mine.client), 404, "KeyError")
    assert other.opens(made["key"]) and made["id"] not in [one["id"] for one in ok(mine.client.get(mine.path))]


def test_a_key_may_end_itself(instance):
    user = instance.user()
    assert ok(user.client.delete("/users/me/api_keys/" + id_in(user.token))) is None
    unauthorized(user.client.get("/users/me"), "invalid_token")


def test_orgctl_shows_and_sets_the_same(instance):
    orgctl, user = instance.installation.orgctl, instance.user()
    made = json.loads(orgctl("token", "create", "--user", user.name, "--name", "a", "--description", "b", "--json"))
    shown = ok(user.client.get("/users/me/api_keys/" + made["id"]))
    assert (shown["name"], shown["description"], shown["hint"]) == ("a", "b", made["token"][-4:])
    orgctl("token", "set", made["id"], "--name", "c", "--description", "")
    listed, = [one for one in json.loads(orgctl("token", "list", "--user", user.name, "--json")) if one["id"] == made["id"]]
    assert (listed["name"], listed["description"], listed["hint"], listed["last_used"]) == ("c", None, shown["hint"], None)
    secret = orgctl("token", "rotate", made["id"], "--quiet")
    unauthorized(instance.client(made["token"]).get("/users/me"), "invalid_token")
    assert ok(instance.client(secret).get("/users/me/api_keys/" + made["id"]))["hint"] == secret[-4:]


NIL = str(uuid.UUID(int=0))


@pytest.mark.parametrize("path", [f"/users/me/api_keys/{NIL}", f"/organizations/{NIL}/service_accounts/x/api_keys/{NIL}"])
@pytest.mark.parametrize("method, path_end, body", [("GET", "", None), ("PATCH", "", {"name": "a"}), ("DELETE", "", None),
                                                    ("POST", "/rotate", {})])
def test_the_nil_uuid_is_the_id_of_no_key(instance, path, method, path_end, body):
    error(instance.user().client.request(method, path + path_end, json=body), 404, "KeyError")


def test_the_nil_uuid_is_the_id_of_no_organization(instance):
    user = instance.user()
    path = f"/organizations/{NIL}/service_accounts/x/api_keys"
    ok(user.client.post("/users/me/api_keys", json={"name": "own"}))
    error(user.client.get(path), 404, "KeyError")
    error(user.client.post(path, json={"name": "a"}), 404, "KeyError")
    assert [key["name"] for key in ok(user.client.get("/users/me/api_keys")) if key["name"] == "a"] == []
