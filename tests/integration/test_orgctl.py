"""orgctl: every command, what it prints for people and for programs, and how it refuses."""

import json
import os
import re
import secrets
import stat
import subprocess
import uuid
from pathlib import Path

import pytest

from expect import TIME, unique, unique_address
from installation import SecondDatabase
from orgctl_fixtures import listed, orgctl
from processes import privileges, write_file

VERBS = {
    "check": None,
    "setup": None,
    "migrate": None,
    "purge": None,
    "deliver": None,
    "mail": "list retry test",
    "user": "create list show activate deactivate set rename delete import export link unlink",
    "service-account": "create list show activate deactivate set delete",
    "key": "create list rotate set activate deactivate delete",
    "token": "create list rotate set activate deactivate delete",
    "session": "list end",
    "grant": "list end",
    "organization": "list show create set transfer delete",
    "invitation": "create list resend revoke",
    "member": "add set list remove repair",
    "role": "list show create update delete assign unassign",
    "team": "list show create update delete add remove",
    "permission": "list",
    "subscription": "set",
    "client": "create list delete",
    "event": "list export verify heads prune",
    "signing-key": "generate rotate list prune",
}
AN_ID = "01234567-89ab-4cde-8f01-23456789abcd"
COMMANDS = [f"{noun} {verb}".strip() for noun, verbs in VERBS.items() for verb in (verbs.split() if verbs else [""])]


@pytest.fixture
def refuse(database):
    """Runs a command that must fail, and returns its message."""
    def run(status, *arguments):
        result = database.run_orgctl(*arguments)
        assert result.returncode == status, result.stderr
        assert result.stdout == "" and result.stderr.startswith("orgctl: ")
        return result.stderr
    return run


@pytest.fixture
def person(orgctl):
    name = unique("person")
    return name, orgctl("user", "create", name, "--quiet")


@pytest.fixture
def org(instance):
    return instance.organization(instance.user(limit=10))


# Help, usage, configuration


def run_bare(database, *arguments, env=None):
    return subprocess.run([database.orgctl_program, *arguments], text=True, capture_output=True, timeout=60,
                          stdin=subprocess.DEVNULL,
                          env={**database.environment, **(env or {})}, check=False)


def test_help_lists_every_command(database):
    for arguments in (["--help"], ["help"]):
        result = run_bare(database, *arguments)
        assert (result.returncode, result.stderr) == (0, "")
        lines = re.findall(r"^  ([a-z-]+(?: [a-z]+)?) +([A-Z].+)$", result.stdout, re.MULTILINE)
        assert [name for name, _ in lines] == COMMANDS
        assert all(len(sentence) < 80 and sentence[-1] != "." for _, sentence in lines)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_needs_nothing(database, command):
    result = run_bare(database, *command.split(), "--help", env={"ORGD_CONFIG": "/nonexistent"})
    assert (result.returncode, result.stderr) == (0, "")
    synopsis, blank, sentence = result.stdout.splitlines()[:3]
    assert synopsis.startswith("orgctl " + command) and blank == "" and sentence.endswith(".")
    for option in re.findall(r"--([a-z-]+)", synopsis):
        assert re.search(rf"^  --{option}\s", result.stdout, re.MULTILINE)


@pytest.mark.parametrize("noun", [noun for noun, verbs in VERBS.items() if verbs])
def test_every_noun_has_help(database, noun):
    result = run_bare(database, noun, "--help")
    assert result.returncode == 0
    listed = re.findall(r"^  ([a-z-]+) ([a-z]+)", result.stdout, re.MULTILINE)
    assert listed == [(noun, verb) for verb in VERBS[noun].split()]


def test_version(database):
    assert re.fullmatch(r"orgctl \(orgd \d+\.\d+\.\d+\)\n", run_bare(database, "--version").stdout)


