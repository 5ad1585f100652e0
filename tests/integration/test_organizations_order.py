"""GET /organizations by the beginning of names, and in the four orders."""

import itertools
import secrets
import unicodedata
from urllib.parse import parse_qs, urlsplit

import pytest

from expect import error, faults, ok, places
from population import name_key
from test_organizations_list import follow, next_page

ORDERS = ("created", "-created", "name", "-name")
BEGINNINGS = ("Café", "cafe", "CAFETERIA", "Cafés", "caf", "Straße 1", "STRASSENBAHN", "Zebra", "zebra & co. #1+2%41=?", "Ångström",
              "Ǎ", "ﬁsh", "fi", "a\u200bb", "100%", "100_", "北京", "🦓")


@pytest.fixture(scope="module")
def tag():
    """What all names begin with, since tests share a database."""
    return f"x{secrets.token_hex(4)} "


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=100)


@pytest.fixture(scope="module")
def all_of_them(instance, owner, tag):
    """In the order of their creation."""
    return [instance.organization(owner, name=tag + name) for name in BEGINNINGS]


@pytest.fixture(params=["member", "superuser"])
def client(request, instance, owner):
    return {"member": owner, "superuser": instance.admin}[request.param].client


def ids(organizations):
    return [one["id"] for one in organizations]


def key_of(one):
    return name_key(one["name"]).encode()


def in_order(organizations, order):
    chosen = sorted(organizations, key=key_of) if "name" in order else list(organizations)
    return chosen[::-1] if order.startswith("-") else chosen


def names_found(client, tag, beginning):
    return [one["name"].removeprefix(tag) for one in ok(client.get("/organizations", params={"search": tag + beginning}))]


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_is_the_one_asked_for(client, owner, tag, all_of_them, order):
    for filters in ({"search": tag}, {"owner_id": owner.id}, {"owner_username": owner.name, "search": tag.upper()}):
        assert ok(client.get("/organizations", params={"order_by": order, **filters})) == in_order(all_of_them, order)


@pytest.mark.parametrize("order", ORDERS)
def test_all_there_is_comes_in_that_order(instance, owner, all_of_them, order):
    """A superuser's, which other tests' are among, and a member's own, without filters."""
    assert ok(owner.client.get("/organizations", params={"order_by": order})) == in_order(all_of_them, order)
    everything = sum(follow(instance.admin.client, f"/organizations?limit=1000&order_by={order}"), [])
    by_created = sum(follow(instance.admin.client, "/organizations?limit=1000"), [])
    assert ids(everything) == ids(in_order(by_created, order))
    assert len(everything) == int(instance.admin.client.get("/organizations", params={
        "limit": 1, "include_total": True, "order_by": order}).headers["X-Total-Count"])


def test_without_order_by_it_is_by_created(client, tag, all_of_them):
    assert ok(client.get("/organizations", params={"search": tag})) == all_of_them


@pytest.mark.parametrize("size", [1, 4, len(BEGINNINGS) - 1, len(BEGINNINGS)])
@pytest.mark.parametrize("order", ORDERS)
def test_next_links_lead_through_every_page(client, owner, tag, all_of_them, order, size):
    expected = in_order(all_of_them, order)
    for filters in (f"search={tag}", f"owner_id={owner.id}", f"owner_username={owner.name}&search={tag}"):
        pages = follow(client, f"/organizations?limit={size}&order_by={order}&{filters}")
        assert pages == [expected[at:at + size] for at in range(0, len(expected), size)]


@pytest.mark.parametrize("order", ORDERS)
def test_offset_and_limit_cut_the_list(client, owner, tag, all_of_them, order):
    expected = in_order(all_of_them, order)
    for filters, offset, limit in itertools.product(({"search": tag}, {"owner_id": owner.id}), (0, 3, 17, 18, 2**31 - 1), (1, 5)):
        query = {"order_by": order, "offset": offset, "limit": limit, **filters}
        assert ok(client.get("/organizations", params=query)) == expected[offset:offset + limit]


