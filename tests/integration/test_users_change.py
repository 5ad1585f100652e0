"""Section 7 of the contract: who creates, changes and deletes whom, and what is on record of it."""

import json
import uuid

import pytest

from expect import UNKNOWN_ID, error, faults, ok, places, unauthorized, unique, unique_address
from oauth import RegisteredClient, at_once, person_of, sign_in, tokens_for
from test_events import rows
from test_users import MODEL

PROFILE = {"name": "Erika Müller", "avatar_url": "https://example.org/e.png", "company": "Müller AG", "job_title": "Boss",
           "metadata": {"b": [1, 2.5, None, {"x": "\u0000"}], "a": "ü", "big": 1e300}, "language": "de-AT",
           "time_zone": "Europe/Vienna"}


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


@pytest.fixture(scope="module")
def org(instance, owner):
    return instance.organization(owner)


@pytest.fixture
def user(instance, org):
    user = instance.user()
    instance.member(org["id"], user, "member")
    return user


@pytest.fixture
def colleague(instance, org):
    colleague = instance.user()
    instance.member(org["id"], colleague, "admin")
    return colleague


@pytest.fixture
def application(instance):
    """A person, and the client of a token that this person gave to an application."""
    def make(**options):
        person = person_of(instance, **options)
        token = tokens_for(sign_in(instance, person), person, RegisteredClient(instance))["access_token"]
        return person, instance.client(token)
    return make


def path(user):
    return "/users/" + user.id


def get(user):
    return ok(user.client.get("/users/" + user.id))


def events(instance, user):
    """(action, changes) of what became of the account."""
    found = rows(instance, "SELECT action, changes FROM orgd_events WHERE chain_id = UNHEX(%s) ORDER BY sequence", user.id.replace("-", ""))
    return [(row["action"], json.loads(row["changes"])) for row in found
            if row["action"] in ("user.updated", "user.activated", "user.deactivated", "user.deleted")]


# Who may change what


ANYBODY = {name: value for name, value in PROFILE.items()} | {"email": "new.address@example.org"}
SUPERUSERS = {"username": "another name", "email_verified": True, "is_active": False}
NOBODY = {"is_superuser": True}


@pytest.mark.shows("API1", "API3", "API5")
@pytest.mark.parametrize("field", [*ANYBODY, *SUPERUSERS, *NOBODY])
@pytest.mark.parametrize("caller", ["self", "superuser", "colleague", "stranger"])
def test_who_changes_what(instance, user, colleague, caller, field):
    instance.installation.orgctl("user", "set", user.name, "--email", unique_address(), "--email-unverified")
    client = {"self": user, "superuser": instance.admin, "colleague": colleague, "stranger": instance.user()}[caller].client
    value = {**ANYBODY, **SUPERUSERS, **NOBODY}[field]
    value = {"username": unique(), "email": unique_address()}.get(field, value)
    before = ok(instance.admin.client.get(path(user)))
    response = client.patch(path(user), json={field: value})
    may = (caller == "self" and field in ANYBODY) or (caller == "superuser" and field not in NOBODY)
    after = ok(instance.admin.client.get(path(user)))
    if may:
        assert ok(response) == after
        verified = {"email_verified": caller == "superuser"} if field == "email" else {}
        assert after == {**before, field: value, **verified, "updated": after["updated"]} and after["updated"] > before["updated"]
    else:
        error(response, 404 if caller == "stranger" else 403, "KeyError" if caller == "stranger" else "IllegalOperationError")
        assert after == before


def test_what_is_sent_as_it_is_changes_nothing(instance, user):
    """A client may send the whole user back."""
    before = user.client.get(path(user))
    after = user.client.patch(path(user), json=ok(before))
    assert (ok(after), after.headers["ETag"]) == (ok(before), before.headers["ETag"])
    assert ok(user.client.patch(path(user), json={"unknown": 1, "id": str(uuid.uuid4()), "oauth_id": "x"})) == ok(before)
    assert events(instance, user) == []


