"""Section 4 of the contract: every caller × every endpoint × {own, foreign} organization, from one table."""

from urllib.parse import quote

import pytest

from expect import error, ok, unique

CALLERS = ["superuser", "owner", "admin", "manager", "billing_admin", "viewer", "member", "outsider"]
ROLES = CALLERS[2:7]
SERVICES = ["service " + role for role in ROLES]

# The statuses of each action on the own organization, in the order of CALLERS.
MATRIX = {
    #                 super owner admin manag billi viewe membe outsider
    "read by id":     "200   200   200   200   200   200   200   404",
    "read by name":   "200   200   200   200   200   200   200   404",
    "read status":    "200   200   200   200   200   200   200   404",
    "list":           "200   200   200   200   200   200   200   404",
    "update name":    "200   200   200   200   403   403   403   404",
    "update texts":   "200   200   200   200   403   403   403   404",
    "update links":   "200   200   200   200   403   403   403   404",
    "update nothing": "200   200   200   200   403   403   403   404",
    "read events":    "200   200   200   200   403   403   403   404",
    "read services":  "200   200   200   200   403   200   403   404",
    "add service":    "200   200   200   403   403   403   403   404",
    "transfer":       "200   200   403   403   403   403   403   404",
    "delete":         "200   200   200   403   403   403   403   404",
}

ACTIONS = {
    "read by id": lambda client, org: client.get("/organizations/" + org["id"]),
    "read by name": lambda client, org: client.get("/organizations/" + quote(org["name"])),
    "read status": lambda client, org: client.get(f"/organizations/{org['id']}?include_subscription_status=true"),
    "list": lambda client, org: client.get("/organizations", params={"name": org["name"]}),
    "update name": lambda client, org: client.patch("/organizations/" + org["id"],
                                                    json={"name": org["name"].swapcase()}),
    "update texts": lambda client, org: client.patch(
        "/organizations/" + org["id"], json={"description": unique(), "logo_url": "http://example.org/"}),
    "update links": lambda client, org: client.patch(
        "/organizations/" + org["id"], json={"links": [{"title": unique(), "url": "http://example.org/"}]}),
    "update nothing": lambda client, org: client.patch("/organizations/" + org["id"], json={}),
    "read events": lambda client, org: client.get(f"/organizations/{org['id']}/events"),
    "read services": lambda client, org: client.get(f"/organizations/{org['id']}/service_accounts"),
    "add service": lambda client, org: client.post(f"/organizations/{org['id']}/service_accounts",
                                                   json={"username": unique("ci")}),
    "transfer": lambda client, org: client.patch("/organizations/" + org["id"], json={"owner_id": org["heir"]}),
    "delete": lambda client, org: client.delete("/organizations/" + org["id"]),
}


@pytest.fixture(scope="module")
def cast(instance):
    """One user for each human caller; the superuser is the owner of nothing and a member of nothing."""
    users = {caller: instance.user(limit=1000) for caller in CALLERS[1:]}
    users["heir"] = instance.user(limit=1000)
    users["stranger"] = instance.user(limit=1000)
    return {**users, "superuser": instance.admin}


def found(instance, cast, caller, owner="owner"):
    """An organization in which the caller has its role, and the heir is a member. Returns its client and the organization."""
    org = {**instance.organization(cast[owner]), "heir": cast["heir"].id}
    instance.member(org["id"], cast["heir"], "member")
    if caller.startswith("service "):
        return instance.service_account(org["id"], caller.removeprefix("service ")).client, org
    if caller in ROLES:
        instance.member(org["id"], cast[caller], caller)
    return cast[caller].client, org


@pytest.fixture(scope="module")
def stages(instance, cast):
    """An organization for each caller, which the actions that only change it can share."""
    return {caller: found(instance, cast, caller) for caller in CALLERS + SERVICES}


def status_of(action, response, org):
    """A list hides what a request for one organization answers with 404."""
    if action != "list":
        return response.status_code
    assert len(ok(response)) <= 1
    return 200 if [one["id"] for one in ok(response)] == [org["id"]] else 404


def check(action, response, org, expected):
    assert status_of(action, response, org) == expected, response.text
    if expected == 403:
        error(response, 403, "IllegalOperationError")
    if expected == 404 and action != "list":
        error(response, 404, "KeyError")


