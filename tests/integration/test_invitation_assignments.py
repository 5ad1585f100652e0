"""What an invitation gives: roles and teams (contract, 8 and 10), which pass to the person with the acceptance, whole or not at
all, whatever happens meanwhile."""

import itertools
import uuid

import pytest

from expect import UNKNOWN_ID, error, ok, places, unique, unique_address
from oauth import PASSWORD, Browser
from people import (ADMIN, MANAGER, MEMBER, VIEWER, assign, create_role, create_team, join, member_of, part, role_names, system_id,
                    unassign)
from people_fixtures import member_with, no_wrong_masks, org, owner  # noqa: F401 (fixtures)
from test_concurrency import at_once, sender
from test_invitation_pages import link_of
from test_invitations import age, decide, invite, person, roles_in


def invite_to(client, org, role_id, email=None):
    return client.post(f"/organizations/{org['id']}/invitations", json={"email": email or unique_address(), "role_id": role_id})


def read(client, invitation):
    return ok(client.get("/invitations/" + invitation["id"]))


def names(things):
    return [thing["name"] for thing in things]


def rows_left(instance, invitation):
    """How many rows of roles and teams an invitation has."""
    return [instance.installation.sql(f"SELECT COUNT(*) FROM orgd.{table} WHERE holder_id = UNHEX(%s)",
                                      (invitation["id"].replace("-", ""),))[0][0]
            for table in ("orgd_role_assignments", "orgd_team_members")]


def actions(client, org, **query):
    return [event["action"] for event in ok(client.get(f"/organizations/{org['id']}/events", params=query))]


# Giving and taking


def test_who_is_a_member_already_is_on_record_with_all_roles(instance, owner, org):
    guest, held, given = person(instance), create_role(owner.client, org, []), create_role(owner.client, org, ["event:read"])
    made = ok(invite_to(owner.client, org, given["id"], guest.email))
    for role_id in (held["id"], system_id(org, VIEWER)):
        ok(assign(owner.client, role_id, invitation_id=made["id"]))
        ok(assign(instance.admin.client, role_id, user_id=guest.id))
    ok(decide(guest, made))
    event, = ok(owner.client.get(f"/organizations/{org['id']}/events?action=member.role_changed"))
    assert event["changes"]["role"] == {"before": f"viewer,{held['name']}", "after": f"viewer,{held['name']},{given['name']}"}


def test_an_invitation_to_a_role_that_was_made_there(instance, owner, org):
    guest, role = person(instance), create_role(owner.client, org, ["event:read", "team:create"])
    made = ok(invite_to(owner.client, org, role["id"], guest.email))
    assert made["roles"] == [{"id": role["id"], "name": role["name"]}]
    link = made.pop("link")
    assert link and read(owner.client, made) == made
    created, = ok(owner.client.get(f"/organizations/{org['id']}/events?action=invitation.created"))
    assert created["changes"]["roles"] == {"before": None, "after": role["name"]}
    promised = member_of(owner.client, org, made["id"])["permissions"]
    ok(decide(guest, made))
    item = member_of(owner.client, org, guest.id)
    assert promised == item["permissions"]
    assert role_names(item) == [role["name"]] and "event:read" in item["permissions"] and "member:read" not in item["permissions"]
    added, = ok(owner.client.get(f"/organizations/{org['id']}/events?action=member.added"))
    assert added["changes"]["role"] == {"before": None, "after": role["name"]}
    assert rows_left(instance, made) == [0, 0]
    error(invite_to(owner.client, org, UNKNOWN_ID), 404, "KeyError")
    elsewhere = create_role(owner.client, instance.organization(owner), ["event:read"])
    error(invite_to(owner.client, org, elsewhere["id"]), 404, "KeyError")


