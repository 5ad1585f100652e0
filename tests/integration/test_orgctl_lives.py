"""What an operator does to users, organizations and memberships by orgctl, and what the API makes of it."""

import concurrent.futures
import uuid

import pytest

from expect import error, ok, unique
from oauth import person_of, sign_in
from orgctl_fixtures import listed, orgctl, person


@pytest.fixture
def refused(database):
    """Runs a command that must fail with this status; returns its message."""
    def run(status, *arguments):
        result = database.run_orgctl(*arguments)
        assert result.returncode == status and result.stdout == "", result.stderr
        return result.stderr
    return run


# Users


def test_a_renamed_user_goes_on_under_the_new_name(instance, orgctl, listed):
    someone, name = person_of(instance), unique("renamed")
    orgctl("user", "rename", someone.name, "--to", name)
    assert ok(someone.client.get("/users/me"))["username"] == name
    sign_in(instance, type(someone)(someone.id, name, someone.token, someone.client))
    orgctl("user", "create", someone.name)
    assert listed("user", "show", name)["id"] == someone.id


def test_a_user_may_change_the_case_of_the_name(orgctl, listed, person):
    orgctl("user", "rename", person, "--to", person.upper())
    assert listed("user", "show", person)["username"] == person.upper()


@pytest.mark.parametrize("name", ["", " a", "a\tb", "x" * 65, "..", "\u200b"], ids=ascii)
def test_a_new_name_obeys_the_rule_of_names(refused, listed, person, name):
    refused(2, "user", "rename", person, "--to", name)
    assert listed("user", "show", person)["username"] == person


def test_nobody_gets_the_name_of_somebody_else(refused, orgctl, person):
    other = unique("other")
    orgctl("user", "create", other)
    assert f"a user named '{other.upper()}' exists already" in refused(1, "user", "rename", person, "--to", other.upper())


def test_an_owner_is_not_deleted(instance, refused, orgctl, listed):
    """The message says what is owned; once it has another owner, the user can go."""
    owner, heir = instance.user(limit=5), instance.user(limit=5)
    names = [instance.organization(owner)["name"] for _ in range(2)]
    message = refused(1, "user", "delete", owner.name)
    assert all(f"'{name}'" in message for name in names) and "others" not in message
    assert listed("user", "show", owner.name)["organizations_owned"] == 2
    assert owner.client.get("/users/me").status_code == 200
    for _ in range(2):
        names.append(instance.organization(owner)["name"])
    assert "and others" in refused(1, "user", "delete", owner.name)
    for name in names:
        orgctl("organization", "transfer", name, "--to", heir.name)
    orgctl("user", "delete", owner.name)
    assert owner.client.get("/users/me").status_code == 401
    assert listed("user", "show", heir.name)["organizations_owned"] == 4


def test_a_deleted_user_comes_to_no_organization(instance, orgctl, refused):
    gone, admin = instance.user(), instance.admin
    orgctl("user", "delete", gone.name)
    answer = admin.client.post("/organizations", json={"name": unique("o"), "owner_id": gone.id})
    assert answer.status_code == 422 and "active human user" in answer.text
    refused(1, "organization", "create", unique("o"), "--owner", gone.name)


def test_nobody_owns_anything_behind_the_end(instance, orgctl):
    """Two operators at once: one deletes a user, the other gives it an organization. One of them comes first."""
    run = instance.installation.run_orgctl
    for _ in range(12):
        owner, heir = instance.user(), instance.user()
        org = instance.organization(owner)
        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            transfer = threads.submit(run, "organization", "transfer", org["id"], "--to", heir.name)
            deletion = threads.submit(run, "user", "delete", heir.name)
            done = (transfer.result().returncode, deletion.result().returncode)
        assert sorted(done) in ([0, 1], [0, 2]), (transfer.result().stderr, deletion.result().stderr)
        shown = ok(instance.admin.client.get("/organizations/" + org["id"]))
        assert shown["owner_id"] == (heir.id if done[0] == 0 else owner.id)
    assert instance.installation.sql("SELECT 1 FROM orgd.orgd_organizations o JOIN orgd.orgd_accounts a"
                                     " ON a.id = o.owner_id WHERE o.ended IS NULL AND a.ended IS NOT NULL") == []


# Organizations


