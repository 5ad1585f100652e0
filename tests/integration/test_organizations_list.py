"""GET /organizations: who sees what, filters, order and pages."""

import uuid
from urllib.parse import parse_qs, urlsplit

import pytest

from expect import error, ok, organization, places, unique


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=100)


@pytest.fixture(scope="module")
def seven(instance, owner):
    """All organizations of the owner, in the order of their creation."""
    return [instance.organization(owner) for _ in range(7)]


def next_page(response):
    """The path of Link: rel="next", or None."""
    link = response.links.get("next")
    return None if link is None else link["url"]


def follow(client, path):
    pages = []
    while path is not None:
        response = client.get(path)
        pages.append(ok(response))
        path = next_page(response)
    return pages


def test_is_a_bare_list_of_the_model_in_order_of_creation(owner, seven):
    response = owner.client.get("/organizations")
    assert ok(response) == seven
    assert "ETag" not in response.headers and "Link" not in response.headers and "X-Total-Count" not in response.headers


def test_shows_what_the_caller_is_a_member_of(instance, owner, seven):
    member, outsider = instance.user(), instance.user()
    for chosen, role in ((seven[4], "viewer"), (seven[1], "member")):
        instance.member(chosen["id"], member, role)
    assert ok(member.client.get("/organizations")) == [seven[1], seven[4]]
    assert ok(outsider.client.get("/organizations")) == []
    assert outsider.client.get("/organizations?include_total=true").headers["X-Total-Count"] == "0"


def test_a_service_account_sees_its_own_organization(instance, seven):
    assert ok(instance.service_account(seven[2]["id"], "viewer").client.get("/organizations")) == [seven[2]]


def test_a_superuser_sees_all(instance, owner, seven):
    stranger = instance.organization(instance.user())
    total = int(instance.admin.client.get("/organizations?limit=1&include_total=1").headers["X-Total-Count"])
    assert total == int(instance.installation.sql("SELECT COUNT(*) FROM orgd.orgd_organizations WHERE ended IS NULL")[0][0])
    everything = sum(follow(instance.admin.client, "/organizations?limit=1000"), [])
    assert len(everything) == total and stranger in everything and all(one in everything for one in seven)
    assert everything == sorted(everything, key=lambda one: (one["created"], one["id"]))


def test_the_order_is_by_created_then_id(instance):
    """Also where ids do not grow with time."""
    user = instance.user(limit=10)
    ids = ["ffffffff-ffff-4fff-8fff-" + uuid.uuid4().hex[:12], "11111111-1111-4111-8111-" + uuid.uuid4().hex[:12],
           "88888888-8888-4888-8888-" + uuid.uuid4().hex[:12]]
    for chosen in ids:
        ok(instance.admin.client.post("/organizations", json={"name": unique(), "id": chosen, "owner_id": user.id}))
    assert [one["id"] for one in ok(user.client.get("/organizations"))] == ids
    instance.installation.sql("UPDATE orgd.orgd_memberships m JOIN orgd.orgd_organizations o ON o.id = m.organization_id"
                              " JOIN orgd.orgd_accounts a ON a.id = o.owner_id"
                              " SET o.created = '2026-01-01', m.organization_created = '2026-01-01'"
                              f" WHERE a.name = '{user.name}'")
    for client in (user.client, instance.admin.client):
        assert [one["id"] for one in ok(client.get("/organizations", params={"owner_id": user.id}))] == sorted(ids)
        pages = follow(client, f"/organizations?owner_id={user.id}&limit=1")
        assert [[one["id"] for one in page] for page in pages] == [[one] for one in sorted(ids)]


def test_filters_by_name_without_regard_to_case(owner, seven):
    assert ok(owner.client.get("/organizations", params={"name": seven[3]["name"].upper()})) == [seven[3]]
    for nothing in (seven[3]["name"][:-1], "%", "_", "*", ""):
        assert ok(owner.client.get("/organizations", params={"name": nothing})) == []