@pytest.mark.parametrize("arguments", [
    [], ["nonsense"], ["user"], ["user", "nonsense"], ["user", "create"], ["user", "create", "a", "b"],
    ["user", "create", "a", "--nonsense"],
    ["user", "create", "a", "--email"], ["user", "list", "a"], ["key", "create"], ["service-account", "create", "a"],
    ["migrate", "now"],
    ["user", "create", "a", "--organization-limit", "many"], ["user", "create", "a", "--organization-limit", "-1"],
    ["user", "create", ""], ["user", "create", "a", "--email", "x" * 255],
    ["user", "create", "a", "--full-name", "x" * 201],
    ["user", "rename", "a"], ["organization", "create", "a"], ["organization", "transfer", "a"],
    ["user", "create", "a\tb"], ["user", "create", " a"], ["user", "create", AN_ID],
    ["user", "create", "n" * 65], ["key", "rotate", "no-id"],
    ["key", "delete", "no-id"], ["token", "deactivate", "no-id"],
    ["session", "end", "no-id"], ["grant", "end", "no-id"], ["grant", "list"],
    ["role", "show", "no-id"], ["team", "show", "no-id"], ["role", "assign", AN_ID, "--user", "x", "--team", "y"],
    ["role", "assign", AN_ID], ["team", "add", AN_ID], ["role", "create", "a", "--organization", "x"],
    ["role", "create", "a", "--organization", "x", "--permissions", "team:fly"], ["role", "update", AN_ID, "--name", ""],
    ["team", "update", AN_ID, "--name", ""],
    ["help", "nonsense"], ["help", "user", "nonsense"], ["nonsense", "--help"],
    ["user", "set", "a"], ["service-account", "set", "a", "--organization", "x"], ["organization", "set", "a"],
    ["role", "update", AN_ID], ["team", "update", "a", "--organization", "x"], ["key", "set", AN_ID], ["token", "set", AN_ID],
    ["subscription", "set", "--organization", "x", "--status", "paid"],
    ["subscription", "set", "--organization", "x", "--status", "active", "--trial-days", "3"],
    ["key", "rotate", AN_ID, "--retain", "soon"],
    ["subscription", "set", "--organization", "x", "--status", "trialing", "--trial-days", "-1"],
], ids=lambda arguments: " ".join(arguments)[:60])
def test_wrong_usage_exits_with_2(database, arguments):
    result = run_bare(database, *arguments, env={"ORGD_CONFIG": str(database.config_path)})
    assert result.returncode == 2 and result.stdout == "" and result.stderr.startswith("orgctl")


def test_what_is_missing_is_named_as_it_is_typed(database):
    for arguments, words in ((["user", "rename", "a"], "--to is missing"), (["user", "rename"], "NAME is missing"),
                             (["user", "set", "a"], "nothing to change: give an option; 'orgctl help user set' lists"),
                             (["help", "user", "nonsense"], "there is no command 'user nonsense'"),
                             (["help", "nonsense"], "there is no command 'nonsense'")):
        assert words in run_bare(database, *arguments, env={"ORGD_CONFIG": str(database.config_path)}).stderr


