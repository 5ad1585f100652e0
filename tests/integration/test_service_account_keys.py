"""Contract, 8 and 9: who manages the keys of a service account. What keys do test_keys.py says, of these, too."""

import uuid

import pytest

from expect import error, id_in, ok, unauthorized, unique
from oauth import RegisteredClient, person_of, sign_in, tokens_for
from people import ADMIN, MANAGER, MEMBER, VIEWER, assign, create_role, create_team, join, system_id
from people_fixtures import member_with, no_wrong_masks, org, owner
from test_keys import every_request, Holder
from test_service_accounts_api import create, path_of

PERMISSIONS = ("read", "create", "update", "delete")


def keys_of(instance, client, org, service):
    return Holder(instance, path_of(org, service) + "/api_keys", client, "ORGKEY_")


@pytest.fixture
def service(owner, org):
    return create(owner.client, org, role_id=system_id(org, MEMBER))


@pytest.fixture
def keys(instance, owner, org, service):
    return keys_of(instance, owner.client, org, service)


@pytest.fixture
def warden(owner, org, member_with):
    """A member who may do everything to service accounts, and nothing else."""
    user = member_with("member")
    role = create_role(owner.client, org, [f"service_account:{action}" for action in PERMISSIONS])
    ok(assign(owner.client, role["id"], user_id=user.id))
    return user


WRITERS = ("superuser", "owner", "admin", "service admin")
READERS = ("manager", "viewer", "service viewer")


@pytest.mark.shows("API5")
@pytest.mark.parametrize("role", [*WRITERS, *READERS, "billing_admin", "member", "outsider", "stranger"])
def test_who_may(instance, owner, org, member_with, keys, role):
    client = {"superuser": lambda: instance.admin.client, "owner": lambda: owner.client,
              "outsider": lambda: instance.user().client,
              "stranger": lambda: instance.service_account(instance.organization(owner)["id"], "admin").client,
              "service admin": lambda: instance.service_account(org["id"], "admin").client,
              "service viewer": lambda: instance.service_account(org["id"], "viewer").client}.get(
                  role, lambda: member_with(role).client)()
    made = keys.create()
    refusal = (404, "KeyError") if role in ("outsider", "stranger") else (403, "IllegalOperationError")
    listing, creation, reading, *writes = every_request(keys, made)
    for requests, allowed in (((listing, reading), role in WRITERS + READERS), ((creation, *writes), role in WRITERS)):
        for send in requests:
            ok(send(client)) if allowed else error(send(client), *refusal)
    assert keys.opens(made["key"]) == (role not in WRITERS)


@pytest.mark.parametrize("missing", PERMISSIONS)
def test_each_needs_its_permission(instance, owner, org, member_with, keys, missing):
    user, made = member_with("member"), keys.create()
    role = create_role(owner.client, org, [f"service_account:{action}" for action in PERMISSIONS if action != missing])
    ok(assign(owner.client, role["id"], user_id=user.id))
    needs = ("read", "create", "read", "update", "update", "delete")
    for send, permission in zip(every_request(keys, made), needs, strict=True):
        if permission == missing:
            error(send(user.client), 403, "IllegalOperationError")
        else:
            ok(send(user.client))


@pytest.mark.shows("API5")
def test_nobody_makes_a_key_that_opens_more_than_he_holds(owner, org, keys, service, warden):
    made = keys.create()
    ok(warden.client.patch(keys.at(made), json={"description": "x"}))
    team, events = create_team(owner.client, org), create_role(owner.client, org, ["event:read"])
    ok(join(owner.client, team, service_account_id=service["id"]))
    ok(warden.client.post(keys.path, json={"name": unique("key")}))
    for more in ({"user_id": service["id"]}, {"team_id": team["id"]}):
        ok(assign(owner.client, events["id"], **more))
        listing, creation, reading, *writes = every_request(keys, made)
        for send in (creation, *writes, lambda client: client.patch(keys.at(made), json={"is_active": True})):
            error(send(warden.client), 403, "IllegalOperationError")
        ok(listing(warden.client)), ok(reading(warden.client))
        ok(owner.client.delete(f"/roles/{events['id']}/assignments", params=more))
        ok(warden.client.patch(keys.at(made), json={"description": unique()}))
    assert keys.opens(made["key"])


@pytest.mark.shows("API5")
def test_a_key_makes_none_for_a_service_account_with_more_permissions(instance, owner, org):
    role = create_role(owner.client, org, [f"service_account:{action}" for action in PERMISSIONS])
    maker = create(owner.client, org, role_id=role["id"])
    ok(assign(owner.client, system_id(org, MEMBER), user_id=maker["id"]))
    client = instance.client(keys_of(instance, owner.client, org, maker).create()["key"])
    for own_or_weaker in (maker, create(owner.client, org, role_id=system_id(org, MEMBER)), create(owner.client, org)):
        made = keys_of(instance, client, org, own_or_weaker).create()
        assert ok(instance.client(made["key"]).get("/users/me"))["id"] == own_or_weaker["id"]
    for stronger in (ADMIN, MANAGER, VIEWER):
        other = create(owner.client, org, role_id=system_id(org, stronger))
        error(client.post(path_of(org, other) + "/api_keys", json={"name": "x"}), 403, "IllegalOperationError")
    own = keys_of(instance, client, org, maker)
    rotated = ok(client.post(own.at(own.create()) + "/rotate", json={}))
    assert own.opens(rotated["key"])


