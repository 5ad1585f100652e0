"""The daily round of the courier: it signs the ends of the chains and removes old events, once, whoever else does so at the
same time, and whatever ends it."""

import contextlib
import datetime
import hashlib
import json
import re
import signal
import subprocess
import threading
import time
import uuid

import pytest

from installation import SecondDatabase
from processes import PATIENCE, is_stopped, make_directory, privileges, remove_directory, wait_until
from servers import Pool
from test_events import hash_of
from test_events_verify import Kept

MANY = 30_000
COLUMNS = ("chain_id", "occurred_at", "sequence", "id", "action", "actor_type", "targets", "changes", "count", "version", "hash",
           "position")
US_OF_2020 = 1_577_836_800_000_000
DONE = "SELECT done > UTC_TIMESTAMP(6) - INTERVAL 1 DAY, expires > UTC_TIMESTAMP(6) FROM orgd_leases WHERE name = 'event_heads'"
REMOVED = re.compile(r"(\d+) events removed that were older")


class Aged(Kept):
    """A database of its own, where events get old in a day."""

    def __init__(self, second):
        super().__init__(second)
        self.configure()

    def configure(self, **settings):
        self.second.write_config(self.second.config_path, event_retention=1, **settings)

    def lease(self):
        """Whether the round of this day is done, and whether somebody is at it."""
        (done, held), = self.sql(DONE)
        return bool(done), bool(held)

    def make_older(self, days):
        """Moves the events of the chain into the past."""
        previous = bytes(32)
        for row in self.rows():
            row["us"] -= days * 86_400_000_000
            before, row["occurred_at"] = row["occurred_at"], row["occurred_at"] - datetime.timedelta(days=days)
            row["hash"] = previous = hash_of(previous, row)
            for table, others in (("orgd_event_targets", ""), ("orgd_events", f", hash = UNHEX('{previous.hex()}')")):
                self.sql(f"UPDATE {table} SET occurred_at = %s{others} WHERE chain_id = %s AND occurred_at = %s",
                         (row["occurred_at"], self.key, before))
        self.sql("UPDATE orgd_event_chains SET occurred_at = %s, hash = %s WHERE id = %s", (row["occurred_at"], previous, self.key))

    def add_old_chain(self, count):
        """A chain of events of 2020, all of which are to go. Returns how many are left of it."""
        key = uuid.uuid4().bytes
        first, then = int.from_bytes(key[:6], "big"), datetime.datetime(2020, 1, 1)
        row = {**dict.fromkeys(self.rows()[0]), "action": "x.y", "actor_type": "user", "targets": "[]", "changes": "{}",
               "count": 1, "version": 1, "chain_id": key}
        rows, row["hash"] = [], bytes(32)
        for number in range(1, count + 1):
            row |= {"sequence": number, "id": hashlib.md5(key + number.to_bytes(8, "big")).digest(), "position": first + number,
                    "occurred_at": then + datetime.timedelta(microseconds=number), "us": US_OF_2020 + number}
            row["hash"] = hash_of(row["hash"], row)
            rows.append([row[column] for column in COLUMNS])
        with self.second.connect(autocommit=False) as connection, connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO orgd_events ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})", rows)
            connection.commit()
        self.sql("INSERT INTO orgd_event_chains (id, sequence, occurred_at, hash) SELECT chain_id, sequence, occurred_at, hash"
                 " FROM orgd_events WHERE chain_id = %s AND sequence = %s", (key, count))
        return lambda: self.sql("SELECT COUNT(*) FROM orgd_events WHERE chain_id = %s", key)[0][0]

    def start(self, *arguments):
        """Starts orgctl, to be killed."""
        return subprocess.Popen([self.second.installation.orgctl_program, *arguments, "--config", self.second.config_path],
                                env=self.second.environment, stdout=subprocess.DEVNULL, **privileges())


@pytest.fixture
def aged(database):
    with SecondDatabase(database) as second:
        yield Aged(second)


@pytest.fixture
def courier(aged):
    """Starts a pool with a courier; returns it."""
    with contextlib.ExitStack() as cleanup:
        def start():
            directory = make_directory()
            cleanup.callback(remove_directory, directory)
            pool = Pool(aged.second, directory, workers=1, event_retention=1)
            pool.start()
            cleanup.callback(pool.stop)
            return pool
        yield start


def test_what_is_older_than_the_retention_goes_and_the_rest_verifies(aged):
    aged.make_older(days=3)
    aged.write(2)
    assert aged.faults() == [] and aged.sequences() == [1, 2, 3, 4, 5]
    assert aged.orgctl("purge").split()[0] == "3"
    assert aged.sequences() == [4, 5] and aged.faults() == [] and aged.lease() == (True, False)
    (sequence, fits), = aged.sql("SELECT c.pruned_sequence, c.pruned_hash IS NOT NULL FROM orgd_event_chains c WHERE id = %s", aged.key)
    assert (sequence, fits) == (3, 1)
    signed, = aged.sql("SELECT sequence FROM orgd_event_heads WHERE chain_id = %s", aged.key)
    assert signed == (5,)
    aged.write(1)
    aged.orgctl("purge")
    assert aged.sql("SELECT sequence FROM orgd_event_heads WHERE chain_id = %s", aged.key) == [(5,)], "once a day"
    assert aged.heads()[aged.id]["sequence"] == 6 and aged.faults() == []


