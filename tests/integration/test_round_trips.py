"""A read costs one statement, whatever the credential and whatever the result."""

import time
import uuid

import pytest

from expect import UNKNOWN_ID, error, logged, ok, unique
from installation import Installation, Instance
from test_credentials import access_token

HOUR_S = 3600
TEST_S = 60  # longer than the tests of this file take


@pytest.fixture(scope="module")
def one_worker(build_directory, environment, checker):
    """With one worker, each request meets what the worker remembers. On a database server of its own, where no courier
    adds statements, and not at the end of an hour: the first request of the next one writes that the credential is in
    use."""
    if HOUR_S - time.time() % HOUR_S < TEST_S:
        time.sleep(TEST_S)
    with Installation(build_directory, environment, checker) as installation, \
            Instance(installation, "lighttpd", "", workers=1) as started:
        yield started


def statements(instance):
    return int(instance.installation.sql("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'")[0][1])


def cost(instance, client, path, **options):
    """The response, and how many statements it took."""
    before = statements(instance)
    response = client.get(path, **options)
    return response, statements(instance) - before


def settled(instance, user):
    """Somebody whose credential is known to be in use in this hour: the first request writes that behind its answer."""
    request_id = uuid.uuid4().hex
    ok(user.client.get("/users/me", headers={"X-Request-Id": request_id}))
    logged(instance, request_id, 1)
    return user


@pytest.fixture(scope="module")
def owner(one_worker):
    return settled(one_worker, one_worker.user(limit=10))


@pytest.fixture(scope="module")
def two(one_worker, owner):
    return [one_worker.organization(owner) for _ in range(2)]


def test_reads_of_a_member(one_worker, owner, two):
    first = two[0]
    etag = owner.client.get(f"/organizations/{first['id']}").headers["ETag"]
    for path, status in ((f"/organizations/{first['id']}", 200), (f"/organizations/{first['name']}", 200),
                         ("/organizations/nowhere", 404), ("/organizations", 200), ("/organizations?limit=1", 200),
                         (f"/organizations?after={first['id']}", 200), ("/organizations?offset=7", 200),
                         ("/organizations?name=nowhere", 200), (f"/organizations?owner_id={owner.id}", 200),
                         ("/organizations?include_subscription_status=true", 200), ("/organizations?limit=0", 422),
                         ("/organizations?order_by=-created", 200), ("/organizations?order_by=-created&offset=7", 200),
                         (f"/organizations?order_by=-created&after={first['id']}", 200), ("/organizations?order_by=name", 200),
                         ("/organizations?order_by=-name&after=nobody", 200), ("/organizations?search=organization", 200),
                         ("/organizations?search=nobody", 200), ("/organizations?search=organization&order_by=-created", 200),
                         (f"/organizations?search=o&order_by=name&owner_id={owner.id}", 200), ("/organizations?order_by=x", 422),
                         ("/users/me", 200), (f"/users/{owner.id}", 200), (f"/users/{UNKNOWN_ID}", 404), ("/users", 200),
                         (f"/users?user_id={owner.id}", 200), ("/users?search=x", 200), ("/users?oauth_id=x", 200)):
        for _ in range(3):
            response, count = cost(one_worker, owner.client, path)
            assert (path, response.status_code, count) == (path, status, 1)
    response, count = cost(one_worker, owner.client, f"/organizations/{first['id']}", headers={"If-None-Match": etag})
    assert (response.status_code, count) == (304, 1)


