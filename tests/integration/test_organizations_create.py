"""POST /organizations: what is stored, what is answered, who may, and how many."""

import time
import unicodedata
import uuid

import pytest

from expect import error, faults, ok, organization, places, unique
from population import name_key


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


def test_answers_the_model_with_content_location_and_etag(instance, owner):
    name = unique()
    response = owner.client.post("/organizations", json={"name": name})
    body = organization(response)
    assert body == {**body, "name": name, "description": None, "logo_url": None, "links": None, "owner_id": owner.id,
                    "has_active_subscription": None, "trial_expiry": None}
    assert body["created"] == body["updated"]
    assert response.headers["Content-Location"] == f"{instance.url}/organizations/{body['id']}"
    assert "Location" not in response.headers
    again = owner.client.get(f"/organizations/{body['id']}")
    assert again.json() == body
    assert again.headers["ETag"] == response.headers["ETag"]


def test_stores_every_field_as_it_was_sent(owner):
    sent = {"name": unique("Überfirma 東京 🏢"), "description": "Zeile 1\nZeile 2\t\"\\ \u2028 🙂",
            "logo_url": "HTTPS://example.org/a?b=%20#c",
            "links": [{"title": "Zweiter", "url": "http://example.org/2"},
                      {"title": "Erster", "url": "http://[::1]:8080/%C3%BC?a=(x)#!$&'()*+,;=:@"}]}
    body = organization(owner.client.post("/organizations", json=sent))
    assert {key: body[key] for key in sent} == sent
    assert organization(owner.client.get("/organizations/" + body["id"])) == body


def test_nulls_mean_the_same_as_leaving_out(owner):
    body = organization(owner.client.post("/organizations", json={
        "name": unique(), "id": None, "description": None, "logo_url": None, "links": None, "owner_id": None}))
    assert (body["description"], body["logo_url"], body["links"], body["owner_id"]) == (None, None, None, owner.id)


def test_an_empty_list_of_links_is_not_null(owner):
    assert organization(owner.client.post("/organizations", json={"name": unique(), "links": []}))["links"] == []


@pytest.mark.shows("API3")
def test_unknown_keys_are_ignored(owner):
    body = organization(owner.client.post("/organizations", json={"name": unique(), "created": "yesterday",
                                                                  "x": {"y": [1]}}))
    assert body["created"] != "yesterday"


def test_ids_are_uuid_version_7_of_now(owner):
    made = uuid.UUID(ok(owner.client.post("/organizations", json={"name": unique()}))["id"])
    assert made.version == 7 and made.variant == uuid.RFC_4122
    assert abs((made.int >> 80) / 1000 - time.time()) < 60


@pytest.mark.parametrize("field, value", [
    ("name", "x"), ("name", "n" * 50), ("name", "🙂" * 50), ("name", "e\u0301" * 50), ("name", "a  b"), ("name", "..."),
    ("name", "12345678-1234-1234-1234-12345678901"), ("description", "d"), ("description", "ü" * 256),
    ("description", " "),
    ("logo_url", "http://example.org/" + "x" * 2029),
    ("links", [{"title": "t" * 50, "url": "http://example.org/"}] * 20),
], ids=lambda value: str(value)[:12])
def test_values_at_their_limits_are_accepted(owner, field, value):
    body = organization(owner.client.post("/organizations", json={"name": unique(), field: value}))
    assert body[field] == (unicodedata.normalize("NFC", value) if field == "name" else value)
    ok(owner.client.delete("/organizations/" + body["id"]))


@pytest.mark.parametrize("first, second, is_taken", [
    ("straße", "STRASSE", True),
    ("ﬁrma", "FIRMA", True),
    ("ΟΔΟΣ", "οδος", True),  # a final sigma, written as any other
    ("οδος", "οδοσ", True),
    ("İstanbul", "i̇stanbul", True),
    ("Ångström", "A\u030angstro\u0308m", True),
    ("Acme", "Ac\u200bme", True),  # what nobody sees makes no difference
    ("می\u200cخواهم", "میخواهم", True),
    ("Acme", "Ａｃｍｅ", True),
    ("½", "1⁄2", True),
    ("e\u200d\u0301", "é", True),
    ("café", "cafe", False),
    ("ab", "a b", False),
])
def test_names_are_unique_without_regard_to_case_but_to_accents(owner, first, second, is_taken):
    mark = unique(" ")
    ok(owner.client.post("/organizations", json={"name": first + mark}))
    response = owner.client.post("/organizations", json={"name": second + mark})
    if is_taken:
        error(response, 409, "EntityExistsError")
    else:
        ok(response)


def test_population_makes_the_same_keys(instance, owner):
    """tests/integration/population.py fills tables with keys of its own making."""
    for name in ("Straße", "Ａcme ﬁ", "ΟΔΟΣ", "İ", "e\u0301\u200d", "\u3164x\u115f", "\ufdfa", "ǅ½", "Ϊ́", "한국", "\u1d2c"):
        made = ok(owner.client.post("/organizations", json={"name": name}))
        (key,), = instance.installation.sql(
            "SELECT HEX(name_key) FROM orgd.orgd_organizations WHERE id = %s", (uuid.UUID(made["id"]).bytes,))
        assert bytes.fromhex(key).decode() == name_key(name), name
        ok(owner.client.delete("/organizations/" + made["id"]))


