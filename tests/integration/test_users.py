"""Section 7 of the contract: who sees which users and service accounts, and how they are found."""

import secrets
import uuid
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expect import UNKNOWN_ID, error, faults, ok, places, unique, unique_address
from test_roles import ROLES

MODEL = ["id", "username", "email", "email_verified", "name", "avatar_url", "company", "job_title", "metadata", "language",
         "time_zone", "is_active", "is_superuser", "is_service_account", "organization_id", "oauth_provider", "oauth_id",
         "created", "updated"]
NOTHING = {"avatar_url": None, "company": None, "job_title": None, "metadata": {}, "language": None, "time_zone": None,
           "oauth_provider": None, "oauth_id": None}
ISSUER = "https://id.example.net"


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


@pytest.fixture(scope="module")
def org(instance, owner):
    return instance.organization(owner)


@pytest.fixture(scope="module")
def cast(instance, owner, org):
    """Everybody who belongs to the organization, and who does not."""
    members = {role: instance.user() for role in ROLES}
    for role, user in members.items():
        instance.member(org["id"], user, role)
    service = instance.service_account(org["id"], "member")
    return {"owner": owner, **members, "service": service, "outsider": instance.user(),
            "foreign service": instance.service_account(instance.organization(owner)["id"], "admin")}


def ids(response):
    return [user["id"] for user in ok(response)]


def listed(client, **query):
    return ids(client.get("/users", params=query))


def test_the_model(instance, cast):
    for account in (cast["owner"], cast["service"]):
        user = ok(account.client.get("/users/" + account.id))
        assert list(user) == MODEL
        assert str(uuid.UUID(user["id"])) == user["id"] == account.id
        assert ok(account.client.get("/users/me")) == {**user, "sub": user["id"]}
        assert ok(instance.admin.client.get("/users", params={"user_id": account.id})) == [user]
        assert {name: user[name] for name in NOTHING} == NOTHING


def test_what_operators_say_of_a_user_is_shown(instance):
    name, address = unique("Frau Müller"), unique_address()
    user_id = instance.installation.orgctl("user", "create", name, "--email", address, "--full-name", "Erika Müller", "--quiet")
    instance.installation.orgctl("user", "link", name, "--issuer", ISSUER, "--subject", name)
    user = ok(instance.admin.client.get("/users/" + user_id))
    assert (user["username"], user["email"], user["email_verified"], user["name"]) == (name, address, True, "Erika Müller")
    assert (user["oauth_provider"], user["oauth_id"], user["is_superuser"]) == (ISSUER, name, False)


SEES_ALL_IN_IT = ["owner", *ROLES, "service"]


@pytest.mark.shows("API1", "API5")
@pytest.mark.parametrize("caller", [*SEES_ALL_IN_IT, "outsider", "foreign service"])
def test_who_sees_whom(instance, cast, caller):
    client = cast[caller].client
    for other, account in cast.items():
        is_seen = other == caller or (caller in SEES_ALL_IN_IT and other in SEES_ALL_IN_IT) or {caller, other} == {
            "owner", "foreign service"}
        response = client.get("/users/" + account.id)
        if is_seen:
            assert ok(response)["username"] == account.name
        else:
            assert response.json() == client.get("/users/" + UNKNOWN_ID).json()
            error(response, 404, "KeyError")
        for query in ({"user_id": account.id}, {"username": account.name}):
            assert listed(client, **query) == ([account.id] if is_seen else []), (other, query)
    assert listed(client) == [cast[caller].id]


def test_a_superuser_sees_all(instance, cast):
    for account in cast.values():
        assert ok(instance.admin.client.get("/users/" + account.id))["id"] == account.id
        assert listed(instance.admin.client, username=account.name) == [account.id]
    assert set(everybody(instance.admin.client)) >= {account.id for account in cast.values()}


def everybody(client):
    """All that other tests have left behind as well, in long pages."""
    found, page = [], listed(client, limit=1000)
    while page:
        found += page
        page = listed(client, limit=1000, after=page[-1])
    return found