def test_reads_of_others(one_worker, two):
    settled(one_worker, one_worker.admin)
    for client, path, status in ((settled(one_worker, one_worker.user()).client, "/organizations", 200),
                                 (one_worker.admin.client, "/organizations", 200),
                                 (one_worker.admin.client, "/organizations?order_by=name", 200),
                                 (one_worker.admin.client, "/organizations?search=organization", 200),
                                 (settled(one_worker, one_worker.user()).client, "/organizations?order_by=name", 200),
                                 (one_worker.admin.client, f"/organizations/{two[0]['id']}", 200),
                                 (one_worker.admin.client, "/users?limit=2", 200), (one_worker.admin.client, "/users?search=a", 200),
                                 (one_worker.admin.client, f"/users/{one_worker.admin.id}", 200),
                                 (settled(one_worker, one_worker.user()).client, f"/organizations/{two[0]['id']}", 404)):
        for _ in range(3):
            response, count = cost(one_worker, client, path)
            assert (path, response.status_code, count) == (path, status, 1)


def test_reads_of_service_accounts(one_worker, owner, two):
    path = f"/organizations/{two[0]['id']}/service_accounts"
    role = one_worker.role_id(two[0]["id"], "viewer")
    made = [ok(owner.client.post(path, json={"username": unique("ci"), "role_id": role})) for _ in range(3)]
    keys = f"/{made[0]['id']}/api_keys"
    key, _ = (ok(owner.client.post(path + keys, json={"name": name})) for name in ("a", "b"))
    for asked, status in (("", 200), ("?limit=1", 200), ("?search=ci", 200), ("?search=nobody", 200),
                          (f"?after={made[0]['id']}", 200), (f"/{made[0]['id']}", 200), (f"/{made[1]['username']}", 200),
                          (f"/{UNKNOWN_ID}", 404), ("/nobody", 404), ("?limit=0", 422), (keys, 200), (keys + "?limit=1", 200),
                          (f"/{made[0]['username']}/api_keys", 200), ("/nobody/api_keys", 404), (f"{keys}/{key['id']}", 200),
                          (f"{keys}/{UNKNOWN_ID}", 404)):
        for _ in range(3):
            response, count = cost(one_worker, owner.client, path + asked)
            assert (asked, response.status_code, count) == (asked, status, 1)


def test_who_is_refused_costs_one_statement_more_behind_the_answer(one_worker, two):
    """It asks whether the service knows whom it has refused."""
    nobody = one_worker.client("ORGPAT_" + "B" * 64)
    for path in ("/organizations", f"/organizations/{two[0]['id']}"):
        for _ in range(3):
            before, request_id = statements(one_worker), uuid.uuid4().hex
            assert nobody.get(path, headers={"X-Request-Id": request_id}).status_code == 401
            logged(one_worker, request_id, 1)
            assert statements(one_worker) - before == 2


def test_what_a_worker_remembers_of_a_list_is_a_guess_alone(one_worker, two):
    user = settled(one_worker, one_worker.user())
    one_worker.member(two[1]["id"], user, "viewer")
    account = "UPDATE orgd.orgd_accounts SET is_active = %s, is_superuser = %s WHERE name = %s"
    everything = len(ok(one_worker.admin.client.get("/organizations?limit=1000")))

    def listed():
        response, count = cost(one_worker, user.client, "/organizations?limit=1000")
        return ok(response), count

    for _ in range(3):
        assert listed() == ([two[1]], 1)
    one_worker.installation.orgctl("member", "remove", "--organization", two[1]["id"], "--user", user.name)
    assert [listed() for _ in range(3)] == [([], 2), ([], 1), ([], 1)]
    one_worker.member(two[0]["id"], user, "member")
    assert [listed() for _ in range(3)] == [([two[0]], 1)] * 3
    one_worker.installation.sql(account, (1, 1, user.name))
    assert [(len(page), count) for page, count in (listed() for _ in range(3))] == [(everything, 2), (everything, 1),
                                                                                  (everything, 1)]
    one_worker.installation.sql(account, (1, 0, user.name))
    assert [listed() for _ in range(3)] == [([two[0]], 1)] * 3
    one_worker.installation.sql(account, (0, 0, user.name))
    error(user.client.get("/organizations"), 401, "AuthorizationException")


def create(instance, client):
    before = statements(instance)
    response = client.post("/organizations", json={"name": unique()})
    return response, statements(instance) - before