@pytest.mark.parametrize("arguments", [
    ["user", "show", "nobody"], ["user", "deactivate", "nobody"], ["user", "set", "nobody", "--email", "x"],
    ["service-account", "show", "nobody"],
    ["service-account", "delete", "nobody"],
    ["service-account", "create", "a", "--organization", "nobody", "--role", "admin"],
    ["key", "create", "--service-account", "nobody"], ["key", "list", "--service-account", "nobody"],
    ["key", "rotate", AN_ID],
    ["key", "delete", AN_ID], ["token", "create", "--user", "nobody"],
    ["token", "deactivate", AN_ID],
    ["user", "rename", "nobody", "--to", "a"], ["user", "delete", "nobody"],
    ["organization", "create", "a", "--owner", "nobody"], ["organization", "set", "nobody", "--name", "a"],
    ["organization", "transfer", "nobody", "--to", "nobody"],
    ["organization", "show", "nobody"], ["organization", "show", AN_ID],
    ["organization", "delete", "nobody"],
    ["member", "list", "--organization", "nobody"], ["member", "set", "--organization", "nobody", "--user", "x",
                                                     "--role", "viewer"],
    ["session", "list", "--user", "nobody"], ["session", "end", AN_ID], ["grant", "end", AN_ID],
    ["role", "show", AN_ID], ["role", "list", "--organization", "nobody"], ["role", "show", "admin", "--organization", "nobody"],
    ["role", "delete", AN_ID, "--force"], ["role", "assign", AN_ID, "--user", "nobody"], ["team", "show", AN_ID],
    ["team", "list", "--organization", "nobody"], ["team", "add", AN_ID, "--user", "nobody"],
    ["subscription", "set", "--organization", "nobody", "--status", "active"], ["signing-key", "generate"],
], ids=lambda arguments: " ".join(arguments)[:60])
def test_what_cannot_be_done_exits_with_1(refuse, arguments):
    refuse(1, *arguments)


def test_the_configuration_comes_from_option_or_environment_and_is_checked(database, orgctl):
    listed = orgctl("signing-key", "list")
    config = str(database.config_path)
    for arguments, env in ((["--config", config, "signing-key", "list"], {}),
                           (["signing-key", "list", "--config", config], {}),
                           (["signing-key", "list"], {"ORGD_CONFIG": config})):
        result = run_bare(database, *arguments, env=env)
        assert (result.returncode, result.stdout.strip(), result.stderr) == (0, listed, "")
    bad = database.directory / "bad.conf"
    database.write_config(bad, wrong=1)
    line = bad.read_text("utf-8").splitlines().index("wrong = 1") + 1
    result = run_bare(database, "user", "list", "--config", str(bad))
    assert result.returncode == 2 and f"{bad}:{line}: unknown setting 'wrong'" in result.stderr
    result = run_bare(database, "user", "list", "--config", config, env={"ORGD_WORKERS": "many"})
    assert result.returncode == 2 and "ORGD_WORKERS" in result.stderr


def test_options_may_stand_anywhere_behind_the_verb(database, person):
    name, user_id = person
    for arguments in (("--json", name), (name, "--json"), ("--json", "--", name)):
        shown = run_bare(database, "user", "show", *arguments, env={"ORGD_CONFIG": str(database.config_path)})
        assert json.loads(shown.stdout)["id"] == user_id


# Users


def test_user_create_prints_the_id(orgctl):
    name = unique("user")
    assert uuid.UUID(orgctl("user", "create", name, "--quiet")).version == 7
    made = json.loads(orgctl("user", "create", unique("user"), "--json"))
    uuid.UUID(made["id"])
    other = unique("user")
    text = orgctl("user", "create", other)
    assert other in text and re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", text)


def test_user_show_and_list(orgctl, listed):
    name, address = unique("Jürgen"), unique_address()
    user_id = orgctl("user", "create", name, "--email", address, "--full-name", "Jürgen Ö.", "--superuser",
                     "--organization-limit", "7", "--quiet")
    user = listed("user", "show", name.upper())
    assert TIME.fullmatch(user["created"]) and user.pop("created") == user.pop("updated")
    nothing = dict.fromkeys(["avatar_url", "company", "job_title", "language", "time_zone"])
    assert user == {**nothing, "metadata": {}, "username": name, "id": user_id, "email": address, "email_verified": True,
                    "name": "Jürgen Ö.", "is_active": True, "is_superuser": True,
                    "organizations_owned": 0, "organization_limit": user["organization_limit"],
                    "identities": []}
    assert int(user["organization_limit"]) == 7
    one, = [one for one in listed("user", "list") if one["id"] == user_id]
    shown = listed("user", "show", name)
    assert one == {field: value for field, value in shown.items() if field != "identities"} and one["username"] == name
    table = orgctl("user", "list").splitlines()
    assert all(heading in table[0].lower() for heading in ("username", "id",
                                                           "email")) and sum(name in line for line in table) == 1
    assert name in orgctl("user", "show", name)