@pytest.mark.parametrize("order", ORDERS)
def test_the_total_counts_what_the_filters_let_through(client, owner, tag, all_of_them, order):
    caf = sum(key_of(one).startswith(name_key(tag + "caf").encode()) for one in all_of_them)
    assert caf == 5
    chosen = in_order(all_of_them, order)[4]
    after = chosen["name"] if "name" in order else chosen["id"]
    for filters, total in (({"search": tag}, len(BEGINNINGS)), ({"search": tag + "CAF"}, caf), ({"search": tag + "nothing"}, 0),
                           ({"search": tag, "after": after, "limit": 2}, len(BEGINNINGS)),
                           ({"owner_id": owner.id, "after": after}, len(BEGINNINGS)),
                           ({"owner_username": owner.name, "search": tag + "caf", "limit": 1}, caf),
                           ({"name": tag + "CAFÉ", "search": tag + "c"}, 1), ({"name": tag + "café", "search": tag + "z"}, 0)):
        query = {"order_by": order, "include_total": True, **filters}
        response = client.get("/organizations", params=query)
        assert (ok(response) is not None, response.headers["X-Total-Count"]) == (True, str(total)), query


@pytest.mark.parametrize("order", ORDERS)
def test_filters_combine_with_and(instance, client, owner, tag, all_of_them, order):
    cafe = all_of_them[0]
    for filters, expected in (({"name": cafe["name"].upper(), "search": tag}, [cafe]), ({"name": cafe["name"], "search": tag + "z"}, []),
                              ({"name": cafe["name"], "owner_id": owner.id}, [cafe]),
                              ({"owner_id": instance.admin.id, "search": tag}, []), ({"name": cafe["name"]}, [cafe]),
                              ({"owner_username": "nobody at all", "search": tag}, [])):
        assert ok(client.get("/organizations", params={"order_by": order, **filters})) == expected


# What a name begins with

@pytest.mark.parametrize("sent, found", [
    ("caf", ["Café", "cafe", "CAFETERIA", "Cafés", "caf"]), ("CAFE", ["cafe", "CAFETERIA"]), ("café", ["Café", "Cafés"]),
    ("cafe\u0301", ["Café", "Cafés"]), ("CAFE\u0301", ["Café", "Cafés"]), ("ｃａｆ", ["Café", "cafe", "CAFETERIA", "Cafés", "caf"]),
    ("c\u200ba\u00adf", ["Café", "cafe", "CAFETERIA", "Cafés", "caf"]), ("strasse", ["Straße 1", "STRASSENBAHN"]),
    ("straß", ["Straße 1", "STRASSENBAHN"]), ("stras", ["Straße 1", "STRASSENBAHN"]), ("straße ", ["Straße 1"]),
    ("f", ["ﬁsh", "fi"]), ("fi", ["ﬁsh", "fi"]), ("ﬁ", ["ﬁsh", "fi"]), ("ﬁs", ["ﬁsh"]), ("a", ["a\u200bb"]), ("A", ["a\u200bb"]),
    ("å", ["Ångström"]), ("A\u030a", ["Ångström"]), ("Å", ["Ångström"]), ("ång", ["Ångström"]), ("ang", []),
    ("A\u030c", ["Ǎ"]), ("100", ["100%", "100_"]), ("100%", ["100%"]), ("100_", ["100_"]), ("1%", []), ("___", []),
    ("北", ["北京"]), ("🦓", ["🦓"]), ("zebra &", ["zebra & co. #1+2%41=?"]), ("zebra & co. #1+2%41=?", ["zebra & co. #1+2%41=?"]),
    ("zebra & co. #1+2%41=?!", []), ("ebra", []), ("caf\U0010ffff", []), ("z" * 5000, []),
])
def test_a_search_compares_as_names_are_compared(client, tag, all_of_them, sent, found):
    assert names_found(client, tag, sent) == found