def test_a_name_is_stored_in_nfc(owner):
    name = unique("Zu\u0308rich")
    stored = organization(owner.client.post("/organizations", json={"name": name}))["name"]
    assert stored == unicodedata.normalize("NFC", name) != name


def test_a_refused_creation_leaves_nothing_behind(instance):
    """It makes no organization, and does not count for the limit."""
    user = instance.user(limit=2)
    name = instance.organization(user)["name"]
    error(user.client.post("/organizations", json={"name": name.upper()}), 409, "EntityExistsError")
    instance.organization(user)
    assert len(ok(user.client.get("/organizations"))) == 2


def test_the_default_limit_is_one(instance):
    user = instance.user()
    ok(user.client.post("/organizations", json={"name": unique()}))
    error(user.client.post("/organizations", json={"name": unique()}), 403, "OrganizationLimitExceeded")


@pytest.mark.shows("V11.1.4")
@pytest.mark.parametrize("limit", [0, 1, 3])
def test_a_users_own_limit_counts(instance, limit):
    user = instance.user(limit=limit)
    for _ in range(limit):
        ok(user.client.post("/organizations", json={"name": unique()}))
    error(user.client.post("/organizations", json={"name": unique()}), 403, "OrganizationLimitExceeded")


def test_the_limit_is_the_owners_even_if_a_superuser_creates(instance):
    user = instance.user(limit=1)
    body = {"owner_id": user.id}
    ok(instance.admin.client.post("/organizations", json={"name": unique(), **body}))
    error(instance.admin.client.post("/organizations", json={"name": unique(), **body}), 403,
          "OrganizationLimitExceeded")


def test_a_superuser_chooses_the_id_and_the_owner(instance):
    user, chosen = instance.user(limit=2), uuid.uuid4()
    body = organization(instance.admin.client.post("/organizations", json={
        "name": unique(), "id": chosen.hex.upper(), "owner_id": user.id.upper()}))
    assert (body["id"], body["owner_id"]) == (str(chosen), user.id)
    assert ok(user.client.get("/organizations/" + body["id"])) == body
    error(instance.admin.client.post("/organizations", json={"name": unique(), "id": str(chosen), "owner_id": user.id}),
          409, "EntityExistsError")


def test_a_chosen_id_is_that_of_no_other_chain_of_events(instance):
    """Who owned such an organization would read the events of the service, or of a person who may be gone."""
    user, person, gone = (instance.user() for _ in range(3))
    instance.installation.orgctl("user", "delete", gone.name)
    instance.installation.sql("DELETE FROM orgd.orgd_accounts WHERE id = %s", (uuid.UUID(gone.id).bytes,))
    for id in ("f" * 32, person.id, gone.id):
        error(instance.admin.client.post("/organizations", json={"name": unique(), "id": id, "owner_id": user.id}),
              409, "EntityExistsError")


@pytest.mark.shows("API3")
def test_others_choose_neither_id_nor_owner(instance, owner):
    other = instance.user()
    error(owner.client.post("/organizations", json={"name": unique(), "id": str(uuid.uuid4())}), 403,
          "IllegalOperationError")
    error(owner.client.post("/organizations", json={"name": unique(), "owner_id": other.id}), 403,
          "IllegalOperationError")


def test_naming_oneself_as_the_owner_is_fine(owner):
    body = organization(owner.client.post("/organizations", json={"name": unique(), "owner_id": owner.id}))
    assert body["owner_id"] == owner.id


def test_a_service_account_never_creates(instance, owner):
    service = instance.service_account(instance.organization(owner)["id"], "admin")
    error(service.client.post("/organizations", json={"name": unique()}), 403, "IllegalOperationError")


def test_the_owner_must_be_an_active_human_user(instance, owner):
    service = instance.service_account(instance.organization(owner)["id"], "admin")
    inactive = instance.user()
    instance.installation.orgctl("user", "deactivate", inactive.name)
    for nobody in (service.id, inactive.id, str(uuid.uuid4())):
        response = instance.admin.client.post("/organizations", json={"name": unique(), "owner_id": nobody})
        assert places(response) == [("value_error", ["body", "owner_id"])]
        assert faults(response)[0]["input"] == nobody


def test_the_owner_becomes_an_admin_and_the_trial_starts(instance, owner):
    created = organization(owner.client.post("/organizations", json={"name": unique()}))
    members = instance.installation.sql(
        "SELECT a.name, m.own_roles, a.id = o.owner_id FROM orgd_memberships m JOIN orgd_organizations o ON o.id = m.organization_id"
        " JOIN orgd_accounts a ON a.id = m.account_id WHERE o.name = %s", (created["name"],))
    assert members == [(owner.name, "admin", 1)]
    body = organization(owner.client.get(f"/organizations/{created['id']}?include_subscription_status=true"))
    assert body["has_active_subscription"] is True
    assert 14 * 86400 - 60 < body["trial_expiry"] <= 14 * 86400
