"""Contract, 8: who has which role in an organization, and who may change that."""

import secrets
import uuid

from expect import UNKNOWN_ID, error, faults, ok, unique
from people import (ADMIN, BILLING_ADMIN, MANAGER, MEMBER, VIEWER, assign, create_role, create_team, join, leave, member_of,
                    members, role_names, system_id, unassign)
from people_fixtures import member_with, no_wrong_masks, org, owner
from test_invitations import age, invite

READING = ["organization:read", "member:read", "role:read", "team:read"]


def test_an_assignment(owner, org, member_with):
    user, role = member_with(), create_role(owner.client, org, READING)
    for role_id in (role["id"], system_id(org, VIEWER)):
        answer = ok(assign(owner.client, role_id, user_id=user.id))
        assert list(answer) == ["role_id", "user", "team", "invitation", "organization_id"]
        assert (answer["role_id"], answer["user"]["id"], answer["user"]["username"], answer["team"], answer["invitation"],
                answer["organization_id"]) == (role_id, user.id, user.name, None, None, org["id"])
        assert answer in ok(owner.client.get(f"/roles/{role_id}/assignments"))
        error(assign(owner.client, role_id, user_id=user.id), 409, "EntityExistsError")
        assert [found["id"] for found in ok(owner.client.get(
            f"/organizations/{org['id']}/roles", params={"user_id": user.id}))].count(role_id) == 1
    assert role_names(member_of(owner.client, org, user.id)) == ["Organization Viewer", "Organization Member", role["name"]]
    for role_id in (role["id"], system_id(org, VIEWER)):
        assert ok(unassign(owner.client, role_id, user_id=user.id)) is None
        error(unassign(owner.client, role_id, user_id=user.id), 404, "KeyError")
        assert ok(owner.client.get(f"/roles/{role_id}/assignments", params={"user_id": user.id})) == []
    assert role_names(member_of(owner.client, org, user.id)) == ["Organization Member"]


def test_an_assignment_counts_at_once(owner, org, member_with):
    user, role = member_with(), create_role(owner.client, org, ["organization:update"])
    path = "/organizations/" + org["id"]
    for role_id in (role["id"], system_id(org, MANAGER)):
        error(user.client.patch(path, json={"description": unique()}), 403, "IllegalOperationError")
        ok(assign(owner.client, role_id, user_id=user.id))
        ok(user.client.patch(path, json={"description": unique()}))
        ok(unassign(owner.client, role_id, user_id=user.id))
    error(user.client.patch(path, json={"description": unique()}), 403, "IllegalOperationError")
    ok(assign(owner.client, role["id"], user_id=user.id))
    ok(owner.client.patch("/roles/" + role["id"], json={"permissions": ["event:read"]}))
    error(user.client.patch(path, json={"description": unique()}), 403, "IllegalOperationError")
    ok(user.client.get(path + "/events"))


def test_what_an_assignment_needs(owner, org, member_with):
    user, path = member_with(), f"/roles/{system_id(org, VIEWER)}/assignments"
    for query in ({}, {"user_id": user.id, "team_id": str(uuid.uuid4())}):
        for method in ("POST", "DELETE"):
            assert [fault["loc"] for fault in faults(owner.client.request(method, path, params=query))] == [["query"]]
    assert [fault["loc"] for fault in faults(owner.client.post(path, params={"user_id": "x"}))] == [["query", "user_id"]]
    for holder in ({"user_id": str(uuid.uuid4())}, {"team_id": str(uuid.uuid4())}, {"team_id": user.id}):
        error(owner.client.post(path, params=holder), 404, "KeyError")
        error(owner.client.delete(path, params=holder), 404, "KeyError")
    for role_id in (str(uuid.uuid4()), org["id"], system_id(org, 6)):
        error(assign(owner.client, role_id, user_id=user.id), 404, "KeyError")
        error(unassign(owner.client, role_id, user_id=user.id), 404, "KeyError")
        error(owner.client.get(f"/roles/{role_id}/assignments"), 404, "KeyError")


