"""The connection to the database is cut at chosen moments of one request. The answer must be true each time."""

import itertools
import time
import uuid

import pytest

from expect import error, ok, unique
from installation import Instance, stdout_of
from oauth import (PASSWORD, Browser, Device, Pkce, RegisteredClient, answer_of, code_for, error_of, forget_attempts,
                   is_accepted, page_of, person_of, sign_in, tokens_for)
from proxy import Proxy, Verdict, is_commit, is_execution

# What a write is, and what the organization is afterwards.
WRITES = {
    "create": lambda user, org: user.client.post("/organizations", json={"name": org["name"] + "-2"}),
    "update": lambda user, org: user.client.patch(f"/organizations/{org['id']}", json={"description": "changed"}),
    "delete": lambda user, org: user.client.delete(f"/organizations/{org['id']}"),
}


@pytest.fixture(scope="module")
def proxy(database):
    with Proxy(database, delay_s=6) as proxy:
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
    return proxied.installation.sql("SELECT organizations_owned, (SELECT COUNT(*) FROM orgd_organizations o"
                                    " WHERE o.owner_id = a.id AND o.ended IS NULL) FROM orgd_accounts a WHERE name = %s",
                                    [user.name])[0]


@pytest.mark.parametrize("write", WRITES)
def test_commit_whose_answer_was_lost(proxied, proxy, user, org, write):
    with proxy.applying(is_commit, Verdict.CUT_BEHIND):
        ok(WRITES[write](user, org))
    assert is_done(write, user, org)
    counter, count = owned(proxied, user)
    assert counter == count


@pytest.mark.parametrize("write", WRITES)
def test_commit_that_never_arrived(proxied, proxy, user, org, write):
    """What was certainly not done is tried again. A creation, too: its event would be there, even if somebody had
    deleted the organization meanwhile."""
    with proxy.applying(is_commit, Verdict.CUT_BEFORE):
        ok(WRITES[write](user, org))
    assert is_done(write, user, org)
    counter, count = owned(proxied, user)
    assert counter == count


@pytest.mark.parametrize("write", WRITES)
def test_a_commit_that_arrives_too_late(proxied, proxy, user, org, write):
    """Its session was ended before anybody asked what became of it."""
    with proxy.applying(is_commit, Verdict.DELAY):
        response = WRITES[write](user, org)
        time.sleep(proxy.delay_s)
    error(response, 503, "ServiceUnavailable")
    assert not is_done(write, user, org)
    counter, count = owned(proxied, user)
    assert counter == count


@pytest.mark.parametrize("write", ["update", "delete"])
def test_commits_that_never_arrive(proxied, proxy, user, org, write):
    proxy.rule = lambda payload: Verdict.CUT_BEFORE if is_commit(payload) else Verdict.FORWARD
    error(WRITES[write](user, org), 503, "ServiceUnavailable")
    proxy.rule = lambda payload: Verdict.FORWARD
    assert not is_done(write, user, org)
    counter, count = owned(proxied, user)
    assert counter == count


@pytest.mark.parametrize("verdict", [Verdict.CUT_BEFORE, Verdict.CUT_BEHIND], ids=lambda verdict: verdict.name)
@pytest.mark.parametrize("write, after", [("create", 0), ("update", 0), ("update", 1), ("delete", 0), ("delete", 1)])
def test_statement_of_a_transaction(proxied, proxy, user, org, write, after, verdict):
    """Nothing was committed, so the worker starts again by itself."""
    if write == "create":
        user = proxied.user(limit=10)  # whose first creation has a question before it
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


# What OAuth2 writes, mostly by statements of their own. Each is given a block within which the connection is cut, and
# looks behind it whether all was done.


def is_statement(payload):
    return is_execution(payload) or is_commit(payload)


@pytest.fixture(scope="module")
def person(proxied):
    return person_of(proxied)


@pytest.fixture(scope="module")
def client(proxied):
    return RegisteredClient(proxied)


def rows_of(proxied, table):
    return proxied.installation.sql(f"SELECT COUNT(*) FROM {table}")[0][0]


def signing_in(proxied, person, _client, cut):
    before = rows_of(proxied, "orgd_credentials")
    browser = Browser(proxied.url)
    browser.get("/auth/sign-in")
    with cut:
        browser.submit(username=person.name, password=PASSWORD)
    assert "You are signed in" in browser.follow().text
    assert rows_of(proxied, "orgd_credentials") == before + 1


