"""A read costs one statement, whatever the caller holds and whatever comes of it."""

import pytest

from expect import error, ok
from installation import Instance


@pytest.fixture(scope="module")
def one_worker(database):
    """Whatever a worker remembers, the next request meets the worker that does."""
    with Instance(database, "lighttpd", "", workers=1) as started:
        yield started


def statements(instance):
    return int(instance.installation.sql("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'")[0][1])


def cost(instance, client, path, **options):
    """The response, and how many statements it took."""
    before = statements(instance)
    response = client.get(path, **options)
    return response, statements(instance) - before


@pytest.fixture(scope="module")
def owner(one_worker):
    return one_worker.user(limit=10)


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
                         ("/users/me", 200)):
        for _ in range(3):
            response, count = cost(one_worker, owner.client, path)
            assert (path, response.status_code, count) == (path, status, 1)
    response, count = cost(one_worker, owner.client, f"/organizations/{first['id']}", headers={"If-None-Match": etag})
    assert (response.status_code, count) == (304, 1)


def test_reads_of_others(one_worker, two):
    nobody = one_worker.client("ORGPAT_" + "A" * 64)
    for client, path, status in ((one_worker.user().client, "/organizations", 200),
                                 (one_worker.admin.client, "/organizations", 200),
                                 (one_worker.admin.client, f"/organizations/{two[0]['id']}", 200),
                                 (one_worker.user().client, f"/organizations/{two[0]['id']}", 404),
                                 (nobody, "/organizations", 401), (nobody, f"/organizations/{two[0]['id']}", 401)):
        for _ in range(3):
            response, count = cost(one_worker, client, path)
            assert (path, response.status_code, count) == (path, status, 1)


def test_what_a_worker_remembers_of_a_list_is_a_guess_alone(one_worker, two):
    user = one_worker.user()
    one_worker.member(two[1]["id"], user, "viewer")
    account = "UPDATE orgd.accounts SET is_active = %s, is_superuser = %s WHERE name = %s"
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