def test_what_is_shared_no_more_is_seen_no_more(instance, owner):
    user, other = instance.user(), instance.user()
    org = instance.organization(owner)
    instance.member(org["id"], user, "member")
    error(user.client.get("/users/" + other.id), 404, "KeyError")
    instance.member(org["id"], other, "member")
    ok(user.client.get("/users/" + other.id))
    instance.installation.orgctl("member", "remove", "--organization", org["id"], "--user", other.name)
    error(user.client.get("/users/" + other.id), 404, "KeyError")
    instance.member(org["id"], other, "member")
    service = instance.service_account(org["id"], "viewer")
    ok(user.client.get("/users/" + service.id))
    ok(owner.client.delete("/organizations/" + org["id"]))
    for client, ended in ((user.client, other), (user.client, service), (instance.admin.client, service)):
        assert (client.get("/users/" + ended.id).status_code, listed(client, user_id=ended.id)) == (404, []), ended


def test_a_deleted_user_is_seen_by_nobody(instance):
    user = instance.user()
    instance.installation.orgctl("user", "delete", user.name, "--yes")
    error(instance.admin.client.get("/users/" + user.id), 404, "KeyError")
    for query in ({"user_id": user.id}, {"username": user.name}, {"search": user.name}):
        assert listed(instance.admin.client, **query) == []


def test_a_deactivated_user_is_seen(instance, org):
    user = instance.user()
    instance.member(org["id"], user, "member")
    instance.installation.orgctl("user", "deactivate", user.name, "--yes")
    assert ok(instance.admin.client.get("/users/" + user.id))["is_active"] is False
    for value, found in (("false", [user.id]), ("true", [])):
        assert listed(instance.admin.client, username=user.name, is_active=value) == found


def test_what_is_no_id_is_told(instance):
    assert places(instance.user().client.get("/users/nobody")) == [("uuid_parsing", ["path", "user_id"])]


def test_the_entity_tag_changes_with_the_user(instance):
    user = instance.user()
    tags = []
    for arguments in ([], ["set", user.name, "--full-name", "X"], ["deactivate", user.name, "--yes"], ["activate", user.name],
                      ["link", user.name, "--issuer", ISSUER, "--subject", user.id],
                      ["unlink", user.name, "--issuer", ISSUER, "--subject", user.id],
                      ["rename", user.name, "--to", unique("new")]):
        if arguments:
            instance.installation.orgctl("user", *arguments)
        response = instance.admin.client.get("/users/" + user.id)
        tags.append(response.headers["ETag"])
        again = instance.admin.client.get("/users/" + user.id, headers={"If-None-Match": tags[-1]})
        assert (again.status_code, again.text) == (304, "")
    assert all(one != next for one, next in zip(tags, tags[1:]))


# Filters


@pytest.fixture(scope="module")
def people(instance):
    """A few whom nobody else is called like, in the order of their creation: name to id."""
    mark = secrets.token_hex(4)
    found = {}
    for name, address, full_name, subject in (
            (f"{mark}-Ada", f"Ada.{mark}@example.org", f"Çelik {mark}", f"one-{mark}"),
            (f"{mark}_Bob", f"bob.{mark}@example.org", f"{mark} Bob", f"two-{mark}"),
            (f"zoë-{mark}", f"{mark}.zoe@example.org", None, None)):
        user_id = instance.installation.orgctl("user", "create", name, "--email", address, "--quiet",
                                               *(["--full-name", full_name] if full_name else []))
        if subject:
            instance.installation.orgctl("user", "link", name, "--issuer", f"{ISSUER}/{mark}", "--subject", subject)
        found[name.replace(mark, "")] = user_id
    return mark, found


def test_filters(instance, people):
    mark, found = people
    ada, bob, zoe = found.values()
    client = instance.admin.client
    for query, expected in [
            ({"username": f"{mark}-ADA"}, [ada]), ({"username": mark}, []), ({"username": f"ZOË-{mark}"}, [zoe]),
            ({"email": f"ADA.{mark}@EXAMPLE.org"}, [ada]), ({"email": f"ada.{mark}"}, []),
            ({"oauth_provider": f"{ISSUER}/{mark}"}, [ada, bob]), ({"oauth_id": f"two-{mark}"}, [bob]),
            ({"oauth_provider": f"{ISSUER}/{mark}", "oauth_id": f"one-{mark}"}, [ada]),
            ({"oauth_provider": ISSUER, "oauth_id": f"one-{mark}"}, []),
            ({"search": mark}, [ada, bob, zoe]), ({"search": mark.upper()}, [ada, bob, zoe]),
            ({"search": f"{mark}-"}, [ada]), ({"search": f"{mark}_"}, [bob]), ({"search": f"{mark}%"}, []),
            ({"search": f"{mark}|"}, []), ({"search": f"celik {mark}"}, [ada]), ({"search": f"Zoe-{mark}"}, []),
            ({"search": f"zoë-{mark}"}, [zoe]), ({"search": f"ada.{mark}@"}, [ada]), ({"search": "\u200b"}, []),
            ({"search": mark, "oauth_provider": f"{ISSUER}/{mark}"}, [ada, bob]),
            ({"search": mark, "is_active": "false"}, []), ({"search": f"{mark}-", "username": f"{mark}_Bob"}, []),
            ({"user_id": ada, "username": f"{mark}_Bob"}, []), ({"user_id": bob, "email": f"bob.{mark}@example.org"}, [bob]),
            ({"user_id": bob, "is_active": "true", "oauth_id": f"two-{mark}", "search": f"{mark} b"}, [bob])]:
        response = client.get("/users", params={**query, "include_total": "true"})
        assert (ids(response), response.headers["X-Total-Count"]) == (expected, str(len(expected))), query


