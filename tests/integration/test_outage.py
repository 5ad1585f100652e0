"""The database fails in every possible way, and comes back. Nobody restarts orgd."""

import concurrent.futures
import time

import pytest

from installation import Client, Installation, Instance, unique
from processes import children, wait_until
from servers import Pool

TIMEOUT_S = 2  # database_timeout of these tests
WORKERS = 3
ROUNDS = 4 * WORKERS


@pytest.fixture(scope="module")
def own_database(build_directory, environment, checker):
    """A database that these tests may stop without others noticing."""
    with Installation(build_directory, environment, checker) as installation:
        yield installation


class ImpatientPool(Pool):
    def configure(self, **settings):
        super().configure(database_timeout=TIMEOUT_S, lock_timeout=1, **settings)


@pytest.fixture(scope="module")
def own_instance(own_database):
    with Instance(own_database, "nginx", "", workers=WORKERS, backend=ImpatientPool) as instance:
        yield instance


@pytest.fixture(scope="module")
def user(own_instance):
    return own_instance.user(limit=1000)


@pytest.fixture
def mariadb(own_database):
    """The database server, running again at the end."""
    yield own_database.mariadb
    own_database.mariadb.resume()
    if not own_database.mariadb.is_running():
        own_database.mariadb.start()


def assert_unavailable(response):
    assert response.status_code == 503, response.text
    assert response.json()["detail"][0] == "ServiceUnavailable"
    assert int(response.headers["Retry-After"]) > 0
    assert response.elapsed.total_seconds() < TIMEOUT_S + 1


def assert_oauth_is_unavailable(client):
    """RFC 6749, 5.2: two members, and the code that says so."""
    form = {"grant_type": "refresh_token", "refresh_token": "ORGREF_" + "A" * 64, "token": "x", "client_secret": "x",
            "client_id": "3f5e9d60-7c1b-4a52-9b3e-0c8d2f6a1e47"}
    for path in ("token", "login", "revoke", "introspect", "device_authorization"):
        response = client.post(f"/auth/{path}", data=form)
        assert response.status_code == 503 and int(response.headers["Retry-After"]) > 0
        assert list(response.json()) == ["error", "error_description"]
        assert response.json()["error"] == "temporarily_unavailable"


def ask_all_workers(user):
    """So many requests at once that no worker is left out, as the kernel prefers the one that was busy last."""
    def ask(_):
        return Client(user.client.url, user.token).get("/users/me").status_code

    with concurrent.futures.ThreadPoolExecutor(ROUNDS) as threads:
        return list(threads.map(ask, range(ROUNDS)))


def assert_served_again(user, own_instance):
    """Every worker recovers by itself."""
    wait_until(lambda: user.client.get("/users/me").status_code == 200, "a worker to serve again")
    wait_until(lambda: set(ask_all_workers(user)) == {200}, "all workers to serve again")
    assert own_instance.client().get("/health/ready").status_code == 200


@pytest.mark.shows("V4.1.1-4.1.5")
def test_stopped_database(own_instance, user, mariadb):
    workers = children(own_instance.backend.pid)
    mariadb.stop()
    for _ in range(ROUNDS):
        assert_unavailable(user.client.get("/users/me"))
    assert_unavailable(user.client.post("/organizations", json={"name": unique("o")}))
    assert_unavailable(own_instance.client().get("/health/ready"))
    assert_oauth_is_unavailable(own_instance.client())
    assert own_instance.client().get("/health").status_code == 200
    for path in ("/openapi.json", "/docs", "/"):
        assert own_instance.client().get(path, headers={"Accept": "text/html"}).status_code == 200
    mariadb.start()
    assert_served_again(user, own_instance)
    assert children(own_instance.backend.pid) == workers, "no worker was restarted"


def test_restarted_database(own_instance, user, mariadb):
    """The server is replaced between two requests: the next read succeeds."""
    assert set(ask_all_workers(user)) == {200}
    mariadb.stop()
    mariadb.start()
    assert set(ask_all_workers(user)) == {200}


@pytest.mark.shows("V7.4.1-7.4.2")
def test_hung_database(own_instance, user, mariadb):
    """It accepts connections and never answers. What got 503 changed nothing, even after the server wakes up."""
    workers = children(own_instance.backend.pid)
    name = unique("never")
    mariadb.pause()
    assert_unavailable(user.client.get("/users/me"))
    assert_unavailable(user.client.post("/organizations", json={"name": name}))
    assert_unavailable(own_instance.client().get("/health/ready"))
    started = time.monotonic()
    assert own_instance.client().get("/health").status_code == 200
    assert time.monotonic() - started < 1
    mariadb.resume()
    assert_served_again(user, own_instance)
    response = user.client.get("/organizations", params={"name": name})
    assert response.status_code == 200
    assert response.json() == []
    assert children(own_instance.backend.pid) == workers, "no worker was restarted"


