"""When a credential was used last: true to the hour, written behind the answer, and rarely."""

import contextlib
import datetime
import uuid

import pytest

import installation
from cgi import CGI_SERVERS, MOUNT
from expect import id_in, logged, ok
from installation import Installation, Instance
from oauth import RegisteredClient, id_of, person_of, sign_in, tokens_for
from test_concurrency import at_once, statuses

MANY = 2000
CROWD = 100
FORMAT = "%Y-%m-%dT%H:00:00.000000Z"


@pytest.fixture(scope="module")
def own(build_directory, environment, checker):
    """On a database server of its own, where no courier adds statements."""
    with Installation(build_directory, environment, checker) as started:
        yield started


@pytest.fixture(scope="module")
def lone(own):
    """Workers that a web server has started."""
    with Instance(own, "lighttpd", "", workers=2) as started:
        yield started


def get(instance, token, path="/users/me"):
    """A request whose end is over, too."""
    request_id = uuid.uuid4().hex
    response = instance.client(token).get(path, headers={"X-Request-Id": request_id})
    logged(instance, request_id, 1)
    return response


def last_used(instance, secret):
    rows = instance.installation.sql(f"SELECT last_used FROM orgd.orgd_credential_uses WHERE credential_id = {id_of(secret)}")
    return rows[0][0] if rows else None


def hours(*times):
    return {time.strftime(FORMAT) for time in times}


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def status(instance, name):
    return int(instance.installation.sql(f"SHOW GLOBAL STATUS LIKE '{name}'")[0][1])


def shown(instance, user, key_id):
    return ok(user.client.get("/users/me/api_keys/" + key_id))["last_used"]


def test_a_use_is_shown_to_the_hour(lone):
    user, begin = lone.user(), now()
    made = ok(user.client.post("/users/me/api_keys", json={"name": "a"}))
    assert shown(lone, user, made["id"]) is None
    ok(get(lone, made["key"]))
    assert {shown(lone, user, made["id"])} <= hours(begin, now())


def test_what_is_made_of_a_key_uses_it(lone):
    """So does the exchange itself."""
    user, other = lone.user(), lone.user()
    token = ok(lone.client().post("/auth/login", data={"password": other.token}))["access_token"]
    made = ok(user.client.post("/users/me/api_keys", json={"name": "a"}))
    request_id = uuid.uuid4().hex
    ok(lone.client().post("/auth/login", data={"password": made["key"]}, headers={"X-Request-Id": request_id}))
    logged(lone, request_id, 1)
    assert shown(lone, user, made["id"]) is not None
    ok(get(lone, token))
    assert last_used(lone, other.token) is not None


def test_a_grant_has_its_use_and_a_session_none(lone):
    person = person_of(lone)
    browser = sign_in(lone, person)
    tokens = tokens_for(browser, person, RegisteredClient(lone))
    ok(get(lone, tokens["access_token"]))
    kinds = lone.installation.sql("SELECT c.kind FROM orgd.orgd_credential_uses u JOIN orgd.orgd_credentials c"
                                  " ON c.id = u.credential_id JOIN orgd.orgd_accounts a ON a.id = c.account_id"
                                  f" WHERE a.name = '{person.name}' ORDER BY c.kind")
    assert [kind for kind, in kinds] == ["grant"]


def test_who_is_refused_has_used_nothing(lone):
    user = lone.user()
    lone.installation.orgctl("user", "deactivate", user.name)
    assert get(lone, user.token).status_code == 401 and last_used(lone, user.token) is None


@pytest.mark.parametrize("before, is_kept", [("2020-01-01 00:00:00", False), ("2099-01-01 00:00:00", True)])
def test_time_never_goes_back(lone, before, is_kept):
    """Another host may have noted an hour that has not begun here."""
    user, begin = lone.user(), now()
    lone.installation.sql(f"INSERT INTO orgd.orgd_credential_uses VALUES ({id_of(user.token)}, '{before}')")
    ok(get(lone, user.token))
    found = last_used(lone, user.token)
    assert (str(found) == before) == is_kept and (is_kept or found.strftime(FORMAT) in hours(begin, now()))