@pytest.mark.parametrize("nothing", ["", "\u200b", "\u00ad\u2060"])
def test_every_name_begins_with_nothing(owner, all_of_them, nothing):
    for order in ORDERS:
        assert ok(owner.client.get("/organizations", params={"search": nothing, "order_by": order})) == in_order(all_of_them, order)


def test_what_is_cut_off_anywhere_is_found(owner, tag, all_of_them):
    """Every beginning of a name as it is compared, and of one that is compared as it is written."""
    for one in all_of_them:
        key = name_key(one["name"])
        for length in range(len(tag), len(key) + 1):
            assert one in ok(owner.client.get("/organizations", params={"search": key[:length]})), (key, length)


def test_a_letter_without_its_accent_is_another_letter(owner, tag, all_of_them):
    """Also where the accent was sent apart from its letter, and cut off. (With it, they are one letter again.)"""
    for one in all_of_them:
        decomposed = unicodedata.normalize("NFD", one["name"])
        for length in range(len(tag), len(decomposed) + 1):
            found = ok(owner.client.get("/organizations", params={"search": decomposed[:length]}))
            is_whole = length == len(decomposed) or not unicodedata.combining(decomposed[length])
            assert (one in found) == is_whole, (one["name"], length)


@pytest.mark.shows("API1")
def test_a_search_shows_nothing_that_is_not_visible(instance, owner, tag, all_of_them):
    outsider, member = instance.user(), instance.user()
    instance.member(all_of_them[2]["id"], member, "viewer")
    service = instance.service_account(all_of_them[3]["id"], "viewer")
    for order in ORDERS:
        for who, expected in ((outsider, []), (member, [all_of_them[2]]), (service, [all_of_them[3]])):
            for filters in ({"search": tag}, {}, {"owner_id": owner.id}):
                response = who.client.get("/organizations", params={**filters, "order_by": order, "include_total": True})
                assert (ok(response), response.headers["X-Total-Count"]) == (expected, str(len(expected)))
    error(instance.client("ORGPAT_" + "B" * 64).get("/organizations?order_by=name"), 401, "AuthorizationException")
    error(instance.client("ORGPAT_" + "B" * 64).get("/organizations?search=x"), 401, "AuthorizationException")


# after

@pytest.mark.parametrize("order", ["name", "-name"])
@pytest.mark.parametrize("name", ["CAFÉ", "café", "cafe\u0301", "cafb", "", "zz", "caf", "cafetariat", "Strasse", "\U0010ffff", "z" * 4000,
                                  "00000000-0000-7000-8000-000000000000"])
def test_after_a_name_is_a_place_whether_there_is_one_or_not(client, owner, tag, all_of_them, order, name):
    place = name_key(tag + name).encode()
    expected = [one for one in in_order(all_of_them, order)
                if (key_of(one) > place if order == "name" else key_of(one) < place)]
    for filters in ({"search": tag}, {"owner_id": owner.id}):
        assert ok(client.get("/organizations", params={"order_by": order, "after": tag + name, **filters})) == expected


def test_after_no_name_is_the_beginning_or_the_end(owner, all_of_them):
    for after in ("", "\u200b"):
        assert ok(owner.client.get("/organizations", params={"order_by": "name", "after": after})) == in_order(all_of_them, "name")
        assert ok(owner.client.get("/organizations", params={"order_by": "-name", "after": after})) == []


def test_after_by_created_is_an_id(client, owner, all_of_them):
    for number in (0, 7, len(BEGINNINGS) - 1):
        query = {"owner_id": owner.id, "after": all_of_them[number]["id"]}
        assert ok(client.get("/organizations", params=query)) == all_of_them[number + 1:]
        assert ok(client.get("/organizations", params={**query, "order_by": "-created"})) == all_of_them[:number][::-1]


@pytest.mark.parametrize("order", ["created", "-created", None])
@pytest.mark.parametrize("after", ["Acme", "", "1"])
def test_after_by_created_must_be_an_id(owner, order, after):
    response = owner.client.get("/organizations", params={"after": after, "order_by": order})
    assert places(response) == [("uuid_parsing", ["query", "after"])]