def test_roles_and_teams_are_given_and_taken(instance, owner, org):
    guest = person(instance)
    role, other = (create_role(owner.client, org, [permission]) for permission in ("event:read", "role:create"))
    team, left = (create_team(owner.client, org) for _ in range(2))
    ok(assign(owner.client, system_id(org, VIEWER), team_id=team["id"]))
    made = ok(invite(owner.client, org, guest.email))
    who = {"invitation_id": made["id"]}
    answer = ok(assign(owner.client, role["id"], **who))
    assert list(answer) == ["role_id", "user", "team", "invitation", "organization_id"]
    assert (answer["role_id"], answer["user"], answer["team"], answer["organization_id"]) == (role["id"], None, None, org["id"])
    assert answer["invitation"] == read(owner.client, made) and names(answer["invitation"]["roles"]) == [
        "Organization Member", role["name"]]
    error(assign(owner.client, role["id"], **who), 409, "EntityExistsError")
    ok(assign(owner.client, other["id"], **who))
    ok(unassign(owner.client, other["id"], **who))
    error(unassign(owner.client, other["id"], **who), 404, "KeyError")
    assert ok(assign(owner.client, system_id(org, MANAGER), **who))["invitation"] == read(owner.client, made)
    error(assign(owner.client, system_id(org, MANAGER), **who), 409, "EntityExistsError")
    ok(unassign(owner.client, system_id(org, MEMBER), **who))
    error(unassign(owner.client, system_id(org, MEMBER), **who), 404, "KeyError")
    for each in team, left:
        answer = ok(join(owner.client, each, **who))
        assert (answer["team_id"], answer["user"], answer["invitation"]) == (each["id"], None, read(owner.client, made))
    error(join(owner.client, team, **who), 409, "EntityExistsError")
    ok(part(owner.client, left, **who))
    error(part(owner.client, left, **who), 404, "KeyError")
    shown = read(owner.client, made)
    assert names(shown["roles"]) == ["Organization Manager", role["name"]] and names(shown["teams"]) == [team["name"]]
    ok(decide(guest, made))
    item = member_of(owner.client, org, guest.id)
    assert role_names(item) == names(shown["roles"]) and {"event:read", "service_account:read"} <= set(item["permissions"])
    assert [entry["user"]["id"] for entry in ok(owner.client.get(f"/teams/{team['id']}/members"))] == [guest.id]
    assert ok(owner.client.get(f"/teams/{left['id']}/members")) == []
    assert rows_left(instance, made) == [0, 0]
    assert actions(owner.client, org, order_by="occurred_at", target_id=made["id"]) == [
        "invitation.created", "invitation.role_assigned", "invitation.role_assigned", "invitation.role_removed",
        "invitation.role_assigned", "invitation.role_removed", "team.member_added", "team.member_added", "team.member_removed",
        "invitation.accepted"]
    added, = ok(owner.client.get(f"/organizations/{org['id']}/events?action=member.added"))
    assert added["changes"] == {"role": {"before": None, "after": f"manager,{role['name']}"},
                                "teams": {"before": None, "after": team["name"]}}


def test_filters_of_people_find_no_invitation(owner, org, member_with):
    made, member = ok(invite(owner.client, org, unique_address())), member_with("member")
    role, team = create_role(owner.client, org, ["event:read"]), create_team(owner.client, org)
    ok(assign(owner.client, role["id"], invitation_id=made["id"]))
    ok(assign(owner.client, role["id"], team_id=team["id"]))
    ok(join(owner.client, team, invitation_id=made["id"]))
    for path, wrong in ((f"/organizations/{org['id']}/teams", {"user_id": made["id"]}),
                        (f"/organizations/{org['id']}/roles", {"user_id": made["id"]}),
                        (f"/organizations/{org['id']}/roles", {"team_id": made["id"]}),
                        (f"/organizations/{org['id']}/roles", {"user_id": team["id"]})):
        response = member.client.get(path, params={**wrong, "include_total": "true"})
        assert ok(response) == [] and response.headers["X-Total-Count"] == "0", wrong
    assert names(ok(member.client.get(f"/organizations/{org['id']}/roles", params={"team_id": team["id"]}))) == [role["name"]]


