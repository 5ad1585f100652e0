"""Whatever ends counts at once, however much belongs to it; what is over is removed later, in pieces."""

import concurrent.futures
import contextlib
import os
import signal
import time
import uuid

import pytest

from expect import error, ok, unauthorized, unique, unique_address
from installation import SecondDatabase
from many_rows import ENDED, codes, credentials, fill, fill_member, fill_organization
from oauth import RegisteredClient, is_accepted, person_of, sign_in, tokens_for
from processes import PATIENCE, children, is_alive, is_courier, wait_until
from servers import Pool

MANY = 100_000
BOUNDED = 1050  # rows that one end may write: a piece of memberships, and what is alive of an account


def as_hex(text):
    return uuid.UUID(text).hex


class Written:
    """How many rows are written meanwhile, and how many are read along indexes."""

    def __init__(self, sql):
        self.sql = sql

    def _now(self):
        status = dict(self.sql("SHOW GLOBAL STATUS LIKE 'Handler_%'"))
        return [sum(int(status["Handler_" + name]) for name in names)
                for names in (("delete", "update", "write"), ("read_first", "read_key", "read_next", "read_prev"))]

    def __enter__(self):
        self.before = self._now()
        return self

    def __exit__(self, *_):
        self.rows, self.read = (after - before for before, after in zip(self.before, self._now()))


def count(sql, table, condition):
    return sql(f"SELECT COUNT(*) FROM orgd.orgd_{table} WHERE {condition}")[0][0]


# Ends


def test_an_organization_ends_at_once_however_much_belongs_to_it(instance, sql, purge):
    owner, member = instance.user(limit=1), instance.user()
    org = instance.organization(owner)
    instance.member(org["id"], member, "viewer")
    service = instance.service_account(org["id"], "viewer")
    organization, mark = f"UNHEX('{as_hex(org['id'])}')", unique("s")
    fill_organization(sql, organization, mark, MANY)
    with Written(sql) as written:
        ok(owner.client.delete("/organizations/" + org["id"]))
    assert written.rows < BOUNDED and written.read < 2 * BOUNDED
    unauthorized(service.client.get("/users/me"), "invalid_token")
    error(member.client.get("/organizations/" + org["id"]), 404, "KeyError")
    for client in (owner.client, member.client, instance.admin.client):
        answer = client.get("/organizations", params={"name": org["name"], "include_total": "true"})
        assert ok(answer) == [] and answer.headers["X-Total-Count"] == "0"
    assert ok(member.client.get("/organizations?include_total=true")) == []
    ok(owner.client.post("/organizations", json={"name": org["name"]}))
    error(owner.client.post("/organizations", json={"name": unique("other")}), 403, "OrganizationLimitExceeded")
    purge()
    for table, column in (("accounts", "organization_id"), ("credentials", "organization_id"),
                          ("memberships", "organization_id"), ("organizations", "id")):
        assert count(sql, table, f"{column} = {organization}") == 0


def test_a_client_ends_at_once_however_many_grants_it_has(instance, sql, purge):
    person = person_of(instance)
    client = RegisteredClient(instance)
    tokens = tokens_for(sign_in(instance, person), person, client)
    client_id = f"UNHEX('{as_hex(client.id)}')"
    fill(sql, "credentials", unique("g"), credentials(f"UNHEX('{as_hex(person.id)}')", "grant", client=f"'{client.id}'",
                                                      client_id=client_id, expires="NOW(6) + INTERVAL 1 DAY"), MANY)
    with Written(sql) as written:
        instance.installation.orgctl("client", "delete", client.id)
    assert written.rows < 10 and written.read < 100
    assert not is_accepted(instance, tokens["access_token"])
    purge()
    assert count(sql, "credentials", f"client_id = {client_id}") == count(sql, "clients", f"id = {client_id}") == 0