def test_only_a_superuser_makes_members(instance, owner, org):
    for permissions in (None, READING):
        user = instance.user()
        role_id = system_id(org, VIEWER) if permissions is None else create_role(owner.client, org, permissions)["id"]
        known = error(assign(owner.client, role_id, user_id=user.id), 404, "KeyError")
        assert known == error(assign(owner.client, role_id, user_id=str(uuid.uuid4())), 404, "KeyError")
        error(user.client.get("/organizations/" + org["id"]), 404, "KeyError")
        ok(assign(instance.admin.client, role_id, user_id=user.id))
        ok(user.client.get("/organizations/" + org["id"]))
        error(assign(instance.admin.client, role_id, user_id=user.id), 409, "EntityExistsError")
    error(assign(instance.admin.client, role_id, user_id=str(uuid.uuid4())), 404, "KeyError")


def test_every_member_sees_the_organization(instance, owner, org):
    """Also one whose only role gives nothing."""
    user, role = instance.user(), create_role(owner.client, org, [])
    ok(assign(instance.admin.client, role["id"], user_id=user.id))
    ok(user.client.get("/organizations/" + org["id"]))
    assert [one["id"] for one in ok(user.client.get("/organizations"))] == [org["id"]]
    error(user.client.get(f"/organizations/{org['id']}/members"), 403, "IllegalOperationError")
    assert member_of(owner.client, org, user.id)["permissions"] == ["organization:read"]


def test_the_last_role_is_the_membership(owner, org, member_with):
    user, role = member_with("viewer"), create_role(owner.client, org, READING)
    team = create_team(owner.client, org)
    ok(owner.client.post(f"/teams/{team['id']}/members", params={"user_id": user.id}))
    ok(assign(owner.client, role["id"], user_id=user.id))
    ok(unassign(owner.client, system_id(org, VIEWER), user_id=user.id))
    ok(user.client.get("/organizations/" + org["id"]))
    ok(unassign(owner.client, role["id"], user_id=user.id))
    error(user.client.get("/organizations/" + org["id"]), 404, "KeyError")
    assert member_of(owner.client, org, user.id) is None
    assert ok(owner.client.get(f"/teams/{team['id']}/members")) == []
    error(unassign(owner.client, role["id"], user_id=user.id), 404, "KeyError")


def test_the_owner_is_always_an_admin(instance, owner, org, member_with):
    admin = member_with("admin")
    for client in (owner.client, admin.client, instance.admin.client):
        error(unassign(client, system_id(org, ADMIN), user_id=owner.id), 403, "IllegalOperationError")
        error(leave(client, org, owner.id), 403, "IllegalOperationError")
    ok(assign(admin.client, system_id(org, VIEWER), user_id=owner.id))
    ok(unassign(admin.client, system_id(org, VIEWER), user_id=owner.id))
    item = member_of(owner.client, org, owner.id)
    assert (role_names(item), item["is_owner"]) == (["Organization Admin"], True)


def test_leaving_and_removing(instance, owner, org, member_with):
    manager, viewer, admin = member_with("manager"), member_with("viewer"), member_with("admin")
    role = create_role(owner.client, org, READING)
    ok(assign(owner.client, role["id"], user_id=viewer.id))
    error(leave(viewer.client, org, manager.id), 403, "IllegalOperationError")
    error(leave(manager.client, org, admin.id), 403, "IllegalOperationError")
    assert error(leave(manager.client, org, str(uuid.uuid4())), 404, "KeyError") == error(
        leave(manager.client, org, instance.user().id), 404, "KeyError")
    assert error(leave(viewer.client, org, str(uuid.uuid4())), 403, "IllegalOperationError") == error(
        leave(viewer.client, org, instance.user().id), 403, "IllegalOperationError")
    assert ok(leave(manager.client, org, viewer.id)) is None
    error(leave(manager.client, org, viewer.id), 404, "KeyError")
    error(leave(viewer.client, org, viewer.id), 404, "KeyError")
    assert ok(leave(manager.client, org, manager.id)) is None
    error(manager.client.get("/organizations/" + org["id"]), 404, "KeyError")
    assert ok(owner.client.get(f"/roles/{role['id']}/assignments")) == []
    assert [fault["loc"] for fault in faults(owner.client.delete(f"/organizations/{org['id']}/members"))] == [
        ["query", "user_id"]]
    instance.member(org["id"], viewer, "viewer")
    assert role_names(member_of(owner.client, org, viewer.id)) == ["Organization Viewer"]