def test_user_set_changes_what_is_given(orgctl, listed, person):
    name, user_id = person
    address = unique_address()
    before = listed("user", "show", name)
    assert (before["email"], before["name"], before["is_superuser"],
            before["organization_limit"]) == (None, None, False, None)
    orgctl("user", "set", name, "--email", address, "--full-name", "A", "--superuser", "yes",
           "--organization-limit", "0")
    after = listed("user", "show", name)
    assert (after["email"], after["name"], after["is_superuser"],
            int(after["organization_limit"])) == (address, "A", True, 0)
    orgctl("user", "set", name, "--email", "", "--organization-limit", "default")
    last = listed("user", "show", name)
    assert last == {**after, "email": None, "email_verified": False, "organization_limit": None, "updated": last["updated"]}


def test_an_empty_value_is_none(orgctl, listed):
    name = unique("user")
    orgctl("user", "create", name, "--email", "", "--full-name", "")
    assert (listed("user", "show", name)["email"], listed("user", "show", name)["name"]) == (None, None)


def test_user_names_are_unique_without_regard_to_case(orgctl, refuse):
    name = unique("straße")
    orgctl("user", "create", name)
    assert "exists" in refuse(1, "user", "create", name.upper())


@pytest.mark.parametrize("name", ["\ufb2c" * 30, ".", "..", "\u200b", "a\u202eb", "a\u0378", "\u2024"], ids=ascii)
def test_names_of_accounts_and_keys_obey_the_rule_of_all_names(refuse, org, person, name):
    """U+FB2C is three code points in NFC, which count: 30 of them are 90."""
    for command in (("user", "create", name), ("service-account", "create", name, "--organization", org["id"], "--role", "viewer"),
                    ("token", "create", "--user", person[0], "--name", name)):
        assert "a name " in refuse(2, *command)


def test_user_activate_and_deactivate(orgctl, listed, person):
    name, _ = person
    for verb, is_active in (("deactivate", False), ("deactivate", False), ("activate", True)):
        orgctl("user", verb, name)
        assert listed("user", "show", name)["is_active"] is is_active


# Service accounts, keys, tokens


def test_the_life_of_a_service_account(orgctl, listed, refuse, org):
    name = unique("robot")
    account_id = orgctl("service-account", "create", name, "--organization", org["name"].upper(), "--role", "manager",
                        "--quiet")
    account = listed("service-account", "show", name)
    assert (account["id"], account["organization"], account["organization_id"], account["role"],
            account["is_active"]) == (
        account_id, org["name"], org["id"], "manager", True)
    assert listed("service-account", "list", "--organization", org["id"]) == [account]
    assert account in listed("service-account", "list")
    for arguments, changed in ((("deactivate", name), {"is_active": False}), (("activate", name), {"is_active": True}),
                               (("set", name, "--role", "billing_admin"), {"role": "billing_admin"})):
        orgctl("service-account", *arguments)
        account |= changed
        assert listed("service-account", "show", name) == account
    assert "exists" in refuse(1, "service-account", "create", name, "--organization", org["id"], "--role", "admin")
    orgctl("service-account", "delete", name)
    refuse(1, "service-account", "show", name)
    assert listed("service-account", "list", "--organization", org["id"]) == []


@pytest.fixture(params=["key", "token"])
def holder(request, orgctl, org, person):
    """The noun of a credential, how to name its holder, and the prefix of its secrets."""
    if request.param == "token":
        return "token", ("--user", person[0]), "ORGPAT_"
    name = unique("robot")
    orgctl("service-account", "create", name, "--organization", org["id"], "--role", "viewer")
    return "key", ("--service-account", name), "ORGKEY_"


OPTIONS_OF = {"set": ("--description", "another")}  # without which there is nothing to do