@pytest.mark.parametrize("after, created", [("00000000-0000-7000-8000-000000000000", True), ("ffffffff-ffff-7fff-bfff-ffffffffffff", False)])
def test_after_a_time_that_no_database_has_is_a_place_in_either_order(client, owner, all_of_them, after, created):
    query = {"owner_id": owner.id, "after": after}
    assert ok(client.get("/organizations", params=query)) == (all_of_them if created else [])
    assert ok(client.get("/organizations", params={**query, "order_by": "-created"})) == ([] if created else all_of_them[::-1])


@pytest.mark.parametrize("order", ORDERS)
def test_after_and_offset_exclude_each_other(owner, all_of_them, order):
    response = owner.client.get("/organizations", params={"after": all_of_them[0]["id"], "offset": 0, "order_by": order})
    assert places(response) == [("value_error", ["query", "after"])]


@pytest.mark.parametrize("order", ["", "Name", "name ", "--name", "+name", "updated", "x" * 3000])
def test_an_order_that_there_is_not_is_refused(owner, order):
    (fault,) = faults(owner.client.get("/organizations", params={"order_by": order}))
    expected = "'created', '-created', 'name' or '-name'"
    assert fault == {"type": "literal_error", "loc": ["query", "order_by"], "msg": f"Input should be {expected}", "input": order,
                     "ctx": {"expected": expected}, **{key: fault[key] for key in fault if key == "url"}}


# Links

@pytest.mark.parametrize("order", ORDERS)
def test_a_next_link_keeps_filters_and_order(owner, tag, all_of_them, order):
    query = {"search": tag + "CAF", "order_by": order, "limit": "2", "owner_id": owner.id, "include_total": "true"}
    response = owner.client.get("/organizations", params={**query, "offset": 1})
    link = parse_qs(urlsplit(next_page(response)).query)
    last = ok(response)[-1]
    assert link == {key: [value] for key, value in {
        **query, "search": name_key(tag + "caf"), "after": last["name"] if "name" in order else last["id"]}.items()}


def test_a_next_link_has_room_for_the_longest(instance):
    """The key of such a letter is many times as long as the letter."""
    letter, person = "\ufdfa", instance.user(limit=3, name="\ufdfa" * 30 + secrets.token_hex(3))
    base = letter * 28 + secrets.token_hex(4)
    made = [instance.organization(person, name=f"{base} {number}") for number in range(3)]
    for order in ORDERS:
        query = {"search": base, "owner_username": person.name, "owner_id": person.id, "order_by": order, "limit": 1,
                 "include_total": "true", "include_subscription_status": "false"}
        for client in (person.client, instance.admin.client):
            first = client.get("/organizations", params=query)
            assert ids(ok(first)) == ids(in_order(made, order)[:1])
            pages = follow(client, next_page(first))
            assert [ids(page) for page in pages] == [[one] for one in ids(in_order(made, order))[1:]]


def test_links_are_encoded_at_any_mount(every_server):
    person, base = every_server.user(limit=4), f"é&=+#%2F/?\"<>\\ {secrets.token_hex(4)} "
    made = [every_server.organization(person, name=base + name) for name in ("ü&after=x", "🦓%00", "a#b", "z;=?")]
    for order in ORDERS:
        response, seen = person.client.get("/organizations", params={"search": base, "order_by": order, "limit": 1}), []
        while True:
            seen += ok(response)
            url = next_page(response)
            if url is None:
                break
            assert url.startswith(every_server.mount + "/organizations?after=") and url.isascii()
            response = every_server.client(person.token).get(url.removeprefix(every_server.mount))
        assert ids(seen) == ids(in_order(made, order))


# What changes