def test_the_last_role_of_an_invitation_is_the_invitation(instance, owner, org):
    role, team = create_role(owner.client, org, ["event:read"]), create_team(owner.client, org)
    for role_id in role["id"], system_id(org, VIEWER):
        made = ok(invite_to(owner.client, org, role_id))
        ok(join(owner.client, team, invitation_id=made["id"]))
        ok(unassign(owner.client, role_id, invitation_id=made["id"]))
        shown = read(owner.client, made)
        assert (shown["status"], shown["teams"]) == ("revoked", [])
        assert rows_left(instance, made) == [0, 0]
        assert actions(owner.client, org)[0] == "invitation.revoked"
        error(assign(owner.client, role_id, invitation_id=made["id"]), 403, "IllegalOperationError")


def test_lists_show_pending_invitations_to_who_may_read_them(instance, owner, org, member_with):
    role, team = create_role(owner.client, org, ["event:read"]), create_team(owner.client, org)
    ok(assign(owner.client, role["id"], team_id=team["id"]))
    made = [ok(invite_to(owner.client, org, role["id"])) for _ in range(3)]
    of_system = ok(invite(owner.client, org, unique_address(), "viewer"))
    for one in (*made, of_system):
        ok(join(owner.client, team, invitation_id=one["id"]))
    age(instance, made[2], 31)
    viewer, member = member_with("viewer"), member_with("member")
    in_team = {"user_id": member.id}
    ok(join(owner.client, team, **in_team))

    def listed(user, path, key="invitation", **query):
        response = user.client.get(path, params={**query, "include_total": True})
        items = ok(response)
        assert response.headers["X-Total-Count"] == str(len(items))
        return [item[key]["id"] for item in items if item[key]]

    ids = [one["id"] for one in made]
    assignments, of_viewers, in_it = (f"/roles/{role['id']}/assignments", f"/roles/{system_id(org, VIEWER)}/assignments",
                                      f"/teams/{team['id']}/members")
    for user in owner, viewer, instance.admin:
        assert listed(user, assignments) == ids[:2]
        assert listed(user, assignments, invitation_id=ids[1]) == [ids[1]]
        assert listed(user, assignments, invitation_id=ids[2]) == []
        assert listed(user, assignments, user_id=ids[0]) == listed(user, assignments, team_id=ids[0]) == []
        assert listed(user, of_viewers) == [of_system["id"]]
        assert listed(user, in_it) == [*ids[:2], of_system["id"]]
        assert listed(user, in_it, invitation_id=ids[0]) == [ids[0]]
        assert listed(user, in_it, user_id=ids[0]) == listed(user, in_it, service_account_id=ids[0]) == []
    for path in assignments, of_viewers, in_it:
        assert listed(member, path) == []
    assert listed(member, assignments, "team") == [team["id"]]
    assert listed(member, in_it, "user") == [member.id]
    assert ok(owner.client.get(assignments, params={"limit": 1, "after": ids[0]}))[0]["invitation"] == read(owner.client, made[1])


@pytest.mark.parametrize("query, complaint", [
    ({}, "exactly one of user_id, team_id and invitation_id must be given"),
    ({"team_id": UNKNOWN_ID, "invitation_id": UNKNOWN_ID}, "exactly one of user_id, team_id and invitation_id must be given"),
])
def test_one_holder_is_named(owner, org, query, complaint):
    response = assign(owner.client, system_id(org, VIEWER), **query)
    assert places(response) == [("value_error", ["query"])] and complaint in response.text
    response = join(owner.client, create_team(owner.client, org), user_id=UNKNOWN_ID, invitation_id=UNKNOWN_ID)
    assert places(response) == [("value_error", ["query"])]


# Who may