def test_the_life_of_a_credential(orgctl, listed, refuse, holder):
    noun, of, prefix = holder
    secret = orgctl(noun, "create", *of, "--name", "first", "--quiet")
    assert re.fullmatch(prefix + "[A-Za-z0-9_-]{64}", secret)
    credential, = listed(noun, "list", *of)
    assert (credential["name"], credential["is_active"]) == ("first", True) and TIME.fullmatch(credential["created"])
    assert secret not in orgctl(noun, "list", *of) and secret not in json.dumps(credential)
    assert "first" in refuse(1, noun, "create", *of, "--name", "first")
    for verb, is_active in (("deactivate", False), ("activate", True)):
        orgctl(noun, verb, credential["id"])
        assert listed(noun, "list", *of) == [{**credential, "is_active": is_active}]
    orgctl(noun, "delete", credential["id"])
    assert listed(noun, "list", *of) == []
    for verb in ("delete", "deactivate", "activate", "rotate", "set"):
        refuse(1, noun, verb, credential["id"], *OPTIONS_OF.get(verb, ()))


@pytest.mark.parametrize("noun", ["organization", "service-account"])
def test_a_key_that_went_with_its_holder_gets_no_new_secret(instance, orgctl, listed, refuse, noun):
    """Its row may be there still."""
    org = instance.organization(instance.user())
    service = instance.service_account(org["id"], "viewer")
    key, = listed("key", "list", "--service-account", service.id)
    orgctl(noun, "delete", org["id"] if noun == "organization" else service.id)
    assert "no key with this id" in refuse(1, "key", "rotate", key["id"])


@pytest.mark.shows("V2.9.1, V2.10.4")
def test_a_secret_is_shown_once_and_with_quiet_alone(orgctl, listed, holder):
    noun, of, prefix = holder
    secrets = {orgctl(noun, "create", *of, "--quiet"), listed(noun, "create", *of)[noun]}
    text = orgctl(noun, "create", *of)
    secrets.add(re.search(prefix + "[A-Za-z0-9_-]{64}", text)[0])
    assert len(text.splitlines()) > 1 and len(secrets) == 3
    key_id = listed(noun, "list", *of)[0]["id"]
    assert re.fullmatch(prefix + "[A-Za-z0-9_-]{64}", orgctl(noun, "rotate", key_id, "--quiet"))
    names = [one["name"] for one in listed(noun, "list", *of)]
    assert len(names) == len(set(names)) == 3


def test_key_rotate_tells_how_long_the_old_secret_counts(orgctl, listed, org):
    name = unique("robot")
    orgctl("service-account", "create", name, "--organization", org["id"], "--role", "viewer")
    orgctl("key", "create", "--service-account", name)
    key, = listed("key", "list", "--service-account", name)
    assert (key["rotated"], key["retained_until"]) == (None, None)
    orgctl("key", "rotate", key["id"], "--retain", "10")
    rotated, = listed("key", "list", "--service-account", name)
    assert rotated["rotated"] < rotated["retained_until"]
    orgctl("key", "rotate", key["id"])
    assert listed("key", "list", "--service-account", name)[0]["retained_until"] is None


def test_a_key_is_no_token(instance, orgctl, listed, refuse, org, person):
    orgctl("token", "create", "--user", person[0])
    service = instance.service_account(org["id"], "viewer")
    token_id, key_id = listed("token", "list", "--user",
                              person[0])[0]["id"], listed("key", "list", "--service-account", service.name)[0]["id"]
    for verb in ("deactivate", "activate", "delete", "rotate", "set"):
        refuse(1, "key", verb, token_id, *OPTIONS_OF.get(verb, ()))
        refuse(1, "token", verb, key_id, *OPTIONS_OF.get(verb, ()))
    refuse(1, "key", "create", "--service-account", person[0])
    refuse(1, "token", "create", "--user", service.name)


# Organizations and members


