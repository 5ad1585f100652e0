"""orgctl: roles, teams and who has them; an operator does what the API lets members do, and by the same rules."""

import re

import pytest

from expect import ok, unique
from orgctl_fixtures import listed, orgctl, person
from people import ADMIN, MEMBER, member_of, members, role_names, system_id
from people_fixtures import no_wrong_masks, org, owner


@pytest.fixture
def refused(database):
    """Runs a command that must fail with that status, and returns its message."""
    def run(status, *arguments):
        result = database.run_orgctl(*arguments)
        assert (result.returncode, result.stdout) == (status, ""), result.stderr
        return result.stderr
    return run


@pytest.fixture
def of(org):
    return "--organization", org["name"]


@pytest.fixture
def role(listed, of):
    return listed("role", "create", unique("role"), *of, "--permissions", "organization:read event:read")


@pytest.fixture
def team(listed, of):
    return listed("team", "create", unique("team"), *of)


def row_of(listed, of, name):
    """What 'member list' says of one member, or None."""
    found = [member for member in listed("member", "list", *of) if member["name"] == name]
    return found[0] if found else None


def count_events(instance, org, action):
    return len(ok(instance.admin.client.get(f"/organizations/{org['id']}/events", params={"action": action})))


# Permissions


def test_the_permissions_are_those_of_the_api(listed, owner):
    assert listed("permission", "list") == ok(owner.client.get("/permissions"))


def test_the_permissions_are_listed_without_a_configuration(database):
    result = database.run_orgctl("permission", "list", config_path="/nonexistent")
    assert result.returncode == 0 and "team:create" in result.stdout


# Roles


def test_roles_are_listed_as_the_api_lists_them(listed, owner, org, of, role):
    seen = ok(owner.client.get(f"/organizations/{org['id']}/roles"))
    rows = listed("role", "list", *of)
    shared = ("id", "name", "description", "organization_id", "system_managed", "permissions", "created", "updated")
    assert [{name: row[name] for name in shared} for row in rows] == [{name: one[name] for name in shared} for one in seen]
    assert {row["name"]: (row["members"], row["teams"]) for row in rows if row["members"] + row["teams"] > 0} == {
        "Organization Admin": (1, 0)}
    assert {row["organization"] for row in rows} == {org["name"]}


@pytest.mark.parametrize("number, name", [(ADMIN, "admin"), (ADMIN, "Organization Admin"), (MEMBER, "ORGANIZATION MEMBER"),
                                          (MEMBER, "member")])
def test_a_role_of_the_system_has_two_names_and_an_id(listed, org, of, number, name):
    shown = listed("role", "show", name, *of)
    assert shown == listed("role", "show", system_id(org, number)) and shown["id"] == system_id(org, number)
    assert shown["system_managed"] is True


def test_a_role_is_found_by_id_or_by_name_in_its_organization(instance, owner, listed, refused, of, role):
    other = instance.organization(owner)
    assert listed("role", "show", role["id"]) == listed("role", "show", role["name"].upper(), *of)
    assert "name the organization, too" in refused(2, "role", "show", role["name"])
    assert f"there is no role '{role['name']}'" in refused(1, "role", "show", role["name"], "--organization", other["id"])
    refused(1, "role", "show", role["id"], "--organization", other["id"])


def test_a_role_that_is_called_like_one_of_the_system_is_found_by_its_id(listed, owner, of):
    made = listed("role", "create", "viewer", *of, "--permissions", "team:read")
    assert listed("role", "show", "viewer", *of)["system_managed"] is True
    assert listed("role", "show", made["id"])["permissions"] == ["team:read"]


def test_a_role_is_made_and_changed_as_by_the_api(listed, owner, of, role):
    listed("role", "update", role["name"], *of, "--name", role["name"] + "s", "--description", "Reads on", "--permissions",
           " member:read\n organization:read ")
    seen = ok(owner.client.get(f"/roles/{role['id']}"))
    assert (seen["name"], seen["description"], seen["permissions"]) == (
        role["name"] + "s", "Reads on", ["organization:read", "member:read"])
    listed("role", "update", role["id"], "--description", "", "--permissions", "")
    seen = ok(owner.client.get(f"/roles/{role['id']}"))
    assert (seen["description"], seen["permissions"]) == (None, [])


@pytest.mark.parametrize("status, arguments, words", [
    (2, ("--permissions", "team:fly"), "there is no 'team:fly'; 'orgctl permission list' shows them"),
    (2, ("--name", "x" * 65), "--name: "), (2, ("--name", "..") , "--name: "), (2, ("--name", ""), "must have a name"),
    (2, ("--description", "x" * 257), "--description: "), (1, ("--name", "organization admin"), "exists already"),
])
def test_what_the_api_refuses_of_a_role_orgctl_refuses(listed, refused, role, status, arguments, words):
    before = listed("role", "show", role["id"])
    assert words in refused(status, "role", "update", role["id"], *arguments)
    assert listed("role", "show", role["id"]) == before