def test_nobody_gives_or_changes_what_he_does_not_hold(instance, owner, org, member_with):
    """A manager may not do what role:create allows, whether a role has it, or the invitation by a role or a team."""
    manager = member_with("manager")
    low, high = create_role(owner.client, org, ["event:read"]), create_role(owner.client, org, ["role:create"])
    team, high_team = create_team(owner.client, org), create_team(owner.client, org)
    ok(assign(owner.client, high["id"], team_id=high_team["id"]))
    plain = ok(invite(owner.client, org, unique_address()))
    by_role, by_team = (ok(invite(owner.client, org, unique_address())) for _ in range(2))
    ok(assign(owner.client, high["id"], invitation_id=by_role["id"]))
    ok(join(owner.client, high_team, invitation_id=by_team["id"]))
    path = f"/organizations/{org['id']}/invitations/"
    for one in by_role, by_team:
        for response in (assign(manager.client, low["id"], invitation_id=one["id"]),
                         unassign(manager.client, system_id(org, MEMBER), invitation_id=one["id"]),
                         join(manager.client, team, invitation_id=one["id"]), part(manager.client, team, invitation_id=one["id"]),
                         manager.client.post(f"{path}{one['id']}/resend"), manager.client.delete(path + one["id"])):
            error(response, 403, "IllegalOperationError")
    error(assign(manager.client, high["id"], invitation_id=plain["id"]), 403, "IllegalOperationError")
    error(join(manager.client, high_team, invitation_id=plain["id"]), 403, "IllegalOperationError")
    error(invite_to(manager.client, org, high["id"]), 403, "IllegalOperationError")
    ok(assign(manager.client, low["id"], invitation_id=plain["id"]))
    ok(join(manager.client, team, invitation_id=plain["id"]))
    ok(invite_to(manager.client, org, low["id"]))
    ok(manager.client.post(f"{path}{plain['id']}/resend"))
    assert read(owner.client, by_role)["status"] == read(owner.client, by_team)["status"] == "pending"


@pytest.mark.parametrize("permission", ["member:update", "invitation:create"])
def test_it_takes_both_permissions(instance, owner, org, permission):
    """Who may only invite changes nobody's roles, and who may only give roles changes no invitation."""
    role = create_role(owner.client, org, [permission, "team:update", "event:read", "member:read", "role:read", "team:read",
                                           "organization:read", "subscription:read"])
    helper, made = instance.user(), ok(invite(owner.client, org, unique_address()))
    ok(assign(instance.admin.client, role["id"], user_id=helper.id))
    few = create_role(owner.client, org, ["event:read"])
    error(assign(helper.client, few["id"], invitation_id=made["id"]), 403, "IllegalOperationError")
    response = join(helper.client, create_team(owner.client, org), invitation_id=made["id"])
    if permission == "invitation:create":
        ok(response)
    else:
        error(response, 403, "IllegalOperationError")
    error(assign(helper.client, few["id"], invitation_id=UNKNOWN_ID), 403, "IllegalOperationError")


def test_what_is_elsewhere_or_over_is_not_changed(instance, owner, org):
    elsewhere = ok(invite(owner.client, instance.organization(owner), unique_address()))
    role, team = create_role(owner.client, org, ["event:read"]), create_team(owner.client, org)
    for invitation_id in elsewhere["id"], UNKNOWN_ID, org["id"]:
        for act in assign, unassign:
            error(act(owner.client, role["id"], invitation_id=invitation_id), 404, "KeyError")
        for act in join, part:
            error(act(owner.client, team, invitation_id=invitation_id), 404, "KeyError")
    accepted, declined, expired = (person(instance) for _ in range(3))
    made = [ok(invite(owner.client, org, guest.email)) for guest in (accepted, declined, expired)]
    ok(decide(accepted, made[0]))
    ok(decide(declined, made[1], accept=False))
    age(instance, made[2], 31)
    for one, word in zip(made, ("accepted", "declined", "expired")):
        for response in (assign(owner.client, role["id"], invitation_id=one["id"]),
                         join(owner.client, team, invitation_id=one["id"])):
            assert word in error(response, 403, "IllegalOperationError")


# What becomes of it


