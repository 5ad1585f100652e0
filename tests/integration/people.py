"""Roles, members and teams as tests handle them."""

import uuid

from expect import ok, unique

ADMIN, MANAGER, VIEWER, BILLING_ADMIN, MEMBER = range(1, 6)


def system_id(org, number):
    """The id of a role of the system."""
    return str(uuid.UUID(int=uuid.UUID(org["id"]).int ^ number))


def post_role(client, org, permissions, headers=None, **more):
    return client.post("/roles", headers=headers, json={"name": unique("role"), "organization_id": org["id"], "permissions": permissions,
                                       **more})


def create_role(client, org, permissions, **more):
    return ok(post_role(client, org, permissions, **more))


def create_team(client, org, **more):
    return ok(client.post("/teams", json={"name": unique("team"), "organization_id": org["id"], **more}))


def assign(client, role_id, **holder):
    return client.post(f"/roles/{role_id}/assignments", params=holder)


def unassign(client, role_id, **holder):
    return client.delete(f"/roles/{role_id}/assignments", params=holder)


def members(client, org, **filters):
    return ok(client.get(f"/organizations/{org['id']}/members", params=filters))


def member_of(client, org, account_id):
    """The entry of one account or team, or None."""
    found = [item for item in members(client, org) if (item["user"] or item["team"] or item["invitation"])["id"] == account_id]
    assert len(found) < 2
    return found[0] if found else None


def role_names(item):
    return [role["name"] for role in item["roles"]]


def leave(client, org, account_id):
    return client.delete(f"/organizations/{org['id']}/members", params={"user_id": account_id})


def join(client, team, **who):
    return client.post(f"/teams/{team['id']}/members", params=who)


def part(client, team, **who):
    return client.delete(f"/teams/{team['id']}/members", params=who)


def wrong_masks(database):
    """What a member or a team holds, made anew here of roles, assignments and teams; returns those that differ."""
    def rows(statement):
        return database.sql(statement)

    live = "JOIN orgd.orgd_organizations o ON o.id = {}.organization_id AND o.ended IS NULL"
    roles = dict(rows("SELECT id, mask FROM orgd.orgd_roles"))
    assigned, joined = {}, {}
    for holder, organization, role in rows("SELECT holder_id, organization_id, role_id FROM orgd.orgd_role_assignments"):
        assigned.setdefault((organization, holder), []).append(roles[role])
    teams = {}
    wrong = []
    for team, organization, own, mask in rows("SELECT t.id, t.organization_id, t.own_roles + 0, t.mask FROM orgd.orgd_teams t "
                                              + live.format("t")):
        expected = int(own)
        for role in assigned.get((organization, team), []):
            expected |= role
        teams[team] = expected
        if mask != expected:
            wrong.append(("team", team.hex(), mask, expected))
    for team, organization, account in rows("SELECT team_id, organization_id, holder_id FROM orgd.orgd_team_members"):
        joined.setdefault((organization, account), []).append(teams.get(team, 0))
    for organization, account, own, mask in rows(
            "SELECT m.organization_id, m.account_id, m.own_roles + 0, m.mask FROM orgd.orgd_memberships m "
            + live.format("m") + " JOIN orgd.orgd_accounts a ON a.id = m.account_id AND a.ended IS NULL"):
        expected = 256 | int(own)
        for bits in assigned.get((organization, account), []) + joined.get((organization, account), []):
            expected |= bits
        if mask != expected:
            wrong.append(("account", account.hex(), mask, expected))
        if not own and (organization, account) not in assigned:
            wrong.append(("no role", account.hex(), mask, expected))
    return wrong
