"""DELETE /organizations/{organization_id}: all that belongs to the organization goes with it."""

import uuid

import pytest

from expect import error, ok, unauthorized, unique


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


@pytest.fixture
def org(instance, owner):
    return instance.organization(owner)


def test_answers_200_with_null(owner, org):
    response = owner.client.delete("/organizations/" + org["id"])
    assert (response.status_code, response.text, response.headers["Content-Type"]) == (200, "null", "application/json")
    for again in (owner.client.get, owner.client.delete):
        error(again("/organizations/" + org["id"]), 404, "KeyError")
    assert ok(owner.client.get("/organizations", params={"name": org["name"]})) == []


def test_the_id_is_read_in_any_form(owner, org):
    ok(owner.client.delete("/organizations/" + org["id"].upper().replace("-", "") + "/"))


def test_the_name_and_the_id_are_free_again(instance, owner, org):
    """The name at once, the id when all that belonged to it has been removed."""
    account = uuid.UUID(instance.service_account(org["id"], "viewer").id).hex
    (key,), = instance.installation.sql(f"SELECT id FROM orgd.orgd_credentials WHERE account_id = UNHEX('{account}')")
    administrator = instance.admin.client
    with instance.installation.connect(autocommit=False) as holding, holding.cursor() as cursor:
        cursor.execute("SELECT 1 FROM orgd_credentials WHERE id = %s FOR UPDATE", (key,))
        ok(owner.client.delete("/organizations/" + org["id"]))
        same_name = ok(owner.client.post("/organizations", json={"name": org["name"]}))
        taken = {"name": unique("other"), "id": org["id"], "owner_id": owner.id}
        error(administrator.post("/organizations", json=taken), 409, "EntityExistsError")
    ok(owner.client.delete("/organizations/" + same_name["id"]))
    instance.installation.orgctl("purge")
    again = ok(instance.admin.client.post("/organizations",
                                          json={"name": org["name"], "id": org["id"], "owner_id": owner.id}))
    assert again["id"] == org["id"] and again["created"] > org["created"]


def test_an_etag_from_before_the_deletion_does_not_match_the_successor(instance, owner, org):
    etag = owner.client.get("/organizations/" + org["id"]).headers["ETag"]
    ok(owner.client.delete("/organizations/" + org["id"]))
    instance.installation.orgctl("purge")
    ok(instance.admin.client.post("/organizations", json={"name": org["name"], "id": org["id"], "owner_id": owner.id}))
    error(owner.client.delete("/organizations/" + org["id"], headers={"If-Match": etag}), 412, "PreconditionFailed")


def test_the_place_within_the_limit_is_free_again(instance):
    user = instance.user(limit=1)
    for _ in range(3):
        ok(user.client.delete("/organizations/" + instance.organization(user)["id"]))
    instance.organization(user)
    error(user.client.post("/organizations", json={"name": unique()}), 403, "OrganizationLimitExceeded")


def test_members_and_service_accounts_go_with_it(instance, owner, org):
    member, service = instance.user(), instance.service_account(org["id"], "viewer")
    instance.member(org["id"], member, "viewer")
    jwt = ok(instance.client().post("/auth/login", data={"password": service.key}))["access_token"]
    ok(service.client.get("/users/me"))
    ok(owner.client.delete("/organizations/" + org["id"]))
    unauthorized(service.client.get("/users/me"), "invalid_token")
    unauthorized(instance.client(jwt).get("/organizations"), "invalid_token")
    assert ok(member.client.get("/organizations")) == []
    instance.installation.orgctl("purge")
    account = uuid.UUID(service.id).hex
    for table, column in (("accounts", "id"), ("credentials", "account_id"), ("memberships", "account_id")):
        assert instance.installation.sql(f"SELECT * FROM orgd.orgd_{table} WHERE {column} = UNHEX('{account}')") == []


def test_honours_if_match(owner, org):
    path = "/organizations/" + org["id"]
    etag = owner.client.get(path).headers["ETag"]
    current = owner.client.patch(path, json={"description": "changed"}).headers["ETag"]
    error(owner.client.delete(path, headers={"If-Match": etag}), 412, "PreconditionFailed")
    ok(owner.client.delete(path, headers={"If-Match": current}))


@pytest.mark.shows("V4.2.1")
def test_what_is_not_there_or_not_visible_is_404(instance, owner, org):
    sentences = {error(client.delete(path), 404, "KeyError")
                 for client, path in ((owner.client, f"/organizations/{uuid.uuid4()}"),
                                      (instance.user().client, "/organizations/" + org["id"]))}
    assert len(sentences) == 1
    ok(owner.client.get("/organizations/" + org["id"]))