def test_a_creation_asks_who_is_asking_along_with_the_rest(one_worker):
    user = settled(one_worker, one_worker.user(limit=10))
    by_token = one_worker.client(access_token(one_worker, user.token))
    for client, costs in ((by_token, [1, 1]), (user.client, [2, 1, 1])):
        for cost_of_one in costs:
            response, count = create(one_worker, client)
            assert (ok(response)["owner_id"], count) == (user.id, cost_of_one)


@pytest.fixture(params=["key", "token"])
def known(one_worker, request):
    """Somebody who has created an organization, and may create one more."""
    user = settled(one_worker, one_worker.user(limit=2))
    client = user.client if request.param == "key" else one_worker.client(access_token(one_worker, user.token))
    ok(create(one_worker, client)[0])
    return user, client


OF_USER = "account_id = (SELECT id FROM orgd.orgd_accounts WHERE name = %s)"


CHANGES = [
    "UPDATE orgd.orgd_accounts SET is_active = FALSE WHERE name = %s",
    f"UPDATE orgd.orgd_credentials SET is_active = FALSE WHERE {OF_USER}",
    f"DELETE FROM orgd.orgd_credentials WHERE {OF_USER}",
]


@pytest.mark.parametrize("change", CHANGES)
def test_whose_credential_counts_no_more_lists_nothing(one_worker, known, change):
    user, client = known
    for _ in range(2):
        page, count = cost(one_worker, client, "/organizations")
        assert (len(ok(page)), count) == (1, 1)
    one_worker.installation.sql(change, (user.name,))
    error(client.get("/organizations"), 401, "AuthorizationException")


@pytest.mark.shows("API2")
@pytest.mark.parametrize("change", CHANGES)
def test_whose_credential_counts_no_more_creates_nothing(one_worker, known, change):
    user, client = known
    one_worker.installation.sql(change, (user.name,))
    error(create(one_worker, client)[0], 401, "AuthorizationException")
    owned = "SELECT organizations_owned FROM orgd.orgd_accounts WHERE name = %s"
    assert one_worker.installation.sql(owned, (user.name,)) == [(1,)]


def test_what_else_may_be_wrong_is_told_as_ever(one_worker, known):
    user, client = known
    name = ok(client.get("/organizations"))[0]["name"]
    error(client.post("/organizations", json={"name": name}), 409, "EntityExistsError")
    ok(create(one_worker, client)[0])
    error(create(one_worker, client)[0], 403, "OrganizationLimitExceeded")
    one_worker.installation.sql("UPDATE orgd.orgd_accounts SET organization_limit = 3 WHERE name = %s", (user.name,))
    ok(create(one_worker, client)[0])


def test_another_secret_of_the_same_credential_is_none(one_worker):
    user = settled(one_worker, one_worker.user(limit=3))
    ok(create(one_worker, user.client)[0])
    one_worker.installation.sql(f"UPDATE orgd.orgd_credentials SET retained_digest = secret_digest, secret_digest = REPEAT('x', 32),"
                                f" retained_until = '9999-01-01' WHERE {OF_USER}", (user.name,))
    answer, count = create(one_worker, user.client)  # by the one that is retained, which is as good as the newest
    assert (ok(answer)["owner_id"], count) == (user.id, 1)
    for _ in range(2):
        page, count = cost(one_worker, user.client, "/organizations")
        assert (len(ok(page)), count) == (2, 1)
    one_worker.installation.sql(f"UPDATE orgd.orgd_credentials SET retained_until = '2020-01-01' WHERE {OF_USER}", (user.name,))
    error(create(one_worker, user.client)[0], 401, "AuthorizationException")
    error(user.client.get("/organizations"), 401, "AuthorizationException")


def test_a_service_account_that_has_been_remembered_creates_nothing(one_worker, two):
    service = one_worker.service_account(two[0]["id"], "admin")
    client = one_worker.client(access_token(one_worker, service.key))
    for _ in range(2):
        error(create(one_worker, client)[0], 403, "IllegalOperationError")
