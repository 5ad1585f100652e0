"""The names of service accounts: unique within their organization, and apart from the names of users."""

import uuid

import pymysql
import pytest

from expect import ok, unique
from orgctl_fixtures import listed, orgctl


@pytest.fixture
def make(instance, orgctl):
    """Makes a service account of that name in a new organization; returns both."""
    def make(name):
        organization = instance.organization(instance.user())
        account_id = orgctl("service-account", "create", name, "--organization", organization["id"], "--role", "viewer",
                            "--quiet")
        return organization, account_id
    return make


def test_two_organizations_have_service_accounts_of_one_name(instance, orgctl, listed, make):
    name = unique("ci")
    pairs = [make(name), make(name.upper())]
    for organization, account_id in pairs:
        key = orgctl("key", "create", "--service-account", name, "--organization", organization["id"], "--quiet")
        me = ok(instance.client(key).get("/users/me"))
        assert (me["id"], me["organization_id"]) == (account_id, organization["id"])
        assert [one["id"] for one in listed("service-account", "list", "--organization", organization["id"])] == [account_id]
    assert [one["id"] for one in listed("service-account", "list") if one["name"].lower() == name.lower()] == [
        account_id for _, account_id in pairs]


def test_a_name_is_unique_within_its_organization(database, make):
    name = unique("straße")
    organization, _ = make(name)
    again = database.run_orgctl("service-account", "create", name.upper(), "--organization", organization["id"], "--role",
                                "admin")
    assert again.returncode == 1 and "exists already" in again.stderr


def test_the_name_is_free_again_when_the_service_account_is_gone(orgctl, make, listed):
    name = unique("ci")
    organization, account_id = make(name)
    other, other_id = make(name)
    orgctl("service-account", "delete", account_id)
    assert listed("service-account", "show", name)["id"] == other_id
    again = orgctl("service-account", "create", name, "--organization", organization["id"], "--role", "viewer", "--quiet")
    assert listed("service-account", "show", name, "--organization", organization["name"])["id"] == again
    orgctl("organization", "delete", other["id"])
    assert listed("service-account", "show", name)["id"] == again


def test_a_role_that_was_made_there(database, instance, orgctl, listed):
    owner = instance.user()
    organization = instance.organization(owner)
    role = ok(owner.client.post("/roles", json={"name": unique("Auditor"), "organization_id": organization["id"],
                                                "permissions": ["event:read"]}))
    of, name = ("--organization", organization["id"]), unique("ci")
    account_id = orgctl("service-account", "create", name, *of, "--role", role["name"], "--quiet")
    assert listed("service-account", "show", account_id)["role"] == role["name"]
    key = orgctl("key", "create", "--service-account", account_id, "--quiet")
    ok(instance.client(key).get(f"/organizations/{organization['id']}/events"))
    assert listed("service-account", "set", account_id, "--role", "viewer")["role"] == "viewer"
    assert listed("service-account", "set", account_id, "--role", role["id"])["role"] == role["name"]
    refused = database.run_orgctl("service-account", "create", unique("ci"), *of, "--role", "nobody's")
    assert refused.returncode == 1 and "nobody's" in refused.stderr


def test_a_name_for_people_and_a_description(database, instance, orgctl, listed):
    organization = instance.organization(instance.user())
    name = unique("ci")
    account_id = orgctl("service-account", "create", name, "--organization", organization["id"], "--role", "viewer",
                        "--full-name", "Build", "--description", "Builds", "--quiet")
    shown = listed("service-account", "show", account_id)
    assert (shown["full_name"], shown["description"], shown["role"]) == ("Build", "Builds", "viewer")
    by_api = ok(instance.admin.client.get(f"/organizations/{organization['id']}/service_accounts/{account_id}"))
    assert (by_api["username"], by_api["name"], by_api["description"]) == (name, "Build", "Builds")
    changed = listed("service-account", "set", account_id, "--description", "", "--role", "manager")
    assert changed == {**shown, "description": None, "role": "manager"}
    assert listed("service-account", "show", account_id) == changed
    for option, value in (("--full-name", "a\tb"), ("--description", "x" * 257)):
        refused = database.run_orgctl("service-account", "set", account_id, option, value)
        assert refused.returncode == 2 and option in refused.stderr


COMMANDS = pytest.mark.parametrize("before, behind", [
    (("service-account", "show"), ()), (("service-account", "activate"), ()), (("service-account", "deactivate"), ()),
    (("service-account", "set"), ("--role", "manager")), (("service-account", "delete"), ()),
    (("key", "create", "--service-account"), ()), (("key", "list", "--service-account"), ()),
], ids=lambda words: "-".join(words[:2]))