def test_service_accounts(instance, owner, org, member_with):
    service = instance.service_account(org["id"], "viewer")
    stranger = instance.service_account(instance.organization(owner)["id"], "viewer")
    error(leave(owner.client, org, service.id), 403, "IllegalOperationError")
    error(leave(service.client, org, service.id), 403, "IllegalOperationError")
    ok(assign(owner.client, system_id(org, MANAGER), user_id=service.id))
    ok(unassign(owner.client, system_id(org, VIEWER), user_id=service.id))
    ok(service.client.patch("/organizations/" + org["id"], json={"description": unique()}))
    user = member_with()
    ok(assign(service.client, system_id(org, VIEWER), user_id=user.id))
    for client in (owner.client, instance.admin.client):
        error(assign(client, system_id(org, VIEWER), user_id=stranger.id), 404, "KeyError")
    # Without a role it can do nothing, and still belongs to the organization, which may give it one again.
    ok(unassign(owner.client, system_id(org, MANAGER), user_id=service.id))
    error(service.client.get("/organizations/" + org["id"]), 404, "KeyError")
    ok(assign(owner.client, system_id(org, VIEWER), user_id=service.id))
    ok(service.client.get("/organizations/" + org["id"]))


def test_nobody_gives_or_takes_what_he_does_not_hold(instance, owner, org, member_with):
    manager, victim = member_with("manager"), member_with("member")
    beyond = create_role(owner.client, org, ["organization:delete"])
    within = create_role(owner.client, org, ["organization:update", "member:update"])
    for role_id in (system_id(org, ADMIN), beyond["id"]):
        error(assign(manager.client, role_id, user_id=victim.id), 403, "IllegalOperationError")
        error(assign(manager.client, role_id, user_id=manager.id), 403, "IllegalOperationError")
        ok(assign(owner.client, role_id, user_id=victim.id))
        error(unassign(manager.client, role_id, user_id=victim.id), 403, "IllegalOperationError")
        error(leave(manager.client, org, victim.id), 403, "IllegalOperationError")
        ok(unassign(owner.client, role_id, user_id=victim.id))
    for role_id in (system_id(org, MANAGER), system_id(org, VIEWER), within["id"]):
        ok(assign(manager.client, role_id, user_id=victim.id))
    viewer = member_with("viewer")
    error(assign(viewer.client, system_id(org, MEMBER), user_id=victim.id), 403, "IllegalOperationError")
    # A role with permissions of the same kind does as well as one of the system's.
    keeper = member_with("member")
    ok(assign(owner.client, create_role(owner.client, org, ["member:update", "subscription:read", *READING])["id"],
              user_id=keeper.id))
    ok(assign(keeper.client, system_id(org, BILLING_ADMIN), user_id=viewer.id))
    error(assign(keeper.client, system_id(org, VIEWER), user_id=keeper.id), 403, "IllegalOperationError")


def test_the_last_role_is_not_taken_from_who_holds_more_by_a_team(owner, org, member_with):
    manager, victim = member_with("manager"), member_with("member")
    team = create_team(owner.client, org)
    ok(assign(owner.client, system_id(org, ADMIN), team_id=team["id"]))
    ok(owner.client.post(f"/teams/{team['id']}/members", params={"user_id": victim.id}))
    error(unassign(manager.client, system_id(org, MEMBER), user_id=victim.id), 403, "IllegalOperationError")
    error(leave(manager.client, org, victim.id), 403, "IllegalOperationError")
    ok(assign(owner.client, system_id(org, VIEWER), user_id=victim.id))
    ok(unassign(manager.client, system_id(org, VIEWER), user_id=victim.id))
    ok(unassign(owner.client, system_id(org, MEMBER), user_id=victim.id))


