"""How much members can make in their organization: roles, teams, service accounts, and what one of them holds; and that what
there may be can still be changed."""

import uuid

import pytest

from expect import error, ok, unique
from many_rows import fill
from people import assign, create_role, create_team, join, post_role
from people_fixtures import member_with, no_wrong_masks, org, owner
from test_concurrency import at_once, sender, statuses
from test_invitations import decide, invite, person

NOTHING_MORE = 256  # organization:read, which every member has
NAMED = {"created": "NOW(6)", "updated": "NOW(6)"}


def sql_id(thing):
    return f"UNHEX('{uuid.UUID(thing['id']).hex}')"


@pytest.fixture
def many(instance, org):
    """Makes so many roles or teams of the organization."""
    def make(table, count, **values):
        mark = uuid.uuid4().hex
        fill(instance.installation.sql, table, mark, {
            "id": "$ID", "organization_id": sql_id(org), "name": f"CONCAT('{mark[:20]}', seq)",
            "name_key": f"CONCAT('{mark}', seq)", "mask": str(NOTHING_MORE), **NAMED, **values}, count)
        return mark
    return make


def test_an_organization_makes_only_so_many_roles(instance, owner, org, many):
    many("roles", 995)
    at_a_time = at_once([sender(instance, owner, "POST", "/roles", {"name": unique(), "organization_id": org["id"],
                                                                  "permissions": []}) for _ in range(16)])
    assert statuses(at_a_time) == {200: 5, 403: 11}
    assert "delete some" in error(post_role(owner.client, org, []), 403, "IllegalOperationError")
    role = next(response.json() for response in at_a_time if response.status_code == 200)
    ok(owner.client.delete("/roles/" + role["id"]))
    create_role(owner.client, org, [])
    create_role(owner.client, instance.organization(owner), [])


def test_an_organization_has_only_so_many_teams(instance, owner, org, many):
    many("teams", 999, mask="0")
    team = create_team(owner.client, org)
    body = {"name": unique(), "organization_id": org["id"]}
    assert "delete some" in error(owner.client.post("/teams", json=body), 403, "IllegalOperationError")
    ok(owner.client.delete("/teams/" + team["id"]))
    ok(owner.client.post("/teams", json=body))


def test_an_organization_has_only_so_many_service_accounts(instance, owner, org):
    """However they come, and whatever is left of those that were deleted."""
    mark, path = uuid.uuid4().hex, f"/organizations/{org['id']}/service_accounts"
    fill(instance.installation.sql, "accounts", mark, {
        "id": "$ID", "kind": "'service'", "name": f"CONCAT('{mark[:20]}', seq)", "organization_id": sql_id(org),
        "name_key": f"CONCAT('{mark[:20]}', seq, UNHEX('FF'), {sql_id(org)})", **NAMED}, 995)
    at_a_time = at_once([sender(instance, owner, "POST", path, {"username": unique("ci")}) for _ in range(12)])
    assert statuses(at_a_time) == {200: 5, 403: 7}
    assert "delete some" in error(owner.client.post(path, json={"username": unique("ci")}), 403, "IllegalOperationError")
    by_orgctl = "--organization", org["id"], "--role", "viewer"
    result = instance.installation.run_orgctl("service-account", "create", unique("ci"), *by_orgctl)
    assert result.returncode == 1 and "delete some" in result.stderr
    first, second = [response.json() for response in at_a_time if response.status_code == 200][:2]
    for service in first, second:
        ok(owner.client.delete(f"{path}/{service['id']}"))
    ok(owner.client.post(path, json={"username": unique("ci")}))
    instance.installation.orgctl("service-account", "create", unique("ci"), *by_orgctl)
    error(owner.client.post(path, json={"username": unique("ci")}), 403, "IllegalOperationError")
    elsewhere = instance.organization(owner)
    ok(owner.client.post(f"/organizations/{elsewhere['id']}/service_accounts", json={"username": unique("ci")}))


@pytest.mark.parametrize("kind", ["account", "team"])
def test_a_holder_has_only_so_many_roles(instance, owner, org, many, member_with, kind):
    holder = {"id": member_with().id} if kind == "account" else create_team(owner.client, org)
    given = {"user_id" if kind == "account" else "team_id": holder["id"]}
    first, second = create_role(owner.client, org, ["organization:read"]), create_role(owner.client, org, [])
    ok(assign(owner.client, first["id"], **given))
    fill(instance.installation.sql, "role_assignments", many("roles", 99), {
        "role_id": "$ID", "holder_id": sql_id(holder), "holder": f"'{kind}'", "organization_id": sql_id(org)}, 99)
    assert "as many roles" in error(assign(owner.client, second["id"], **given), 403, "IllegalOperationError")
    error(assign(owner.client, first["id"], **given), 409, "EntityExistsError")
    ok(owner.client.delete(f"/roles/{first['id']}", params={"force": "true"}))
    ok(assign(owner.client, second["id"], **given))