def test_what_has_ended_makes_no_later_end_longer(instance, sql, purge):
    """A family that rotates, people who sign in and out: what is left of them belongs to nothing that lives."""
    person = person_of(instance)
    browser = sign_in(instance, person)
    tokens = tokens_for(browser, person, RegisteredClient(instance))
    account = f"UNHEX('{as_hex(person.id)}')"
    fill(sql, "credentials", unique("w"), credentials(account, "session", **ENDED), MANY)
    ends = [("user", "set", person.name, "--password"), ("user", "deactivate", person.name)]
    for command in ends:
        with Written(sql) as written:
            instance.installation.orgctl(*command, input="another password of theirs")
        assert written.rows < 30 and written.read < 300, command
    assert not is_accepted(instance, tokens["access_token"])
    purge()
    assert count(sql, "credentials", f"account_id = {account} AND kind IN ('session', 'grant')") == 0


def test_a_user_ends_at_once_however_much_belongs_to_it(instance, sql, purge):
    """Nobody finds the user any more, name and address are free, and what is left of it is removed."""
    person, address = person_of(instance), unique_address()
    instance.installation.orgctl("user", "set", person.name, "--email", address)
    tokens = tokens_for(sign_in(instance, person), person, RegisteredClient(instance))
    owner = instance.user(limit=1)
    org = instance.organization(owner)
    instance.member(org["id"], person, "viewer")
    account, mark = f"UNHEX('{as_hex(person.id)}')", unique("u")
    sql(LEASE.format("UTC_TIMESTAMP(6) + INTERVAL 50 SECOND"))  # no courier of another test removes them meanwhile
    fill(sql, "credentials", mark, credentials(account, "session", **ENDED), MANY)
    fill(sql, "authorization_codes", mark, codes(account, RegisteredClient(instance).id), MANY)
    fill_member(sql, account, f"UNHEX('{as_hex(owner.id)}')", mark, MANY // 10)
    with Written(sql) as written:
        instance.installation.orgctl("user", "delete", person.name)
    sql(LEASE.format("'2000-01-01'"))
    assert written.rows < BOUNDED and written.read < 3 * BOUNDED
    unauthorized(person.client.get("/users/me"), "invalid_token")
    assert not is_accepted(instance, tokens["access_token"])
    listing = instance.installation.orgctl("member", "list", "--organization", org["id"])
    assert person.name not in listing and person.name not in instance.installation.orgctl("user", "list")
    again = instance.installation.orgctl("user", "create", person.name, "--email", address, "--quiet")
    assert again != person.id
    purge()
    for table, column in (("accounts", "id"), ("passwords", "account_id"), ("credentials", "account_id"),
                          ("memberships", "account_id"), ("authorization_codes", "account_id")):
        assert count(sql, table, f"{column} = {account}") == 0


def test_a_user_who_owned_is_removed_after_what_it_owned(instance, sql, purge):
    owner = instance.user(limit=1)
    ok(owner.client.delete("/organizations/" + instance.organization(owner)["id"]))
    instance.installation.orgctl("user", "delete", owner.name)
    purge()
    assert count(sql, "accounts", f"id = UNHEX('{as_hex(owner.id)}')") == 0


def test_a_service_account_ends_at_once_and_its_name_is_free(instance, sql, purge):
    org = instance.organization(instance.user())
    service = instance.service_account(org["id"], "viewer")
    with Written(sql) as written:
        instance.installation.orgctl("service-account", "delete", service.name)
    assert written.rows < 40  # the event's and its position's among them
    unauthorized(service.client.get("/users/me"), "invalid_token")
    again = instance.installation.orgctl("service-account", "create", service.name, "--organization", org["id"], "--role",
                                         "viewer", "--quiet")
    assert again != service.id
    purge()
    assert count(sql, "accounts", f"id = UNHEX('{as_hex(service.id)}')") == 0
    assert count(sql, "credentials", f"account_id = UNHEX('{as_hex(service.id)}')") == 0


# Removal


def statements_of(sql):
    """How many statements have removed something, or tried to."""
    return int(sql("SHOW GLOBAL STATUS LIKE 'Com_delete'")[0][1])


def test_a_row_that_cannot_be_removed_stops_no_other(instance, sql, purge):
    """Only its piece is removed row by row."""
    mark = unique("x")
    account = f"UNHEX('{as_hex(instance.user().id)}')"
    one_by_one = {**ENDED, "expires": "NOW(6) - INTERVAL 2 DAY - INTERVAL seq SECOND"}
    fill(sql, "credentials", mark, credentials(account, "session", **one_by_one), 1500)
    of_mark = f"account_id = {account} AND kind = 'session'"
    with instance.installation.connect(autocommit=False) as holding, holding.cursor() as cursor:
        cursor.execute("SELECT 1 FROM orgd_credentials WHERE id = UNHEX(MD5(%s)) FOR UPDATE", (f"{mark}700",))
        before = statements_of(sql)
        purge()
        assert count(sql, "credentials", of_mark) == 1
        assert statements_of(sql) - before < 700
        holding.rollback()
    purge()
    assert count(sql, "credentials", of_mark) == 0


@pytest.fixture
def server_cpu_s(sql):
    """Says how much CPU time statements have taken."""
    sql("SET GLOBAL userstat = ON")
    yield lambda: sql("SELECT SUM(cpu_time) FROM information_schema.user_statistics")[0][0]
    sql("SET GLOBAL userstat = OFF")


def test_a_snapshot_of_somebody_makes_no_purge_longer(instance, sql, purge, server_cpu_s):
    """What is removed stays in the indexes for as long as that lasts: if each piece passed it again, four times as many
    rows would take sixteen times as long."""
    account, took = f"UNHEX('{as_hex(instance.user().id)}')", []
    for rows in (MANY // 8, MANY // 2):
        one_by_one = {**ENDED, "expires": "NOW(6) - INTERVAL 2 DAY - INTERVAL seq SECOND"}
        fill(sql, "credentials", unique("h"), credentials(account, "session", **one_by_one), rows)
        with instance.installation.connect(autocommit=False) as holding, holding.cursor() as cursor:
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
            start = server_cpu_s()
            purge()
            took.append(server_cpu_s() - start)
    assert took[1] < 9 * took[0], took


def test_several_may_purge_at_once(instance, sql, purge):
    account = f"UNHEX('{as_hex(instance.user().id)}')"
    fill(sql, "credentials", unique("x"), credentials(account, "session", **ENDED), 20_000)
    with concurrent.futures.ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(purge) for _ in range(3)]:
            done.result()
    assert count(sql, "credentials", f"account_id = {account} AND kind = 'session'") == 0


LEASE = "UPDATE orgd.orgd_leases SET holder = UNHEX(MD5('another')), expires = {} WHERE name = 'purge'"


def test_one_purges_at_a_time(sql, expired, purge):
    """On two nodes of a cluster, two would undo each other's work. This one is killed in the middle of it."""
    sql(LEASE.format("UTC_TIMESTAMP(6) + INTERVAL 5 SECOND"))
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        purging = thread.submit(purge)
        while time.monotonic() < start + 4:
            assert expired() and not purging.done()
            time.sleep(0.1)
        purging.result()
    assert not expired()


def test_a_lease_of_a_clock_that_was_set_back_is_none(sql, expired, purge):
    sql(LEASE.format("UTC_TIMESTAMP(6) + INTERVAL 1 DAY"))
    start = time.monotonic()
    purge()
    assert not expired() and time.monotonic() < start + 60


def courier_of(pool):
    return [pid for pid in children(pool.pid) if is_courier(pid)]


@pytest.fixture
def expired(sql):
    """Makes an attempt that was counted long ago, and says whether it is still there."""
    bucket = f"UNHEX(SHA2('{unique('bucket')}', 256))"
    sql(f"INSERT INTO orgd.orgd_attempts VALUES ({bucket}, 1, NOW(6) - INTERVAL 2 DAY)")
    return lambda: count(sql, "attempts", f"bucket = {bucket}")


def test_a_pool_keeps_a_courier_that_purges(start, expired):
    pool = start(workers=1)
    first, = wait_until(lambda: courier_of(pool), "the courier")
    wait_until(lambda: not expired(), "the purge", timeout=40 * PATIENCE)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: courier_of(pool) not in ([], [first]), "another courier")