def test_a_profile_is_set_and_cleared(instance, user):
    before = get(user)
    changed = ok(user.client.patch(path(user), json=PROFILE))
    assert list(changed) == MODEL and changed == {**before, **PROFILE, "updated": changed["updated"]} == get(user)
    cleared = ok(user.client.patch(path(user), json={name: None for name in PROFILE}))
    assert cleared == {**before, "updated": cleared["updated"]} == get(user)
    nothing = {name: None for name in PROFILE} | {"metadata": {}}
    assert events(instance, user) == [
        ("user.updated", {name: {"before": None, "after": PROFILE[name]} for name in PROFILE}),
        ("user.updated", {name: {"before": PROFILE[name], "after": None} for name in nothing})]


def test_metadata_is_replaced_as_a_whole(user):
    ok(user.client.patch(path(user), json={"metadata": {"a": 1}}))
    assert ok(user.client.patch(path(user), json={"metadata": {"b": 0.1}}))["metadata"] == {"b": 0.1}
    assert '"metadata":{"b":0.1}' in user.client.get(path(user)).text
    assert ok(user.client.patch(path(user), json={"metadata": {}}))["metadata"] == {}


def nested(depth):
    return {} if depth == 0 else {"x": nested(depth - 1)}


def test_how_much_metadata_there_may_be(user):
    fits = {"x": "y" * (16 * 1024 - len('{"x":""}'))}
    assert ok(user.client.patch(path(user), json={"metadata": fits}))["metadata"] == fits
    assert places(user.client.patch(path(user), json={"metadata": {"x": fits["x"] + "y"}})) == [("value_error", ["body", "metadata"])]
    assert ok(user.client.patch(path(user), json={"metadata": nested(29)}))["metadata"] == nested(29)
    assert get(user)["metadata"] == nested(29)


@pytest.mark.parametrize("field, value, kind", [
    ("name", "", "string_too_short"), ("name", "x" * 201, "string_too_long"), ("name", "a\u0000b", "value_error"),
    ("company", "x\n", "value_error"), ("job_title", 5, "string_type"), ("avatar_url", "ftp://example.org/", "url_scheme"),
    ("metadata", [], "dict_type"), ("metadata", "x", "dict_type"), ("language", "de_AT", "value_error"),
    ("language", "x" * 36, "string_too_long"), ("time_zone", "Europe Berlin", "value_error"), ("time_zone", "/etc", "value_error"),
    ("email", "nobody", "value_error"), ("email", f"{'x' * 250}@example.org", "string_too_long"), ("is_active", "yes", "bool_type"),
    ("username", " x", "value_error"), ("username", "x" * 65, "string_too_long"), ("username", "3f5e9d60-7c1b-4a52-9b3e-0c8d2f6a1e47", "value_error")])
def test_wrong_values_are_told(instance, user, field, value, kind):
    for client in (user.client, instance.admin.client):
        assert places(client.patch(path(user), json={field: value})) == [(kind, ["body", field])]
    assert places(instance.admin.client.post("/users", json={"username": unique(), field: value})) == [(kind, ["body", field])]


def test_a_number_that_is_too_large_is_told(user):
    response = user.client.patch(path(user), data=b'{"metadata": {"x": [1e999]}}', headers={"Content-Type": "application/json"})
    assert places(response) == [("value_error", ["body", "metadata"])]


# Addresses


def test_a_new_address_of_ones_own_is_not_verified(instance, user):
    address = unique_address()
    assert ok(instance.admin.client.patch(path(user), json={"email": address}))["email_verified"] is True
    same = ok(user.client.patch(path(user), json={"email": address.upper()}))
    assert (same["email"], same["email_verified"]) == (address.upper(), True)
    changed = ok(user.client.patch(path(user), json={"email": unique_address()}))
    assert changed["email_verified"] is False
    error(user.client.patch(path(user), json={"email_verified": True}), 403, "IllegalOperationError")
    error(user.client.patch(path(user), json={"email": unique_address(), "email_verified": True}), 403, "IllegalOperationError")
    assert ok(instance.admin.client.patch(path(user), json={"email_verified": True}))["email_verified"] is True
    assert ok(user.client.patch(path(user), json={"email": None}))["email_verified"] is False
    ok(instance.admin.client.patch(path(user), json={"email": address, "email_verified": False}))
    assert get(user)["email_verified"] is False