def test_a_role_is_changed_and_deleted_by_who_holds_it(owner, org, member_with):
    maker = member_with("member")
    making = create_role(owner.client, org, ["role:create", "role:update", "role:delete"])
    ok(assign(owner.client, making["id"], user_id=maker.id))
    more, mine = create_role(owner.client, org, ["event:read"]), create_role(maker.client, org, ["role:create", "team:read"])
    error(maker.client.post("/roles", json={"name": unique(), "organization_id": org["id"], "permissions": ["event:read"]}), 403,
          "IllegalOperationError")
    error(maker.client.patch("/roles/" + mine["id"], json={"permissions": ["event:read"]}), 403, "IllegalOperationError")
    error(maker.client.patch("/roles/" + more["id"], json={"permissions": []}), 403, "IllegalOperationError")
    error(maker.client.patch("/roles/" + more["id"], json={"name": unique()}), 403, "IllegalOperationError")
    error(maker.client.delete("/roles/" + more["id"]), 403, "IllegalOperationError")
    ok(maker.client.patch("/roles/" + mine["id"], json={"permissions": ["role:delete"]}))
    ok(maker.client.delete("/roles/" + mine["id"]))


def test_deleting_a_role_that_is_assigned(instance, owner, org, member_with):
    role, other = create_role(owner.client, org, ["event:read"]), create_role(owner.client, org, READING)
    only, more, by_team = instance.user(), member_with("viewer"), member_with("member")
    team = create_team(owner.client, org)
    ok(assign(instance.admin.client, role["id"], user_id=only.id))
    ok(assign(owner.client, role["id"], user_id=more.id))
    ok(assign(owner.client, role["id"], team_id=team["id"]))
    for user in (only, by_team):
        ok(owner.client.post(f"/teams/{team['id']}/members", params={"user_id": user.id}))
    both = instance.user()
    for role_id in (role["id"], other["id"]):
        ok(assign(instance.admin.client, role_id, user_id=both.id))
    error(owner.client.delete("/roles/" + role["id"]), 409, "EntityExistsError")
    error(owner.client.delete("/roles/" + role["id"], params={"force": "false"}), 409, "EntityExistsError")
    ok(by_team.client.get(f"/organizations/{org['id']}/events"))
    ok(owner.client.delete("/roles/" + role["id"], params={"force": "True"}))
    error(by_team.client.get(f"/organizations/{org['id']}/events"), 403, "IllegalOperationError")
    error(only.client.get("/organizations/" + org["id"]), 404, "KeyError")
    assert role_names(member_of(owner.client, org, more.id)) == ["Organization Viewer"]
    assert role_names(member_of(owner.client, org, both.id)) == [other["name"]]
    assert member_of(owner.client, org, team["id"])["roles"] == []
    assert [item["user"]["id"] for item in ok(owner.client.get(f"/teams/{team['id']}/members"))] == [by_team.id]


def test_a_role_of_those_who_have_ended_is_deleted(instance, owner, org, member_with):
    """Before the courier has removed what was assigned to them."""
    role, team = create_role(owner.client, org, ["event:read"]), create_team(owner.client, org)
    gone, only, stays = member_with(), instance.user(), member_with()
    services = [ok(owner.client.post(f"/organizations/{org['id']}/service_accounts",
                                     json={"username": unique(), "role_id": role["id"]})) for _ in range(2)]
    for user in gone, only, stays:
        ok(assign(instance.admin.client, role["id"], user_id=user.id))
        ok(join(owner.client, team, user_id=user.id))
    for user in gone, only:
        instance.installation.orgctl("user", "delete", user.name, "--yes")
    ok(owner.client.delete(f"/organizations/{org['id']}/service_accounts/{services[0]['id']}"))
    error(owner.client.delete("/roles/" + role["id"]), 409, "EntityExistsError")
    ok(unassign(owner.client, role["id"], user_id=stays.id))
    error(owner.client.delete("/roles/" + role["id"]), 409, "EntityExistsError")
    ok(owner.client.delete(f"/organizations/{org['id']}/service_accounts/{services[1]['id']}"))
    left = "SELECT COUNT(*) FROM orgd.orgd_role_assignments WHERE role_id = UNHEX(%s)"
    assert instance.installation.sql(left, (uuid.UUID(role["id"]).hex,)) == [(2,)]
    assert ok(owner.client.get(f"/roles/{role['id']}/assignments")) == []
    ok(owner.client.delete("/roles/" + role["id"]))
    assert instance.installation.sql(left, (uuid.UUID(role["id"]).hex,)) == [(0,)]
    assert [item["user"]["id"] for item in ok(owner.client.get(f"/teams/{team['id']}/members"))] == [stays.id]