def test_what_tells_where_times_begin_goes_with_the_events(aged):
    left = aged.add_old_chain(2600)
    aged.sql("UPDATE orgd_events SET position = IF(action = 'x.y', sequence, 0)")
    aged.sql("INSERT INTO orgd_event_blocks SELECT seq, '2020-01-01', '2020-01-02' FROM seq_0_to_5")
    aged.orgctl("deliver")
    assert aged.sql("SELECT block FROM orgd_event_blocks ORDER BY block") == [(number,) for number in range(6)]
    aged.write(1)  # which waits for a position
    aged.orgctl("purge")
    assert left() == 0 and aged.sql("SELECT block FROM orgd_event_blocks") == [(5,)]


def test_a_chain_that_begins_after_the_round_did_is_for_the_next_one(aged):
    aged.make_older(days=-1)
    aged.orgctl("purge")
    signed = "SELECT sequence FROM orgd_event_heads WHERE chain_id = %s"
    assert aged.lease() == (True, False) and aged.sql(signed, aged.key) == []
    aged.make_older(days=1)
    aged.sql("UPDATE orgd_leases SET done = '2000-01-01' WHERE name = 'event_heads'")
    aged.orgctl("purge")
    assert aged.sql(signed, aged.key) == [(3,)]


def test_couriers_and_operators_do_it_once(aged, courier):
    left = [aged.add_old_chain(MANY) for _ in range(3)]
    is_over = threading.Event()

    def operate(*arguments):
        while not is_over.is_set():
            result = aged.run(*arguments)
            assert (result.returncode, result.stderr) == (0, ""), arguments

    failed = []

    def check(*arguments):
        try:
            operate(*arguments)
        except AssertionError as error:
            failed.append(error)

    operators = [threading.Thread(target=check, args=arguments) for arguments in (
        ("event", "heads"), ("event", "prune", "--before", "2021-01-01", "--yes"), ("event", "verify", "--organization", aged.id))]
    pools = [courier(), courier()]
    for operator in operators:
        operator.start()
    try:
        wait_until(lambda: not any(count() for count in left) and aged.lease() == (True, False), "the round", timeout=120)
    finally:
        is_over.set()
        for operator in operators:
            operator.join()
    assert failed == []
    removed = sum(event["changes"]["events_removed"]["after"] for event in
                  json.loads(aged.orgctl("event", "list", "--action", "event.pruned", "--json")))
    logs = "".join(pool.logs() for pool in pools)
    assert removed + sum(map(int, REMOVED.findall(logs))) == 3 * MANY
    assert '"level":"warning"' not in logs and '"level":"error"' not in logs, logs
    assert aged.faults() == []


def test_one_that_was_killed_is_waited_for_and_then_replaced(aged):
    left = aged.add_old_chain(MANY)
    process = aged.start("purge")
    wait_until(lambda: left() < MANY, "it to begin")
    process.kill()
    process.wait()
    assert left() > 0 and aged.lease() == (False, True)
    (seconds,), = aged.sql("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), expires) FROM orgd_leases WHERE name = 'event_heads'")
    assert 0 <= seconds <= 60
    before = left()
    aged.orgctl("purge")
    assert left() == before, "as long as it may be alive"
    aged.sql("UPDATE orgd_leases SET expires = UTC_TIMESTAMP(6) WHERE name = 'event_heads'")
    aged.orgctl("purge")
    assert left() == 0 and aged.lease() == (True, False) and aged.faults() == []


def test_who_has_lost_the_lease_leaves_the_rest(aged):
    """It was stopped for longer than the lease is renewed, and another one has taken it meanwhile."""
    left = aged.add_old_chain(MANY)
    process = aged.start("purge")
    wait_until(lambda: left() < MANY, "it to begin")
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: is_stopped(process.pid), "it to stop")
    before = left()
    aged.sql("UPDATE orgd_leases SET holder = UNHEX(MD5('another')), expires = UTC_TIMESTAMP(6) + INTERVAL 50 SECOND"
             " WHERE name = 'event_heads'")
    time.sleep(21)
    process.send_signal(signal.SIGCONT)
    assert process.wait(timeout=60 * PATIENCE) == 0
    assert before - 1000 <= left() and left() > 0 and aged.lease() == (False, True)


def test_a_round_that_fails_gives_the_lease_back(aged):
    left = aged.add_old_chain(10)
    aged.configure(signing_keys=aged.second.directory / "nothing.json")
    result = aged.run("purge")
    assert result.returncode == 0 and "old events stay" in result.stderr and aged.lease() == (False, False)
    aged.configure()
    aged.orgctl("purge")
    assert left() == 0 and aged.lease() == (True, False)


def test_a_courier_that_is_told_to_end_gives_the_lease_back(aged, courier):
    left = aged.add_old_chain(10 * MANY)
    pool = courier()
    wait_until(lambda: left() < 10 * MANY, "the round", timeout=60)
    pool.process.send_signal(signal.SIGTERM)
    pool.process.wait(timeout=30 * PATIENCE)
    assert left() > 0 and aged.lease() == (False, False)


def test_positions_are_given_meanwhile(aged, courier):
    left = aged.add_old_chain(10 * MANY)
    courier()
    wait_until(lambda: left() < 10 * MANY, "the round", timeout=60)
    for _ in range(3):
        aged.write(1)
        start = time.monotonic()
        wait_until(lambda: aged.sql("SELECT COUNT(*) FROM orgd_events WHERE position = 0") == [(0,)], "a position")
        assert time.monotonic() - start < 3 * PATIENCE and left() > 0 and aged.lease() == (False, True)