def kill_connections(own_database):
    rows = own_database.sql("SELECT id FROM information_schema.processlist WHERE user = 'orgd'")
    for (connection_id,) in rows:
        own_database.sql(f"KILL {connection_id}")
    return len(rows)


def test_killed_connections_heal_unseen(own_database, own_instance, user):
    for method in ("read", "write", "read"):
        assert set(ask_all_workers(user)) == {200}
        assert kill_connections(own_database) >= 1
        if method == "write":
            assert user.client.post("/organizations", json={"name": unique("o")}).status_code == 200
        assert set(ask_all_workers(user)) == {200}


def test_start_without_the_database(own_database, mariadb):
    """orgd comes up first and waits for the database by itself."""
    mariadb.stop()
    with Instance(own_database, "nginx", "", workers=WORKERS, backend=ImpatientPool) as instance:
        assert instance.client().get("/health").status_code == 200
        assert_unavailable(instance.client().get("/health/ready"))
        mariadb.start()
        wait_until(lambda: instance.client().get("/health/ready").status_code == 200, "the database to be found")


# What a server may have in its configuration, and what would become of answers with it.
HOSTILE = {
    "sql_select_limit": 1, "tx_read_only": 1, "tx_isolation": "'SERIALIZABLE'", "completion_type": "'RELEASE'",
    "sql_mode": "'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'", "time_zone": "'+05:30'", "autocommit": 0,
    "collation_connection": "'utf8mb4_unicode_ci'", "group_concat_max_len": 4, "max_sort_length": 64,
    "foreign_key_checks": 0, "unique_checks": 0, "check_constraint_checks": 0, "sql_safe_updates": 1,
    "sql_auto_is_null": 1, "sql_big_selects": 0, "max_join_size": 1, "max_error_count": 0, "lc_messages": "'ru_RU'",
    "div_precision_increment": 0, "max_statement_time": 0.01, "innodb_lock_wait_timeout": 1, "lock_wait_timeout": 1,
    "old_mode": "'NO_DUP_KEY_WARNINGS_WITH_IGNORE,ZERO_DATE_TIME_CAST'",
}


def end_sessions(cursor):
    cursor.execute("SELECT id FROM information_schema.processlist WHERE user NOT IN ('root', 'system user')")
    for number, in cursor.fetchall():
        cursor.execute(f"KILL {number}")


@pytest.fixture
def newcomer(own_instance):
    return own_instance.user(limit=1000)


@pytest.fixture
def hostile(mariadb, newcomer):
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL VARIABLES")
        before = dict(cursor.fetchall())
        for name, value in HOSTILE.items():
            cursor.execute(f"SET GLOBAL {name} = {value}")
        end_sessions(cursor)
        yield
        for name in HOSTILE:
            value = before[name if name in before else name.replace("tx_", "transaction_")]
            number = value.replace(".", "", 1).isdigit()
            cursor.execute(f"SET GLOBAL {name} = %s", (float(value) if "." in value else int(value),) if number else (value,))
        end_sessions(cursor)


def test_the_servers_own_variables_change_no_answer(own_database, newcomer, hostile):
    """As GLOBAL variables, which each new session begins with."""
    names = [unique(name) for name in ("a", "B", "ä\\")]
    made = [newcomer.client.post("/organizations", json={"name": name, "description": "''\\"}).json() for name in names]
    assert [one["name"] for one in made] == names
    assert newcomer.client.get("/organizations").json() == made
    assert newcomer.client.get("/organizations?limit=1&include_total=1").headers["X-Total-Count"] == "3"
    assert newcomer.client.post("/organizations", json={"name": names[0]}).json()["detail"][1] == (
        "An organization with this name exists already.")
    response = newcomer.client.post("/organizations", json={"name": unique("o"), "owner_id": "00000000-0000-7000-8000-000000000001"})
    assert response.status_code == 403
    assert newcomer.client.patch("/organizations/" + made[0]["id"], json={"description": None}).json()["description"] is None
    for one in made:
        assert newcomer.client.delete("/organizations/" + one["id"]).json() is None
    assert newcomer.client.get("/organizations").json() == []
    other = unique("other")
    own_database.orgctl("user", "create", other)
    assert {newcomer.name, other} <= {line.split()[0] for line in own_database.orgctl("user", "list").splitlines()}
