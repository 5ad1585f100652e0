"""orgctl --json: what changing commands print, which is what came of the change."""

import re

import pytest

from expect import unique, unique_address
from oauth import RegisteredClient, person_of, sign_in, tokens_for
from orgctl_fixtures import listed, orgctl, person


@pytest.fixture(scope="module")
def org(instance):
    return instance.organization(instance.user())


@pytest.fixture
def robot(orgctl, org):
    name = unique("robot")
    orgctl("service-account", "create", name, "--organization", org["id"], "--role", "viewer")
    return name


IDENTITY = ("--issuer", "https://issuer.example.org", "--subject")
OF_USERS = {"set": ("--full-name", "A B"), "deactivate": (), "activate": (), "link": IDENTITY, "unlink": IDENTITY}
OF_SERVICE_ACCOUNTS = {"set": ("--role", "manager"), "deactivate": (), "activate": ()}
OTHER_CHANGES = {"key activate", "key deactivate", "key set", "token activate", "token deactivate", "token set",
                 "member add", "member set", "subscription set",
                 "organization set", "organization transfer", "user rename", "invitation resend",
                 "role update", "role assign", "team update", "team add"}
DELETIONS = {"client delete", "key delete", "token delete", "service-account delete", "organization delete",
             "member remove", "user delete", "invitation revoke", "role delete", "role unassign", "session end", "grant end", "team delete", "team remove"}
COUNTED = {"deliver", "event prune", "migrate", "purge", "signing-key prune"}
TESTED_ELSEWHERE = {"create", "generate", "rotate", "list", "show", "check", "import", "export", "setup",
                    "verify", "heads", "retry", "test", "repair"}


def test_every_command_is_tested(database):
    overview = database.run_orgctl("--help").stdout
    commands = {f"{noun} {verb}".strip() for noun, verb in re.findall(r"(?m)^  ([a-z-]+)(?: ([a-z]+)\b)?", overview)}
    tested = {f"user {verb}" for verb in OF_USERS} | {f"service-account {verb}" for verb in OF_SERVICE_ACCOUNTS}
    tested |= OTHER_CHANGES | DELETIONS | COUNTED
    assert {command for command in commands if command.split()[-1] not in TESTED_ELSEWHERE} == tested


def test_a_change_of_an_account_prints_what_show_prints(listed, person, robot):
    seen = []
    for noun, name, changes in (("user", person, OF_USERS), ("service-account", robot, OF_SERVICE_ACCOUNTS)):
        for verb, arguments in changes.items():
            subject = (unique(),) if verb == "link" else subject if verb == "unlink" else ()
            printed = listed(noun, verb, name, *arguments, *subject)
            assert printed == listed(noun, "show", name)
            seen.append(printed)
    assert (seen[0]["name"], seen[1]["is_active"], len(seen[3]["identities"]), seen[5]["role"]) == ("A B", False, 1, "manager")


@pytest.mark.parametrize("noun", ["key", "token"])
def test_a_change_of_a_key_prints_its_row(listed, person, robot, noun):
    of = ("--user", person) if noun == "token" else ("--service-account", robot)
    key_id = listed(noun, "create", *of)["id"]
    for verb, is_active in (("deactivate", False), ("activate", True)):
        printed = listed(noun, verb, key_id)
        assert [printed] == listed(noun, "list", *of) and printed["is_active"] is is_active
    printed = listed(noun, "set", key_id, "--name", "new", "--description", "what for")
    assert [printed] == listed(noun, "list", *of) and (printed["name"], printed["description"]) == ("new", "what for")


def test_a_change_of_a_membership_prints_its_row(listed, org, person):
    owner = listed("organization", "show", org["id"])["owner"]
    for verb, name, role in (("add", person, "viewer"), ("set", person, "manager"), ("set", owner, "admin")):
        printed = listed("member", verb, "--organization", org["id"], "--user", name, "--role", role)
        assert (printed["name"], printed["roles"], printed["is_owner"]) == (name, [role], name == owner)
        assert printed in listed("member", "list", "--organization", org["id"])


def test_a_change_of_an_organization_prints_what_show_prints(listed, org, person):
    for verb, arguments in (("set", ("--description", "Anvils", "--links", '[{"title": "a", "url": "https://a.example"}]')),
                            ("transfer", ("--to", person))):
        assert listed("organization", verb, org["id"], *arguments) == listed("organization", "show", org["id"])
    shown = listed("organization", "show", org["id"])
    assert (shown["owner"], shown["description"], shown["links"][0]["title"]) == (person, "Anvils", "a")


def test_a_renaming_prints_the_user(listed, person):
    name = unique("renamed")
    assert listed("user", "rename", person, "--to", name) == listed("user", "show", name)


def test_a_change_of_a_subscription_prints_the_organization(listed, org):
    for status in ("canceled", "trialing"):
        printed = listed("subscription", "set", "--organization", org["name"], "--status", status)
        assert printed == listed("organization", "show", org["id"]) and printed["subscription"] == status


