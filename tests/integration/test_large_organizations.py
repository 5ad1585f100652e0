"""What costs a small organization so many statements costs a large one as many: 10,000 members, 5,000 of them in a team,
and an owner who is a member of 2,000 organizations."""

import uuid

import pytest

from expect import ok, unique, unique_address
from many_rows import fill, fill_member
from people import assign, create_role, create_team, join, leave, part, unassign, wrong_masks
from test_invitations import invite
from test_round_trips import one_worker, settled, statements

MEMBERS, IN_TEAM, ORGANIZATIONS = 10000, 5000, 2000


def in_sql(thing):
    return f"UNHEX('{uuid.UUID(thing['id']).hex}')"


class Scene:
    """An organization with so many members, a team of so many, somebody to act on, and a role."""

    def __init__(self, instance, owner, members, in_team):
        sql, mark = instance.installation.sql, uuid.uuid4().hex
        self.instance, self.owner, self.org = instance, owner.client, instance.organization(owner)
        self.team, self.other_team = create_team(self.owner, self.org), create_team(self.owner, self.org)
        self.role = create_role(self.owner, self.org, ["event:read"])
        self.user = instance.user()
        instance.member(self.org["id"], self.user, "viewer")
        fill(sql, "accounts", mark, {"id": "$ID", "kind": "'user'", "name": f"CONCAT('{mark[:20]}', seq)",
                                     "name_key": f"CONCAT('{mark}', seq)", "created": "NOW(6)", "updated": "NOW(6)"}, members)
        fill(sql, "memberships", mark, {"organization_id": in_sql(self.org), "account_id": "$ID", "own_roles": "'member'",
                                        "organization_created": "NOW(6)", "created": "NOW(6)"}, members)
        fill(sql, "team_members", mark, {"team_id": in_sql(self.team), "holder_id": "$ID", "holder": "'account'",
                                         "organization_id": in_sql(self.org), "created": "NOW(6)"}, in_team)
        self.path = "/organizations/" + self.org["id"]


# In an order in which each is possible.
ACTIONS = {
    "organizations": lambda s: s.owner.get("/organizations"),
    "organization": lambda s: s.owner.get(s.path),
    "members": lambda s: s.owner.get(s.path + "/members"),
    "members, counted": lambda s: s.owner.get(s.path + "/members", params={"include_total": True}),
    "members, behind one": lambda s: s.owner.get(s.path + "/members", params={"after": s.user.id}),
    "members, searched": lambda s: s.owner.get(s.path + "/members", params={"search": "nobody"}),
    "members with a role": lambda s: s.owner.get(s.path + "/members", params={"role_id": s.role["id"]}),
    "roles of one": lambda s: s.owner.get(s.path + "/roles", params={"user_id": s.user.id}),
    "members of a team": lambda s: s.owner.get(f"/teams/{s.team['id']}/members"),
    "teams": lambda s: s.owner.get(s.path + "/teams"),
    "a role to the team": lambda s: assign(s.owner, s.role["id"], team_id=s.team["id"]),
    "assignments": lambda s: s.owner.get(f"/roles/{s.role['id']}/assignments"),
    "a role to one": lambda s: assign(s.owner, s.role["id"], user_id=s.user.id),
    "into the team": lambda s: join(s.owner, s.team, user_id=s.user.id),
    "a change of the role": lambda s: s.owner.patch("/roles/" + s.role["id"], json={"permissions": ["team:read"]}),
    "out of the team": lambda s: part(s.owner, s.team, user_id=s.user.id),
    "the role from one": lambda s: unassign(s.owner, s.role["id"], user_id=s.user.id),
    "the role from the team": lambda s: unassign(s.owner, s.role["id"], team_id=s.team["id"]),
    "a role again": lambda s: assign(s.owner, s.role["id"], team_id=s.team["id"]),
    "the role from all": lambda s: s.owner.delete("/roles/" + s.role["id"], params={"force": True}),
    "the team": lambda s: s.owner.delete("/teams/" + s.team["id"]),
    "an invitation": lambda s: invite(s.owner, s.org, unique_address()),
    "a member": lambda s: leave(s.owner, s.org, s.user.id),
    "a description": lambda s: s.owner.patch(s.path, json={"description": unique()}),
    "all of it": lambda s: s.owner.delete(s.path),
}


def costs(scene):
    found = {}
    for name, act in ACTIONS.items():
        if name == "all of it":
            assert wrong_masks(scene.instance.installation) == []
        before = statements(scene.instance)
        ok(act(scene))
        found[name] = statements(scene.instance) - before
    return found


@pytest.mark.alone
def test_a_large_organization_costs_no_more_statements(one_worker):
    small, large = (settled(one_worker, one_worker.user(limit=10)) for _ in range(2))
    fill_member(one_worker.installation.sql, in_sql({"id": large.id}), in_sql({"id": small.id}), uuid.uuid4().hex, ORGANIZATIONS)
    of_small = costs(Scene(one_worker, small, 3, 2))
    of_large = costs(Scene(one_worker, large, MEMBERS, IN_TEAM))
    assert of_large == of_small