def test_organization_show_list_delete(instance, orgctl, listed, refuse):
    owner = instance.user(limit=1)
    org = instance.organization(owner)
    shown = listed("organization", "show", org["name"].upper())
    assert {key: shown[key] for key in ("name", "id", "owner", "members", "created", "updated")} == {
        "name": org["name"], "id": org["id"], "owner": owner.name, "members": 1, "created": org["created"],
        "updated": org["updated"]}
    assert listed("organization", "show", org["id"]) == shown and shown in listed("organization", "list")
    orgctl("organization", "delete", org["id"])
    refuse(1, "organization", "show", org["name"])
    instance.organization(owner)  # the place within the limit is free again


def test_organizations_are_listed_by_what_names_begin_with_and_in_an_order(instance, listed, refuse):
    owner, base = instance.user(limit=3), f"v{secrets.token_hex(4)} "
    made = [instance.organization(owner, name=base + name)["name"] for name in ("Zoë", "café", "CAFE")]

    def names(*options):
        return [row["name"] for row in listed("organization", "list", *options) if row["name"].startswith(base)]

    down = [made[0], made[1], made[2]]
    for order, expected in ((None, made), ("created", made), ("-created", made[::-1]), ("name", down[::-1]), ("-name", down)):
        options = () if order is None else ("--order-by", order)
        assert names(*options) == names("--search", base.upper(), *options) == names("--search", "", *options) == expected
    assert listed("organization", "list", "--search", base + "caf\u00c9")[0]["name"] == made[1]
    assert names("--search", base + "CAF", "--order-by", "name") == [made[2], made[1]]
    assert listed("organization", "list", "--search", base + "caff") == []
    assert "created, -created, name or -name" in refuse(2, "organization", "list", "--order-by", "updated")
    assert "UTF-8" in refuse(2, "organization", "list", "--search", "\udcff")


def test_members(instance, orgctl, listed, refuse, org, person):
    name, user_id = person
    service = instance.service_account(org["id"], "viewer")
    for role in ("member", "admin", "viewer"):
        orgctl("member", "set", "--organization", org["name"], "--user", name.upper(), "--role", role)
        members = {member["name"]: member for member in listed("member", "list", "--organization", org["id"])}
        permissions = members[name].pop("permissions")
        assert members[name] == {"name": name, "id": user_id, "roles": [role], "teams": [], "is_owner": False,
                                 "is_service_account": False}
        assert "organization:read" in permissions and ("role:create" in permissions) == (role == "admin")
    assert len(members) == 3 and members[service.name]["is_service_account"] and [
        m["roles"] for m in members.values() if m["is_owner"]] == [["admin"]]
    orgctl("member", "remove", "--organization", org["id"], "--user", name)
    refuse(1, "member", "remove", "--organization", org["id"], "--user", name)
    assert name not in [member["name"] for member in listed("member", "list", "--organization", org["id"])]


def test_subscription_set(orgctl, listed, org):
    for arguments, status in ((["active"], "active"), (["canceled"], "canceled"), (["trialing"], "trialing"),
                              (["trialing", "--trial-days", "3"], "trialing")):
        orgctl("subscription", "set", "--organization", org["name"], "--status", *arguments)
        assert listed("organization", "show", org["id"])["subscription"] == status


# Signing keys