@COMMANDS
def test_a_name_that_several_have_is_refused(database, orgctl, make, before, behind):
    name = unique("ci")
    (organization, account_id), (other, _) = make(name), make(name)
    refused = database.run_orgctl(*before, name, *behind)
    assert refused.returncode == 2 and refused.stdout == ""
    assert "several organizations" in refused.stderr and "--organization" in refused.stderr and "its id" in refused.stderr
    elsewhere = database.run_orgctl(*before, account_id, "--organization", other["id"], *behind)
    assert elsewhere.returncode == 1 and "in this organization" in elsewhere.stderr
    orgctl(*before, name, "--organization", organization["name"], *behind)


@COMMANDS
def test_a_name_that_one_has_and_an_id_are_enough(database, orgctl, make, before, behind):
    name = unique("ci")
    _, account_id = make(name)
    orgctl(*before, account_id.upper(), *behind)
    if before[1] == "delete":
        assert database.run_orgctl(*before, name, *behind).returncode == 1, "it is gone"
    else:
        orgctl(*before, name.upper(), *behind)


def test_a_user_and_a_service_account_of_one_name_are_two(instance, orgctl, listed, make):
    name = unique("ci")
    organization, account_id = make(name)
    user_id = orgctl("user", "create", name, "--quiet")
    assert (listed("user", "show", name)["id"], listed("service-account", "show", name)["id"]) == (user_id, account_id)
    orgctl("member", "set", "--organization", organization["id"], "--user", name, "--role", "manager")
    members = listed("member", "list", "--organization", organization["id"])
    assert {(one["id"], *one["roles"]) for one in members if one["name"] == name} == {
        (user_id, "manager"), (account_id, "viewer")}
    assert ok(instance.admin.client.get("/organizations", params={"owner_username": name})) == []


def test_a_service_account_is_no_user(database, instance, make):
    name = unique("ci")
    organization, account_id = make(name)
    for refused in (("user", "show", name), ("token", "create", "--user", name),
                    ("member", "set", "--organization", organization["id"], "--user", name, "--role", "admin")):
        assert database.run_orgctl(*refused).returncode == 1
    assert database.run_orgctl("service-account", "show", instance.user().name).returncode == 1


def test_members_are_listed_by_name_whoever_they_are(orgctl, listed, make):
    mark = unique("m")
    organization, _ = make(f"{mark}-b")
    for name in (f"{mark}-a", f"{mark}-c"):
        orgctl("user", "create", name)
        orgctl("member", "set", "--organization", organization["id"], "--user", name, "--role", "viewer")
    names = [one["name"] for one in listed("member", "list", "--organization", organization["id"])]
    assert [name for name in names if name.startswith(mark)] == [f"{mark}-{letter}" for letter in "abc"]


def test_an_organization_whose_id_is_text_takes_no_user_s_name(instance, orgctl, listed):
    """What stands in the key beside the name is its organization's id, which a superuser may choose."""
    organization_id = uuid.UUID(bytes=unique("x").encode()[-16:].rjust(16, b"x"))
    owner = instance.user()
    ok(instance.admin.client.post("/organizations", json={"name": unique("org"), "id": str(organization_id),
                                                          "owner_id": owner.id}))
    orgctl("service-account", "create", "ci", "--organization", str(organization_id), "--role", "viewer")
    for name in (organization_id.bytes.decode() + "ci", "ci" + organization_id.bytes.decode()):
        orgctl("user", "create", name)
        assert listed("user", "show", name)["username"] == name


def test_the_longest_key_of_a_name_finds_room(orgctl, make, listed):
    """U+FDFA has 33 bytes in the form by which names are compared: 31 of them are 1,023."""
    name = "\ufdfa" * 31
    organization, account_id = make(name)
    assert listed("service-account", "show", name)["id"] == account_id
    orgctl("service-account", "delete", name)


def test_the_database_itself_refuses_a_second_name_and_one_without_organization(database, make):
    name = unique("ci")
    (_, first), (_, second) = make(name), make(name)
    change = "UPDATE orgd.orgd_accounts SET name_key = {} WHERE id = %s"
    for key in (f"(SELECT name_key FROM orgd.orgd_accounts WHERE id = UNHEX('{first.replace('-', '')}'))", f"'{name}'"):
        with pytest.raises(pymysql.err.MySQLError, match="orgd_accounts_service_named_within"):
            database.sql(change.format(key), (uuid.UUID(second).bytes,))
    copied = f"""INSERT INTO orgd.orgd_accounts (id, kind, name, name_key, organization_id, created, updated)
                 SELECT UNHEX('{uuid.uuid4().hex}'), kind, name, name_key, organization_id, created, updated
                 FROM orgd.orgd_accounts WHERE id = %s"""
    with pytest.raises(pymysql.err.IntegrityError, match="orgd_accounts_name_key"):
        database.sql(copied, (uuid.UUID(first).bytes,))
