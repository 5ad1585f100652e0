"""GET /organizations/{organization_id_or_name}."""

import uuid
from urllib.parse import quote

import pytest

from expect import error, ok, organization, places, unique


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


@pytest.fixture(scope="module")
def org(instance, owner):
    return instance.organization(owner, description="for reading",
                                 links=[{"title": "Home", "url": "https://example.org/"}])


def test_an_id_is_read_in_any_case_with_or_without_hyphens(owner, org):
    made = uuid.UUID(org["id"])
    for form in (str(made), str(made).upper(), made.hex, made.hex.upper()):
        assert organization(owner.client.get("/organizations/" + form)) == org


def test_one_trailing_slash_is_ignored(owner, org):
    assert ok(owner.client.get(f"/organizations/{org['id']}/")) == org
    assert ok(owner.client.get("/organizations/?name=" + quote(org["name"]))) == [org]


@pytest.mark.parametrize("name", [
    "R&D/Berlin", "/", "//x//", "100%", "%2F", "%252F", "a?b", "a#b", "a+b", "a b", "ä ö ü ß", "東京", "🙂🙃", "a;b=c,d",
    "'\"<>\\",
    "...", "a/../b", "x~", "y.inc", "a\u200bb", "\u2024\u2025", "e\u0301", "organizations", "~!@$^&*()_+-=[]{}|:",
])
def test_any_name_can_be_fetched(owner, name):
    created = ok(owner.client.post("/organizations", json={"name": name}))
    try:
        assert organization(owner.client.get("/organizations/" + quote(name, safe=""))) == created
        assert ok(owner.client.get("/organizations?name=" + quote(name, safe=""))) == [created]
    finally:
        ok(owner.client.delete("/organizations/" + created["id"]))


@pytest.mark.parametrize("name, asked, is_found", [
    ("straße", "STRASSE", True), ("STRASSE", "straße", True), ("ﬁne", "FINE", True), ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς", True),
    ("Ὀδυσσεύς", "ὀδυσσεύσ", True), ("Zürich", "ZU\u0308RICH", True), ("café", "cafe", False),
    ("naïve", "naive", False), ("Ac\u200bme", "acme", True), ("acme", "Ac\u00adm\u2060e", True), ("\uff21cme", "acme", True),
])
def test_a_name_is_found_by_full_case_folding(owner, name, asked, is_found):
    mark = unique(" ")
    created = ok(owner.client.post("/organizations", json={"name": name + mark}))
    by_path = owner.client.get("/organizations/" + quote(asked + mark, safe=""))
    by_filter = ok(owner.client.get("/organizations", params={"name": asked + mark}))
    if is_found:
        assert ok(by_path) == created and by_filter == [created]
    else:
        error(by_path, 404, "KeyError")
        assert by_filter == []


@pytest.mark.shows("API1")
def test_missing_and_invisible_cannot_be_told_apart(instance, org):
    outsider = instance.user()
    answers = [outsider.client.get("/organizations/" + asked)
               for asked in (org["id"], quote(org["name"]), str(uuid.uuid4()), "nobody")]
    assert len({error(answer, 404, "KeyError") for answer in answers}) == 1


def test_a_part_of_a_name_is_not_its_name(owner, org):
    error(owner.client.get("/organizations/" + quote(org["name"][:-1])), 404, "KeyError")
    error(owner.client.get("/organizations/" + quote(org["name"] + " ")), 404, "KeyError")


def test_if_none_match_gives_304(owner, org):
    path = "/organizations/" + org["id"]
    etag = owner.client.get(path).headers["ETag"]
    assert etag.startswith('"')
    for header in (etag, "W/" + etag, f'"other", {etag}', "*"):
        response = owner.client.get(path, headers={"If-None-Match": header})
        assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", etag)
    assert ok(owner.client.get(path, headers={"If-None-Match": '"other", W/"third"'})) == org


def test_the_etag_moves_with_each_change(instance, owner):
    path = "/organizations/" + instance.organization(owner)["id"]
    etags = [owner.client.get(path).headers["ETag"]]
    for description in ("one", "two", None):
        etags.append(owner.client.patch(path, json={"description": description}).headers["ETag"])
        assert owner.client.get(path).headers["ETag"] == etags[-1]
    assert len(set(etags)) == 4


def test_head_is_get_without_a_body(owner, org):
    path = "/organizations/" + org["id"]
    get, head = owner.client.get(path), owner.client.head(path)
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", get.headers["ETag"])
    assert owner.client.head("/organizations/nobody").status_code == 404


def test_subscription_status_is_null_unless_asked_for(owner, org):
    path = "/organizations/" + org["id"]
    for query in ("", "?include_subscription_status=false", "?include_subscription_status=0", "?unknown=1"):
        body = organization(owner.client.get(path + query))
        assert (body["has_active_subscription"], body["trial_expiry"]) == (None, None)
    for word in ("true", "True", "1", "yes", "on", "t", "Y"):
        body = organization(owner.client.get(f"{path}?include_subscription_status={word}"))
        assert body["has_active_subscription"] is True and isinstance(body["trial_expiry"], int)
    assert places(owner.client.get(path + "?include_subscription_status=perhaps")) == [
        ("bool_parsing", ["query", "include_subscription_status"])]


@pytest.mark.parametrize("arguments, is_active, expiry", [
    (("--status", "active"), True, None),
    (("--status", "canceled"), False, None),
    (("--status", "trialing", "--trial-days", "3"), True, 3 * 86400),
    (("--status", "trialing", "--trial-days", "0"), False, None),
])
def test_the_subscription_status_is_that_of_the_next_moment(instance, owner, arguments, is_active, expiry):
    created = instance.organization(owner)
    path = f"/organizations/{created['id']}?include_subscription_status=true"
    etag = owner.client.get(path).headers["ETag"]
    instance.installation.orgctl("subscription", "set", "--organization", created["id"], *arguments)
    response = owner.client.get(path, headers={"If-None-Match": etag})
    body = organization(response)
    assert body["has_active_subscription"] is is_active
    if expiry is None:
        assert body["trial_expiry"] is None
    else:
        assert expiry - 60 < body["trial_expiry"] <= expiry


def test_a_trial_that_ran_out_is_over(instance, owner):
    created = instance.organization(owner)
    instance.installation.sql("UPDATE orgd.orgd_organizations SET trial_end = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND"
                              f" WHERE name = '{created['name']}'")
    body = ok(owner.client.get(f"/organizations/{created['id']}?include_subscription_status=true"))
    assert (body["has_active_subscription"], body["trial_expiry"]) == (False, None)