@pytest.mark.shows("V2.9.1, V2.10.4")
def test_the_life_of_signing_keys(database):
    """In a file of its own: the installation's tokens stay as they are."""
    config, keys = database.directory / "keys.conf", database.directory / "other-keys.json"
    database.write_config(config, signing_keys=keys)
    installed = database.signing_keys.read_bytes()

    def orgctl(*arguments):
        result = database.run_orgctl("signing-key", *arguments, config_path=config)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def kids():
        rows = json.loads(orgctl("list", "--json"))
        assert [row["signs"] for row in rows] == [True] + [False] * (len(rows) - 1)
        return [(row["kid"], row["alg"]) for row in rows]

    assert database.run_orgctl("signing-key", "list", config_path=config).returncode == 1
    first = orgctl("generate", "--quiet")
    assert kids() == [(first, "ES256")] and stat.S_IMODE(os.stat(keys).st_mode) == 0o600
    again = database.run_orgctl("signing-key", "generate", config_path=config)
    assert again.returncode == 1 and "rotate" in again.stderr and kids() == [(first, "ES256")]
    for algorithm in ("HS256", "none", "A128KW"):
        assert database.run_orgctl("signing-key", "rotate", "--alg", algorithm, config_path=config).returncode == 2
    assert kids() == [(first, "ES256")]
    os.chmod(keys, 0o640)
    second = orgctl("rotate", "--alg", "RS256", "--quiet")
    assert kids() == [(second, "RS256"), (first, "ES256")] and stat.S_IMODE(os.stat(keys).st_mode) == 0o640
    orgctl("prune")
    assert len(kids()) == 2
    document = json.loads(keys.read_text("utf-8"))
    document["keys"][1]["orgd_retired"] -= 4000
    Path(keys).write_text(json.dumps(document), "utf-8")
    orgctl("prune")
    assert kids() == [(second, "RS256")] and database.signing_keys.read_bytes() == installed


# check


def test_check_is_content_with_a_good_installation(database):
    result = database.run_orgctl("check")
    assert result.returncode == 0 and "FAILED" not in result.stdout
    for what in ("configuration", "database", "schema", "signing keys"):
        assert re.search(rf"^{what}\s+ok", result.stdout, re.MULTILINE)
    rows = {row["check"]: row["result"] for row in json.loads(database.run_orgctl("check", "--json").stdout)}
    assert {what: result for what, result in rows.items() if result != "ok"} == {
        "service": "unknown", "innodb_flush_log_at_trx_commit": "warning"}, "nobody serves, and the tests' server is fast"


def test_check_and_a_start_find_a_key_that_is_not_whole(database):
    config, keys = database.directory / "mixed.conf", database.directory / "mixed-keys.json"
    database.write_config(config, signing_keys=keys)
    for command in ("generate", "rotate"):
        assert database.run_orgctl("signing-key", command, config_path=config).returncode == 0
    document = json.loads(keys.read_text("utf-8"))
    document["keys"][0]["d"] = document["keys"][1]["d"]
    keys.write_text(json.dumps(document), "utf-8")
    result = database.run_orgctl("check", config_path=config)
    assert result.returncode == 1 and re.search("^signing keys +FAILED .*signing-key rotate", result.stdout, re.MULTILINE)
    start = subprocess.run([database.orgd, "--config", config, "--check"], env=database.environment, text=True,
                           capture_output=True, check=False)
    assert start.returncode == 2 and str(keys) in start.stderr and "signing-key rotate" in start.stderr
    assert database.run_orgctl("signing-key", "rotate", config_path=config).returncode == 0
    assert database.run_orgctl("check", config_path=config).returncode == 0


@pytest.mark.parametrize("settings, failing, advice", [
    ({"signing_keys": "/nonexistent/keys.json"}, "signing keys", "orgctl signing-key generate"),
    ({"database_option_file": "/nonexistent/my.cnf"}, "database", "/nonexistent/my.cnf"),
])
def test_check_says_what_is_wrong_and_what_to_do(database, settings, failing, advice):
    config = database.directory / "broken.conf"
    database.write_config(config, **settings)
    result = database.run_orgctl("check", config_path=config)
    assert result.returncode == 1
    line, = [line for line in result.stdout.splitlines() if line.startswith(failing)]
    assert "FAILED" in line and advice in line


@pytest.fixture
def issuers_config(database):
    """Writes a configuration with an issuer whose keys are in a file of this text, or in none."""
    config, keys = database.directory / "issuer.conf", database.directory / "issuer-keys.json"

    def write(text):
        keys.unlink(missing_ok=True)
        if text is not None:
            write_file(keys, text)
        database.write_config(config)
        with open(config, "a", encoding="utf-8") as lines:
            lines.write(f'[issuer "https://idp.example.org"]\naudience = a\njwks = {keys}\n')
        return config

    return write