def test_very_many_requests_are_few_writes(lone):
    """The workers of a host tell each other; so each write is the only one of its credential and hour."""
    user, begin = lone.user(), now()
    clients = [lone.client(user.token) for _ in range(4)]
    at_once([lambda client=client: [client.get("/users/me") for _ in range(50)][-1] for client in clients])
    ok(get(lone, user.token))
    writes, statements = status(lone, "Com_insert_select"), status(lone, "Com_stmt_execute")
    for _ in range(MANY // 20):
        assert statuses(at_once([lambda client=client: [client.get("/users/me") for _ in range(5)][-1]
                                 for client in clients])) == {200: 4}
    ok(get(lone, user.token))
    if begin.hour == now().hour:
        assert status(lone, "Com_insert_select") == writes and status(lone, "Com_stmt_execute") == statements + MANY + 1
    assert last_used(lone, user.token) is not None


def test_each_of_many_credentials_is_written_once(lone):
    user, begin = lone.user(), now()
    keys = [user.token] + [ok(user.client.post("/users/me/api_keys", json={"name": f"k{number}"}))["key"]
                           for number in range(CROWD - 1)]
    ok(get(lone, user.token))
    writes = status(lone, "Com_insert_select")
    for _ in range(2):
        for key in keys:
            ok(lone.client(key).get("/users/me"))
    ok(get(lone, user.token))
    assert all(last_used(lone, key) for key in keys)
    if begin.hour == now().hour:
        assert status(lone, "Com_insert_select") == writes + CROWD - 1


def test_the_answer_does_not_wait_for_it(lone):
    """Somebody holds the row; the client has its answer all the same."""
    user = lone.user()
    connection = lone.installation.connect(autocommit=False)
    with connection, connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO orgd.orgd_credential_uses VALUES ({id_of(user.token)}, '2020-01-01')")
        ok(lone.client(user.token).get("/users/me", timeout=3))
        connection.rollback()


@contextlib.contextmanager
def without_the_table(instance):
    instance.installation.sql("RENAME TABLE orgd.orgd_credential_uses TO orgd.orgd_credential_uses_away")
    try:
        yield
    finally:
        instance.installation.sql("RENAME TABLE orgd.orgd_credential_uses_away TO orgd.orgd_credential_uses")


def test_a_write_that_fails_changes_no_answer(own):
    """It is not tried with each request again."""
    with Instance(own, "lighttpd", "", workers=1) as instance:
        users = [instance.user() for _ in range(3)]
        with without_the_table(instance):
            for user in users * 2:
                assert ok(get(instance, user.token))["id"] == user.id
        assert instance.log_text().count("the use of a credential is not on record") == 1
        assert [last_used(instance, user.token) for user in users] == [None] * 3


@pytest.mark.parametrize("kind", CGI_SERVERS)
def test_a_process_for_each_request_knows_what_the_others_have_written(own, kind):
    with pytest.MonkeyPatch.context() as patch:
        for name, classes in CGI_SERVERS.items():
            patch.setitem(installation.SERVERS, name, classes)
        with Instance(own, kind, MOUNT, settings={"public_url": f"http://localhost{MOUNT}"}) as instance:
            user, begin = instance.user(), now()
            ok(get(instance, user.token))
            assert last_used(instance, user.token).strftime(FORMAT) in hours(begin, now())
            writes = status(instance, "Com_insert_select")
            for _ in range(10):
                ok(get(instance, user.token))
            if begin.hour == now().hour:
                assert status(instance, "Com_insert_select") == writes


def test_the_courier_removes_what_belongs_to_nothing(lone):
    """Of what has expired, of a deleted key, account, organization and client."""
    user, service_owner = lone.user(limit=5), lone.user(limit=5)
    org = lone.organization(service_owner)
    service, other = lone.service_account(org["id"], "viewer"), lone.service_account(org["id"], "viewer")
    person = person_of(lone)
    application = RegisteredClient(lone)
    granted = tokens_for(sign_in(lone, person), person, application)["access_token"]
    expired = ok(user.client.post("/users/me/api_keys", json={"name": "expired", "expires_in_minutes": 1}))["key"]
    kept = ok(user.client.post("/users/me/api_keys", json={"name": "kept"}))["key"]
    deleted = ok(user.client.post("/users/me/api_keys", json={"name": "deleted"}))
    for token in (expired, kept, deleted["key"], service.key, other.key, granted, person.token):
        ok(get(lone, token))
    before = lone.installation.sql("SELECT COUNT(*) FROM orgd.orgd_credential_uses")[0][0]
    lone.installation.sql("UPDATE orgd.orgd_credentials SET expires = UTC_TIMESTAMP(6) - INTERVAL 25 HOUR"
                          f" WHERE id = {id_of(expired)}")
    ok(user.client.delete("/users/me/api_keys/" + deleted["id"]))
    lone.installation.orgctl("service-account", "delete", other.name)
    ok(service_owner.client.delete("/organizations/" + org["id"]))
    lone.installation.orgctl("client", "delete", application.id)
    lone.installation.orgctl("purge")
    stray = lone.installation.sql("SELECT COUNT(*) FROM orgd.orgd_credential_uses u LEFT JOIN orgd.orgd_credentials c"
                                  " ON c.id = u.credential_id WHERE c.id IS NULL")[0][0]
    assert stray == 0 and last_used(lone, kept) is not None and last_used(lone, person.token) is not None
    assert lone.installation.sql("SELECT COUNT(*) FROM orgd.orgd_credential_uses")[0][0] == before - 5
    assert id_in(expired) not in [one["id"] for one in ok(user.client.get("/users/me/api_keys"))]