def test_force_is_no_way_around_acting_on_a_person(instance, owner, org, member_with):
    maker, victim = member_with("member"), instance.user()
    making = create_role(owner.client, org, ["role:create", "role:delete", "organization:read"])
    ok(assign(owner.client, making["id"], user_id=maker.id))
    role, team = create_role(maker.client, org, ["organization:read"]), create_team(owner.client, org)
    ok(assign(owner.client, system_id(org, ADMIN), team_id=team["id"]))
    ok(assign(instance.admin.client, role["id"], user_id=victim.id))
    ok(owner.client.post(f"/teams/{team['id']}/members", params={"user_id": victim.id}))
    error(maker.client.delete("/roles/" + role["id"], params={"force": "true"}), 403, "IllegalOperationError")
    ok(owner.client.delete("/roles/" + role["id"], params={"force": "true"}))


def test_the_items_of_the_list(instance, owner, org, member_with):
    member, service, team = member_with("viewer"), instance.service_account(org["id"], "member"), create_team(owner.client, org)
    ok(assign(owner.client, system_id(org, MANAGER), team_id=team["id"]))
    ok(owner.client.post(f"/teams/{team['id']}/members", params={"user_id": member.id}))
    listed = members(owner.client, org)
    assert [list(item) for item in listed] == [["organization_id", "user", "team", "invitation", "roles", "permissions",
                                                "is_owner", "created"]] * 4
    assert [(item["user"] or item["team"])["id"] for item in listed] == [owner.id, member.id, service.id, team["id"]]
    assert [item["created"] for item in listed] == sorted(item["created"] for item in listed)
    assert [item["is_owner"] for item in listed] == [True, False, False, False]
    assert {item["organization_id"] for item in listed} == {org["id"]} and {item["invitation"] for item in listed} == {None}
    assert [item["user"] and item["user"]["is_service_account"] for item in listed] == [False, False, True, None]
    assert listed[3]["team"] == ok(owner.client.get("/teams/" + team["id"]))
    assert listed[1]["roles"] == [{"id": system_id(org, VIEWER), "name": "Organization Viewer"}]
    by_name = {role["name"]: role["permissions"] for role in ok(owner.client.get(f"/organizations/{org['id']}/roles"))}
    assert listed[0]["permissions"] == by_name["Organization Admin"]
    assert listed[1]["permissions"] == listed[3]["permissions"] == by_name["Organization Manager"]
    assert listed[2]["permissions"] == by_name["Organization Member"]


def test_filters_of_the_list(instance, owner, org, member_with):
    member, service, team = member_with("viewer"), instance.service_account(org["id"], "viewer"), create_team(owner.client, org)
    role = create_role(owner.client, org, READING)
    for holder in ({"user_id": member.id}, {"team_id": team["id"]}):
        ok(assign(owner.client, role["id"], **holder))

    def listed(**filters):
        return [(item["user"] or item["team"])["id"] for item in members(owner.client, org, **filters)]

    assert listed(role_id=role["id"]) == [member.id, team["id"]]
    assert listed(role_id=system_id(org, VIEWER)) == [member.id, service.id]
    assert listed(role_id=system_id(org, ADMIN)) == [owner.id]
    assert listed(role_id=str(uuid.uuid4())) == []
    assert listed(include_users="False") == [service.id, team["id"]]
    assert listed(include_service_accounts="false") == [owner.id, member.id, team["id"]]
    assert listed(include_teams="0") == [owner.id, member.id, service.id]
    assert listed(include_users="no", include_service_accounts="no", include_teams="no") == []
    assert listed(search=member.name[-8:].upper()) == [member.id]
    assert listed(search=service.name[3:-2]) == [service.id]
    assert listed(search=team["name"][1:]) == [team["id"]]
    assert listed(search=unique()) == []
    instance.installation.orgctl("user", "set", member.name, "--full-name", "Zoë Q. Unfindable")
    assert listed(search="q. UNFIND") == [member.id]


def test_the_id_in_the_key_of_a_service_accounts_name_is_no_part_of_it(instance):
    letters = secrets.token_hex(6)
    chosen = str(uuid.UUID(bytes=letters.encode() + b"....\x50"[-4:]))
    org = ok(instance.admin.client.post("/organizations", json={"name": unique(), "id": chosen}))
    service = instance.service_account(org["id"], "viewer")
    found = members(instance.admin.client, org, search=service.name[:-1])
    assert [item["user"]["id"] for item in found] == [service.id]
    assert members(instance.admin.client, org, search=letters[2:]) == []