def test_a_verified_address_belongs_to_one(instance, user):
    address = unique_address()
    other = ok(instance.admin.client.post("/users", json={"username": unique(), "email": address}))
    assert other["email_verified"] is True
    assert ok(user.client.patch(path(user), json={"email": address}))["email_verified"] is False
    for send in (lambda: instance.admin.client.patch(path(user), json={"email_verified": True}),
                 lambda: instance.admin.client.patch(path(user), json={"email": address.upper()}),
                 lambda: instance.admin.client.post("/users", json={"username": unique(), "email": address.upper()})):
        sentence = error(send(), 409, "EntityExistsError")
        assert other["username"] not in sentence
    assert get(user)["email_verified"] is False


@pytest.mark.shows("API3")
@pytest.mark.parametrize("superuser", [False, True])
def test_an_application_changes_a_profile_and_no_address(application, superuser):
    person, client = application(superuser=superuser)
    assert ok(client.patch(path(person), json={"name": "X"}))["name"] == "X"
    error(client.patch(path(person), json={"email": unique_address()}), 403, "IllegalOperationError")
    error(client.patch(path(person), json={"email": unique_address(), "name": "Y"}), 403, "IllegalOperationError")
    error(client.delete(path(person)), 403, "IllegalOperationError")
    assert (get(person)["email"], get(person)["name"]) == (None, "X")


def test_an_application_of_a_superuser_verifies_no_address(instance, application):
    client, claimant = application(superuser=True)[1], instance.user()
    ok(claimant.client.patch(path(claimant), json={"email": unique_address()}))
    error(client.patch(path(claimant), json={"email_verified": True}), 403, "IllegalOperationError")
    ok(client.patch(path(claimant), json={"email_verified": False, "name": "X"}))
    assert get(claimant)["email_verified"] is False


def test_a_name_with_an_at_sign_is_ones_own_verified_address(instance):
    admin, address = instance.admin.client, unique_address()
    for body in ({"username": address}, {"username": address, "email": unique_address()},
                 {"username": address.replace("@", "\uff20")}, {"username": address.replace("@", "\ufe6b")},
                 {"username": address, "email": address, "email_verified": False}):
        assert places(admin.post("/users", json=body)) == [("value_error", ["body", "username"])]
    one = ok(admin.post("/users", json={"username": address.upper(), "email": address}))["id"]
    for body, place in (({"email": unique_address()}, "email"), ({"email": None}, "email"), ({"email_verified": False}, "email"),
                        ({"username": unique_address()}, "username")):
        assert places(admin.patch("/users/" + one, json=body)) == [("value_error", ["body", place])]
    other = unique_address()
    assert ok(admin.patch("/users/" + one, json={"username": other, "email": other}))["username"] == other
    done = instance.installation.run_orgctl("user", "create", unique_address())
    assert done.returncode != 0 and "a user name with @ must be a verified address of the same user" in done.stderr
    done = instance.installation.run_orgctl("user", "rename", other, "--to", unique_address())
    assert done.returncode != 0
    instance.installation.orgctl("user", "rename", other, "--to", unique())
    instance.installation.sql("UPDATE orgd.orgd_accounts SET name = 'old@x', name_key = 'old@x' WHERE id = UNHEX(%s)", one.replace("-", ""))
    assert ok(admin.patch("/users/" + one, json={"email": None, "name": "since before"}))["username"] == "old@x"
    ok(admin.delete("/users/" + one))


# If-Match, and who comes second