def test_filters_of_others_find_themselves_alone(people, instance, org):
    """Without user_id, username and email, whatever else they ask for."""
    mark, _ = people
    user = instance.user()
    instance.member(org["id"], user, "admin")
    instance.installation.orgctl("user", "link", user.name, "--issuer", ISSUER, "--subject", user.id)
    for query, is_found in (({}, True), ({"is_active": "true"}, True), ({"is_active": "false"}, False),
                            ({"search": user.name[:8]}, True), ({"search": mark}, False),
                            ({"oauth_provider": ISSUER}, True), ({"oauth_id": user.id}, True),
                            ({"oauth_provider": f"{ISSUER}/{mark}"}, False), ({"oauth_id": f"two-{mark}"}, False)):
        response = user.client.get("/users", params={**query, "include_total": "true"})
        expected = [user.id] if is_found else []
        assert (ids(response), response.headers["X-Total-Count"]) == (expected, str(len(expected))), query


def test_service_accounts_are_found_by_their_names(instance, owner):
    """Each organization has one of that name; a user has it, too."""
    name = unique("robot")
    orgs = [instance.organization(owner) for _ in range(2)]
    robots = [instance.installation.orgctl("service-account", "create", name, "--organization", org["id"], "--role", "member",
                                           "--quiet") for org in orgs]
    person = instance.installation.orgctl("user", "create", name, "--quiet")
    longer = instance.installation.orgctl("user", "create", name + "x", "--quiet")
    assert listed(instance.admin.client, username=name.upper()) == [*robots, person]
    assert listed(instance.admin.client, search=name) == [*robots, person, longer]
    assert listed(owner.client, username=name) == robots


def test_an_address_that_is_not_verified_is_found_too(instance, org):
    address = unique_address()
    claims = [instance.installation.orgctl("user", "create", unique("claim"), "--email", address, "--email-unverified", "--quiet")
              for _ in range(2)]
    assert listed(instance.admin.client, email=address) == claims


def test_an_address_is_found_with_its_accents_alone(instance):
    address = unique_address()
    user = instance.installation.orgctl("user", "create", unique("accent"), "--email", address, "--email-unverified", "--quiet")
    assert listed(instance.admin.client, email=address.upper()) == [user]
    for other in (address.replace("o", "\u00f6"), address + " "):
        assert listed(instance.admin.client, email=other) == []


# Pages


def test_who_finds_himself_alone_has_one_page(instance):
    user = instance.user()
    for query in ({}, {"search": user.name}, {"is_active": "true"}):
        assert listed(user.client, **query) == [user.id]
        for offset in 1, 1000:
            assert listed(user.client, offset=offset, **query) == []


def test_pages(instance, people):
    mark, found = people
    expected = list(found.values())
    for query in ({"search": mark}, {"search": mark, "is_active": "true"}):
        for limit in (1, 2, 3, 4):
            path, seen = f"/users?limit={limit}&" + "&".join(f"{key}={value}" for key, value in query.items()), []
            while path:
                response = instance.admin.client.get(path)
                seen.append(ids(response))
                link = response.headers.get("Link")
                path = link and link.removesuffix('>; rel="next"')[1:]
            assert seen == [expected[at:at + limit] for at in range(0, len(expected), limit)]
        for offset in range(4):
            assert listed(instance.admin.client, offset=offset, limit=2, **query) == expected[offset:offset + 2]