@pytest.mark.shows("API3", "API5", "V4.1.1-4.1.5")
@pytest.mark.parametrize("caller", CALLERS + SERVICES)
@pytest.mark.parametrize("action", MATRIX)
def test_own_organization(instance, cast, stages, action, caller):
    expected = int(MATRIX[action].split()[CALLERS.index(caller.removeprefix("service "))])
    ends_it = action in ("transfer", "delete") and expected == 200
    client, org = found(instance, cast, caller) if ends_it else stages[caller]
    before = ok(cast["owner"].client.get("/organizations/" + org["id"]))
    check(action, ACTIONS[action](client, org), before | org, expected)
    if expected != 200:
        assert ok(cast["owner"].client.get("/organizations/" + org["id"])) == before


@pytest.mark.shows("API1")
@pytest.mark.parametrize("caller", CALLERS + SERVICES)
@pytest.mark.parametrize("action", MATRIX)
def test_foreign_organization(instance, cast, stages, action, caller):
    """A role in one organization gives no rights in another. A superuser needs no role."""
    client = stages[caller][0]
    org = {**instance.organization(cast["stranger"]), "heir": cast["heir"].id}
    check(action, ACTIONS[action](client, org), org, 200 if caller == "superuser" else 404)
    if caller != "superuser":
        assert {**ok(cast["stranger"].client.get("/organizations/" + org["id"])), "heir": org["heir"]} == org


@pytest.mark.shows("API5")
@pytest.mark.parametrize("caller", CALLERS + SERVICES)
def test_creating(stages, caller):
    response = stages[caller][0].post("/organizations", json={"name": unique()})
    if caller in SERVICES:
        error(response, 403, "IllegalOperationError")
    else:
        ok(response)


@pytest.mark.parametrize("caller", CALLERS + SERVICES)
def test_who_am_i(stages, caller):
    client, org = stages[caller]
    me = ok(client.get("/users/me"))
    assert me["is_superuser"] is (caller == "superuser")
    assert (me["is_service_account"],
            me["organization_id"]) == ((True, org["id"]) if caller in SERVICES else (False, None))


def test_a_role_that_changes_counts_at_once(instance, cast):
    user = instance.user()
    org = {**instance.organization(cast["owner"]), "heir": cast["heir"].id}
    for caller in ROLES + ["outsider"] + ROLES[::-1]:
        if caller == "outsider":
            instance.installation.orgctl("member", "remove", "--organization", org["name"], "--user", user.name)
        else:
            instance.member(org["id"], user, caller)
        for action in ("read by id", "update texts", "list"):
            check(action, ACTIONS[action](user.client, org), org, int(MATRIX[action].split()[CALLERS.index(caller)]))


def test_a_service_accounts_role_that_changes_counts_at_once(instance, cast):
    org = instance.organization(cast["owner"])
    service = instance.service_account(org["id"], "viewer")
    for role in ROLES:
        instance.installation.orgctl("service-account", "set", service.name, "--role", role)
        check("update texts", ACTIONS["update texts"](service.client, org), org,
              int(MATRIX["update texts"].split()[CALLERS.index(role)]))


def test_a_superuser_who_loses_the_flag_is_like_any_other(instance, cast):
    user = instance.user(superuser=True)
    org = instance.organization(cast["stranger"])
    ok(user.client.get("/organizations/" + org["id"]))
    instance.installation.orgctl("user", "set", user.name, "--superuser", "no")
    error(user.client.get("/organizations/" + org["id"]), 404, "KeyError")
    assert ok(user.client.get("/organizations")) == []


def test_an_owner_who_is_deactivated_keeps_what_is_his(instance, cast):
    owner = instance.user()
    client, org = found(instance, {**cast, "owner": owner}, "viewer")
    instance.installation.orgctl("user", "deactivate", owner.name)
    assert ok(client.get("/organizations/" + org["id"]))["owner_id"] == owner.id


def test_the_table_of_permissions(instance):
    """Contract, 8: every permission with a sentence, for whoever has a credential."""
    listed = ok(instance.user().client.get("/permissions"))
    names = [permission["name"] for permission in listed]
    assert names == [f"{resource}:{action}" for resource, actions in [
        ("organization", "read update delete"), ("member", "read update delete"), ("role", "read create update delete"),
        ("team", "read create update delete"), ("invitation", "read create delete"),
        ("service_account", "read create update delete"), ("subscription", "read"), ("event", "read"),
    ] for action in actions.split()]
    assert all(set(permission) == {"name", "description"} and permission["description"].endswith(".")
               for permission in listed)
    error(instance.client().get("/permissions"), 401, "AuthorizationException")
