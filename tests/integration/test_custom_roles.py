"""Contract, 8: the roles of an organization, the system's and those that were made there."""

import datetime
import uuid

import pytest

from expect import error, faults as invalid, ok, unique
from test_statements import statements

SYSTEM = ["Organization Admin", "Organization Manager", "Organization Viewer", "Billing Admin", "Organization Member"]
MEMBERS = ["id", "name", "description", "organization_id", "level", "system_managed", "type", "permissions", "created", "updated"]
READING = ["organization:read", "member:read", "role:read"]


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


@pytest.fixture
def org(instance, owner):
    return instance.organization(owner)


def system_id(org, number):
    return str(uuid.UUID(int=uuid.UUID(org["id"]).int ^ number))


def create(client, org, permissions=READING, **more):
    return client.post("/roles", json={"name": unique(), "organization_id": org["id"], "permissions": permissions, **more})


def roles_of(client, org, **filters):
    return ok(client.get(f"/organizations/{org['id']}/roles", params=filters))


def test_the_systems_roles_exist_in_every_organization(owner, org):
    listed = roles_of(owner.client, org)
    assert {role["name"]: role["id"] for role in listed} == {name: system_id(org, 1 + n) for n, name in enumerate(SYSTEM)}
    assert [role["id"] for role in listed] == sorted(role["id"] for role in listed)
    for role in listed:
        assert list(role) == MEMBERS
        assert (role["organization_id"], role["level"], role["system_managed"], role["type"]) == (
            org["id"], "organization", True, "normal")
        assert role["created"] == role["updated"] == org["created"] and role["description"].endswith(".")
        assert ok(owner.client.get("/roles/" + role["id"])) == role
    by_name = {role["name"]: role["permissions"] for role in listed}
    everything = [permission["name"] for permission in ok(owner.client.get("/permissions"))]
    assert by_name["Organization Admin"] == everything
    assert by_name["Organization Member"] == by_name["Billing Admin"] == [
        "organization:read", "member:read", "role:read", "team:read", "subscription:read"]


def test_a_role_is_created_read_and_listed(owner, org):
    response = create(owner.client, org, description="For audits")
    role = ok(response)
    assert list(role) == MEMBERS
    assert (role["description"], role["permissions"], role["system_managed"]) == ("For audits", READING, False)
    assert response.headers["Content-Location"].endswith("/roles/" + role["id"])
    again = owner.client.get("/roles/" + role["id"])
    assert (ok(again), again.headers["ETag"]) == (role, response.headers["ETag"])
    assert owner.client.get("/roles/" + role["id"], headers={"If-None-Match": again.headers["ETag"]}).status_code == 304
    assert roles_of(owner.client, org)[5:] == [role]


def test_permissions_are_a_set_in_the_order_of_the_table(owner, org):
    assert ok(create(owner.client, org, ["role:read", "organization:read", "role:read"]))["permissions"] == [
        "organization:read", "role:read"]
    assert ok(create(owner.client, org, []))["permissions"] == []


@pytest.mark.parametrize("change, expected", [
    ({"name": None}, [("string_type", ["body", "name"])]),
    ({"name": ""}, [("string_too_short", ["body", "name"])]),
    ({"name": "x" * 65}, [("string_too_long", ["body", "name"])]),
    ({"name": " x"}, [("value_error", ["body", "name"])]),
    ({"description": ""}, [("string_too_short", ["body", "description"])]),
    ({"description": 3}, [("string_type", ["body", "description"])]),
    ({"permissions": "role:read"}, [("list_type", ["body", "permissions"])]),
    ({"permissions": ["role:read", "role:eat", 7]}, [("literal_error", ["body", "permissions", 1]),
                                                     ("string_type", ["body", "permissions", 2])]),
    ({"organization_id": "x"}, [("uuid_parsing", ["body", "organization_id"])]),
])
def test_what_a_role_may_not_be(owner, org, change, expected):
    body = {"name": unique(), "organization_id": org["id"], "permissions": [], **change}
    assert [(fault["type"], fault["loc"]) for fault in invalid(owner.client.post("/roles", json=body))] == expected


def test_what_a_role_needs(owner):
    assert [fault["loc"][1] for fault in invalid(owner.client.post("/roles", json={}))] == [
        "name", "organization_id", "permissions"]