def test_an_invitation_prints_its_row_and_its_link(listed, org):
    of, address = ("--organization", org["id"]), unique_address()
    made = listed("invitation", "create", *of, "--email", address, "--role", "manager", "--days", "7")
    again = listed("invitation", "resend", made["id"])
    links = made.pop("link"), again.pop("link")
    assert links[0] != links[1] and all("/account/invitation?secret=ORGINV_" in link for link in links)
    assert (made["email"], made["role"], made["status"], made["invited_by"]) == (address, "manager", "pending", None)
    assert again in listed("invitation", "list", *of)
    assert listed("invitation", "revoke", made["id"]) is None
    assert made["id"] not in [one["id"] for one in listed("invitation", "list", *of)]
    assert {**again, "status": "revoked"} in listed("invitation", "list", *of, "--all")


@pytest.mark.parametrize("noun, more", [("role", ("--permissions", "team:read")), ("team", ())])
def test_a_change_of_a_role_or_team_prints_what_show_prints(listed, org, noun, more):
    name = unique(noun)
    made = listed(noun, "create", name, "--organization", org["id"], *more)
    assert made == {"id": made["id"], "name": name}
    changed = listed(noun, "update", made["id"], "--name", name + "s", "--description", "why")
    assert changed == listed(noun, "show", name + "s", "--organization", org["name"])
    assert (changed["name"], changed["description"], changed["organization_id"]) == (name + "s", "why", org["id"])
    assert {**changed, "members": None} in [{**one, "members": None} for one in listed(noun, "list", "--organization", org["id"])]


def test_who_has_a_role_or_is_in_a_team_is_said(listed, org, person, robot):
    role = listed("role", "create", unique("role"), "--organization", org["id"], "--permissions", "")
    team = listed("team", "create", unique("team"), "--organization", org["id"])
    ids = {"user": listed("user", "show", person)["id"], "service_account": listed("service-account", "show", robot)["id"],
           "team": team["id"]}
    for kind, name in (("user", person), ("service_account", robot), ("team", team["name"])):
        assert listed("role", "assign", role["id"], "--" + kind.replace("_", "-"), name) == {
            "role": role["name"], "role_id": role["id"], "kind": kind, "name": name, "id": ids[kind]}
    assert listed("team", "add", team["id"], "--user", person) == {
        "team": team["name"], "team_id": team["id"], "kind": "user", "name": person, "id": ids["user"]}


def test_of_what_is_gone_null_is_left(instance, orgctl, listed, person, robot):
    user = person_of(instance)
    tokens_for(sign_in(instance, user), user, RegisteredClient(instance))
    org = instance.organization(instance.user())
    orgctl("member", "set", "--organization", org["id"], "--user", person, "--role", "viewer")
    role = listed("role", "create", unique("role"), "--organization", org["id"], "--permissions", "team:read")["id"]
    team = listed("team", "create", unique("team"), "--organization", org["id"])["id"]
    orgctl("role", "assign", role, "--user", person)
    orgctl("team", "add", team, "--user", person)
    deletions = {
        "grant end": (listed("grant", "list", "--user", user.name)[0]["id"],),
        "session end": (listed("session", "list", "--user", user.name)[0]["id"],),
        "role unassign": (role, "--user", person),
        "role delete": (role,),
        "team remove": (team, "--user", person),
        "team delete": (team,),
        "member remove": ("--organization", org["id"], "--user", person),
        "client delete": (listed("client", "create", unique("client"))["client_id"],),
        "key delete": (listed("key", "create", "--service-account", robot)["id"],),
        "token delete": (listed("token", "create", "--user", person)["id"],),
        "service-account delete": (robot,),
        "invitation revoke": (listed("invitation", "create", "--organization", org["id"], "--email", unique_address(),
                                     "--role", "viewer")["id"],),
        "organization delete": (org["id"],),
        "user delete": (person,),
    }
    assert set(deletions) == DELETIONS
    for command, arguments in deletions.items():
        assert listed(*command.split(), *arguments) is None


def test_what_is_counted_is_a_number(listed):
    for command, names in (("purge", ["rows_removed"]), ("signing-key prune", ["keys_deleted"]),
                           ("deliver", ["events_placed", "mails_sent", "mails_put_off", "mails_failed"])):
        printed = listed(*command.split())
        assert list(printed) == names and all(isinstance(count, int) for count in printed.values())
    assert listed("migrate") == {"version": listed("migrate", "--status")[-1]["version"], "migrations_applied": 0}


def test_with_quiet_a_change_prints_nothing(orgctl, person):
    for arguments in (("user", "deactivate", person), ("purge",), ("signing-key", "prune"), ("migrate",)):
        assert orgctl(*arguments, "--json", "--quiet") == ""
