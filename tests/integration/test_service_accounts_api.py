"""Contract, 8: the service accounts of an organization, by the API."""

import uuid

import pytest

from expect import error, faults, ok, unique
from people import (ADMIN, MANAGER, MEMBER, VIEWER, assign, create_role, create_team, join, leave, member_of,
                    role_names, system_id)
from people_fixtures import member_with, no_wrong_masks, org, owner

MEMBERS = ["id", "username", "email", "email_verified", "name", "avatar_url", "company", "job_title", "metadata", "language",
           "time_zone", "is_active", "is_superuser", "is_service_account", "organization_id", "oauth_provider", "oauth_id",
           "created", "updated", "description"]


def path_of(org, service=None):
    return f"/organizations/{org['id']}/service_accounts" + (f"/{service['id']}" if service else "")


def post(client, org, headers=None, **more):
    return client.post(path_of(org), headers=headers, json={"username": unique("ci"), **more})


def create(client, org, **more):
    return ok(post(client, org, **more))


def key_of(instance, service):
    return instance.installation.orgctl("key", "create", "--service-account", service["id"], "--quiet")


def client_of(instance, service):
    """Who calls with a new key of it."""
    return instance.client(key_of(instance, service))


def test_one_is_created_read_changed_and_deleted(instance, owner, org):
    response = post(owner.client, org, name="Build", description="Builds", role_id=system_id(org, VIEWER))
    service = ok(response)
    path = path_of(org, service)
    assert list(service) == MEMBERS and response.headers["Content-Location"].endswith(path)
    assert (service["name"], service["description"], service["is_active"]) == ("Build", "Builds", True)
    assert (service["is_service_account"], service["is_superuser"], service["organization_id"]) == (True, False, org["id"])
    assert (service["email"], service["metadata"], service["created"]) == (None, {}, service["updated"])
    read = owner.client.get(path)
    assert (ok(read), read.headers["ETag"]) == (service, response.headers["ETag"])
    assert owner.client.get(path, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304
    assert ok(owner.client.get(path_of(org))) == [service]
    assert role_names(member_of(owner.client, org, service["id"])) == ["Organization Viewer"]
    client = client_of(instance, service)
    assert ok(client.get("/organizations/" + org["id"]))["id"] == org["id"]

    assert ok(owner.client.patch(path, json={})) == service
    changed = ok(owner.client.patch(path, json={"username": unique("ci"), "name": None, "description": "Tests"}))
    assert (changed["name"], changed["description"]) == (None, "Tests")
    assert changed["updated"] > service["updated"] and changed["username"] != service["username"]
    assert ok(owner.client.get(path)) == changed
    for method, body in (("PATCH", {"name": "x"}), ("DELETE", None)):
        error(owner.client.request(method, path, json=body, headers={"If-Match": read.headers["ETag"]}), 412,
              "PreconditionFailed")
    assert ok(owner.client.delete(path)) is None
    for method in ("GET", "PATCH", "DELETE"):
        error(owner.client.request(method, path, json={} if method == "PATCH" else None), 404, "KeyError")
    assert ok(owner.client.get(path_of(org))) == [] and member_of(owner.client, org, service["id"]) is None
    assert client.get("/users/me").status_code == 401


def test_it_is_found_by_its_username(owner, org):
    service = create(owner.client, org, username="R&D/Berlin ÄÖ%2F+?", name="x")
    for name in ("R%26D%2FBerlin%20%C3%84%C3%96%252F%2B%3F", "r%26d%2Fberlin%20%C3%A4%C3%B6%252F%2B%3F", service["id"].upper(),
                 service["id"].replace("-", "")):
        assert ok(owner.client.get(f"{path_of(org)}/{name}")) == service
    path = f"{path_of(org)}/R%26D%2FBerlin%20%C3%84%C3%96%252F%2B%3F"
    assert ok(owner.client.patch(path, json={"description": "by name"}))["description"] == "by name"
    assert ok(owner.client.delete(path)) is None
    for gone in ("nobody", service["username"].replace("/", "%2F").replace("?", "%3F"), str(uuid.uuid4()), "x" * 300):
        error(owner.client.get(f"{path_of(org)}/{gone}"), 404, "KeyError")


def test_names(instance, owner, org):
    service, other = create(owner.client, org), create(owner.client, org)
    error(post(owner.client, org, username=service["username"].upper()), 409, "EntityExistsError")
    error(owner.client.patch(path_of(org, other), json={"username": service["username"]}), 409, "EntityExistsError")
    assert ok(owner.client.patch(path_of(org, other), json={"username": other["username"].upper()}))["id"] == other["id"]
    elsewhere = instance.organization(owner)
    create(owner.client, elsewhere, username=service["username"])
    create(owner.client, org, username=owner.name)
    ok(owner.client.delete(path_of(org, service)))
    create(owner.client, org, username=service["username"])
    ok(owner.client.patch(path_of(org, other), json={"username": unique("free")}))
    create(owner.client, org, username=other["username"])
    for name in ("", " x", "x" * 65, str(uuid.uuid4()), "a\nb", 5):
        assert [fault["loc"] for fault in faults(post(owner.client, org, username=name))] == [["body", "username"]]
    assert [fault["loc"][1] for fault in faults(owner.client.post(path_of(org), json={"role_id": "x", "name": "a\tb",
                                                                                     "description": ""}))] == [
        "username", "name", "description", "role_id"]
    for method, path in (("GET", ""), ("POST", ""), ("GET", "/ci"), ("PATCH", "/ci"), ("DELETE", "/ci")):
        assert [fault["loc"] for fault in faults(owner.client.request(
            method, "/organizations/x/service_accounts" + path, json={"username": "x"}))] == [["path", "organization_id"]]


def test_roles_at_the_creation(instance, owner, org):
    role = create_role(owner.client, org, ["event:read"])
    service = create(owner.client, org, role_id=role["id"])
    assert role_names(member_of(owner.client, org, service["id"])) == [role["name"]]
    client = client_of(instance, service)
    ok(client.get(f"/organizations/{org['id']}/events"))
    error(client.get(path_of(org)), 403, "IllegalOperationError")
    ok(owner.client.delete(path_of(org, service)))
    ok(owner.client.delete("/roles/" + role["id"]))  # nobody has it any more

    idle = create(owner.client, org)
    client = client_of(instance, idle)
    assert ok(client.get("/users/me"))["id"] == idle["id"] and member_of(owner.client, org, idle["id"]) is None
    error(client.get("/organizations/" + org["id"]), 404, "KeyError")
    ok(assign(owner.client, system_id(org, MEMBER), user_id=idle["id"]))
    ok(client.get("/organizations/" + org["id"]))

    elsewhere = instance.organization(owner)
    there = create_role(owner.client, elsewhere, [])
    for unknown in (str(uuid.uuid4()), there["id"], system_id(elsewhere, VIEWER), org["id"], role["id"]):
        error(post(owner.client, org, role_id=unknown), 404, "KeyError")
    assert {item["id"] for item in ok(owner.client.get(path_of(org)))} == {idle["id"]}


PERMISSIONS = {"superuser": "all", "owner": "all", "admin": "all", "manager": "read", "viewer": "read", "billing_admin": "none",
               "member": "none"}


@pytest.mark.parametrize("role", [*PERMISSIONS, "service admin", "service viewer", "outsider"])
def test_who_may(instance, owner, org, member_with, role):
    service = create(owner.client, org, role_id=system_id(org, MEMBER))
    client = {"superuser": lambda: instance.admin.client, "owner": lambda: owner.client,
              "outsider": lambda: instance.user().client,
              "service admin": lambda: instance.service_account(org["id"], "admin").client,
              "service viewer": lambda: instance.service_account(org["id"], "viewer").client}.get(
                  role, lambda: member_with(role).client)()
    path = path_of(org, service)
    may = PERMISSIONS.get(role.removeprefix("service "))
    refusal = (404, "KeyError") if role == "outsider" else (403, "IllegalOperationError")
    reads, writes = [client.get(path_of(org)), client.get(path)], [
        post(client, org), client.patch(path, json={"description": "x"}), client.delete(path)]
    for response in reads:
        ok(response) if may in ("read", "all") else error(response, *refusal)
    for response in writes:
        ok(response) if may == "all" else error(response, *refusal)


def test_one_of_another_organization_is_not_there(instance, owner, org):
    elsewhere = instance.organization(owner)
    service = create(owner.client, elsewhere, username=unique("ci"))
    for name in (service["id"], service["username"]):
        for method in ("GET", "PATCH", "DELETE"):
            error(owner.client.request(method, f"{path_of(org)}/{name}", json={} if method == "PATCH" else None), 404, "KeyError")
    stranger = client_of(instance, service)
    error(stranger.get(path_of(org)), 404, "KeyError")
    error(stranger.get(path_of(org, service)), 404, "KeyError")
    user = {"id": owner.id}
    error(owner.client.get(path_of(org, user)), 404, "KeyError")
    error(owner.client.delete(path_of(org, user)), 404, "KeyError")


def test_nobody_gives_or_takes_what_he_does_not_hold(instance, owner, org, member_with):
    warden = member_with("member")
    role = create_role(owner.client, org, [f"service_account:{action}" for action in ("read", "create", "update", "delete")])
    ok(assign(owner.client, role["id"], user_id=warden.id))
    for refused in (system_id(org, ADMIN), system_id(org, MANAGER), system_id(org, VIEWER),
                    create_role(owner.client, org, ["event:read"])["id"]):
        error(post(warden.client, org, role_id=refused), 403, "IllegalOperationError")
    for given in (None, system_id(org, MEMBER), role["id"]):
        service = create(warden.client, org, role_id=given)
        ok(warden.client.patch(path_of(org, service), json={"is_active": False}))
        ok(warden.client.delete(path_of(org, service)))
    strong = create(owner.client, org, role_id=system_id(org, VIEWER))
    for body in ({"description": "x"}, {"is_active": False}, {"username": "x"}, {}):
        error(warden.client.patch(path_of(org, strong), json=body), 403, "IllegalOperationError")
    error(warden.client.delete(path_of(org, strong)), 403, "IllegalOperationError")
    # What it has by a team counts as well.
    weak, team = create(owner.client, org, role_id=system_id(org, MEMBER)), create_team(owner.client, org)
    ok(warden.client.patch(path_of(org, weak), json={"description": "x"}))
    ok(assign(owner.client, system_id(org, MANAGER), team_id=team["id"]))
    ok(join(owner.client, team, service_account_id=weak["id"]))
    error(warden.client.patch(path_of(org, weak), json={"description": "y"}), 403, "IllegalOperationError")
    error(warden.client.delete(path_of(org, weak)), 403, "IllegalOperationError")


def test_a_deactivated_one_is_refused_at_once(instance, owner, org):
    service = create(owner.client, org, role_id=system_id(org, VIEWER))
    key = key_of(instance, service)
    client, token = instance.client(key), instance.client(
        ok(instance.client().post("/auth/login", data={"password": key}))["access_token"])
    for caller in (client, token):
        ok(caller.get("/users/me"))
    assert ok(owner.client.patch(path_of(org, service), json={"is_active": False}))["is_active"] is False
    for caller in (client, token):
        assert caller.get("/users/me").status_code == 401
    assert ok(owner.client.patch(path_of(org, service), json={"is_active": True}))["is_active"] is True
    ok(client.get("/users/me"))
    assert token.get("/users/me").status_code == 401


def test_what_belongs_to_a_deleted_one_goes(instance, owner, org):
    service, team = create(owner.client, org, role_id=system_id(org, VIEWER)), create_team(owner.client, org)
    role = create_role(owner.client, org, ["event:read"])
    ok(assign(owner.client, role["id"], user_id=service["id"]))
    ok(join(owner.client, team, service_account_id=service["id"]))
    error(leave(owner.client, org, service["id"]), 403, "IllegalOperationError")
    ok(owner.client.delete(path_of(org, service)))
    assert ok(owner.client.get(f"/teams/{team['id']}/members")) == []
    assert ok(owner.client.get(f"/roles/{role['id']}/assignments")) == []
    ok(owner.client.delete("/roles/" + role["id"]))
    error(assign(owner.client, system_id(org, VIEWER), user_id=service["id"]), 404, "KeyError")
    error(instance.admin.client.get("/users/" + service["id"]), 404, "KeyError")


def test_the_users_endpoints_agree(instance, owner, org, member_with):
    service = create(owner.client, org, name="Build", description="Builds", role_id=system_id(org, MEMBER))
    shown = {name: value for name, value in service.items() if name != "description"}
    for client in (owner.client, member_with("member").client, instance.admin.client):
        read = client.get("/users/" + service["id"])
        assert ok(read) == shown
        assert read.headers["ETag"] == owner.client.get(path_of(org, service)).headers["ETag"]
    assert ok(owner.client.get("/users", params={"username": service["username"]})) == [shown]
    assert member_of(owner.client, org, service["id"])["user"] == shown
    metadata = ok(instance.admin.client.patch("/users/" + service["id"], json={"metadata": {"a": 1}, "company": "Acme"}))
    changed = ok(owner.client.patch(path_of(org, service), json={"name": "Tests"}))
    assert changed == {**metadata, "name": "Tests", "description": "Builds", "updated": changed["updated"]}
    error(instance.admin.client.patch("/users/" + service["id"], json={"username": "x"}), 403, "IllegalOperationError")
    error(owner.client.patch("/users/" + service["id"], json={"name": "x"}), 403, "IllegalOperationError")
    ok(client_of(instance, service).patch("/users/" + service["id"], json={"name": "Myself"}))
    assert ok(owner.client.get(path_of(org, service)))["description"] == "Builds"
    ok(instance.admin.client.delete("/users/" + service["id"]))
    error(owner.client.get(path_of(org, service)), 404, "KeyError")


def test_filters_and_pages(owner, org):
    services = [create(owner.client, org, name="Straße" if number == 3 else None) for number in range(5)]
    path = path_of(org)
    assert ok(owner.client.get(path)) == services
    assert ok(owner.client.get(path, params={"username": services[3]["username"].upper()})) == [services[3]]
    assert ok(owner.client.get(path, params={"search": services[2]["username"][4:].upper()})) == [services[2]]
    assert ok(owner.client.get(path, params={"search": "STRASSE"})) == [services[3]]
    assert ok(owner.client.get(path, params={"search": "nobody", "username": services[3]["username"]})) == []
    seen, response = [], owner.client.get(path, params={"limit": 2, "include_total": "true"})
    while True:
        seen += ok(response)
        assert response.headers["X-Total-Count"] == "5"
        if "next" not in response.links:
            break
        response = owner.client.get(response.links["next"]["url"])
    assert seen == services
    assert ok(owner.client.get(path, params={"offset": 3})) == services[3:]
    for place, service in enumerate(services):
        assert ok(owner.client.get(path, params={"after": service["id"]})) == services[place + 1:]
    ok(owner.client.delete(path_of(org, services[2])))
    assert ok(owner.client.get(path, params={"after": services[2]["id"]})) == services[3:]
    total = owner.client.get(path, params={"include_total": "true", "search": "CI", "limit": 1})
    assert len(ok(total)) == 1 and total.headers["X-Total-Count"] == "4"


def test_a_repetition_creates_nothing_twice(owner, org):
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    body = {"username": unique("ci"), "role_id": system_id(org, VIEWER)}
    first, second = (owner.client.post(path_of(org), json=body, headers=headers) for _ in range(2))
    assert ok(first) == ok(second) and second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Content-Location"] == first.headers["Content-Location"]
    assert len(ok(owner.client.get(path_of(org)))) == 1


def test_what_is_on_record(instance, owner, org):
    role = create_role(owner.client, org, [])
    service = create(owner.client, org, name="Build", description="Builds", role_id=role["id"])
    path = path_of(org, service)
    ok(owner.client.patch(path, json={"description": "Tests", "is_active": False}))
    ok(owner.client.delete(path))
    events = ok(owner.client.get(f"/organizations/{org['id']}/events",
                                 params={"target_id": service["id"], "order_by": "occurred_at"}))
    assert [event["action"] for event in events] == [f"service_account.{verb}" for verb in (
        "created", "updated", "deactivated", "deleted")]
    for event in events:
        assert event["actor"]["id"] == owner.id and event["organization"] == {"id": org["id"], "name": org["name"]}
        assert event["targets"][0]["type"] == "service_account" and event["targets"][0]["name"] == service["username"]
    created, updated, deactivated, deleted = (event["changes"] for event in events)
    assert created["role"] == {"before": None, "after": role["name"]} and deleted["role"] == {"before": role["name"], "after": None}
    assert created["description"] == {"before": None, "after": "Builds"}
    assert updated == {"description": {"before": "Builds", "after": "Tests"}}
    assert deactivated == {"is_active": {"before": True, "after": False}}