def test_filters_by_owner(instance, owner, seven):
    other = instance.user()
    theirs = instance.organization(other)
    instance.member(theirs["id"], owner, "viewer")
    try:
        for filters, expected in (({"owner_id": other.id}, [theirs]),
                                  ({"owner_username": other.name.upper()}, [theirs]),
                                  ({"owner_id": other.id.replace("-", "").upper()}, [theirs]),
                                  ({"owner_id": owner.id}, seven),
                                  ({"owner_username": owner.name}, seven), ({"owner_username": "nobody at all"}, []),
                                  ({"owner_id": str(uuid.uuid4())}, [])):
            assert ok(owner.client.get("/organizations", params=filters)) == expected
    finally:
        instance.installation.orgctl("member", "remove", "--organization", theirs["id"], "--user", owner.name)


def test_filters_combine_with_and(instance, owner, seven):
    other = instance.user()
    both = {"owner_id": owner.id, "owner_username": owner.name, "name": seven[5]["name"]}
    assert ok(owner.client.get("/organizations", params=both)) == [seven[5]]
    for key, value in (("owner_id", other.id), ("owner_username", other.name), ("name", seven[4]["name"] + "x")):
        assert ok(owner.client.get("/organizations", params={**both, key: value})) == []


@pytest.mark.shows("API1")
def test_a_filter_shows_nothing_that_is_not_visible(instance, owner, seven):
    outsider = instance.user()
    for filters in ({"name": seven[0]["name"]}, {"owner_id": owner.id}, {"owner_username": owner.name}):
        response = outsider.client.get("/organizations", params={**filters, "include_total": True})
        assert (ok(response), response.headers["X-Total-Count"]) == ([], "0")


def test_unknown_query_parameters_are_ignored(owner, seven):
    assert ok(owner.client.get("/organizations?page=3&sort=name&limit=2&x&=&&")) == seven[:2]


def test_offset_and_limit_cut_the_list(owner, seven):
    for offset, limit in ((0, 3), (3, 3), (6, 3), (7, 3), (0, 1000), (2**31 - 1, 1)):
        assert ok(owner.client.get(f"/organizations?offset={offset}&limit={limit}")) == seven[offset:offset + limit]


def test_the_default_limit_is_100(instance):
    user = instance.user(limit=200)
    for _ in range(101):
        instance.organization(user)
    response = user.client.get("/organizations")
    assert len(ok(response)) == 100 and len(ok(user.client.get(next_page(response)))) == 1


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8])
def test_next_links_lead_through_every_page(owner, seven, size):
    pages = follow(owner.client, f"/organizations?limit={size}")
    assert pages == [seven[at:at + size] for at in range(0, len(seven), size)]


def test_after_starts_behind_that_organization(owner, seven):
    for form in (seven[2]["id"], seven[2]["id"].upper().replace("-", "")):
        assert ok(owner.client.get("/organizations?after=" + form)) == seven[3:]
    assert ok(owner.client.get("/organizations?after=" + seven[6]["id"])) == []


def test_a_next_link_keeps_the_filters_and_leaves_the_offset(owner, seven):
    query = {"limit": "2", "offset": "1", "owner_username": owner.name, "owner_id": owner.id, "include_total": "true",
             "include_subscription_status": "true"}
    response = owner.client.get("/organizations", params=query)
    link = urlsplit(next_page(response))
    assert link.path == "/organizations"
    del query["offset"]
    assert parse_qs(link.query) == {key: [value] for key, value in {**query, "after": seven[2]["id"]}.items()}
    again = owner.client.get(next_page(response))
    assert [one["id"] for one in ok(again)] == [one["id"] for one in seven[3:5]]
    assert again.headers["X-Total-Count"] == "7" and ok(again)[0]["has_active_subscription"] is True


@pytest.mark.parametrize("junk", ["&x=" + "%20" * 1500, "&" + "y" * 5000, "&z=1" * 90], ids=["long", "name", "many"])
def test_a_next_link_is_there_whatever_else_was_sent(owner, seven, junk):
    response = owner.client.get("/organizations?limit=4" + junk)
    assert ok(response) == seven[:4]
    assert ok(owner.client.get(next_page(response))) == seven[4:]