def test_conditions(user):
    tag = user.client.get(path(user)).headers["ETag"]
    first = user.client.patch(path(user), json={"name": "1"}, headers={"If-Match": tag})
    assert first.headers["ETag"] == user.client.get(path(user)).headers["ETag"] != tag and ok(first)
    for method in ("patch", "delete"):
        send = getattr(user.client, method)
        options = {"json": {"name": "2"}} if method == "patch" else {}
        error(send(path(user), headers={"If-Match": tag}, **options), 412, "PreconditionFailed")
        error(send(path(user), headers={"If-None-Match": "*"}, **options), 412, "PreconditionFailed")
    assert get(user)["name"] == "1"


def test_many_changes_at_once_lose_nothing(instance, user):
    fields = {"name": "n", "company": "c", "job_title": "j", "language": "de", "time_zone": "UTC", "metadata": {"m": 1}}
    done = at_once([lambda name=name, value=value: user.client.patch(path(user), json={name: value})
                    for name, value in fields.items()])
    assert [response.status_code for response in done] == [200] * len(fields)
    assert {name: get(user)[name] for name in fields} == fields
    assert len(events(instance, user)) == len(fields)


# Deactivating


def test_a_superuser_deactivates_and_activates(instance, application):
    person, client = application()
    admin = instance.admin.client
    assert ok(admin.patch(path(person), json={"is_active": False, "name": "Gone"}))["is_active"] is False
    unauthorized(client.get("/users/me"), "invalid_token")
    unauthorized(person.client.get("/users/me"), "invalid_token")
    assert ok(admin.patch(path(person), json={"is_active": True}))["is_active"] is True
    unauthorized(client.get("/users/me"), "invalid_token")
    ok(person.client.get("/users/me"))
    assert [action for action, _ in events(instance, person)][-3:] == ["user.updated", "user.deactivated", "user.activated"]
    assert events(instance, person)[-2:] == [("user.deactivated", {"is_active": {"before": True, "after": False}}),
                                             ("user.activated", {"is_active": {"before": False, "after": True}})]


# Service accounts


def test_service_accounts(instance, owner, org):
    service = instance.service_account(org["id"], "member")
    assert ok(service.client.patch(path(service), json={"name": "Robot", "company": "X"}))["name"] == "Robot"
    for client in (service.client, instance.admin.client):
        for body in ({"username": unique()}, {"email": unique_address()}):
            error(client.patch(path(service), json=body), 403, "IllegalOperationError")
    error(owner.client.patch(path(service), json={"name": "x"}), 403, "IllegalOperationError")
    assert ok(instance.admin.client.patch(path(service), json={"is_active": False}))["is_active"] is False
    unauthorized(service.client.get("/users/me"), "invalid_token")
    ok(instance.admin.client.patch(path(service), json={"is_active": True}))
    error(service.client.delete(path(service)), 403, "IllegalOperationError")
    assert ok(instance.admin.client.delete(path(service))) is None
    error(instance.admin.client.get(path(service)), 404, "KeyError")
    unauthorized(service.client.get("/users/me"), "invalid_token")
    found = rows(instance, "SELECT e.action FROM orgd_events e JOIN orgd_event_targets t ON t.chain_id = e.chain_id AND"
                 " t.occurred_at = e.occurred_at WHERE t.target_id = UNHEX(%s) AND e.chain_id = UNHEX(%s)"
                 " AND e.action LIKE 'service_account.%%' ORDER BY e.sequence",
                 service.id.replace("-", ""), org["id"].replace("-", ""))
    assert [row["action"] for row in found] == [
        "service_account.created", "service_account.updated", "service_account.deactivated",
        "service_account.activated", "service_account.deleted"]


# Creating


