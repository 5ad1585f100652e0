"""The connection to the database is cut at chosen moments of one request: the answer is true whatever the moment."""

import pytest

from expect import error, ok, unique
from installation import Instance
from proxy import Proxy, Verdict, is_commit, is_execution

# What a write is, and what the organization is afterwards.
WRITES = {
    "create": lambda user, org: user.client.post("/organizations", json={"name": org["name"] + "-2"}),
    "update": lambda user, org: user.client.patch(f"/organizations/{org['id']}", json={"description": "changed"}),
    "delete": lambda user, org: user.client.delete(f"/organizations/{org['id']}"),
}


@pytest.fixture(scope="module")
def proxy(database):
    with Proxy(database) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def proxied(database, proxy):
    """One worker, so that no other has the connection that is cut."""
    settings = {"database_option_file": proxy.option_file, "database_timeout": 2, "lock_timeout": 1}
    with Instance(database, "lighttpd-remote", "", workers=1, settings=settings) as instance:
        yield instance


@pytest.fixture(scope="module")
def user(proxied):
    return proxied.user(limit=1000)


@pytest.fixture
def org(proxied, user):
    return proxied.organization(user, name=unique("o"))


def is_done(write, user, org):
    """Whether the write took place, as the user sees it."""
    if write == "create":
        return bool(ok(user.client.get("/organizations", params={"name": org["name"] + "-2"})))
    response = user.client.get(f"/organizations/{org['id']}")
    return response.status_code == 404 if write == "delete" else ok(response)["description"] == "changed"


def owned(proxied, user):
    """The counter, and what it counts."""
    return proxied.installation.sql("SELECT organizations_owned, (SELECT COUNT(*) FROM organizations o WHERE o.owner_id = a.id)"
                                    " FROM accounts a WHERE name = %s", [user.name])[0]


@pytest.mark.parametrize("write", WRITES)
def test_commit_whose_answer_was_lost(proxied, proxy, user, org, write):
    with proxy.applying(is_commit, Verdict.CUT_BEHIND):
        ok(WRITES[write](user, org))
    assert is_done(write, user, org)
    counter, count = owned(proxied, user)
    assert counter == count


@pytest.mark.parametrize("write", ["update", "delete"])
def test_commit_that_never_arrived(proxied, proxy, user, org, write):
    """What surely was not done is tried again."""
    with proxy.applying(is_commit, Verdict.CUT_BEFORE):
        ok(WRITES[write](user, org))
    assert is_done(write, user, org)


def test_creation_whose_commit_never_arrived(proxied, proxy, user, org):
    """It is not tried again: somebody might have seen and deleted it, and would see it rise from the dead."""
    with proxy.applying(is_commit, Verdict.CUT_BEFORE):
        error(WRITES["create"](user, org), 503, "ServiceUnavailable")
    assert not is_done("create", user, org)


@pytest.mark.parametrize("write", WRITES)
def test_commits_that_never_arrive(proxied, proxy, user, org, write):
    proxy.rule = lambda payload: Verdict.CUT_BEFORE if is_commit(payload) else Verdict.FORWARD
    error(WRITES[write](user, org), 503, "ServiceUnavailable")
    proxy.rule = lambda payload: Verdict.FORWARD
    assert not is_done(write, user, org)
    counter, count = owned(proxied, user)
    assert counter == count


@pytest.mark.parametrize("verdict", [Verdict.CUT_BEFORE, Verdict.CUT_BEHIND], ids=lambda verdict: verdict.name)
@pytest.mark.parametrize("after", range(2))
@pytest.mark.parametrize("write", WRITES)
def test_statement_of_a_transaction(proxied, proxy, user, org, write, after, verdict):
    """Nothing was committed, so the worker starts again by itself."""
    with proxy.applying(is_execution, verdict, after):
        ok(WRITES[write](user, org))
    assert is_done(write, user, org)
    counter, count = owned(proxied, user)
    assert counter == count


def test_rows_of_an_answer(proxied, proxy):
    """The connection ends between two rows."""
    user = proxied.user(limit=100)
    padding = [{"title": "x", "url": "http://example.org/" + "x" * 1900}] * 5
    names = [ok(user.client.post("/organizations", json={"name": unique("o"), "links": padding}))["name"] for _ in range(20)]
    proxy.answer_limit = 100000
    assert [org["name"] for org in ok(user.client.get("/organizations"))] == names
    assert proxy.answer_limit is None, "nothing was cut"