def test_an_operator_creates_what_the_api_shows(instance, orgctl, listed):
    owner, name = instance.user(limit=1), unique("Organisation für Ämter & Co/KG ")
    links = '[{"title": "Status", "url": "https://status.example.com"}]'
    org_id = orgctl("organization", "create", name, "--owner", owner.name, "--description", "Anvils", "--logo-url",
                    "https://acme.example.com/logo.png", "--links", links, "--quiet")
    shown = ok(owner.client.get("/organizations/" + org_id, params={"include_subscription_status": "true"}))
    assert (shown["name"], shown["owner_id"], shown["description"]) == (name, owner.id, "Anvils")
    assert shown["links"] == [{"title": "Status", "url": "https://status.example.com"}]
    assert shown["has_active_subscription"] is True and shown["trial_expiry"] > 0
    assert listed("member", "list", "--organization", org_id)[0]["roles"] == ["admin"]


def test_an_operator_changes_what_is_given(instance, orgctl):
    owner = instance.user()
    before = instance.organization(owner, description="a", logo_url="https://a.example/a.png")
    name = unique("Renamed")
    orgctl("organization", "set", before["id"], "--name", name, "--description", "")
    after = ok(owner.client.get("/organizations/" + before["id"]))
    assert {key for key in after if after[key] != before[key]} == {"name", "description", "updated"}
    assert (after["name"], after["description"]) == (name, None)


@pytest.mark.parametrize("option, value, words", [
    ("--name", "", "must have a name"), ("--name", "x" * 51, "--name: String should have at most 50 characters"),
    ("--name", "..", "--name: "), ("--logo-url", "nonsense", "--logo-url: "), ("--links", "nonsense", "--links: must be JSON in UTF-8, a list"),
    *[("--links", value, '--links: must be a list such as [{"title": ') for value in ('[{"title": "a"}]', "[1]", "{}")],
    ("--description", "x" * 257, "--description: "),
])
def test_what_the_api_refuses_orgctl_refuses(instance, refused, option, value, words):
    owner = instance.user()
    org = instance.organization(owner)
    assert words in refused(2, "organization", "set", org["id"], option, value)
    assert ok(owner.client.get("/organizations/" + org["id"])) == org


def test_an_operator_sees_all(refused):
    """What is not there is not hidden either, as it may be from a client of the API."""
    for command in ("invitation revoke", "organization show", "role show", "team show"):
        message = refused(1, *command.split(), str(uuid.uuid4()))
        assert "no " in message and "may not see" not in message, command


def test_a_service_account_is_removed_with_its_membership(instance, refused):
    org = instance.organization(instance.user())["id"]
    service = instance.service_account(org, "viewer")
    for name in (service.name, service.id):
        assert f"'orgctl service-account delete {name}" in refused(1, "member", "remove", "--organization", org, "--user", name)
    elsewhere = instance.organization(instance.user())["id"]
    message = refused(1, "member", "remove", "--organization", elsewhere, "--user", service.name)
    assert f"there is no user named '{service.name}'" in message


def test_all_faults_are_said_at_once(instance, refused):
    owner = instance.user()
    message = refused(2, "organization", "create", "x" * 51, "--owner", owner.name, "--logo-url", "no", "--links", "[1]")
    assert all(word in message for word in ("--name: ", "--logo-url: ", "--links: "))


def test_the_limit_holds_for_operators_who_read_how_to_raise_it(instance, orgctl, refused):
    owner, other = instance.user(limit=1), instance.user(limit=0)
    org = instance.organization(owner)
    for arguments, user in ((("create", unique("o"), "--owner", owner.name), owner),
                            (("transfer", org["id"], "--to", other.name), other)):
        message = refused(1, "organization", *arguments)
        assert f"orgctl user set {user.name} --organization-limit" in message
        orgctl("user", "set", user.name, "--organization-limit", "2")
        orgctl("organization", *arguments)


def test_a_transfer_makes_an_admin_of_a_stranger_and_leaves_the_old_owner_one(instance, orgctl, listed):
    owner, heir = instance.user(limit=1), instance.user(limit=1)
    org = instance.organization(owner)
    orgctl("organization", "transfer", org["name"], "--to", heir.name)
    assert ok(heir.client.get("/organizations/" + org["id"]))["owner_id"] == heir.id
    members = {member["name"]: (member["roles"], member["is_owner"])
               for member in listed("member", "list", "--organization", org["id"])}
    assert members == {owner.name: (["admin"], False), heir.name: (["admin"], True)}
    ok(owner.client.post("/organizations", json={"name": unique("o")}))