def test_a_superuser_creates_users(instance):
    body = {"username": unique(), "email": unique_address(), **PROFILE}
    response = instance.admin.client.post("/users", json=body)
    user = ok(response)
    assert user == {**dict.fromkeys(MODEL), **body, "email_verified": True, "is_active": True, "is_superuser": False,
                    "is_service_account": False, "id": user["id"], "created": user["created"], "updated": user["created"]}
    again = instance.admin.client.get("/users/" + user["id"])
    assert (ok(again), again.headers["ETag"]) == (user, response.headers["ETag"])
    assert response.headers["Content-Location"].endswith("/users/" + user["id"])
    row, = rows(instance, "SELECT actor_type, actor_id FROM orgd_events WHERE chain_id = UNHEX(%s)", user["id"].replace("-", ""))
    assert (row["actor_type"], row["actor_id"]) == ("user", uuid.UUID(instance.admin.id).bytes)
    idle = ok(instance.admin.client.post("/users", json={"username": unique(), "is_active": False}))
    assert (idle["is_active"], idle["email_verified"]) == (False, False)
    assert get(type("", (), {"id": idle["id"], "client": instance.admin.client})) == idle


def test_who_creates_no_users(instance, user):
    for client in (user.client, instance.service_account(instance.organization(instance.user(limit=1))["id"], "admin").client):
        error(client.post("/users", json={"username": unique()}), 403, "IllegalOperationError")
    unauthorized(instance.client().post("/users", json={}))
    error(instance.admin.client.post("/users", json={"username": unique(), "is_superuser": True}), 403, "IllegalOperationError")
    error(instance.admin.client.post("/users", json={"username": user.name.upper()}), 409, "EntityExistsError")
    error(instance.admin.client.patch(path(user), json={"username": instance.admin.name}), 409, "EntityExistsError")
    assert ("missing", ["body", "username"]) in places(instance.admin.client.post("/users", json={"email": 5}))
    assert len(faults(instance.admin.client.post("/users", json={"email": 5, "metadata": 5}))) == 3


def test_a_creation_that_is_sent_again_creates_one_user(instance):
    key, name = {"Idempotency-Key": unique("key").replace(" ", "-")}, unique()
    first, second = (instance.admin.client.post("/users", json={"username": name}, headers=key) for _ in range(2))
    assert ok(first) == ok(second) and second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Content-Location"] == first.headers["Content-Location"]
    error(instance.admin.client.post("/users", json={"username": unique()}, headers=key), 422, "IdempotencyKeyReused")


# Deleting


@pytest.mark.shows("API1", "API5")
def test_who_deletes_whom(instance, user, colleague):
    error(colleague.client.delete(path(user)), 403, "IllegalOperationError")
    stranger = instance.user()
    assert error(stranger.client.delete(path(user)), 404, "KeyError") == error(
        stranger.client.delete("/users/" + UNKNOWN_ID), 404, "KeyError")
    assert places(user.client.delete("/users/x")) == [("uuid_parsing", ["path", "user_id"])]
    assert ok(user.client.delete(path(user))) is None
    unauthorized(user.client.get("/users/me"), "invalid_token")
    assert ok(instance.admin.client.delete(path(colleague))) is None
    error(instance.admin.client.delete(path(colleague)), 404, "KeyError")
    row, = rows(instance, "SELECT actor_id FROM orgd_events WHERE chain_id = UNHEX(%s) AND action = 'user.deleted'",
                user.id.replace("-", ""))
    assert row["actor_id"] == uuid.UUID(user.id).bytes
    assert ok(instance.admin.client.post("/users", json={"username": user.name}))["username"] == user.name


def test_an_owner_is_told_what_he_owns(instance):
    owner = instance.user(limit=9)
    names = [instance.organization(owner)["name"] for _ in range(4)]
    for client in (owner.client, instance.admin.client):
        sentence = error(client.delete(path(owner)), 403, "IllegalOperationError")
        assert all(f"'{name}'" in sentence for name in names[:3]) and "and others" in sentence
    for org in ok(owner.client.get("/organizations")):
        ok(owner.client.delete("/organizations/" + org["id"]))
    assert ok(owner.client.delete(path(owner))) is None