def test_the_roles_of_the_system_stay(refused, of):
    for arguments in (("update", "admin", *of, "--description", "a"), ("delete", "admin", *of, "--force", "--yes")):
        assert "The system's roles cannot be changed" in refused(1, "role", *arguments)


def test_a_role_that_is_assigned_is_deleted_by_force_alone(instance, owner, orgctl, listed, refused, org, of, role, team, person):
    """Whose last role it was is no member any more."""
    user = instance.user()
    instance.member(org["id"], user, "viewer")
    for who in (("--user", person), ("--user", user.name), ("--team", team["name"])):
        orgctl("role", "assign", role["name"], *of, *who)
    message = refused(1, "role", "delete", role["id"])
    assert f"the role {role['name']} is assigned to 2 members and 1 team; --force takes it away from them" in message
    assert listed("role", "show", role["id"])["members"] == 2
    orgctl("role", "delete", role["id"], "--force")
    assert row_of(listed, of, person) is None and row_of(listed, of, user.name)["roles"] == ["viewer"]
    refused(1, "role", "show", role["id"])


# Assignments


def test_a_role_is_given_and_taken(orgctl, listed, refused, instance, org, of, role, person):
    """The first one makes a member, and the last one ends the membership; both are events."""
    orgctl("role", "assign", role["name"], *of, "--user", person)
    assert "assigned already" in refused(1, "role", "assign", role["id"], "--user", person)
    row = row_of(listed, of, person)
    assert (row["roles"], row["permissions"]) == ([role["name"]], ["organization:read", "event:read"])
    orgctl("role", "assign", "viewer", *of, "--user", person)
    assert row_of(listed, of, person)["roles"] == ["viewer", role["name"]]
    orgctl("role", "unassign", role["id"], "--user", person)
    assert row_of(listed, of, person)["roles"] == ["viewer"]
    assert "not assigned" in refused(1, "role", "unassign", role["id"], "--user", person)
    orgctl("role", "unassign", "Organization Viewer", *of, "--user", person)
    assert row_of(listed, of, person) is None
    assert "no such member" in refused(1, "role", "unassign", role["id"], "--user", person)
    assert [count_events(instance, org, f"member.{verb}") for verb in ("role_assigned", "role_removed", "removed")] == [1, 1, 1]


def test_the_owner_stays_an_admin(owner, listed, refused, of):
    assert "always an admin" in refused(1, "role", "unassign", "admin", *of, "--user", owner.name)
    assert row_of(listed, of, owner.name)["roles"] == ["admin"]


def test_a_service_account_has_roles_in_its_own_organization(instance, owner, orgctl, listed, refused, org, of, role):
    robot = instance.service_account(org["id"], "viewer")
    orgctl("role", "assign", role["id"], "--service-account", robot.name)
    assert row_of(listed, of, robot.name)["roles"] == ["viewer", role["name"]]
    orgctl("service-account", "set", robot.name, *of, "--role", role["name"])
    assert row_of(listed, of, robot.name)["roles"] == [role["name"]]
    assert listed("service-account", "show", robot.name, *of)["role"] == role["name"]
    orgctl("role", "assign", "viewer", *of, "--service-account", robot.name)
    assert listed("service-account", "show", robot.name, *of)["role"] == f"viewer,{role['name']}"
    other = instance.organization(owner)
    refused(1, "role", "assign", "viewer", "--organization", other["id"], "--service-account", robot.name)


def test_exactly_one_holder_is_named(refused, role, team, person):
    for arguments in (("role", "assign", role["id"]), ("role", "unassign", role["id"], "--user", person, "--team", team["id"])):
        assert "give one of --user, --service-account and --team" in refused(2, *arguments)
    for arguments in (("team", "add", team["id"]), ("team", "remove", team["id"], "--user", person, "--service-account", "x")):
        assert "give one of --user and --service-account" in refused(2, *arguments)


# Memberships with roles that were made there


def test_a_member_is_added_with_any_role(orgctl, listed, refused, owner, org, of, role, person):
    orgctl("member", "add", *of, "--user", person, "--role", role["name"])
    assert row_of(listed, of, person)["roles"] == [role["name"]]
    assert role_names(member_of(owner.client, org, row_of(listed, of, person)["id"])) == [role["name"]]
    assert f"{person} is a member already" in refused(1, "member", "add", *of, "--user", person, "--role", "viewer")


def test_a_member_is_set_to_one_role_whatever_it_had(instance, orgctl, listed, org, of, role, person):
    other = listed("role", "create", unique("role"), *of, "--permissions", "team:create")
    for given, has in ((role["id"], [role["name"]]), ("manager", ["manager"]), (other["name"], [other["name"]]),
                       (role["name"], [role["name"]])):
        orgctl("member", "set", *of, "--user", person, "--role", given)
        assert row_of(listed, of, person)["roles"] == has
    orgctl("role", "assign", other["id"], "--user", person)
    changes = count_events(instance, org, "member.role_changed")
    orgctl("member", "set", *of, "--user", person, "--role", role["name"])
    orgctl("member", "set", *of, "--user", person, "--role", role["name"])
    assert row_of(listed, of, person)["roles"] == [role["name"]]
    assert count_events(instance, org, "member.role_changed") == changes + 1
    event = ok(instance.admin.client.get(f"/organizations/{org['id']}/events", params={"action": "member.role_changed"}))[0]
    assert event["changes"] == {"role": {"before": f"{role['name']},{other['name']}", "after": role["name"]}}