def test_who_is_deactivated_owns_nothing(instance, orgctl, refused, person):
    org = instance.organization(instance.user())
    orgctl("user", "deactivate", person)
    for arguments in (("create", unique("o"), "--owner", person), ("transfer", org["id"], "--to", person)):
        assert "deactivated" in refused(2, "organization", *arguments)


# Members


def test_a_member_is_added_once(instance, orgctl, listed, refused, person):
    owner = instance.user()
    org = instance.organization(owner)
    of = ("--organization", org["id"], "--user", person, "--role")
    orgctl("member", "add", *of, "viewer")
    assert f"{person} is a member already" in refused(1, "member", "add", *of, "admin")
    assert f"{owner.name} is a member already" in refused(
        1, "member", "add", "--organization", org["id"], "--user", owner.name, "--role", "admin")
    roles, = [member["roles"] for member in listed("member", "list", "--organization", org["id"]) if member["name"] == person]
    assert roles == ["viewer"]


def test_what_the_api_shows_of_a_user_operators_set_and_see(instance, orgctl, listed, refused, person):
    fields = {"avatar-url": "https://example.org/a.png", "company": "A", "job-title": "B", "language": "de", "time-zone": "UTC",
              "metadata": '{"a": [1.5, "ü"]}'}
    user_id = listed("user", "show", person)["id"]
    orgctl("user", "set", person, *(word for name, value in fields.items() for word in (f"--{name}", value)))
    expected = {name.replace("-", "_"): value for name, value in fields.items()} | {"metadata": {"a": [1.5, "ü"]}}
    shown = listed("user", "show", person)
    user = ok(instance.admin.client.get("/users/" + user_id))
    assert {name: shown[name] for name in expected} == {name: user[name] for name in expected} == expected
    assert "--language: this is not a language" in refused(2, "user", "set", person, "--language", "de_AT")
    assert "--metadata: must be JSON" in refused(2, "user", "set", person, "--metadata", "{")
    assert "--avatar-url: URL scheme should be" in refused(2, "user", "set", person, "--avatar-url", "ftp://example.org")
    orgctl("user", "set", person, *(word for name in fields for word in (f"--{name}", "")))
    user = ok(instance.admin.client.get("/users/" + user_id))
    assert {user[name] for name in expected if name != "metadata"} == {None} and user["metadata"] == {}
    other = unique("new")
    orgctl("user", "create", other, "--company", "A", "--metadata", '{"a": 1}')
    assert [listed("user", "show", other)[name] for name in ("company", "metadata")] == ["A", {"a": 1}]


# Ids, as events have them


def test_a_user_may_be_named_by_the_id(instance, orgctl, listed, refused):
    user = instance.user(limit=10)
    org = instance.organization(user)
    other = listed("user", "create", unique("person"))
    assert listed("user", "show", user.id) == listed("user", "show", user.name) == listed("user", "show", user.id.upper())
    assert listed("user", "set", other["id"], "--full-name", "A B")["name"] == "A B"
    of = ("--organization", org["id"])
    assert listed("member", "add", *of, "--user", other["id"], "--role", "viewer")["name"] == other["username"]
    role, team = (listed(noun, "create", unique(noun), *of, *more)["id"]
                  for noun, more in (("role", ["--permissions", "team:read"]), ("team", [])))
    for words in (["role", "assign", role], ["team", "add", team]):
        assert listed(*words, "--user", other["id"])["id"] == other["id"]
    listed("token", "create", "--user", other["id"])
    for noun, count in (("token", 1), ("session", 0), ("grant", 0)):
        assert len(listed(noun, "list", "--user", other["id"])) == count
    assert listed("organization", "transfer", org["id"], "--to", other["id"])["owner"] == other["username"]
    name = unique("renamed")
    assert listed("user", "rename", user.id, "--to", name)["id"] == user.id
    assert orgctl("user", "delete", user.id) == f"{name} is deleted"
    assert "there is no user with the id" in refused(1, "user", "show", user.id)


def test_an_id_of_no_user_is_no_users(instance, refused):
    service = instance.service_account(instance.organization(instance.user())["id"], "viewer")
    assert f"there is no user with the id '{service.id}'" in refused(1, "user", "show", service.id)
    assert "there is no user with the id" in refused(1, "user", "show", str(uuid.uuid4()))