@pytest.mark.parametrize("text, fault", [(None, "No such file"), ("{}", "not a JWK Set"), ("[", "not a JWK Set"),
                                         ('{"keys": []}', None)])
def test_checks_look_at_the_keys_of_other_issuers(database, issuers_config, text, fault):
    config = issuers_config(text)
    result = database.run_orgctl("check", config_path=config)
    line, = [line for line in result.stdout.splitlines() if line.startswith("keys of https://idp.example.org")]
    assert result.returncode == (0 if fault is None else 1)
    assert ("FAILED" in line and fault in line) if fault else "ok" in line
    result = subprocess.run([database.orgd, "--config", config, "--check"], env=database.environment,
                            capture_output=True, text=True, timeout=60, check=False, **privileges())
    assert result.returncode == (0 if fault is None else 2)
    assert (fault in result.stderr and "issuer-keys.json" in result.stderr) if fault else result.stderr == ""


def test_a_database_that_is_away_is_named(database):
    config, options = database.directory / "away.conf", database.directory / "away.cnf"
    options.write_text("[orgd]\nsocket = /nonexistent/mariadb.sock\nuser = orgd\ndatabase = orgd\n", "utf-8")
    options.chmod(0o644)
    database.write_config(config, database_option_file=options)
    result = database.run_orgctl("user", "list", config_path=config)
    assert result.returncode == 1 and "/nonexistent/mariadb.sock" in result.stderr


CONNECTIONS = {
    "no option file": (None, "there is no such file"),
    "wrong password": ("user = orgd\npassword = wrong\ndatabase = orgd\n", "Access denied"),
    "unknown database": ("user = root\ndatabase = nothing\n", "Unknown database"),
    "no database": ("user = root\n", "names no database"),
}


@pytest.mark.parametrize("group", ["orgd", "orgctl"])
@pytest.mark.parametrize("options, cause", CONNECTIONS.values(), ids=CONNECTIONS)
def test_why_the_database_cannot_be_used_is_said(database, options, cause, group):
    """A client of the API reads that it may try again; nobody shall try again what cannot work."""
    config, option_file = database.directory / "wrong.conf", database.directory / "wrong.cnf"
    option_file.unlink(missing_ok=True)
    if options is not None:
        write_file(option_file, f"[{group}]\nsocket = {database.mariadb.socket}\n{options}")
    database.write_config(config, database_option_file=option_file)
    result = database.run_orgctl("user", "list", config_path=config)
    assert result.returncode == 1 and "cannot use the database: " in result.stderr and cause in result.stderr
    assert "'orgctl check' says what to do" in result.stderr and "Try again" not in result.stderr
    assert (f"correct the group [orgctl] of {option_file}" in result.stderr) == (group == "orgctl" and options is not None)


def test_a_database_without_tables_is_to_be_migrated(database):
    with SecondDatabase(database) as second:
        for command in ("user list", "purge", "event list"):
            result = database.run_orgctl(*command.split(), config_path=second.config_path)
            assert result.returncode == 1 and "Run 'orgctl migrate'" in result.stderr, command


def test_without_a_configuration_setup_makes_one(database, build_directory):
    """Where the program was built there is none beside it."""
    if any(Path(path).exists() for path in ("/etc/orgd/orgd.conf", "/usr/local/etc/orgd/orgd.conf")):
        pytest.skip("this host has one")
    result = subprocess.run([build_directory / "app/orgctl/orgctl", "user", "list"], text=True, capture_output=True,
                            env={**database.environment, "ORGD_DATABASE_OPTION_FILE": "/nonexistent/my.cnf"}, check=False)
    assert result.returncode == 1 and "/nonexistent/my.cnf" in result.stderr
    assert "run 'orgctl setup', or give --config FILE" in result.stderr
