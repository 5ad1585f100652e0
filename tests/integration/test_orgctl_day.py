"""The days of an operator: by orgctl alone, without curl and SQL. And what the first manual promised goes on to work."""

import json
import shlex

import pytest

from expect import unique
from installation import SecondDatabase

ORIGIN = "https://app.example.org/callback"


class Office:
    """A database of its own, with signing keys of its own, so that names are free and nobody is disturbed."""

    def __init__(self, second):
        self.second = second
        keys = second.directory / f"{second.name}-keys.json"
        second.write_config(second.config_path, signing_keys=keys)
        self.seen = {}

    def run(self, line, input=None, status=0):
        """Runs a line as it stands in a manual, with {names} of what was seen before. Returns what it printed."""
        words = shlex.split(line.format(**self.seen))
        assert words.pop(0) == "orgctl"
        result = self.second.run_orgctl(*words, input=input)
        assert result.returncode == status, f"{line}: {result.returncode} {result.stderr}"
        return result.stdout.strip()

    def see(self, name, line):
        self.seen[name] = self.run(line)

    def rows(self, line):
        return json.loads(self.run(line + " --json"))


@pytest.fixture
def office(database):
    with SecondDatabase(database) as second:
        yield Office(second)


@pytest.fixture
def open_office(office):
    """After the first morning."""
    for line in ("orgctl migrate", "orgctl signing-key generate", "orgctl user create admin --superuser"):
        office.run(line)
    return office


# What the manual of the first version said, from its synopses: each line with every option that it names.
FIRST_MANUAL = """
orgctl migrate
orgctl migrate --status
orgctl signing-key generate --alg RS256
orgctl signing-key rotate --alg ES256
orgctl signing-key rotate
orgctl signing-key list
orgctl signing-key prune
orgctl user create alice --email alice@example.org --full-name Alice --superuser --organization-limit 3
orgctl user create bob
orgctl user list
orgctl user show ALICE
orgctl user deactivate alice
orgctl user activate alice
orgctl user set alice --email "" --full-name A --superuser no --organization-limit default
orgctl user set alice --superuser yes --organization-limit 5
orgctl organization list
orgctl organization show Example
orgctl organization show {organization}
orgctl member set --organization Example --user bob --role viewer
orgctl member list --organization {organization}
orgctl member set --organization {organization} --user bob --role billing_admin
orgctl member remove --organization Example --user bob
orgctl subscription set --organization Example --status active
orgctl subscription set --organization Example --status canceled
orgctl subscription set --organization Example --status trialing
orgctl subscription set --organization {organization} --status trialing --trial-days 30
orgctl service-account create robot --organization Example --role manager
orgctl service-account list
orgctl service-account list --organization Example
orgctl service-account show robot
orgctl service-account deactivate robot
orgctl service-account activate robot
orgctl service-account set robot --role viewer
orgctl key create --service-account robot --name first
orgctl key create --service-account robot
orgctl key list --service-account robot
orgctl key rotate {key} --retain 10
orgctl key rotate {key}
orgctl key deactivate {key}
orgctl key activate {key}
orgctl key delete {key}
orgctl token create --user bob --name first
orgctl token create --user bob
orgctl token list --user bob
orgctl token deactivate {token}
orgctl token activate {token}
orgctl token delete {token}
orgctl client create App --redirect-uri "https://a.example.org/ http://127.0.0.1/cb org.example.app:/cb" --confidential
orgctl client create Device
orgctl client list
orgctl client delete {client}
orgctl service-account delete robot
orgctl organization delete Example
orgctl organization list
"""


def look(office):
    """Finds the ids that lines to come are about."""
    robots = office.rows("orgctl service-account list")
    for name, line in (("key", "orgctl key list --service-account robot"), ("token", "orgctl token list --user bob")):
        rows = office.rows(line) if robots or name == "token" else []
        if rows:
            office.seen[name] = rows[0]["id"]
    for client in office.rows("orgctl client list"):
        office.seen["client"] = client["client_id"]


@pytest.mark.parametrize("form", ["", " --json", " --quiet"], ids=["people", "json", "quiet"])
def test_the_commands_of_the_first_manual_go_on_to_work(office, form):
    """Also with the options that go with every command, before or behind its name."""
    lines = [line for line in FIRST_MANUAL.splitlines() if line]
    for line in lines:
        if line == "orgctl organization list" and "organization" not in office.seen:
            office.see("organization", "orgctl organization create Example --owner alice --quiet")
        if "{key}" in line or "{token}" in line or "{client}" in line:
            look(office)
        office.run(line.replace("orgctl", "orgctl" + form, 1) if len(line) % 2 else line + form)
    for option in ("--password", "--password-hash"):
        donor = office.second.sql("SELECT hash FROM orgd_passwords LIMIT 1") if option == "--password-hash" else []
        office.run(f"orgctl user set bob {option}", input=donor[0][0].decode() if donor else "a long password\n")