def test_the_owner_is_set_to_no_other_role(owner, refused, of, role):
    assert "always an admin" in refused(1, "member", "set", *of, "--user", owner.name, "--role", role["name"])


def test_a_role_of_another_organization_is_none_here(instance, owner, listed, refused, role, person):
    other = instance.organization(owner)
    for given in (role["id"], role["name"], "boss"):
        refused(1, "member", "set", "--organization", other["id"], "--user", person, "--role", given)
    assert row_of(listed, ("--organization", other["id"]), person) is None


# Teams


def test_teams_are_listed_as_the_api_lists_them(orgctl, listed, owner, org, of, role, team):
    orgctl("role", "assign", role["id"], "--team", team["name"])
    orgctl("role", "assign", "viewer", *of, "--team", team["name"])
    seen, = ok(owner.client.get(f"/organizations/{org['id']}/teams"))
    row, = listed("team", "list", *of)
    assert {name: row[name] for name in seen} == seen
    assert (row["organization"], row["roles"], row["member_count"]) == (org["name"], ["viewer", role["name"]], 0)
    assert row["permissions"] == ok(owner.client.get(f"/organizations/{org['id']}/members",
                                                     params={"include_users": "no"}))[0]["permissions"]


def test_who_is_in_a_team_has_what_it_gives(orgctl, listed, refused, instance, org, of, role, team, person):
    robot = instance.service_account(org["id"], "viewer")
    assert "Only members of the organization" in refused(1, "team", "add", team["id"], "--user", person)
    orgctl("member", "add", *of, "--user", person, "--role", "member")
    for who in (("--user", person), ("--service-account", robot.name)):
        orgctl("team", "add", team["name"], *of, *who)
        assert "member of the team already" in refused(1, "team", "add", team["name"], *of, *who)
    orgctl("role", "assign", role["name"], *of, "--team", team["id"])
    shown = listed("team", "show", team["name"].upper(), *of)
    assert sorted((one["name"], one["is_service_account"]) for one in shown["members"]) == sorted([(person, False), (robot.name, True)])
    row = row_of(listed, of, person)
    assert row["teams"] == [team["name"]] and row["roles"] == ["member"] and "event:read" in row["permissions"]
    orgctl("role", "unassign", role["name"], *of, "--team", team["id"])
    assert "event:read" not in row_of(listed, of, person)["permissions"]
    orgctl("team", "remove", team["id"], "--user", person)
    assert row_of(listed, of, person)["teams"] == []
    for name in (person, instance.user().name):
        assert f"{name} is not in the team {team['name']} of " in refused(1, "team", "remove", team["id"], "--user", name)


def test_a_team_is_changed_and_deleted(orgctl, listed, refused, owner, org, of, role, team, person):
    orgctl("role", "assign", role["id"], "--team", team["id"])
    orgctl("member", "add", *of, "--user", person, "--role", "member")
    orgctl("team", "add", team["id"], "--user", person)
    orgctl("team", "update", team["id"], "--name", team["name"] + "s", "--description", "Of the books")
    seen = ok(owner.client.get(f"/teams/{team['id']}"))
    assert (seen["name"], seen["description"]) == (team["name"] + "s", "Of the books")
    assert "--name: " in refused(2, "team", "update", team["id"], "--name", "x" * 65)
    orgctl("team", "delete", team["id"])
    refused(1, "team", "show", team["id"])
    row = row_of(listed, of, person)
    assert (row["roles"], row["teams"]) == (["member"], []) and "event:read" not in row["permissions"]
    assert [item["team"] for item in members(owner.client, org, include_users="no")] == []


def test_a_team_is_found_by_id_or_by_name_in_its_organization(instance, owner, listed, refused, of, team):
    other = instance.organization(owner)
    assert listed("team", "show", team["id"]) == listed("team", "show", team["name"], *of)
    assert "name the organization, too" in refused(2, "team", "show", team["name"])
    assert f"there is no team '{team['name']}'" in refused(1, "team", "show", team["name"], "--organization", other["id"])
    refused(1, "team", "show", team["id"], "--organization", other["id"])


def test_people_read_names_with_commas_between(orgctl, of, role, team, person):
    """What JSON has as a list."""
    orgctl("member", "add", *of, "--user", person, "--role", "viewer")
    orgctl("role", "assign", role["id"], "--user", person)
    orgctl("team", "add", team["id"], "--user", person)
    line, = [line for line in orgctl("member", "list", *of).splitlines() if line.startswith(person)]
    assert re.split(r" {2,}", line)[2:] == [f"viewer, {role['name']}", team["name"], "no", "no"]
    assert f"members: {person}" in orgctl("team", "show", team["id"]).splitlines()
    assert "permissions: organization:read, event:read\n" in orgctl("role", "show", role["id"])
