"""Contract, 8: teams, which hold roles for their members."""

import time
import uuid

import pytest

from expect import UNKNOWN_ID, error, faults, ok, unique
from people import (ADMIN, MANAGER, VIEWER, assign, create_role, create_team, join, leave, member_of, part, role_names,
                    system_id, unassign)
from people_fixtures import member_with, no_wrong_masks, org, owner
from many_rows import fill

MEMBERS = ["id", "name", "description", "organization_id", "created", "updated"]


def test_a_team_is_created_read_changed_and_deleted(owner, org):
    response = owner.client.post("/teams", json={"name": unique(), "description": "d", "organization_id": org["id"]})
    team = ok(response)
    assert list(team) == MEMBERS and response.headers["Content-Location"].endswith("/teams/" + team["id"])
    path = "/teams/" + team["id"]
    read = owner.client.get(path)
    assert (ok(read), read.headers["ETag"]) == (team, response.headers["ETag"])
    assert owner.client.get(path, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304
    assert ok(owner.client.get(f"/organizations/{org['id']}/teams")) == [team]
    assert ok(owner.client.patch(path, json={})) == team
    changed = ok(owner.client.patch(path, json={"name": unique(), "description": None}))
    assert changed["updated"] > team["updated"] and changed["description"] is None
    error(owner.client.patch(path, json={"name": unique()}, headers={"If-Match": read.headers["ETag"]}), 412, "PreconditionFailed")
    error(owner.client.delete(path, headers={"If-Match": read.headers["ETag"]}), 412, "PreconditionFailed")
    assert ok(owner.client.delete(path)) is None
    for method in ("GET", "PATCH", "DELETE"):
        error(owner.client.request(method, path, json={} if method == "PATCH" else None), 404, "KeyError")
    assert ok(owner.client.get(f"/organizations/{org['id']}/teams")) == []


def test_names(instance, owner, org):
    team = create_team(owner.client, org)
    error(owner.client.post("/teams", json={"name": team["name"].upper(), "organization_id": org["id"]}), 409,
          "EntityExistsError")
    other = create_team(owner.client, org)
    error(owner.client.patch("/teams/" + other["id"], json={"name": team["name"]}), 409, "EntityExistsError")
    ok(owner.client.post("/teams", json={"name": team["name"], "organization_id": instance.organization(owner)["id"]}))
    assert [fault["loc"][1] for fault in faults(owner.client.post("/teams", json={}))] == ["name", "organization_id"]
    for name in ("", " x", "x" * 65, str(uuid.uuid4()), 5):
        assert [fault["loc"] for fault in faults(owner.client.post("/teams", json={
            "name": name, "organization_id": org["id"]}))] == [["body", "name"]]


def test_filters_and_pages(owner, org, member_with):
    user = member_with()
    teams = [create_team(owner.client, org) for _ in range(5)]
    for team in teams[1:3]:
        ok(join(owner.client, team, user_id=user.id))
    path = f"/organizations/{org['id']}/teams"
    assert ok(owner.client.get(path)) == teams
    assert ok(owner.client.get(path, params={"user_id": user.id})) == teams[1:3]
    assert ok(owner.client.get(path, params={"name": teams[3]["name"].upper()})) == [teams[3]]
    assert ok(owner.client.get(path, params={"search": teams[3]["name"][6:].upper()})) == [teams[3]]
    seen, response = [], owner.client.get(path, params={"limit": 2, "include_total": "true"})
    while True:
        seen += ok(response)
        assert response.headers["X-Total-Count"] == "5"
        if "next" not in response.links:
            break
        response = owner.client.get(response.links["next"]["url"])
    assert seen == teams
    assert ok(owner.client.get(path, params={"offset": 3})) == teams[3:]
    for place, team in enumerate(teams):
        assert ok(owner.client.get(path, params={"after": team["id"]})) == teams[place + 1:]
    ok(owner.client.delete("/teams/" + teams[2]["id"]))
    assert ok(owner.client.get(path, params={"after": teams[2]["id"]})) == teams[3:]
    assert ok(owner.client.get(path, params={"after": UNKNOWN_ID})) == []  # no team has it


def test_members_of_a_team_have_its_roles(instance, owner, org, member_with):
    user, service, team = member_with(), instance.service_account(org["id"], "member"), create_team(owner.client, org)
    role = create_role(owner.client, org, ["event:read"])
    events, path = f"/organizations/{org['id']}/events", "/organizations/" + org["id"]
    ok(assign(owner.client, role["id"], team_id=team["id"]))
    for who, client in (({"user_id": user.id}, user.client), ({"service_account_id": service.id}, service.client)):
        error(client.get(events), 403, "IllegalOperationError")
        answer = ok(join(owner.client, team, **who))
        assert list(answer) == ["team_id", "user", "invitation", "organization_id", "created"]
        assert (answer["team_id"], answer["user"]["id"], answer["organization_id"]) == (team["id"], *who.values(), org["id"])
        error(join(owner.client, team, **who), 409, "EntityExistsError")
        ok(client.get(events))
        error(client.patch(path, json={"description": unique()}), 403, "IllegalOperationError")
    ok(assign(owner.client, system_id(org, MANAGER), team_id=team["id"]))
    error(assign(owner.client, system_id(org, MANAGER), team_id=team["id"]), 409, "EntityExistsError")
    for client in (user.client, service.client):
        ok(client.patch(path, json={"description": unique()}))
    assert role_names(member_of(owner.client, org, team["id"])) == ["Organization Manager", role["name"]]
    assert role_names(member_of(owner.client, org, user.id)) == ["Organization Member"]
    ok(unassign(owner.client, system_id(org, MANAGER), team_id=team["id"]))
    for client in (user.client, service.client):
        error(client.patch(path, json={"description": unique()}), 403, "IllegalOperationError")
        ok(client.get(events))
    ok(part(owner.client, team, user_id=user.id))
    error(part(owner.client, team, user_id=user.id), 404, "KeyError")
    error(user.client.get(events), 403, "IllegalOperationError")
    assert [item["user"]["id"] for item in ok(owner.client.get(f"/teams/{team['id']}/members"))] == [service.id]
    ok(owner.client.delete("/teams/" + team["id"]))
    error(service.client.get(events), 403, "IllegalOperationError")
    ok(owner.client.delete("/roles/" + role["id"]))


def test_what_a_member_also_has_elsewhere_stays(owner, org, member_with):
    user, teams = member_with(), [create_team(owner.client, org) for _ in range(2)]
    events = f"/organizations/{org['id']}/events"
    for team in teams:
        ok(assign(owner.client, system_id(org, MANAGER), team_id=team["id"]))
        ok(join(owner.client, team, user_id=user.id))
    ok(part(owner.client, teams[0], user_id=user.id))
    ok(user.client.get(events))
    ok(assign(owner.client, system_id(org, MANAGER), user_id=user.id))
    ok(unassign(owner.client, system_id(org, MANAGER), team_id=teams[1]["id"]))
    ok(user.client.get(events))
    ok(unassign(owner.client, system_id(org, MANAGER), user_id=user.id))
    error(user.client.get(events), 403, "IllegalOperationError")


def test_only_members_are_in_teams(instance, owner, org, member_with):
    team, other = create_team(owner.client, org), instance.service_account(instance.organization(owner)["id"], "viewer")
    sentences = {error(join(client, team, **who), 403, "IllegalOperationError")
                 for client in (owner.client, instance.admin.client)
                 for who in ({"user_id": instance.user().id}, {"user_id": str(uuid.uuid4())}, {"user_id": other.id},
                             {"service_account_id": other.id}, {"service_account_id": owner.id})}
    assert len(sentences) == 1
    user = member_with()
    ok(join(owner.client, team, user_id=user.id))
    ok(leave(owner.client, org, user.id))
    assert ok(owner.client.get(f"/teams/{team['id']}/members")) == []
    for query in ({}, {"user_id": user.id, "service_account_id": user.id}):
        for method in ("POST", "DELETE"):
            assert [fault["loc"] for fault in faults(owner.client.request(
                method, f"/teams/{team['id']}/members", params=query))] == [["query"]]


def test_nobody_gives_or_takes_by_a_team_what_he_does_not_hold(owner, org, member_with):
    manager, victim, team = member_with("manager"), member_with("member"), create_team(owner.client, org)
    ok(join(manager.client, team, user_id=victim.id))
    error(assign(manager.client, system_id(org, ADMIN), team_id=team["id"]), 403, "IllegalOperationError")
    ok(assign(owner.client, system_id(org, ADMIN), team_id=team["id"]))
    for refused in (join(manager.client, team, user_id=manager.id), part(manager.client, team, user_id=victim.id),
                    unassign(manager.client, system_id(org, ADMIN), team_id=team["id"]),
                    manager.client.delete("/teams/" + team["id"])):
        error(refused, 403, "IllegalOperationError")
    ok(manager.client.patch("/teams/" + team["id"], json={"description": "He may say what it is for."}))
    ok(assign(manager.client, system_id(org, VIEWER), team_id=team["id"]))
    ok(unassign(owner.client, system_id(org, ADMIN), team_id=team["id"]))
    ok(manager.client.delete("/teams/" + team["id"]))


def test_who_may(instance, owner, org, member_with):
    team, outsider = create_team(owner.client, org), instance.user()
    reads = [f"/organizations/{org['id']}/teams", "/teams/" + team["id"], f"/teams/{team['id']}/members"]
    for role in ("admin", "manager", "viewer", "billing_admin", "member"):
        user = member_with(role)
        for path in reads:
            ok(user.client.get(path))
        may = role in ("admin", "manager")
        for response in (user.client.post("/teams", json={"name": unique(), "organization_id": org["id"]}),
                         user.client.patch("/teams/" + team["id"], json={"description": unique()}),
                         join(user.client, team, user_id=user.id), part(user.client, team, user_id=user.id),
                         user.client.delete("/teams/" + create_team(owner.client, org)["id"])):
            if may:
                ok(response)
            else:
                error(response, 403, "IllegalOperationError")
    for response in (*map(outsider.client.get, reads), outsider.client.patch("/teams/" + team["id"], json={}),
                     outsider.client.delete("/teams/" + team["id"]), join(outsider.client, team, user_id=outsider.id),
                     part(outsider.client, team, user_id=outsider.id),
                     outsider.client.post("/teams", json={"name": unique(), "organization_id": org["id"]})):
        error(response, 404, "KeyError")
    for path in reads:
        error(instance.client().get(path), 401, "AuthorizationException")


def test_teams_end_with_their_organization(owner, org):
    team = create_team(owner.client, org)
    ok(owner.client.delete("/organizations/" + org["id"]))
    for path in ("/teams/" + team["id"], f"/teams/{team['id']}/members", f"/organizations/{org['id']}/teams"):
        error(owner.client.get(path), 404, "KeyError")


@pytest.mark.alone
def test_a_team_of_five_thousand_changes_within_a_second(instance, owner, org):
    team, mark = create_team(owner.client, org), uuid.uuid4().hex
    sql = instance.installation.sql
    of, to = (f"UNHEX('{uuid.UUID(one['id']).hex}')" for one in (org, team))
    fill(sql, "accounts", mark, {"id": "$ID", "kind": "'user'", "name": f"CONCAT('{mark[:20]}', seq)",
                                 "name_key": f"CONCAT('{mark}', seq)", "created": "NOW(6)", "updated": "NOW(6)"}, 5000)
    fill(sql, "memberships", mark, {"organization_id": of, "account_id": "$ID", "own_roles": "'member'",
                                    "organization_created": "NOW(6)", "created": "NOW(6)"}, 5000)
    fill(sql, "team_members", mark, {"team_id": to, "holder_id": "$ID", "holder": "'account'", "organization_id": of,
                                     "created": "NOW(6)"}, 5000)
    role = create_role(owner.client, org, ["event:read"])

    def timed(action):
        start = time.monotonic()
        ok(action())
        assert time.monotonic() - start < 1, action

    def holders():
        return sql(f"SELECT COUNT(*) FROM orgd.orgd_memberships WHERE organization_id = {of} AND mask & {1 << 30}")[0][0]

    timed(lambda: assign(owner.client, role["id"], team_id=team["id"]))
    assert holders() == 5000
    timed(lambda: owner.client.patch("/roles/" + role["id"], json={"permissions": []}))
    assert holders() == 0
    timed(lambda: owner.client.patch("/roles/" + role["id"], json={"permissions": ["event:read"]}))
    assert holders() == 5000
    timed(lambda: owner.client.delete("/roles/" + role["id"], params={"force": "true"}))
    assert holders() == 0
    timed(lambda: assign(owner.client, system_id(org, MANAGER), team_id=team["id"]))
    timed(lambda: owner.client.delete("/teams/" + team["id"]))
    assert sql(f"SELECT COUNT(*) FROM orgd.orgd_team_members WHERE team_id = {to}")[0][0] == 0