def test_the_whole_list_page_by_page(instance, people):
    there = everybody(instance.admin.client)
    assert there == sorted(there) and set(people[1].values()) <= set(there)
    total = instance.admin.client.get("/users?limit=1&include_total=true").headers["X-Total-Count"]
    assert total == str(len(there))
    seen, path = [], f"/users?limit={min(1000, max(7, len(there) // 50))}"
    while path:
        response = instance.admin.client.get(path)
        seen += ids(response)
        path = response.headers.get("Link", "").removesuffix('>; rel="next"')[1:]
    assert seen == there
    assert listed(instance.admin.client, after=there[2], limit=2) == there[3:5]
    assert listed(instance.admin.client, after="ffffffff-ffff-ffff-ffff-ffffffffffff") == []
    assert listed(instance.admin.client, after="00000000-0000-0000-0000-000000000001", limit=1) == there[:1]


def test_wrong_queries(instance):
    client = instance.user().client
    for query, place in (("limit=0", ("greater_than_equal", ["query", "limit"])),
                         ("limit=1001", ("less_than_equal", ["query", "limit"])),
                         ("user_id=x", ("uuid_parsing", ["query", "user_id"])),
                         ("is_active=maybe", ("bool_parsing", ["query", "is_active"])),
                         ("search=", ("string_too_short", ["query", "search"])),
                         (f"after={UNKNOWN_ID}&offset=1", ("value_error", ["query", "after"]))):
        assert places(client.get("/users?" + query)) == [place]
    assert len(faults(client.get("/users?limit=0&offset=-1&user_id=x&search="))) == 4


# Nobody learns of an account with whom he shares nothing


@pytest.fixture(scope="module")
def crowd(instance, owner):
    """Users in overlapping organizations, which are known here: user to the organizations."""
    orgs = [instance.organization(owner)["id"] for _ in range(4)]
    crowd = {}
    for number, places_of in enumerate([(), (0,), (0, 1), (1, 2), (2,), (3,)]):
        user = instance.user()
        address, full_name = unique_address(), unique("Person")
        instance.installation.orgctl("user", "set", user.name, "--email", address, "--full-name", full_name)
        for place in places_of:
            instance.member(orgs[place], user, ROLES[number % len(ROLES)])
        crowd[user] = (set(places_of), address, full_name)
    return crowd


QUERIES = st.fixed_dictionaries({}, optional={
    "user_id": st.sampled_from(["id", "unknown"]), "username": st.sampled_from(["exact", "upper"]), "email": st.just("email"),
    "search": st.sampled_from(["name", "full", "email", "beginning"]), "is_active": st.booleans(),
    "include_total": st.just(True), "limit": st.integers(1, 3), "after": st.sampled_from(["before", "unknown"])})


@pytest.mark.shows("API1", "API3")
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nobody_learns_of_whom_he_shares_nothing_with(instance, crowd, data):
    caller, other = data.draw(st.permutations(list(crowd)))[:2]
    query = data.draw(QUERIES)
    (own, _, _), (theirs, address, full_name) = crowd[caller], crowd[other]
    values = {
        "user_id": {"id": other.id, "unknown": UNKNOWN_ID}, "username": {"exact": other.name, "upper": other.name.upper()},
        "email": {"email": address.upper()}, "after": {"before": "00000000-0000-0000-0000-000000000001", "unknown": UNKNOWN_ID},
        "search": {"name": other.name, "full": full_name, "email": address, "beginning": other.name[:4]}}
    params = {name: values[name][value] if name in values else value for name, value in query.items()}
    response = caller.client.get("/users", params=params)
    found = ok(response)
    alone = caller.client.get("/users/" + other.id)
    if own & theirs:
        assert ok(alone)["id"] == other.id
        return
    assert alone.json() == caller.client.get("/users/" + str(uuid.uuid4())).json()
    assert {user["id"] for user in found} <= {caller.id}
    assert int(response.headers.get("X-Total-Count", 0)) <= 1 and "Link" not in response.headers
    text = response.text + str(response.headers) + alone.text
    assert not any(secret in text for secret in (other.id, other.name, address, full_name))


def test_the_crowd_shares_what_the_property_is_about(crowd):
    shares = [bool(crowd[one][0] & crowd[other][0]) for one, other in combinations(crowd, 2)]
    assert 3 <= shares.count(True) and 3 <= shares.count(False)