def test_who_is_a_member_by_such_a_role_alone_changes_it(instance, owner, org):
    guest, role = person(instance, unique_address()), create_role(owner.client, org, ["event:read"])
    made = ok(invite(owner.client, org, guest.email, "viewer"))
    ok(assign(owner.client, role["id"], invitation_id=made["id"]))
    ok(assign(instance.admin.client, role["id"], user_id=guest.id))
    ok(decide(guest, made))
    assert role_names(member_of(owner.client, org, guest.id)) == ["Organization Viewer", role["name"]]
    assert actions(owner.client, org, order_by="occurred_at")[-3:] == ["member.added", "invitation.accepted", "member.role_changed"]


@pytest.mark.parametrize("end", ["revoke", "decline", "expire", "expire and replace", "accept", "organization"])
def test_nothing_is_left_of_one_that_has_ended(instance, owner, org, purge, end):
    guest = person(instance)
    role, team = create_role(owner.client, org, ["event:read"]), create_team(owner.client, org)
    made = ok(invite(owner.client, org, guest.email))
    ok(assign(owner.client, role["id"], invitation_id=made["id"]))
    ok(join(owner.client, team, invitation_id=made["id"]))
    assert rows_left(instance, made) == [1, 1]
    path = f"/organizations/{org['id']}"
    if end == "revoke":
        ok(owner.client.delete(f"{path}/invitations/{made['id']}"))
    elif end in ("accept", "decline"):
        ok(decide(guest, made, accept=end == "accept"))
    elif end == "organization":
        ok(owner.client.delete(path))
        purge()
    elif end == "expire":
        age(instance, made, 31)
        purge()
        assert rows_left(instance, made) == [1, 1]  # it can be sent again
        ok(owner.client.post(f"{path}/invitations/{made['id']}/resend"))
        age(instance, made, 121)
        error(owner.client.post(f"{path}/invitations/{made['id']}/resend"), 403, "IllegalOperationError")
        purge()
        error(owner.client.get("/invitations/" + made["id"]), 404, "KeyError")
    else:
        age(instance, made, 31)
        again = ok(invite(owner.client, org, guest.email))
        assert (names(again["roles"]), again["teams"]) == (["Organization Member"], [])
    assert rows_left(instance, made) == [0, 0]


def test_a_role_that_is_deleted_is_given_no_more(instance, owner, org):
    role, other, team = (create_role(owner.client, org, ["event:read"]), create_role(owner.client, org, ["team:create"]),
                         create_team(owner.client, org))
    guests = [person(instance) for _ in range(3)]
    alone, besides, with_other = (ok(invite_to(owner.client, org, role_id, guest.email)) for role_id, guest in
                                  zip((role["id"], system_id(org, VIEWER), other["id"]), guests))
    for one in besides, with_other:
        ok(assign(owner.client, role["id"], invitation_id=one["id"]))
    for one in alone, besides:
        ok(join(owner.client, team, invitation_id=one["id"]))
    error(owner.client.delete("/roles/" + role["id"]), 409, "EntityExistsError")
    ok(owner.client.delete(f"/roles/{role['id']}?force=true"))
    kept, = instance.installation.sql("SELECT TIMESTAMPDIFF(DAY, UTC_TIMESTAMP(6), MAX(kept_until)) FROM orgd.orgd_invitations"
                                      " WHERE organization_id = %s AND status = 'revoked'", (uuid.UUID(org["id"]).bytes,))[0]
    assert kept == 89
    assert [read(owner.client, one)["status"] for one in (alone, besides, with_other)] == ["revoked", "pending", "pending"]
    assert names(read(owner.client, besides)["roles"]) == ["Organization Viewer"] and rows_left(instance, alone) == [0, 0]
    assert "revoked" in error(decide(guests[0], alone), 403, "IllegalOperationError")
    ok(decide(guests[1], besides))
    ok(decide(guests[2], with_other))
    assert role_names(member_of(owner.client, org, guests[2].id)) == [other["name"]]