def test_a_change_of_the_name_changes_the_place(instance, client, owner):
    base = f"y{secrets.token_hex(4)} "
    made = [instance.organization(owner, name=base + name) for name in "abc"]

    def listed(**query):
        return [one["name"].removeprefix(base) for one in ok(client.get("/organizations", params={"search": base, **query}))]

    try:
        ok(owner.client.patch(f"/organizations/{made[0]['id']}", json={"name": base + "Z"}))
        assert (listed(order_by="name"), listed(order_by="-name"), listed()) == (["b", "c", "Z"], ["Z", "c", "b"], ["Z", "b", "c"])
        ok(owner.client.delete(f"/organizations/{made[2]['id']}"))
        assert (listed(order_by="name"), listed(order_by="-name"), listed()) == (["b", "Z"], ["Z", "b"], ["Z", "b"])
        assert listed(order_by="name", after=base + "c") == ["Z"]
        assert listed(order_by="-created", after=made[2]["id"]) == ["b", "Z"]
    finally:
        for one in made[:2]:
            ok(owner.client.delete(f"/organizations/{one['id']}"))


@pytest.mark.parametrize("order", ORDERS)
def test_pages_go_on_behind_what_has_ended_and_has_members_still(instance, sql, order):
    """What had very many has some until they are removed."""
    person = instance.user(limit=6)
    made = [instance.organization(person) for _ in range(6)]
    gone = {"created": (0, 1, 3), "-created": (5, 4, 2), "name": (0, 1, 3), "-name": (5, 4, 2)}[order]
    for number in gone:
        sql("UPDATE orgd.orgd_organizations SET ended = updated, name_key = CONCAT(UNHEX('FF'), id) WHERE id = UNHEX(REPLACE(%s, '-', ''))",
            (made[number]["id"],))
    pages = follow(person.client, f"/organizations?limit=1&order_by={order}")
    assert [one["id"] for page in pages for one in page] == ids(
        in_order([one for number, one in enumerate(made) if number not in gone], order))


def test_what_has_ended_has_a_key_behind_all_names(instance, owner, sql):
    """So the index of names alone tells what lives."""
    ok(owner.client.delete(f"/organizations/{instance.organization(owner)['id']}"))
    counts = sql("SELECT COUNT(*), COALESCE(SUM(name_key >= UNHEX('FF')), 0) FROM orgd.orgd_organizations WHERE ended IS NOT NULL")
    assert counts[0][0] == counts[0][1] > 0
    assert sql("SELECT COUNT(*) FROM orgd.orgd_organizations WHERE ended IS NULL AND name_key >= UNHEX('F48FBFBF')") == [(0,)]


# A search by created takes one of two ways, by how many names begin so.

def test_many_names_that_begin_so_are_found_in_order(instance, sql):
    """More than are sorted, made behind others that begin otherwise."""
    person, base = instance.user(limit=1), f"w{secrets.token_hex(4)}"
    one = instance.organization(person)
    sql("INSERT INTO orgd.orgd_organizations (id, name, name_key, owner_id, subscription_status, revision, created, updated)"
        " SELECT UNHEX(MD5(CONCAT(%s, seq))), CONCAT(%s, seq), CONCAT(%s, seq), UNHEX(REPLACE(%s, '-', '')), 'active', 1,"
        " '2026-01-01' + INTERVAL seq * 7919 %% 6007 SECOND, '2026-01-01' FROM seq_1_to_6000", (base, base, base, person.id))
    try:
        expected = [str(number) for number in sorted(range(1, 6001), key=lambda number: number * 7919 % 6007)]
        for order in ("created", "-created"):
            pages = follow(instance.admin.client, f"/organizations?search={base.upper()}&limit=1000&order_by={order}")
            found = [organization["name"].removeprefix(base) for page in pages for organization in page]
            assert found == (expected if order == "created" else expected[::-1])
        assert one in ok(instance.admin.client.get(f"/organizations?owner_id={person.id}&search={one['name']}"))
    finally:
        sql("DELETE FROM orgd.orgd_organizations WHERE name_key LIKE %s", (base + "%",))