@pytest.mark.parametrize("parameters", [
    {"limit": "0" * 5000 + "4"}, {"limit": "+4", "include_subscription_status": "Yes"}, {"limit": "4", "owner_username": "\u200b" * 500},
], ids=["zeros", "forms", "invisible"])
def test_a_next_link_has_values_as_they_are_understood(owner, seven, parameters):
    """So that it is never too long for a header, however long the request was."""
    parameters = {"owner_username": "", "owner_id": owner.id.upper().replace("-", ""), **parameters}
    parameters["owner_username"] += owner.name.upper()
    response = owner.client.get("/organizations", params=parameters)
    assert len(ok(response)) == 4
    link = parse_qs(urlsplit(next_page(response)).query)
    assert (link["limit"], link["owner_username"], link["owner_id"]) == (["4"], [owner.name], [owner.id])
    assert link.get("include_subscription_status", ["true"]) == ["true"]
    assert [one["id"] for one in ok(owner.client.get(next_page(response)))] == [one["id"] for one in seven[4:]]


def test_a_deleted_anchor_still_works_for_ids_made_here(instance):
    user = instance.user(limit=10)
    made = [instance.organization(user) for _ in range(5)]
    ok(user.client.delete("/organizations/" + made[2]["id"]))
    for client in (user.client, instance.admin.client):
        assert ok(client.get(f"/organizations?owner_id={user.id}&after={made[2]['id']}")) == made[3:]


def test_an_anchor_that_tells_no_time_must_exist(instance, owner):
    error(owner.client.get(f"/organizations?after={uuid.uuid4()}"), 404, "KeyError")
    chosen = str(uuid.uuid4())
    ok(instance.admin.client.post("/organizations",
                                  json={"name": unique(), "id": chosen, "owner_id": instance.user().id}))
    error(owner.client.get(f"/organizations?after={chosen}"), 404, "KeyError")
    ok(instance.admin.client.get(f"/organizations?after={chosen}"))


@pytest.mark.parametrize("after, shown", [
    ("00000000-0000-7000-8000-000000000000", slice(0, 7)),  # 1970
    ("00000000-0001-7000-8000-000000000000", slice(0, 7)),
    ("ffffffff-ffff-7fff-bfff-ffffffffffff", slice(7, 7)),  # the year 10889
    ("e677d21f-dc00-7000-8000-000000000000", slice(7, 7)),  # the first millisecond of the year 10000
    ("e677d21f-dbff-7fff-8000-000000000000", slice(7, 7)),
    ("ffffffff-ffff-7fff-ffff-ffffffffffff", slice(7, 7)),  # no variant of RFC 9562
])
def test_after_a_time_that_no_database_has_is_a_place_in_the_order(instance, owner, seven, after, shown):
    assert ok(owner.client.get("/organizations?after=" + after)) == seven[shown]
    everything = ok(instance.user(superuser=True).client.get(f"/organizations?owner_id={owner.id}&after={after}"))
    assert everything == seven[shown]


def test_after_and_offset_exclude_each_other(owner, seven):
    response = owner.client.get(f"/organizations?after={seven[0]['id']}&offset=0")
    assert [(type, loc[0]) for type, loc in places(response)] == [("value_error", "query")]


def test_the_total_counts_what_the_filters_let_through(instance, owner, seven):
    for query, total in (("", 7), ("&limit=2", 7), ("&offset=100", 7), (f"&after={seven[4]['id']}", 7),
                         (f"&owner_id={owner.id}", 7),
                         (f"&owner_id={instance.user().id}", 0), ("&name=" + seven[0]["name"], 1),
                         (f"&owner_username={owner.name}", 7)):
        assert owner.client.get("/organizations?include_total=true" + query).headers["X-Total-Count"] == str(total)


def test_the_subscription_status_is_filled_if_asked_for(owner, seven):
    for one in ok(owner.client.get("/organizations?include_subscription_status=true")):
        assert one["has_active_subscription"] is True and one["trial_expiry"] > 0
    one = seven[0]
    filled = ok(owner.client.get(f"/organizations?include_subscription_status=true&name={one['name']}"))[0]
    assert {**filled, "has_active_subscription": None, "trial_expiry": None} == one
    assert organization(owner.client.get("/organizations/" + one["id"])) == one
