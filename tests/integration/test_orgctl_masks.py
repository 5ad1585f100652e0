"""orgctl check and member repair: what members and teams hold, after somebody has changed it by hand."""

import json

import pytest

from expect import ok, unique
from many_rows import fill_member, fill_organization
from orgctl_fixtures import listed, orgctl
from people import ADMIN, assign, create_role, create_team, join, system_id, wrong_masks
from people_fixtures import member_with, no_wrong_masks, org, owner


@pytest.fixture
def change(instance):
    """Changes tables by hand."""
    def run(statement, *ids):
        instance.installation.sql(statement, *(one.replace("-", "") for one in ids))
    return run


def check_row(database):
    result = database.run_orgctl("check", "--json")
    row, = [row for row in json.loads(result.stdout) if row["check"] == "permissions of members"]
    return result.returncode, row["result"], row["what to do"]


def repaired(instance, org):
    """The events of repairs: whom, and what they did before and after."""
    path = f"/organizations/{org['id']}/events"
    events = [event for kind in ("member", "team")
              for event in ok(instance.admin.client.get(path, params={"action": f"{kind}.permissions_repaired"}))]
    assert all(event["actor"]["type"] == "operator" for event in events)
    return {event["targets"][0]["id"]: event["changes"]["permissions"] for event in events}


def test_all_is_well_unless_somebody_changes_it_by_hand(database, listed):
    assert check_row(database) == (0, "ok", "") and listed("member", "repair") == []
    assert database.orgctl("member", "repair") == "All members and teams hold what their roles give."


def test_what_was_changed_by_hand_is_said_named_and_corrected(database, instance, listed, org, owner, member_with, change):
    role = create_role(owner.client, org, ["organization:read", "event:read"])
    viewer, robot = member_with("viewer"), instance.service_account(org["id"], "viewer")
    ok(assign(owner.client, role["id"], user_id=robot.id))
    change("UPDATE orgd.orgd_memberships SET mask = mask | 1 WHERE account_id = UNHEX(%s)", viewer.id)
    change("UPDATE orgd.orgd_memberships SET mask = mask & ~(1 << 30) WHERE account_id = UNHEX(%s)", robot.id)
    assert owner.client.get(f"/organizations/{org['id']}/events").status_code == 200
    assert viewer.client.delete(f"/organizations/{org['id']}", headers={"If-Match": '"no"'}).status_code == 412, "it may"
    assert check_row(database) == (1, "FAILED", "2 members and 0 teams may do something else than their roles say: "
                                   "'orgctl member repair --dry-run' names them, and 'orgctl member repair' corrects it")
    nagios = database.run_orgctl("check", "--nagios")
    assert nagios.returncode == 2 and "'wrong_members'=2;;0" in nagios.stdout
    named = listed("member", "repair", "--dry-run")
    rows = {row["id"]: row for row in named}
    assert set(rows) == {viewer.id, robot.id} and {row["organization_id"] for row in named} == {org["id"]}
    assert (rows[viewer.id]["kind"], rows[viewer.id]["name"], rows[viewer.id]["given"]) == ("user", viewer.name, [])
    assert "organization:delete" in rows[viewer.id]["taken"]
    assert (rows[robot.id]["kind"], rows[robot.id]["given"], rows[robot.id]["taken"]) == ("service_account", ["event:read"], [])
    assert check_row(database)[0] == 1 and repaired(instance, org) == {}, "nothing is changed yet"
    assert listed("member", "repair") == named
    assert check_row(database) == (0, "ok", "") and listed("member", "repair") == []
    assert viewer.client.delete(f"/organizations/{org['id']}").status_code == 403
    events = repaired(instance, org)
    assert set(events) == set(rows)
    assert "organization:delete" in events[viewer.id]["before"] and "organization:delete" not in events[viewer.id]["after"]


def test_a_team_is_corrected_with_who_is_in_it(database, instance, listed, org, owner, member_with, change):
    team, member = create_team(owner.client, org), member_with("member")
    ok(join(owner.client, team, user_id=member.id))
    ok(assign(owner.client, system_id(org, ADMIN), team_id=team["id"]))
    change("UPDATE orgd.orgd_teams SET mask = 0 WHERE id = UNHEX(%s)", team["id"])
    change("UPDATE orgd.orgd_memberships SET mask = 256 | own_roles WHERE account_id = UNHEX(%s)", member.id)
    assert check_row(database)[2].startswith("0 members and 1 teams ")
    row, = listed("member", "repair")
    assert (row["kind"], row["name"], row["id"]) == ("team", team["name"], team["id"]) and "role:create" in row["given"]
    assert wrong_masks(instance.installation) == [] and list(repaired(instance, org)) == [team["id"]]


def test_what_is_gone_is_no_fault(database, instance, owner, change):
    """What is removed later is not looked at."""
    gone, lost = instance.organization(owner), instance.user()
    instance.member(instance.organization(owner)["id"], lost, "viewer")
    change("UPDATE orgd.orgd_memberships SET mask = 256 WHERE organization_id = UNHEX(%s)", gone["id"])
    change("UPDATE orgd.orgd_memberships SET mask = 256 WHERE account_id = UNHEX(%s)", lost.id)
    assert check_row(database)[0] == 1
    ok(owner.client.delete(f"/organizations/{gone['id']}"))
    instance.installation.orgctl("user", "delete", lost.name)
    assert check_row(database) == (0, "ok", "")


def test_no_member_of_many_is_left_out(database, instance, listed, owner, org):
    """They are looked at in pieces of 10,000."""
    sql, mark = instance.installation.sql, unique("robot")
    fill_organization(sql, f"UNHEX('{org['id'].replace('-', '')}')", mark, 20050)
    fill_member(sql, f"UNHEX('{instance.user().id.replace('-', '')}')", f"UNHEX('{owner.id.replace('-', '')}')", mark, 50)
    sql("UPDATE orgd.orgd_memberships m JOIN orgd.orgd_accounts a ON a.id = m.account_id SET m.mask = 256"
        f" WHERE a.name LIKE '{mark}%00' OR m.organization_id IN (SELECT id FROM orgd.orgd_organizations WHERE name LIKE '{mark}%')")
    assert check_row(database)[2].startswith("250 members and 0 teams ")
    assert len(listed("member", "repair")) == 250 and check_row(database)[1] == "ok"
    ok(owner.client.delete(f"/organizations/{org['id']}"))