def test_a_reload_replaces_the_courier(start):
    pool = start(workers=1)
    before = wait_until(lambda: courier_of(pool), "the courier")
    pool.reload()
    wait_until(lambda: len(courier_of(pool)) == 1 and courier_of(pool) != before, "one new courier")


def test_a_courier_at_work_ends_when_it_is_told_to(database, directory):
    """In a database of its own, where no other courier takes the work."""
    with SecondDatabase(database) as second, contextlib.ExitStack() as cleanup:
        second.orgctl("migrate")
        second.sql("INSERT INTO orgd_attempts SELECT UNHEX(SHA2(seq, 256)), 1, NOW(6) - INTERVAL 2 DAY FROM seq_1_to_200000")
        left = lambda: second.sql("SELECT COUNT(*) FROM orgd_attempts")[0][0]
        pool = Pool(second, directory, workers=1)
        pool.start()
        cleanup.callback(pool.stop)
        courier, = wait_until(lambda: courier_of(pool), "the courier")
        wait_until(lambda: left() < 200_000, "the courier to begin", timeout=40)
        pool.reload()
        wait_until(lambda: not is_alive(courier), "the courier to end")
        assert left() > 0


# What is alive is bounded


@pytest.mark.parametrize("kind", ["session", "grant"])
def test_the_oldest_session_and_grant_go(instance, sql, kind):
    person = person_of(instance)
    client = RegisteredClient(instance)
    account = f"UNHEX('{as_hex(person.id)}')"
    of_client = {"client": f"'{client.id}'", "client_id": f"UNHEX('{as_hex(client.id)}')"} if kind == "grant" else {}
    fill(sql, "credentials", unique("b"), credentials(account, kind, expires="NOW(6) + INTERVAL 1 DAY", **of_client,
                                                      **{"id": f"UNHEX(CONCAT(LPAD(HEX(seq), 16, '0'), LEFT(SHA2('{person.id}', 256), 16)))"}), 60)
    tokens = tokens_for(sign_in(instance, person), person, client)
    assert is_accepted(instance, tokens["access_token"])
    assert count(sql, "credentials", f"account_id = {account} AND kind = '{kind}' AND account_is_active") == 50


def test_an_account_has_at_most_a_hundred_keys(instance, sql):
    user = instance.user()
    account = f"UNHEX('{as_hex(user.id)}')"
    fill(sql, "credentials", unique("k"), credentials(account, "personal_token", name="CONCAT('t', seq)"), 99)
    result = instance.installation.run_orgctl("token", "create", "--user", user.name)
    assert result.returncode == 1 and "100" in result.stderr
    instance.installation.orgctl("token", "delete", str(uuid.UUID(bytes=sql(
        f"SELECT id FROM orgd.orgd_credentials WHERE account_id = {account} AND name = 't7'")[0][0])))
    instance.installation.orgctl("token", "create", "--user", user.name)


# Whether anybody purges


def test_check_says_so_if_nobody_purges(instance, sql, expired, purge):
    def result_of_check():
        result = instance.installation.run_orgctl("check")
        line, = [line for line in result.stdout.splitlines() if line.startswith("purge")]
        return result.returncode, line

    status, line = result_of_check()
    assert status == 1 and "FAILED" in line and "orgctl purge" in line
    purge()
    status, line = result_of_check()
    assert status == 0 and "ok" in line
