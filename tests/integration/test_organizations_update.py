"""PATCH /organizations/{organization_id}."""

import uuid

import pytest

from expect import error, faults, ok, organization, places, unique

FULL = {"description": "before", "logo_url": "https://example.org/logo.png",
        "links": [{"title": "Home", "url": "https://example.org/"}]}


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


@pytest.fixture
def org(instance, owner):
    return instance.organization(owner, **FULL)


def path_of(org):
    return "/organizations/" + org["id"]


@pytest.mark.parametrize("field, value", [
    ("name", None), ("description", "after"), ("logo_url", "http://example.net/"),
    ("links", [{"title": "A", "url": "http://a.example/"}, {"title": "B", "url": "http://b.example/"}]),
    ("links", []),
])
def test_only_what_the_body_holds_changes(owner, org, field, value):
    value = unique() if field == "name" else value
    body = organization(owner.client.patch(path_of(org), json={field: value}))
    assert body == {**org, field: value, "updated": body["updated"]}
    assert body["updated"] > org["updated"]
    assert ok(owner.client.get(path_of(org))) == body


def test_null_clears_what_may_be_null(owner, org):
    body = organization(owner.client.patch(path_of(org), json={"description": None, "logo_url": None, "links": None}))
    assert (body["description"], body["logo_url"], body["links"]) == (None, None, None)


def test_null_leaves_name_and_owner_as_they_are(owner, org):
    assert organization(owner.client.patch(path_of(org), json={"name": None, "owner_id": None})) == org


@pytest.mark.parametrize("body", [{}, {"unknown": 1}, FULL, {"owner_id": None}])
def test_updated_and_etag_move_only_if_something_changed(owner, org, body):
    etag = owner.client.get(path_of(org)).headers["ETag"]
    response = owner.client.patch(path_of(org), json=body)
    assert organization(response) == org
    assert response.headers["ETag"] == etag


def test_the_same_name_and_owner_are_no_change(owner, org):
    assert organization(owner.client.patch(path_of(org), json={"name": org["name"], "owner_id": owner.id})) == org


def test_the_case_of_ones_own_name_can_change(owner, org):
    name = org["name"].upper()
    assert organization(owner.client.patch(path_of(org), json={"name": name}))["name"] == name


def test_a_taken_name_is_refused(instance, owner, org):
    taken = instance.organization(owner)["name"]
    error(owner.client.patch(path_of(org), json={"name": taken.upper(), "description": "after"}), 409,
          "EntityExistsError")
    assert ok(owner.client.get(path_of(org))) == org


def test_a_name_given_up_is_free_at_once(instance, owner, org):
    ok(owner.client.patch(path_of(org), json={"name": unique()}))
    assert instance.organization(owner, name=org["name"])["name"] == org["name"]


def test_several_fields_change_at_once_and_unknown_keys_are_ignored(owner, org):
    change = {"name": unique("Ganz neu"), "description": "neu", "links": None, "id": str(uuid.uuid4()), "created": None}
    body = organization(owner.client.patch(path_of(org), json=change))
    assert body == {**org, "name": change["name"], "description": "neu", "links": None, "updated": body["updated"]}


def test_the_id_is_read_in_any_form(owner, org):
    ok(owner.client.patch("/organizations/" + org["id"].upper().replace("-", "") + "/", json={"description": "x"}))


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_name_is_not_an_id_here(owner, org, method):
    response = owner.client.request(method, "/organizations/" + org["name"], json={})
    assert places(response) == [("uuid_parsing", ["path", "organization_id"])]
    assert faults(response)[0]["input"] == org["name"]


def test_faults_of_path_and_body_come_in_one_answer(owner):
    assert places(owner.client.patch("/organizations/name", json={"name": ""})) == [
        ("uuid_parsing", ["path", "organization_id"]), ("string_too_short", ["body", "name"])]


@pytest.mark.shows("V4.2.1")
def test_what_is_not_there_or_not_visible_is_404(instance, owner, org):
    sentences = {error(client.patch(path, json={"name": "x"}), 404, "KeyError")
                 for client, path in ((owner.client, f"/organizations/{uuid.uuid4()}"),
                                      (instance.user().client, path_of(org)))}
    assert len(sentences) == 1


# If-Match


def test_if_match_lets_the_current_state_through(owner, org):
    for header in ("{}", '"other", {}', '{},"other"', "*"):
        etag = owner.client.get(path_of(org)).headers["ETag"]
        ok(owner.client.patch(path_of(org), json={"description": unique()}, headers={"If-Match": header.format(etag)}))


def test_if_match_refuses_another_state(owner, org):
    etag = owner.client.get(path_of(org)).headers["ETag"]
    changed = organization(owner.client.patch(path_of(org), json={"description": "faster"}))
    for header in (etag, '"other"', "W/" + owner.client.get(path_of(org)).headers["ETag"]):
        error(owner.client.patch(path_of(org), json={"description": "slower"}, headers={"If-Match": header}), 412,
              "PreconditionFailed")
    assert ok(owner.client.get(path_of(org))) == changed