def test_a_role_of_invitations_that_are_over_is_deleted(instance, owner, org):
    """One that has expired can be sent again; without a role it gives nothing."""
    role, team = create_role(owner.client, org, ["event:read"]), create_team(owner.client, org)
    alone, besides = ok(invite_to(owner.client, org, role["id"])), ok(invite(owner.client, org, unique_address()))
    ok(assign(owner.client, role["id"], invitation_id=besides["id"]))
    for one in alone, besides:
        ok(join(owner.client, team, invitation_id=one["id"]))
    age(instance, alone, 31)
    error(owner.client.delete("/roles/" + role["id"]), 409, "EntityExistsError")
    age(instance, besides, 31)
    assert ok(owner.client.get(f"/roles/{role['id']}/assignments")) == []
    ok(owner.client.delete("/roles/" + role["id"]))
    assert [read(owner.client, one)["status"] for one in (alone, besides)] == ["revoked", "expired"]
    assert rows_left(instance, alone) == [0, 0] and rows_left(instance, besides) == [0, 1]
    path = f"/organizations/{org['id']}/invitations"
    error(owner.client.post(f"{path}/{alone['id']}/resend"), 403, "IllegalOperationError")
    assert names(ok(owner.client.post(f"{path}/{besides['id']}/resend"))["roles"]) == ["Organization Member"]


def test_a_forced_deletion_asks_for_what_its_invitations_give(instance, owner, org, member_with):
    role, high = create_role(owner.client, org, ["event:read"]), create_role(owner.client, org, ["role:create"])
    deleter, team = create_role(owner.client, org, ["role:delete", "event:read"]), create_team(owner.client, org)
    helper = instance.user()
    ok(assign(instance.admin.client, deleter["id"], user_id=helper.id))
    ok(assign(owner.client, high["id"], team_id=team["id"]))
    made = ok(invite_to(owner.client, org, role["id"]))
    ok(join(owner.client, team, invitation_id=made["id"]))
    error(helper.client.delete(f"/roles/{role['id']}?force=true"), 403, "IllegalOperationError")
    ok(part(owner.client, team, invitation_id=made["id"]))
    ok(helper.client.delete(f"/roles/{role['id']}?force=true"))
    assert read(owner.client, made)["status"] == "revoked"


def test_a_team_that_is_deleted_is_joined_no_more(instance, owner, org):
    guest, team = person(instance), create_team(owner.client, org)
    made = ok(invite(owner.client, org, guest.email))
    ok(join(owner.client, team, invitation_id=made["id"]))
    ok(owner.client.delete("/teams/" + team["id"]))
    assert read(owner.client, made)["teams"] == []
    ok(decide(guest, made))


def test_a_repetition_assigns_once(instance, owner, org):
    role, team = create_role(owner.client, org, ["event:read"]), create_team(owner.client, org)
    made = ok(invite(owner.client, org, unique_address()))
    for path in f"/roles/{role['id']}/assignments", f"/teams/{team['id']}/members":
        headers = {"Idempotency-Key": unique("key").replace(" ", "-")}
        first, second = (owner.client.post(path, params={"invitation_id": made["id"]}, headers=headers) for _ in range(2))
        assert ok(first) == ok(second) and second.headers["Idempotency-Replayed"] == "true"


def test_a_link_gives_all_of_it(instance, owner, org):
    """By the page, for somebody new."""
    role, team = create_role(owner.client, org, ["event:read"]), create_team(owner.client, org)
    made = ok(invite_to(owner.client, org, role["id"]))
    ok(join(owner.client, team, invitation_id=made["id"]))
    browser = Browser(instance.url)
    browser.get(link_of(made))
    name = unique("new").replace(" ", "-")
    assert browser.submit(username=name, password=PASSWORD).status_code == 200
    user, = ok(instance.admin.client.get("/users", params={"username": name}))
    item = member_of(owner.client, org, user["id"])
    assert role_names(item) == [role["name"]]
    assert len(ok(owner.client.get(f"/teams/{team['id']}/members?user_id={user['id']}"))) == 1


# Everything at once