def test_names_are_unique_within_the_organization(instance, owner, org):
    role = ok(create(owner.client, org))
    error(create(owner.client, org, name=role["name"].upper()), 409, "EntityExistsError")
    ok(create(owner.client, instance.organization(owner), name=role["name"]))
    for name in SYSTEM:
        error(create(owner.client, org, name=name.lower()), 409, "EntityExistsError")
        error(owner.client.patch("/roles/" + role["id"], json={"name": name}), 409, "EntityExistsError")
    other = ok(create(owner.client, org))
    error(owner.client.patch("/roles/" + other["id"], json={"name": role["name"]}), 409, "EntityExistsError")
    assert ok(owner.client.patch("/roles/" + role["id"], json={"name": role["name"].upper()}))["name"] == role["name"].upper()


def test_a_role_is_changed(owner, org):
    role = ok(create(owner.client, org))
    path = "/roles/" + role["id"]
    assert ok(owner.client.patch(path, json={})) == role
    changed = ok(owner.client.patch(path, json={"name": unique(), "description": "New", "permissions": ["team:read"]}))
    assert changed["updated"] > role["updated"] and changed["created"] == role["created"]
    assert (changed["description"], changed["permissions"]) == ("New", ["team:read"])
    assert ok(owner.client.patch(path, json={"description": None, "name": None, "permissions": None})) == {
        **changed, "description": None, "updated": ok(owner.client.get(path))["updated"]}


def test_conditions(owner, org):
    role = create(owner.client, org)
    path, tag = "/roles/" + ok(role)["id"], role.headers["ETag"]
    error(owner.client.patch(path, json={"description": "x"}, headers={"If-Match": '"other"'}), 412, "PreconditionFailed")
    error(owner.client.delete(path, headers={"If-None-Match": tag}), 412, "PreconditionFailed")
    ok(owner.client.patch(path, json={"description": "x"}, headers={"If-Match": tag}))
    error(owner.client.delete(path, headers={"If-Match": tag}), 412, "PreconditionFailed")
    assert ok(owner.client.delete(path)) is None
    error(owner.client.get(path), 404, "KeyError")
    error(owner.client.delete(path), 404, "KeyError")


def test_the_systems_roles_cannot_be_changed(instance, owner, org):
    for client in (owner.client, instance.admin.client):
        error(client.patch("/roles/" + system_id(org, 3), json={"description": "x"}), 403, "IllegalOperationError")
        error(client.delete("/roles/" + system_id(org, 3)), 403, "IllegalOperationError")


def test_ids_that_are_no_roles(owner, org):
    for id in (str(uuid.uuid4()), org["id"], system_id(org, 6), system_id(org, 7), system_id(org, 8)):
        error(owner.client.get("/roles/" + id), 404, "KeyError")
        error(owner.client.patch("/roles/" + id, json={}), 404, "KeyError")
        error(owner.client.delete("/roles/" + id), 404, "KeyError")
    assert [fault["loc"] for fault in invalid(owner.client.get("/roles/x"))] == [["path", "role_id"]]


def test_filters(owner, org):
    client = owner.client
    first, second = ok(create(client, org)), ok(create(client, org))
    assert roles_of(client, org, system_managed="true") == roles_of(client, org)[:5]
    assert roles_of(client, org, system_managed="False") == [first, second]
    assert roles_of(client, org, name=first["name"].upper()) == [first]
    assert [role["name"] for role in roles_of(client, org, name="billing ADMIN")] == ["Billing Admin"]
    assert roles_of(client, org, name="billing admin", system_managed="no") == []
    assert roles_of(client, org, level="organization") == roles_of(client, org)
    assert roles_of(client, org, level="system") == roles_of(client, org, level="project") == []
    assert [role["name"] for role in roles_of(client, org, user_id=owner.id)] == ["Organization Admin"]
    assert roles_of(client, org, assigned_to_current_user="true") == roles_of(client, org, user_id=owner.id)
    assert roles_of(client, org, user_id=str(uuid.uuid4())) == roles_of(client, org, team_id=str(uuid.uuid4())) == []


def test_pages(owner, org):
    for _ in range(4):
        ok(create(owner.client, org))
    path = f"/organizations/{org['id']}/roles"
    everything = roles_of(owner.client, org)
    assert len(everything) == 9
    for limit in (1, 2, 4, 5, 7):
        seen, response = [], owner.client.get(path, params={"limit": limit, "include_total": "true"})
        while True:
            seen += ok(response)
            assert response.headers["X-Total-Count"] == "9" and len(ok(response)) <= limit
            if "next" not in response.links:
                break
            response = owner.client.get(response.links["next"]["url"])
        assert seen == everything
    for offset in (0, 3, 5, 6, 9, 100):
        assert roles_of(owner.client, org, offset=offset, limit=3) == everything[offset:offset + 3]
    for place, role in enumerate(everything):
        assert roles_of(owner.client, org, after=role["id"]) == everything[place + 1:]
    ok(owner.client.delete("/roles/" + everything[6]["id"]))
    assert roles_of(owner.client, org, after=everything[6]["id"]) == everything[7:]
    error(owner.client.get(path, params={"after": str(uuid.uuid4())}), 404, "KeyError")
    assert ok(owner.client.get(path, params={"system_managed": "yes", "include_total": 1}).json and
              owner.client.get(path, params={"system_managed": "yes"})) == everything[:5]