def test_what_the_first_manual_printed_is_printed(open_office):
    """An id or a secret alone on its line with --quiet; lists and objects with --json."""
    office = open_office
    assert len(office.run("orgctl user create carol --quiet")) == 36
    office.see("organization", "orgctl organization create Example --owner carol --quiet")
    assert len(office.run("orgctl service-account create reports --organization Example --role viewer --quiet")) == 36
    assert office.run("orgctl key create --service-account reports --quiet").startswith("ORGKEY_")
    assert office.run("orgctl token create --user carol --quiet").startswith("ORGPAT_")
    rows = office.rows("orgctl key list --service-account reports")
    office.seen["key"] = rows[0]["id"]  # as `jq -r '.[0].id'` has it
    assert office.run('orgctl key rotate "{key}" --retain 60 --quiet').startswith("ORGKEY_")
    assert office.rows("orgctl organization show Example")["id"] == office.seen["organization"]
    assert len(office.run("orgctl signing-key rotate --quiet")) == 43
    assert office.run("orgctl user show nobody", status=1) == office.run("orgctl user shw x", status=2) == ""


def test_service_accounts_of_one_name_are_told_apart(open_office):
    office = open_office
    for name in ("One", "Two"):
        office.run(f"orgctl user create owner-{name}")
        office.run(f"orgctl organization create {name} --owner owner-{name}")
        office.run(f"orgctl service-account create reports --organization {name} --role viewer")
    office.run("orgctl service-account show reports", status=2)
    assert office.rows("orgctl service-account show reports --organization Two")["organization"] == "Two"
    office.run("orgctl service-account delete reports --organization Two")
    assert office.rows("orgctl service-account show reports")["organization"] == "One"


# The days. Each is what somebody asks the operator for.
DAYS = {
    "somebody is new": ["orgctl user create dora --email dora@example.org --full-name 'Dora D.'",
                        "orgctl user show dora", "orgctl token create --user dora --expires-in 90d"],
    "a company comes with its people": [
        "orgctl organization create Acme --owner boss --description Anvils --logo-url https://acme.example.com/logo.png",
        "orgctl member add --organization Acme --user worker --role member",
        "orgctl subscription set --organization Acme --status trialing --trial-days 60",
        "orgctl member list --organization Acme", "orgctl organization show Acme"],
    "a company says who may do what": [
        "orgctl organization create Acme --owner boss", "orgctl permission list",
        "orgctl role create Auditor --organization Acme --permissions 'organization:read event:read' --description 'Reads on'",
        "orgctl team create Books --organization Acme", "orgctl role assign Auditor --organization Acme --team Books",
        "orgctl member add --organization Acme --user worker --role member",
        "orgctl team add Books --organization Acme --user worker", "orgctl team show Books --organization Acme",
        "orgctl role update Auditor --organization Acme --permissions 'organization:read event:read member:read'",
        "orgctl role list --organization Acme", "orgctl member list --organization Acme",
        "orgctl team delete Books --organization Acme", "orgctl role delete Auditor --organization Acme"],
    "somebody marries": ["orgctl user rename worker --to married", "orgctl user set married --full-name 'M. M.' "
                         "--email m@example.org", "orgctl user show married"],
    "a company has a new name": ["orgctl organization create Acme --owner boss",
                                 "orgctl organization set Acme --name Apex --description ''", "orgctl organization show Apex"],
    "the boss leaves": ["orgctl organization create Acme --owner boss", "orgctl organization transfer Acme --to worker",
                        "orgctl member remove --organization Acme --user boss", "orgctl user delete boss"],
    "somebody has lost a laptop": ["orgctl token create --user worker --quiet", "orgctl user deactivate worker",
                                   "orgctl user activate worker"],
    "a program is to read": ["orgctl organization create Acme --owner boss",
                             "orgctl service-account create reports --organization Acme --role viewer",
                             "orgctl key create --service-account reports --expires-in 52w"],
    "an application is to sign people in": [f"orgctl client create Shop --redirect-uri {ORIGIN} --confidential",
                                            "orgctl client list"],
    "the company's identities come": ["orgctl user link worker --issuer https://idp.example.org --subject w1",
                                      "orgctl user show worker",
                                      "orgctl user unlink worker --issuer https://idp.example.org --subject w1"],
    "a company goes": ["orgctl organization create Acme --owner boss", "orgctl organization delete Acme",
                       "orgctl user delete boss", "orgctl user delete worker", "orgctl purge"],
    "the year begins": ["orgctl signing-key rotate", "orgctl signing-key prune", "orgctl signing-key list",
                        "orgctl migrate --status", "orgctl purge", "orgctl user list", "orgctl organization list",
                        "orgctl service-account list", "orgctl user export --with-password-hashes"],
}


@pytest.mark.parametrize("day", DAYS)
def test_a_day_needs_orgctl_alone(open_office, day):
    for name in ("boss", "worker"):
        open_office.run(f"orgctl user create {name}")
    for line in DAYS[day]:
        open_office.run(line)


def test_many_are_new(open_office):
    names = [unique("new") for _ in range(30)]
    text = "username\n" + "\n".join(names)
    open_office.run("orgctl user import - --dry-run", input=text)
    open_office.run("orgctl user import -", input=text)
    assert {row["username"] for row in open_office.rows("orgctl user list")} == {*names, "admin"}
    open_office.run(f"orgctl user set '{names[0]}' --password", input="a password of theirs\n")