def test_if_match_takes_the_tag_of_the_representation_with_the_subscription(owner, org):
    read = owner.client.get(path_of(org), params={"include_subscription_status": "true"})
    headers = {"If-Match": read.headers["ETag"]}
    ok(owner.client.patch(path_of(org), json={"description": unique()}, headers=headers))
    error(owner.client.patch(path_of(org), json={"description": unique()}, headers=headers), 412, "PreconditionFailed")


def test_if_match_counts_even_if_nothing_would_change(owner, org):
    error(owner.client.patch(path_of(org), json={}, headers={"If-Match": '"other"'}), 412, "PreconditionFailed")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_if_none_match_refuses_a_change_of_what_is_as_it_says(owner, org, method):
    """RFC 9110, 13.1.2: weak comparison, and 412 where a read gets 304."""
    etag = owner.client.get(path_of(org)).headers["ETag"]
    of_status = owner.client.get(path_of(org) + "?include_subscription_status=1").headers["ETag"]
    body = {"json": {"description": "after"}} if method == "PATCH" else {}
    for header in ("*", etag, "W/" + etag, f'"other", {etag}', of_status):
        response = owner.client.request(method, path_of(org), headers={"If-None-Match": header}, **body)
        error(response, 412, "PreconditionFailed")
    error(owner.client.request(method, path_of(org), headers={"If-None-Match": '"other"', "If-Match": '"other"'}, **body),
          412, "PreconditionFailed")
    assert owner.client.get(path_of(org)).headers["ETag"] == etag
    ok(owner.client.request(method, path_of(org), headers={"If-None-Match": '"other", W/"third"', "If-Match": etag}, **body))


# Ownership


def test_a_transfer_makes_the_new_owner_an_admin(instance, owner, org):
    new = instance.user()
    instance.member(org["id"], new, "member")
    body = organization(owner.client.patch(path_of(org), json={"owner_id": new.id}))
    assert body == {**org, "owner_id": new.id, "updated": body["updated"]} and body["updated"] > org["updated"]
    assert ok(new.client.get(path_of(org))) == body
    ok(new.client.patch(path_of(org), json={"description": "mine"}))
    error(owner.client.patch(path_of(org), json={"owner_id": owner.id}), 403, "IllegalOperationError")
    ok(owner.client.patch(path_of(org), json={"description": "still an admin"}))


def test_a_member_who_becomes_the_owner_becomes_an_admin(instance, owner, org):
    new = instance.user()
    instance.member(org["id"], new, "viewer")
    ok(owner.client.patch(path_of(org), json={"owner_id": new.id}))
    roles = instance.installation.sql(
        "SELECT m.own_roles FROM orgd_memberships m JOIN orgd_organizations o ON o.id = m.organization_id"
        " JOIN orgd_accounts a ON a.id = m.account_id WHERE o.name = %s AND a.name = %s", (org["name"], new.name))
    assert [row[0] for row in roles] == ["admin,viewer"]


def test_a_transfer_moves_the_place_within_the_limit(instance):
    giver, taker = instance.user(), instance.user()
    given = instance.organization(giver)
    instance.member(given["id"], taker, "member")
    ok(giver.client.patch(path_of(given), json={"owner_id": taker.id}))
    error(taker.client.post("/organizations", json={"name": unique()}), 403, "OrganizationLimitExceeded")
    instance.organization(giver)


def test_a_new_owner_at_the_limit_is_refused(instance, owner, org):
    full = instance.user(limit=0)
    instance.member(org["id"], full, "member")
    for client in (owner.client, instance.admin.client):
        error(client.patch(path_of(org), json={"owner_id": full.id, "name": unique()}), 403,
              "OrganizationLimitExceeded")
    assert ok(owner.client.get(path_of(org))) == org


def test_a_new_owner_must_be_a_member_unless_a_superuser_chooses(instance, owner, org):
    new = instance.user()
    answers = [owner.client.patch(path_of(org), json={"owner_id": id}) for id in (new.id, str(uuid.uuid4()))]
    assert [places(answer) for answer in answers] == [[("value_error", ["body", "owner_id"])]] * 2
    assert faults(answers[0])[0]["msg"] == faults(answers[1])[0]["msg"]  # so nobody learns which accounts there are
    assert ok(owner.client.get(path_of(org))) == org
    ok(instance.admin.client.patch(path_of(org), json={"owner_id": new.id}))
    ok(new.client.patch(path_of(org), json={"owner_id": owner.id}))


def test_a_new_owner_must_be_an_active_human_user(instance, owner, org):
    service = instance.service_account(org["id"], "admin")
    inactive = instance.user()
    instance.member(org["id"], inactive, "member")
    instance.installation.orgctl("user", "deactivate", inactive.name)
    for nobody in (service.id, inactive.id, str(uuid.uuid4())):
        response = owner.client.patch(path_of(org), json={"owner_id": nobody})
        assert places(response) == [("value_error", ["body", "owner_id"])]
        assert faults(response)[0]["input"] == nobody


def test_an_owner_stays_an_admin(instance, owner, org):
    for arguments in (("set", "--role", "viewer"), ("remove",)):
        refused = instance.installation.run_orgctl("member", *arguments, "--organization", org["id"], "--user",
                                                   owner.name)
        assert refused.returncode == 1 and "owner" in refused.stderr
    ok(owner.client.patch(path_of(org), json={"description": "still mine"}))