def test_who_may(instance, owner, org):
    """Admins make roles; members see them; others learn nothing."""
    role = ok(create(owner.client, org))
    path, listing = "/roles/" + role["id"], f"/organizations/{org['id']}/roles"
    for name in ("admin", "manager", "viewer", "billing_admin", "member", None):
        user = instance.user()
        if name:
            instance.member(org["id"], user, name)
        for response, expected in ((user.client.get(path), 200), (user.client.get(listing), 200),
                                   (user.client.patch(path, json={"description": unique()}), name == "admin" and 200 or 403),
                                   (create(user.client, org, ["organization:read"]), name == "admin" and 200 or 403),
                                   (user.client.delete(path), name == "admin" and 200 or 403)):
            if name is None:
                error(response, 404, "KeyError")
            elif expected == 200:
                ok(response)
            else:
                error(response, 403, "IllegalOperationError")
        if name == "admin":
            role = ok(create(owner.client, org))
            path = "/roles/" + role["id"]
    error(instance.client().get(path), 401, "AuthorizationException")
    error(instance.client().get(listing), 401, "AuthorizationException")
    ok(instance.admin.client.get(path))


def test_a_role_is_created_once(owner, org):
    body, headers = {"name": unique(), "organization_id": org["id"], "permissions": []}, {"Idempotency-Key": str(uuid.uuid4())}
    first = owner.client.post("/roles", json=body, headers=headers)
    again = owner.client.post("/roles", json=body, headers=headers)
    assert ok(again) == ok(first) and again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Content-Location"] == first.headers["Content-Location"]


def test_the_id_of_an_organization_may_not_lead_to_the_roles_of_another(instance):
    chosen = uuid.uuid4().int & ~0xff | 0x50
    admin = instance.admin.client
    body = {"owner_id": instance.user(limit=100).id}
    ok(admin.post("/organizations", json={**body, "name": unique(), "id": str(uuid.UUID(int=chosen))}))
    for bits in range(1, 8):
        error(admin.post("/organizations", json={**body, "name": unique(), "id": str(uuid.UUID(int=chosen ^ bits))}), 409,
              "EntityExistsError")
    for bits in (8, 0x10, 0x80, 0x100):
        ok(admin.post("/organizations", json={**body, "name": unique(), "id": str(uuid.UUID(int=chosen ^ bits))}))


def test_the_id_of_an_organization_may_not_lead_to_a_role_that_was_made(instance, owner, org):
    role, admin = ok(create(owner.client, org)), instance.admin.client
    near = uuid.UUID(role["id"]).int & ~7
    body = {"owner_id": instance.user(limit=100).id}

    def found(id):
        return admin.post("/organizations", json={**body, "name": unique(), "id": str(uuid.UUID(int=id))})

    for bits in range(8):
        error(found(near ^ bits), 409, "EntityExistsError")
    assert ok(owner.client.get("/roles/" + role["id"])) == role
    ok(found(near ^ 8))
    ok(owner.client.delete("/roles/" + role["id"]))
    ok(found(near ^ 3))


def test_the_id_of_a_role_may_not_be_that_of_a_role_of_the_system(instance, owner, org):
    """Ids are random, so that this does not happen; the statement is asked itself."""
    insert, sql, id = statements()["role_insert"], instance.installation.sql, uuid.UUID(org["id"])
    now = datetime.datetime.utcnow()
    for bits, rows in ((0, 0), (1, 0), (7, 0), (8, 1)):
        values = {"id": uuid.UUID(int=id.int ^ bits).bytes, "organization_id": id.bytes, "name": unique(), "name_key": unique(),
                  "description": None, "mask": 0, "revision": 1, "created": now, "updated": now, "maximum": 1000}
        sql(insert["sql"].replace("?", "%s"), [values[param["name"]] for param in insert["params"]])
        assert len(sql("SELECT 1 FROM orgd_roles WHERE id = %s", (values["id"],))) == rows


def test_roles_end_with_their_organization(owner, org):
    role = ok(create(owner.client, org))
    ok(owner.client.delete("/organizations/" + org["id"]))
    for id in (role["id"], system_id(org, 1)):
        error(owner.client.get("/roles/" + id), 404, "KeyError")
    error(owner.client.get(f"/organizations/{org['id']}/roles"), 404, "KeyError")
    error(create(owner.client, org), 404, "KeyError")