def test_pages_of_the_list(instance, owner, org, member_with):
    for role in ("viewer", "member", "viewer"):
        member_with(role)
        create_team(owner.client, org)
    path, everything = f"/organizations/{org['id']}/members", members(owner.client, org)
    assert len(everything) == 7
    for limit in (1, 2, 3, 6, 7):
        seen, response = [], owner.client.get(path, params={"limit": limit, "include_total": "true"})
        while True:
            seen += ok(response)
            assert response.headers["X-Total-Count"] == "7"
            if "next" not in response.links:
                break
            response = owner.client.get(response.links["next"]["url"])
        assert seen == everything
    for offset in (0, 2, 6, 7):
        assert members(owner.client, org, offset=offset, limit=2) == everything[offset:offset + 2]
    for place, item in enumerate(everything):
        assert members(owner.client, org, after=(item["user"] or item["team"])["id"]) == everything[place + 1:]
    response = owner.client.get(path, params={"include_teams": "false", "limit": 2, "include_total": "true"})
    assert response.headers["X-Total-Count"] == "4" and "include_teams=false" in response.links["next"]["url"]
    for nobody in UNKNOWN_ID, "ffffffff-ffff-7fff-bfff-ffffffffffff", "0fffffff-0000-7000-8000-000000000000":
        assert ok(owner.client.get(path, params={"after": nobody})) == []


def test_who_has_left_is_no_place_to_go_on_from(instance, owner, org, member_with):
    """Where somebody joined, the id does not tell: it is older than the organization, perhaps."""
    older = instance.user()
    team = create_team(owner.client, org)
    for user in older, member_with(), member_with():
        if user is older:
            instance.member(org["id"], older, "viewer")
        ok(join(owner.client, team, user_id=user.id))
    for path, items in ((f"/organizations/{org['id']}/members", 5), (f"/teams/{team['id']}/members", 3)):
        assert len(ok(owner.client.get(path))) == items
    ok(leave(owner.client, org, older.id))
    for path in f"/organizations/{org['id']}/members", f"/teams/{team['id']}/members":
        error(owner.client.get(path, params={"after": older.id}), 404, "KeyError")


def test_pages_of_assignments(owner, org, member_with):
    role, holders = create_role(owner.client, org, READING), []
    for _ in range(3):
        user, team = member_with("viewer"), create_team(owner.client, org)
        for holder in ({"user_id": user.id}, {"team_id": team["id"]}):
            ok(assign(owner.client, role["id"], **holder))
        ok(assign(owner.client, system_id(org, VIEWER), team_id=team["id"]))
        holders += [user.id, team["id"]]
    for role_id in (role["id"], system_id(org, VIEWER)):
        path = f"/roles/{role_id}/assignments"
        everything = ok(owner.client.get(path))
        assert [(item["user"] or item["team"])["id"] for item in everything] == sorted(holders)
        seen, response = [], owner.client.get(path, params={"limit": 2, "include_total": "true"})
        while True:
            seen += ok(response)
            assert response.headers["X-Total-Count"] == "6"
            if "next" not in response.links:
                break
            response = owner.client.get(response.links["next"]["url"])
        assert seen == everything
        assert ok(owner.client.get(path, params={"offset": 4})) == everything[4:]
        for filters in ({"user_id": holders[0]}, {"team_id": holders[1]}):
            assert len(ok(owner.client.get(path, params=filters))) == 1
        assert ok(owner.client.get(path, params={"user_id": holders[0], "team_id": holders[1]})) == []


def test_who_may_see_members(instance, owner, org, member_with):
    outsider = instance.user()
    for path in (f"/organizations/{org['id']}/members", f"/roles/{system_id(org, ADMIN)}/assignments"):
        error(outsider.client.get(path), 404, "KeyError")
        error(instance.client().get(path), 401, "AuthorizationException")
        for role in ("member", "viewer", "billing_admin", "manager", "admin"):
            ok(member_with(role).client.get(path))
    error(leave(outsider.client, org, owner.id), 404, "KeyError")
    error(assign(outsider.client, system_id(org, ADMIN), user_id=outsider.id), 404, "KeyError")