def issuing_a_code(proxied, person, _client, cut):
    browser, pkce, client = sign_in(proxied, person), Pkce(), RegisteredClient(proxied)
    before = rows_of(proxied, "orgd_authorization_codes")
    browser.get(client.request(pkce))
    with cut:
        response = browser.submit(decision="allow")
    ok(client.redeem(answer_of(response)["code"], pkce))
    assert rows_of(proxied, "orgd_authorization_codes") == before + 1


def issuing_a_code_unasked(proxied, person, client, cut):
    browser, pkce = sign_in(proxied, person), Pkce()
    tokens_for(browser, person, client)
    before = rows_of(proxied, "orgd_authorization_codes")
    with cut:
        response = browser.get(client.request(pkce))
    ok(client.redeem(answer_of(response)["code"], pkce))
    assert rows_of(proxied, "orgd_authorization_codes") == before + 1


def starting_a_device(proxied, _person, _client, cut):
    before = rows_of(proxied, "orgd_device_codes")
    with cut:
        device = Device(proxied)
    error_of(device.poll(), 400, "authorization_pending")
    assert rows_of(proxied, "orgd_device_codes") == before + 1


def letting_a_device_in(proxied, person, _client, cut):
    browser, device = sign_in(proxied, person), Device(proxied)
    device.ask(browser)
    with cut:
        page_of(browser.submit(decision="allow"), 200)
    assert is_accepted(proxied, ok(device.poll())["access_token"])


def turning_a_device_away(proxied, person, _client, cut):
    browser, device = sign_in(proxied, person), Device(proxied)
    device.ask(browser)
    with cut:
        page_of(browser.submit(decision="deny"), 200)
    error_of(device.poll(), 400, "access_denied")


def polling(proxied, person, _client, cut):
    device = Device(proxied)
    device.decide(sign_in(proxied, person))
    with cut:
        response = device.poll()
    assert is_accepted(proxied, ok(response)["access_token"])


def redeeming(proxied, person, client, cut):
    pkce = Pkce()
    code = code_for(sign_in(proxied, person), person, client, pkce)
    with cut:
        response = client.redeem(code, pkce)
    assert is_accepted(proxied, ok(response)["access_token"])


def refreshing(proxied, person, client, cut):
    tokens = tokens_for(sign_in(proxied, person), person, client)
    with cut:
        response = client.refresh(tokens["refresh_token"])
    ok(client.refresh(ok(response)["refresh_token"]))


def revoking(proxied, person, client, cut):
    tokens = tokens_for(sign_in(proxied, person), person, client)
    with cut:
        assert client.revoke(tokens["refresh_token"]).status_code == 200
    assert not is_accepted(proxied, tokens["access_token"])


def registering(proxied, _person, _client, cut):
    name = unique("client")
    with cut:
        created = proxied.installation.run_orgctl("client", "create", name, "--quiet", 
                                                    config_path=proxied.backend.config_path)
    assert stdout_of(created) in proxied.installation.orgctl("client", "list")


@pytest.mark.parametrize("verdict", [Verdict.CUT_BEFORE, Verdict.CUT_BEHIND], ids=lambda verdict: verdict.name)
@pytest.mark.parametrize("act", [signing_in, issuing_a_code, issuing_a_code_unasked, starting_a_device, letting_a_device_in, polling,
                                 turning_a_device_away, redeeming, refreshing, revoking, registering],
                         ids=lambda act: act.__name__)
def test_each_statement_of(proxied, proxy, person, client, act, verdict):
    """In turn, until there are no more of them."""
    for after in itertools.count():
        forget_attempts(proxied)
        before = proxy.count
        act(proxied, person, client, proxy.ruling(is_statement, verdict, after))
        if proxy.count == before:
            break
    assert after > 0, "nothing was cut"


def test_database_that_stays_away(proxied, proxy):
    """Nobody can know whether it was done, and the answer says so."""
    before = rows_of(proxied, "orgd_device_codes")
    is_gone = False

    def rule(payload):
        nonlocal is_gone
        if is_gone:
            return Verdict.CUT_BEFORE
        is_gone = is_statement(payload) and b"INTO orgd_device_codes" in payload
        return Verdict.CUT_BEHIND if is_gone else Verdict.FORWARD

    proxy.rule = rule
    response = proxied.client().post("/auth/device_authorization", data={"client_id": str(uuid.uuid4())})
    proxy.rule = lambda payload: Verdict.FORWARD
    assert "may have been saved" in error_of(response, 500, "server_error")
    assert rows_of(proxied, "orgd_device_codes") == before + 1
    Device(proxied)