def test_a_key_may_rotate_deactivate_and_delete_itself(instance, owner, org):
    service = create(owner.client, org, role_id=system_id(org, ADMIN))
    keys = keys_of(instance, owner.client, org, service)
    secret = keys.create()["key"]
    one = f"{keys.path}/{id_in(secret)}"
    rotated = ok(instance.client(secret).post(one + "/rotate", json={}))["key"]
    unauthorized(instance.client(secret).get("/users/me"), "invalid_token")
    ok(instance.client(rotated).patch(one, json={"is_active": False}))
    unauthorized(instance.client(rotated).get("/users/me"), "invalid_token")
    ok(owner.client.patch(one, json={"is_active": True}))
    ok(instance.client(rotated).delete(one))
    unauthorized(instance.client(rotated).get("/users/me"), "invalid_token")
    error(owner.client.get(one), 404, "KeyError")


def test_keys_are_found_below_their_own_service_account_alone(instance, owner, org, keys):
    made, elsewhere = keys.create(), instance.organization(owner)
    other, far = create(owner.client, org), create(owner.client, elsewhere)
    personal = {"id": id_in(owner.token)}
    for path, key in ((path_of(org, other), made), (path_of(elsewhere, far), made),
                      (keys.path.removesuffix("/api_keys"), personal), (path_of(org, {"id": owner.id}), personal)):
        for send in every_request(Holder(instance, path + "/api_keys", owner.client, ""), key)[2:]:
            error(send(owner.client), 404, "KeyError")
    for path in (path_of(elsewhere, {"id": made["id"]}), path_of(org, far), path_of(org) + "/nobody",
                 path_of({"id": str(uuid.uuid4())}, other)):
        for send in every_request(Holder(instance, path + "/api_keys", owner.client, ""), made):
            error(send(owner.client), 404, "KeyError")
    assert keys.opens(made["key"])


def test_a_username_leads_to_the_keys(instance, owner, org):
    service = create(owner.client, org, username="a/b c%2F+ü?")
    keys = Holder(instance, path_of(org) + "/a%2Fb%20c%252F%2B%C3%BC%3F/api_keys", owner.client, "ORGKEY_")
    response = owner.client.post(keys.path, json={"name": "x"})
    assert response.headers["Content-Location"].endswith(keys.at(ok(response)))
    keys.create()
    page = owner.client.get(keys.path, params={"limit": 1})
    assert page.links["next"]["url"].partition("?")[0].endswith(keys.path)
    assert ok(owner.client.get(page.links["next"]["url"])) == ok(owner.client.get(path_of(org, service) + "/api_keys"))[1:]


def test_keys_end_with_their_service_account(instance, owner, org, service, keys):
    made = keys.create()
    token = keys.token(made["key"])
    ok(owner.client.delete(path_of(org, service)))
    assert not keys.opens(made["key"]) and not keys.opens(token)
    for send in every_request(keys, made):
        error(send(owner.client), 404, "KeyError")


@pytest.mark.shows("API2", "API5")
def test_an_application_that_was_let_in_manages_no_keys(instance):
    person = person_of(instance, limit=1)
    org = instance.organization(person)
    service = create(person.client, org)
    keys = keys_of(instance, person.client, org, service)
    made = keys.create()
    token = tokens_for(sign_in(instance, person), person, RegisteredClient(instance))["access_token"]
    for send in every_request(keys, made):
        error(send(instance.client(token)), 403, "IllegalOperationError")
    ok(instance.client(token).get(path_of(org, service)))
    assert keys.opens(made["key"])


def test_events_are_the_organization_s(owner, org, service, keys):
    made = keys.create()
    ok(owner.client.delete(keys.at(made)))
    events = ok(owner.client.get(f"/organizations/{org['id']}/events", params={"target_id": made["id"]}))
    assert [event["action"] for event in events] == ["api_key.deleted", "api_key.created"]
    for event in events:
        assert event["organization"] == {"id": org["id"], "name": org["name"]} and event["actor"]["id"] == owner.id
        assert [(target["type"], target["id"], target["name"]) for target in event["targets"]] == [
            ("api_key", made["id"], made["name"]), ("service_account", service["id"], service["username"])]


def test_orgctl_and_the_api_show_the_same_keys(instance, service, keys):
    made = keys.create(description="d")
    secret = instance.installation.orgctl("key", "create", "--service-account", service["id"], "--name", "by orgctl", "--quiet")
    assert {one["id"] for one in ok(keys.client.get(keys.path))} == {made["id"], id_in(secret)}
    instance.installation.orgctl("key", "delete", made["id"])
    assert [one["name"] for one in ok(keys.client.get(keys.path))] == ["by orgctl"]