def test_an_assignment_is_made_once(owner, org, member_with):
    user = member_with()
    for role_id in (create_role(owner.client, org, READING)["id"], system_id(org, VIEWER)):
        path, headers = f"/roles/{role_id}/assignments", {"Idempotency-Key": str(uuid.uuid4())}
        first = owner.client.post(path, params={"user_id": user.id}, headers=headers)
        again = owner.client.post(path, params={"user_id": user.id}, headers=headers)
        assert ok(again) == ok(first) and again.headers["Idempotency-Replayed"] == "true"
        error(owner.client.post(path, params={"user_id": user.id}, headers={"Idempotency-Key": str(uuid.uuid4())}), 409,
              "EntityExistsError")


def test_orgctl_sets_the_only_role(instance, owner, org, member_with):
    user, role = member_with("viewer"), create_role(owner.client, org, READING)
    ok(assign(owner.client, role["id"], user_id=user.id))
    ok(assign(owner.client, system_id(org, MANAGER), user_id=user.id))
    instance.member(org["id"], user, "billing_admin")
    assert role_names(member_of(owner.client, org, user.id)) == ["Billing Admin"]
    ok(assign(owner.client, role["id"], user_id=user.id))
    instance.member(org["id"], user, "billing_admin")
    assert role_names(member_of(owner.client, org, user.id)) == ["Billing Admin"]


def test_pending_invitations_are_members_to_be(instance, owner, org, member_with):
    viewer, member = member_with("viewer"), member_with("member")
    role, team = create_role(owner.client, org, ["event:read"]), create_team(owner.client, org)
    ok(assign(owner.client, system_id(org, VIEWER), team_id=team["id"]))
    made = [ok(invite(owner.client, org, f"{unique('Invited').replace(' ', '-')}@example.org")) for _ in range(4)]
    ok(assign(owner.client, role["id"], invitation_id=made[0]["id"]))
    ok(join(owner.client, team, invitation_id=made[0]["id"]))
    age(instance, made[1], 31)
    ok(owner.client.delete(f"/organizations/{org['id']}/invitations/{made[2]['id']}"))
    people, pending = [owner.id, viewer.id, member.id, team["id"]], [made[0]["id"], made[3]["id"]]
    path = f"/organizations/{org['id']}/members"

    def listed(user=owner, **query):
        response = user.client.get(path, params={"include_total": True, **query})
        items = ok(response)
        if "limit" not in query and "after" not in query:
            assert response.headers["X-Total-Count"] == str(len(items))
        return [(item["user"] or item["team"] or item["invitation"])["id"] for item in items]

    item = members(owner.client, org)[4]
    assert list(item) == ["organization_id", "user", "team", "invitation", "roles", "permissions", "is_owner", "created"]
    invitation = ok(owner.client.get("/invitations/" + made[0]["id"]))
    assert (item["user"], item["team"], item["invitation"], item["roles"], item["is_owner"], item["created"]) == (
        None, None, invitation, invitation["roles"], False, made[0]["created"])
    assert {"event:read", "service_account:read", "subscription:read"} <= set(item["permissions"])
    for user in owner, viewer, instance.admin:
        assert listed(user) == people + pending
    assert listed(member) == listed(include_invitations="False") == people
    assert listed(include_users=False, include_service_accounts=False, include_teams=False) == pending
    assert listed(role_id=role["id"]) == [made[0]["id"]]
    assert listed(role_id=system_id(org, MEMBER)) == [member.id, *pending]
    assert listed(search=made[3]["email"][3:-4].upper()) == [made[3]["id"]]
    assert listed(search="INVITED-") == pending and listed(member, search="INVITED-") == []
    for start in range(6):
        assert listed(limit=2, after=(people + pending)[start]) == (people + pending)[start + 1:start + 3]
    response = owner.client.get(path, params={"limit": 5})
    following = owner.client.get(response.links["next"]["url"].removeprefix(instance.mount))
    assert [one["invitation"]["id"] for one in ok(following)] == pending[1:]
    assert listed(after=made[1]["id"]) == pending[1:]  # it has expired since, and still names the place