def test_a_member_is_in_only_so_many_teams(instance, owner, org, many, member_with):
    user = member_with()
    fill(instance.installation.sql, "team_members", many("teams", 99, mask="0"), {
        "team_id": "$ID", "holder_id": sql_id({"id": user.id}), "holder": "'account'", "organization_id": sql_id(org),
        "created": "NOW(6)"}, 99)
    last = create_team(owner.client, org)
    ok(join(owner.client, last, user_id=user.id))
    error(join(owner.client, last, user_id=user.id), 409, "EntityExistsError")
    assert "as many teams" in error(join(owner.client, create_team(owner.client, org), user_id=user.id), 403,
                                    "IllegalOperationError")
    ok(join(owner.client, create_team(owner.client, org), user_id=owner.id))


@pytest.mark.parametrize("kind", ["roles", "teams"])
def test_an_acceptance_keeps_to_that(instance, owner, org, many, kind):
    """What was given to the invitation arrives whole, or not at all. What the member has already counts once."""
    guest, given = person(instance), (create_role(owner.client, org, []) if kind == "roles" else create_team(owner.client, org))
    made = ok(invite(owner.client, org, guest.email))
    if kind == "roles":
        ok(assign(owner.client, given["id"], invitation_id=made["id"]))
    else:
        ok(join(owner.client, given, invitation_id=made["id"]))
    instance.member(org["id"], guest, "viewer")
    table, column, mark = (("role_assignments", "role_id", many("roles", 100)) if kind == "roles"
                           else ("team_members", "team_id", many("teams", 100, mask="0")))
    fill(instance.installation.sql, table, mark, {
        column: "$ID", "holder_id": sql_id({"id": guest.id}), "holder": "'account'", "organization_id": sql_id(org),
        **({"created": "NOW(6)"} if kind == "teams" else {})}, 100)
    held = ok(owner.client.get(f"/organizations/{org['id']}/members"))
    assert f"more {kind}" in error(decide(guest, made), 403, "IllegalOperationError")
    assert ok(owner.client.get(f"/organizations/{org['id']}/members")) == held
    instance.installation.sql(f"DELETE FROM orgd.orgd_{table} WHERE {column} = UNHEX(MD5(CONCAT(%s, 100)))", (mark,))
    ok(decide(guest, made))


def test_a_role_of_many_teams_can_be_changed(instance, owner, org, many):
    """Everybody is in every team: what each holds is made anew once, and not once a team."""
    run, members = instance.installation.sql, uuid.uuid4().hex
    fill(run, "accounts", members, {"id": "$ID", "kind": "'user'", "name": f"CONCAT('{members[:20]}', seq)",
                                    "name_key": f"CONCAT('{members}', seq)", **NAMED}, 500)
    fill(run, "memberships", members, {"organization_id": sql_id(org), "account_id": "$ID", "own_roles": "'member'",
                                       "organization_created": "NOW(6)", "created": "NOW(6)"}, 500)
    teams = many("teams", 100)
    run("INSERT INTO orgd.orgd_team_members (team_id, holder_id, holder, organization_id, created)"
        f" SELECT UNHEX(MD5(CONCAT('{teams}', t.seq))), UNHEX(MD5(CONCAT('{members}', m.seq))), 'account', {sql_id(org)}, NOW(6)"
        " FROM orgd.seq_1_to_100 t JOIN orgd.seq_1_to_500 m")
    role = create_role(owner.client, org, ["organization:read"])
    fill(run, "role_assignments", teams, {"role_id": sql_id(role), "holder_id": "$ID", "holder": "'team'",
                                          "organization_id": sql_id(org)}, 100)
    run("ANALYZE TABLE orgd.orgd_team_members, orgd.orgd_role_assignments")
    ok(owner.client.patch("/roles/" + role["id"], json={"permissions": ["organization:read", "event:read"]}))
    holders = f"SELECT COUNT(*) FROM orgd.orgd_memberships WHERE organization_id = {sql_id(org)} AND mask & {1 << 30}"
    assert run(holders)[0][0] == 500
    ok(owner.client.delete("/roles/" + role["id"], params={"force": "true"}))
    assert run(holders)[0][0] == 0