RACES = {
    "unassign": lambda i, o, org, role, team, made: sender(
        i, o, "DELETE", f"/roles/{role['id']}/assignments?invitation_id={made['id']}"),
    "leave the team": lambda i, o, org, role, team, made: sender(
        i, o, "DELETE", f"/teams/{team['id']}/members?invitation_id={made['id']}"),
    "assign": lambda i, o, org, role, team, made: sender(
        i, o, "POST", f"/roles/{system_id(org, ADMIN)}/assignments?invitation_id={made['id']}"),
    "delete the role": lambda i, o, org, role, team, made: sender(i, o, "DELETE", f"/roles/{role['id']}?force=true"),
    "delete the team": lambda i, o, org, role, team, made: sender(i, o, "DELETE", f"/teams/{team['id']}"),
    "edit the role": lambda i, o, org, role, team, made: sender(
        i, o, "PATCH", f"/roles/{role['id']}", {"permissions": ["team:create"]}),
    "give the team a role": lambda i, o, org, role, team, made: sender(
        i, o, "POST", f"/roles/{system_id(org, MANAGER)}/assignments?team_id={team['id']}"),
}


@pytest.mark.parametrize("race", RACES)
def test_an_acceptance_and_a_change_agree(instance, owner, race):
    """Whoever comes first: the person has all that the invitation gave then. The masks are looked at behind each test."""
    for _ in range(8):
        org, guest = instance.organization(owner), person(instance)
        role, team = create_role(owner.client, org, ["event:read"]), create_team(owner.client, org)
        made = ok(invite_to(owner.client, org, role["id"], guest.email))
        ok(assign(owner.client, system_id(org, VIEWER), invitation_id=made["id"]))
        ok(assign(owner.client, role["id"], team_id=team["id"]))
        ok(join(owner.client, team, invitation_id=made["id"]))
        accepted, changed = at_once([sender(instance, guest, "POST", f"/invitations/{made['id']}?accept=true"),
                                     RACES[race](instance, owner, org, role, team, made)])
        assert accepted.status_code == 200 and changed.status_code in (200, 403), changed.text
        was_first = changed.status_code == 200
        item = member_of(owner.client, org, guest.id)
        joined = ok(owner.client.get(f"/teams/{team['id']}/members")) if race != "delete the team" else []
        expected = ["Organization Viewer", role["name"]]
        if race == "delete the role" or (race == "unassign" and was_first):
            expected.remove(role["name"])
        if race == "assign" and was_first:
            expected.insert(0, "Organization Admin")
        assert role_names(item) == expected
        assert bool(joined) == (race != "delete the team" and not (race == "leave the team" and was_first))
        assert rows_left(instance, made) == [0, 0]
        ok(owner.client.delete("/organizations/" + org["id"]))


def test_a_last_role_is_taken_or_accepted(instance, owner):
    for _ in range(8):
        org, guest = instance.organization(owner), person(instance)
        role = create_role(owner.client, org, ["event:read"])
        made = ok(invite_to(owner.client, org, role["id"], guest.email))
        accepted, deleted = at_once([sender(instance, guest, "POST", f"/invitations/{made['id']}?accept=true"),
                                     sender(instance, owner, "DELETE", f"/roles/{role['id']}?force=true")])
        assert deleted.status_code == 200
        assert accepted.status_code in (200, 403), accepted.text
        assert read(owner.client, made)["status"] == ("accepted" if accepted.status_code == 200 else "revoked")
        assert roles_in(instance, org, guest) is None  # the role went, and the membership with it
        ok(owner.client.delete("/organizations/" + org["id"]))


def test_two_assignments_at_once_are_one(instance, owner, org):
    role, made = create_role(owner.client, org, ["event:read"]), ok(invite(owner.client, org, unique_address()))
    for role_id in role["id"], system_id(org, MANAGER):
        path = f"/roles/{role_id}/assignments?invitation_id={made['id']}"
        answers = at_once([sender(instance, owner, "POST", path) for _ in range(8)])
        assert sorted(answer.status_code for answer in answers) == [200] + 7 * [409]
    assert len(read(owner.client, made)["roles"]) == 3
