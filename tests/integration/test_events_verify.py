"""orgctl event: what is on record can be read, and whoever changes it is found out."""

import base64
import datetime
import json
import re
import subprocess
import sys
import threading
import time
import uuid

import pymysql
import pytest

from expect import ok, unique
from installation import SecondDatabase
from processes import privileges, write_file
from servers import SOURCE
from test_events import EPOCH, hash_of

# Each column of orgd_events, and what somebody might write there. `position` is no evidence.
TAMPERED = {
    "chain_id": "UNHEX(REPEAT('11', 16))", "occurred_at": "occurred_at + INTERVAL 1 MICROSECOND", "sequence": "sequence + 100",
    "id": "UNHEX(REPEAT('22', 16))", "action": "'organization.read'", "actor_type": "'operator'",
    "actor_id": "UNHEX(REPEAT('33', 16))", "actor_name": "'mallory'", "actor_credential_id": "NULL",
    "organization_id": "UNHEX(REPEAT('44', 16))", "organization_name": "'other'", "targets": "'[]'",
    "request_id": "'other'", "address": "'192.0.2.1'", "user_agent": "NULL", "changes": "'{}'", "count": "count + 1",
    "version": "2", "hash": "UNHEX(REPEAT('55', 32))",
}


@pytest.fixture
def owner(instance):
    return instance.user(limit=1000)


@pytest.fixture
def org(owner):
    """The id of an organization with five events."""
    id_ = ok(owner.client.post("/organizations", json={"name": unique("organization")}))["id"]
    for number in range(4):
        ok(owner.client.patch(f"/organizations/{id_}", json={"description": f"Nummer {number} “ü”\n"}))
    return id_


class Record:
    """The rows of one chain, to be tampered with; they are whole again afterwards."""

    TABLES = {"orgd_events": "chain_id", "orgd_event_targets": "chain_id", "orgd_event_chains": "id"}

    def __init__(self, database, chain_id):
        self.database, self.chain_id, self.key = database, chain_id, uuid.UUID(chain_id).bytes
        self.connection = database.connect(autocommit=True)

    def sql(self, statement, *parameters):
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())

    def change(self, assignment, sequence=3):
        self.sql(f"UPDATE orgd_events SET {assignment} WHERE chain_id = %s AND sequence = %s", self.key, sequence)

    def verify(self, *arguments):
        """The faults that are found: (sequence, event_id, sentence) of each."""
        result = self.database.run_orgctl("event", "verify", *arguments, "--json")
        assert result.stderr == ""
        faults = json.loads(result.stdout)
        assert result.returncode == (1 if faults else 0)
        return [(fault["sequence"], fault["fault"]) for fault in faults if fault["chain_id"] == self.chain_id]

    def __enter__(self):
        for table, column in self.TABLES.items():
            self.sql(f"CREATE TEMPORARY TABLE kept_{table} AS SELECT * FROM {table} WHERE {column} = %s", self.key)
        return self

    def __exit__(self, *_):
        for table, column in self.TABLES.items():
            self.sql(f"DELETE FROM {table} WHERE {column} = %s", self.key)
        for table in self.TABLES:
            self.sql(f"REPLACE INTO {table} SELECT * FROM kept_{table}")
        self.sql("DELETE FROM orgd_events WHERE chain_id = UNHEX(REPEAT('11', 16))")
        self.connection.close()


@pytest.fixture
def record(database, org):
    with Record(database, org) as record:
        assert record.verify("--organization", org) == []
        yield record
    assert database.run_orgctl("event", "verify", "--organization", org).returncode == 0


def test_every_column_is_evidence(database):
    columns = {row[0] for row in database.sql("SELECT column_name FROM information_schema.columns"
                                              " WHERE table_schema = 'orgd' AND table_name = 'orgd_events'")}
    assert columns == {*TAMPERED, "position"}


@pytest.mark.parametrize("column", TAMPERED)
def test_a_changed_column_is_found(record, column):
    record.change(f"{column} = {TAMPERED[column]}")
    (sequence, _), = record.verify("--organization", record.chain_id)
    assert sequence == {"chain_id": 4, "sequence": 103}.get(column, 3)


@pytest.mark.parametrize("column", ["actor_id", "actor_credential_id", "organization_id"])
def test_an_id_of_zeros_is_not_the_same_as_none(database, column):
    """They are hashed alike, so NULL is told from them apart."""
    with SecondDatabase(database) as second:
        second.orgctl("migrate")
        second.orgctl("user", "create", "alice")
        assert second.sql(f"SELECT COUNT(*) FROM orgd_events WHERE {column} IS NULL") == [(1,)]
        second.sql(f"UPDATE orgd_events SET {column} = REPEAT('\\0', 16)")
        result = second.run_orgctl("event", "verify", "--json")
        fault, = json.loads(result.stdout)
        assert result.returncode == 1 and "zeros" in fault["fault"] and fault["sequence"] == 1


@pytest.mark.parametrize("first, last, found", [(1, 1, 2), (3, 3, 4), (5, 5, 5), (2, 4, 5), (1, 5, 1)])
def test_a_removed_event_is_found(record, first, last, found):
    record.sql("DELETE FROM orgd_events WHERE chain_id = %s AND sequence BETWEEN %s AND %s", record.key, first, last)
    (sequence, sentence), = record.verify()
    assert sequence in (found, None) and "removed" in sentence or "missing" in sentence


def test_swapped_events_are_found(record):
    (second,), (third,) = record.sql("SELECT occurred_at FROM orgd_events WHERE chain_id = %s AND sequence IN (2, 3)"
                                     " ORDER BY sequence", record.key)
    for now, then in ((second, "2000-01-01"), (third, second), ("2000-01-01", third)):
        record.sql("UPDATE orgd_events SET occurred_at = %s WHERE chain_id = %s AND occurred_at = %s", then, record.key, now)
    (sequence, sentence), = record.verify()
    assert sequence == 3 and "should be 2" in sentence


def test_swapped_contents_are_found(record):
    for column in ("changes", "id"):
        record.sql(f"CREATE OR REPLACE TEMPORARY TABLE swapped AS SELECT sequence, {column} AS value FROM orgd_events"
                   " WHERE chain_id = %s AND sequence IN (2, 3)", record.key)
        if column == "id":
            record.sql("UPDATE orgd_events SET id = UNHEX(MD5(id)) WHERE chain_id = %s AND sequence IN (2, 3)", record.key)
        record.sql(f"UPDATE orgd_events e JOIN swapped s ON s.sequence = 5 - e.sequence SET e.{column} = s.value"
                   " WHERE e.chain_id = %s", record.key)
    (sequence, _), = record.verify()
    assert sequence == 2


@pytest.mark.parametrize("after, at", [(0, "2000-01-01"), (3, None), (5, None)])
def test_an_inserted_event_is_found(record, after, at):
    source = max(after, 1)
    record.sql("CREATE OR REPLACE TEMPORARY TABLE inserted AS SELECT * FROM orgd_events WHERE chain_id = %s AND sequence = %s",
               record.key, source)
    record.sql("UPDATE inserted SET id = UNHEX(MD5(id)), position = 0, sequence = %s,"
               " occurred_at = COALESCE(%s, occurred_at + INTERVAL 1 MICROSECOND)", after + 1, at)
    record.sql("INSERT INTO orgd_events SELECT * FROM inserted")
    (sequence, _), = record.verify()
    assert sequence == after + 1


@pytest.mark.parametrize("change", [
    "UPDATE orgd_event_targets SET target_id = UNHEX(MD5('x')) WHERE chain_id = %s LIMIT 1",
    "DELETE FROM orgd_event_targets WHERE chain_id = %s LIMIT 1",
    "INSERT INTO orgd_event_targets SELECT UNHEX(MD5('y')), chain_id, occurred_at FROM orgd_events"
    " WHERE chain_id = %s AND sequence = 3",
    "INSERT INTO orgd_event_targets SELECT UNHEX(MD5('z')), chain_id, '2035-01-01' FROM orgd_events"
    " WHERE chain_id = %s AND sequence = 5",
])
def test_a_changed_target_is_found(record, change):
    record.sql(change, record.key)
    (_, sentence), = record.verify()
    assert "orgd_event_targets" in sentence


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_an_event_that_feeds_would_miss_is_found(record, kind):
    record.database.orgctl("deliver")
    record.sql("CREATE TEMPORARY TABLE removed AS SELECT s.* FROM orgd_event_subjects s JOIN orgd_events e USING (position)"
               " WHERE s.kind = %s AND e.chain_id = %s AND e.sequence = 3", kind, record.key)
    record.sql("DELETE s FROM orgd_event_subjects s JOIN removed USING (kind, subject, position)")
    try:
        (sequence, sentence), = record.verify("--organization", record.chain_id)
        assert sequence == 3 and "does not have all rows" in sentence
    finally:
        record.sql("INSERT INTO orgd_event_subjects SELECT * FROM removed")


def test_an_event_that_has_the_position_of_another_is_found(record):
    record.database.orgctl("deliver")
    (third,), (fourth,) = record.sql("SELECT position FROM orgd_events WHERE chain_id = %s AND sequence IN (3, 4)"
                                     " ORDER BY sequence", record.key)
    record.sql("DELETE FROM orgd_event_subjects WHERE position = %s", fourth)
    record.change(f"position = {third}", sequence=4)
    try:
        (sequence, sentence), = record.verify("--organization", record.chain_id)
        assert sequence == 3 and "another event has its position" in sentence
    finally:
        record.change("position = 0", sequence=4)
        record.database.orgctl("deliver")


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_an_event_in_a_feed_of_others_is_found(database, kind):
    with SecondDatabase(database) as second:
        second.orgctl("migrate")
        second.orgctl("user", "create", "alice")
        second.orgctl("deliver")
        assert second.run_orgctl("event", "verify").returncode == 0
        second.sql("INSERT INTO orgd_event_subjects SELECT %s, REPEAT('x', 16), position FROM orgd_events", (kind,))
        result = second.run_orgctl("event", "verify", "--json")
        fault, = json.loads(result.stdout)
        assert result.returncode == 1 and fault["sequence"] == 1 and "orgd_event_subjects" in fault["fault"]


class Blocks:
    """The rows of orgd_event_blocks of a database with seven events, two a block, to be tampered with."""

    FILL = re.search(r"INSERT IGNORE INTO orgd_event_blocks .*?;", (SOURCE / "sql/0005-people.sql").read_text(encoding="utf-8"),
                     re.DOTALL)[0]

    def __init__(self, database):
        self.database = database
        database.orgctl("migrate")
        for number in range(7):
            database.orgctl("user", "create", f"user-{number}")
        database.orgctl("deliver")
        database.sql("UPDATE orgd_events SET position = 250 * (position - 1) + 3 ORDER BY position DESC")
        database.sql("UPDATE orgd_event_subjects SET position = 250 * (position - 1) + 3 ORDER BY position DESC")

    def make_anew(self):
        """Follows docs/events.md, "When something does not fit"."""
        with self.database.connect(autocommit=False) as connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM orgd_event_blocks")
            cursor.execute(self.FILL)
            connection.commit()

    def sql(self, statement):
        return self.database.sql(statement)

    def faults(self):
        result = self.database.run_orgctl("event", "verify", "--json")
        faults = json.loads(result.stdout)
        assert result.stderr == "" and result.returncode == (1 if faults else 0)
        return [(fault["event_id"], fault["fault"]) for fault in faults]


@pytest.fixture(scope="module")
def blocks_of_their_own(database):
    with SecondDatabase(database) as second:
        yield Blocks(second)


@pytest.fixture
def blocks(blocks_of_their_own):
    blocks_of_their_own.make_anew()
    assert blocks_of_their_own.sql("SELECT block FROM orgd_event_blocks") == [(0,), (1,), (2,), (3,)]
    assert blocks_of_their_own.faults() == []
    yield blocks_of_their_own


@pytest.mark.parametrize("change, left_out", [
    ("SET earliest = earliest + INTERVAL 1 MICROSECOND WHERE block = 2", [1003]),
    ("SET latest = latest - INTERVAL 1 MICROSECOND WHERE block = 2", [1253]),
    ("SET earliest = '9999-01-01'", [3, 253, 503, 753, 1003, 1253, 1503]),
    ("SET latest = '2000-01-01'", [3, 253, 503, 753, 1003, 1253, 1503]),
])
def test_a_block_that_leaves_out_an_event_is_found(blocks, change, left_out):
    blocks.sql("UPDATE orgd_event_blocks " + change)
    ids = {str(uuid.UUID(bytes=id_)) for id_, position in blocks.sql("SELECT id, position FROM orgd_events") if position in left_out}
    faults = blocks.faults()
    assert {id_ for id_, _ in faults} - {None} == ids and len(ids) == len(left_out)
    assert all("orgd_event_blocks" in sentence for _, sentence in faults)


@pytest.mark.parametrize("block", range(4))
def test_a_block_that_is_missing_is_found(blocks, block):
    """What is written in its place knows only the events to come."""
    blocks.sql(f"DELETE FROM orgd_event_blocks WHERE block = {block}")
    assert len(blocks.faults()) == len(blocks.sql(f"SELECT 1 FROM orgd_events WHERE position DIV 500 = {block}"))


@pytest.mark.parametrize("row", ["(4, '2000-01-01', '2000-01-01')", "(1000000, '2000-01-01', '9999-01-01')",
                                 "(1000000, '9999-01-01', '2000-01-01')", "(18446744073709551615, '9999-01-01', '9999-01-01')"])
def test_a_block_that_is_inserted_is_found(blocks, row):
    blocks.sql(f"INSERT INTO orgd_event_blocks VALUES {row}")
    (event_id, sentence), = blocks.faults()
    assert event_id is None and f"number {row[1:].split(',')[0]} is not in order" in sentence


def test_times_that_are_too_wide_are_no_fault(blocks):
    """Nobody misses an event by them. So they are after an event with the time of a wrong clock."""
    blocks.sql("UPDATE orgd_event_blocks SET earliest = '2000-01-01' WHERE block < 2")
    blocks.sql("UPDATE orgd_event_blocks SET latest = '9999-01-01' WHERE block > 1")
    assert blocks.faults() == []


@pytest.mark.parametrize("number", [5, 999, 1000, 1001, 2499])
@pytest.mark.parametrize("column", ["earliest", "latest"])
def test_any_number_of_blocks_is_compared(blocks, number, column):
    blocks.sql("INSERT INTO orgd_event_blocks SELECT seq, '9000-01-01' + INTERVAL seq SECOND, '9001-01-01' + INTERVAL seq SECOND"
               " FROM seq_4_to_2500")
    assert blocks.faults() == []
    blocks.sql(f"UPDATE orgd_event_blocks SET {column} = {column} - INTERVAL 2 SECOND WHERE block = {number}")
    (_, sentence), = blocks.faults()
    assert f"number {number} is" in sentence


def test_blocks_that_are_written_meanwhile_are_no_fault(blocks):
    """Neither new ones, nor times that a wrong clock has widened everywhere."""
    to_the_end = "position = position DIV 500 * 500 + 499 WHERE position DIV 500 = (SELECT MAX(block) FROM orgd_event_blocks)"

    def write():
        for number in range(8):
            with blocks.database.connect(autocommit=False) as connection, connection.cursor() as cursor:
                cursor.execute(f"UPDATE orgd_events SET {to_the_end}")
                cursor.execute(f"UPDATE orgd_event_subjects SET {to_the_end}")
                connection.commit()
            blocks.database.orgctl("user", "create", f"later-{number}")
            blocks.database.orgctl("deliver")
            blocks.sql(f"UPDATE orgd_event_blocks SET earliest = '2020-01-01' - INTERVAL {number} DAY")

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        assert blocks.faults() == []
    writer.join()
    assert blocks.sql("SELECT MAX(block) FROM orgd_event_blocks") == [(11,)]


@pytest.mark.parametrize("change", [
    "UPDATE orgd_event_chains c JOIN orgd_events e ON e.chain_id = c.id SET c.sequence = e.sequence, c.hash = e.hash,"
    " c.occurred_at = e.occurred_at WHERE c.id = %s AND e.sequence = 4",
    "UPDATE orgd_event_chains SET hash = UNHEX(REPEAT('66', 32)) WHERE id = %s",
    "UPDATE orgd_event_chains SET sequence = 6 WHERE id = %s",
    "UPDATE orgd_event_chains SET occurred_at = occurred_at + INTERVAL 1 SECOND WHERE id = %s",
    "DELETE FROM orgd_event_chains WHERE id = %s",
])
def test_a_changed_end_is_found(record, change):
    record.sql(change, record.key)
    assert len(record.verify()) == 1


def test_faults_of_several_chains_are_all_named(database, org, owner, record):
    other = ok(owner.client.post("/organizations", json={"name": unique("organization")}))["id"]
    with Record(database, other) as second:
        record.change("action = 'x.y'", sequence=2)
        second.change("action = 'x.y'", sequence=1)
        result = database.run_orgctl("event", "verify")
        assert result.returncode == 1 and org in result.stdout and other in result.stdout
        assert "somebody has changed what is on record" in result.stdout


def test_events_outlive_their_organization(database, owner, org):
    ok(owner.client.delete(f"/organizations/{org}"))
    database.orgctl("purge")
    assert re.search(r"^6 events in 1 chain and \d+ signed heads? verified: all fit$", database.orgctl("event", "verify", "--organization", org))
    listed = json.loads(database.orgctl("event", "list", "--organization", org, "--json"))
    assert [event["sequence"] for event in listed] == [6, 5, 4, 3, 2, 1]
    exported = database.orgctl("event", "export", "--organization", org).splitlines()
    assert [json.loads(line) for line in exported] == listed[::-1]


# Reading


def test_events_are_listed(database, owner, org):
    def listed(*arguments):
        return json.loads(database.orgctl("event", "list", *arguments, "--json"))

    name = ok(owner.client.get(f"/organizations/{org}"))["name"]
    assert len(listed("--organization", name)) == 5
    assert [event["action"] for event in listed("--organization", org, "--action", "organization.created")] == ["organization.created"]
    assert len(listed("--organization", org, "--action", "organization.*", "--limit", 3)) == 3
    assert listed("--organization", org, "--action", "org*") == []
    assert len(listed("--user", owner.name, "--action", "organization.*")) == 5
    assert listed("--organization", org, "--since", "1h") == listed("--organization", org, "--since", "2020-02-29")
    assert listed("--organization", org, "--since", "2035-01-01T00:00:00Z") == []
    assert listed("--limit", 5) == listed("--limit", 6)[:5]
    table = database.orgctl("event", "list", "--organization", org)
    assert len(table.splitlines()) == 6 and f"user {owner.name}" in table
    assert database.orgctl("event", "list", "--organization", str(uuid.uuid4())) == "There are no such events."


@pytest.mark.parametrize("arguments, complaint", [
    (("--since", "yesterday"), "must be a time in UTC"), (("--since", "2026-13-01"), "must be a time in UTC"),
    (("--limit", "0"), "whole number"), (("--organization", "x", "--user", "y"), "do not go together"),
])
def test_what_cannot_be_listed_is_refused(database, arguments, complaint):
    refused = database.run_orgctl("event", "list", *arguments)
    assert refused.returncode == 2 and complaint in refused.stderr


def test_an_export_has_every_event_once(database, org):
    lines = [json.loads(line) for line in database.orgctl("event", "export").splitlines()]
    ids = [line["id"] for line in lines]
    assert ids == sorted(set(ids)) and len(ids) == database.sql("SELECT COUNT(*) FROM orgd.orgd_events")[0][0]
    assert [line for line in lines if line["organization"] and line["organization"]["id"] == org] == \
        [json.loads(line) for line in database.orgctl("event", "export", "--organization", org).splitlines()]


# Signed heads and checkpoints


class Kept:
    """A database of its own, with one organization."""

    def __init__(self, second):
        self.second, self.orgctl, self.run, self.sql = second, second.orgctl, second.run_orgctl, second.sql
        self.orgctl("migrate")
        self.orgctl("user", "create", "alice")
        self.id = json.loads(self.orgctl("organization", "create", "Acme", "--owner", "alice", "--json"))["id"]
        self.key = uuid.UUID(self.id).bytes
        self.write(2)

    def write(self, count):
        for _ in range(count):
            self.orgctl("organization", "set", self.id, "--description", unique())

    def faults(self, *arguments):
        """What is found: the sentences about all chains."""
        result = self.run("event", "verify", *arguments, "--json")
        faults = json.loads(result.stdout)
        assert result.returncode == (1 if faults else 0), result.stderr
        return [fault["fault"] for fault in faults]

    def heads(self):
        return {head["chain_id"]: head for head in map(json.loads, self.orgctl("event", "heads").splitlines())}

    def sequences(self):
        return [row[0] for row in self.sql("SELECT sequence FROM orgd_events WHERE chain_id = %s ORDER BY sequence", self.key)]

    def rows(self):
        connection = self.second.connect(cursorclass=pymysql.cursors.DictCursor)
        with connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT *, TIMESTAMPDIFF(MICROSECOND, '{EPOCH}', occurred_at) AS us FROM orgd_events"
                           " WHERE chain_id = %s ORDER BY sequence", self.key)
            return cursor.fetchall()

    def forge(self):
        """Changes the second event, and makes all hashes anew."""
        previous = None
        for row in self.rows():
            if row["sequence"] == 2:
                row["actor_name"] = "mallory"
            row["hash"] = hash_of(previous, row) if row["sequence"] > 1 else row["hash"]
            previous = row["hash"]
            self.sql("UPDATE orgd_events SET actor_name = %s, hash = %s WHERE id = %s",
                     (row["actor_name"], row["hash"], row["id"]))
        self.sql("UPDATE orgd_event_chains SET hash = %s WHERE id = %s", (previous, self.key))


@pytest.fixture
def kept(database):
    with SecondDatabase(database) as second:
        yield Kept(second)


def test_who_makes_all_hashes_anew_is_found_by_the_signed_heads(kept):
    head = kept.heads()[kept.id]
    assert head["sequence"] == 3 and kept.faults() == []
    kept.write(1)
    assert kept.faults() == []
    kept.forge()
    sentence, = kept.faults()
    assert "signed head" in sentence and "made anew" in sentence
    kept.write(1)
    refused = kept.run("event", "heads")
    assert refused.returncode == 1 and "1 chain was not signed" in refused.stderr
    assert kept.sql("SELECT sequence FROM orgd_event_heads WHERE chain_id = %s", kept.key) == [(3,)], "it is not signed over"
    assert len(kept.faults()) == 1


def test_who_makes_all_hashes_anew_is_found_by_printed_heads(kept):
    printed = write_file(kept.second.directory / "heads.jsonl", kept.orgctl("event", "heads") + "\n")
    kept.write(1)
    kept.orgctl("organization", "delete", kept.id, "--yes")
    assert kept.faults("--heads", printed) == []
    kept.forge()
    kept.sql("DELETE FROM orgd_event_heads")
    assert kept.faults() == []
    sentence, = kept.faults("--heads", printed)
    assert "heads.jsonl" in sentence
    for table, column in (("orgd_events", "chain_id"), ("orgd_event_targets", "chain_id"), ("orgd_event_chains", "id")):
        kept.sql(f"DELETE FROM {table} WHERE {column} = %s", kept.key)
    assert kept.faults() == []
    sentence, = kept.faults("--heads", printed)
    assert "removed" in sentence
    refused = kept.run("event", "verify", "--heads", kept.second.config_path)
    assert refused.returncode == 2 and "line 1 is not" in refused.stderr


@pytest.mark.parametrize("change", ["hash = REPEAT('x', 32), signature = REPLACE(signature, '.', '.A')", "sequence = 2",
                                    "signature = 'x'", "chain_id = UNHEX(REPEAT('77', 16))"])
def test_a_changed_head_is_found(kept, change):
    kept.heads()
    kept.sql(f"UPDATE orgd_event_heads SET {change} WHERE chain_id = %s", kept.key)
    assert any("somebody has changed orgd_event_heads" in sentence for sentence in kept.faults())
    head, = kept.sql("SELECT HEX(chain_id), sequence, hash, signature FROM orgd_event_heads WHERE chain_id IN (%s, UNHEX(REPEAT('77', 16)))",
                     kept.key)
    kept.write(1)
    if "chain_id" not in change:
        assert kept.run("event", "heads").returncode == 1
        assert kept.sql("SELECT HEX(chain_id), sequence, hash, signature FROM orgd_event_heads WHERE chain_id = %s", kept.key) == [head]


def test_heads_outlive_their_keys(kept, database):
    keys = kept.second.directory / f"{kept.second.name}-keys.json"
    kept.second.write_config(kept.second.config_path, signing_keys=keys)
    kept.orgctl("signing-key", "generate")
    kept.heads()
    kept.orgctl("signing-key", "rotate")
    set_ = json.loads(keys.read_text("utf-8"))
    set_["keys"][1]["orgd_retired"] -= 100_000
    write_file(keys, json.dumps(set_))
    assert kept.orgctl("signing-key", "prune") == "1 key deleted"
    assert len(json.loads(kept.orgctl("signing-key", "list", "--json"))) == 1
    former, = json.loads(keys.read_text("utf-8"))["orgd_former_keys"]
    assert former["kid"] == set_["keys"][1]["kid"] and "d" not in former
    assert kept.faults() == [] and kept.run("event", "verify").stderr == ""


def test_heads_of_keys_that_somebody_else_has_read_prove_nothing(kept):
    keys = kept.second.directory / f"{kept.second.name}-keys.json"
    kept.second.write_config(kept.second.config_path, signing_keys=keys)
    kept.orgctl("signing-key", "generate")
    before = kept.heads()
    kept.orgctl("signing-key", "rotate", "--compromised")
    stolen, = json.loads(keys.read_text("utf-8"))["orgd_former_keys"]
    assert "d" not in stolen and stolen["orgd_leaked"] > 0
    result = kept.run("event", "verify")
    assert result.returncode == 0 and f"{len(before)} signed heads prove nothing" in result.stderr
    kept.sql("UPDATE orgd_leases SET done = '2020-01-01' WHERE name = 'event_heads'")
    kept.orgctl("purge")
    assert kept.run("event", "verify").stderr == "" and kept.faults() == []
    after = kept.heads()
    assert after.keys() == before.keys() and all(after[id_]["signature"] != before[id_]["signature"] for id_ in before)
    assert kept.heads() == after, "once is enough"


def forge_head(kept, signature=None):
    """Changes the events, and the last head to fit them."""
    kept.forge()
    kept.sql("UPDATE orgd_event_heads h JOIN orgd_event_chains c ON c.id = h.chain_id SET h.hash = c.hash, h.sequence = c.sequence,"
             " h.occurred_at = c.occurred_at, h.signature = COALESCE(%s, h.signature) WHERE c.id = %s", (signature, kept.key))


@pytest.mark.parametrize("how, found", [("kept", "does not fit its signature"), ("unknown", "not in the file of signing keys"),
                                        ("other", "does not fit its signature")])
def test_who_changes_the_last_head_too_gets_no_new_signature(kept, how, found):
    heads = kept.heads()
    other = next(head for id_, head in heads.items() if id_ != kept.id)["signature"]
    protected, payload, _ = heads[kept.id]["signature"].split(".")
    unknown = base64.urlsafe_b64encode(json.dumps({"alg": "ES256", "kid": "x", "typ": "orgd-event-head+jwt"}).encode()).decode().rstrip("=")
    forge_head(kept, {"kept": None, "unknown": f"{unknown}.{payload}.{payload}", "other": other}[how])
    kept.write(1)
    rows = kept.sql("SELECT * FROM orgd_event_heads WHERE chain_id = %s", kept.key)
    kept.sql("UPDATE orgd_leases SET done = '2020-01-01' WHERE name = 'event_heads'")
    kept.orgctl("purge")
    for command in (("event", "heads"), ("event", "prune", "--yes")):
        assert kept.run(*command).returncode == 1
    assert kept.sql("SELECT * FROM orgd_event_heads WHERE chain_id = %s", kept.key) == rows
    sentence, = kept.faults()
    assert found in sentence


def test_what_was_lost_can_be_accepted(kept):
    keys = kept.second.directory / f"{kept.second.name}-keys.json"
    kept.second.write_config(kept.second.config_path, signing_keys=keys)
    kept.orgctl("signing-key", "generate")
    chains = len(kept.heads())
    keys.unlink()
    kept.orgctl("signing-key", "generate")
    kept.write(1)
    refused = kept.run("event", "heads")
    assert refused.returncode == 1 and "1 chain was not signed" in refused.stderr
    assert len(kept.faults()) == chains
    accepted = kept.run("event", "heads", "--accept", "--yes")
    assert accepted.returncode == 0 and f"{chains} chains were signed that did not fit" in accepted.stderr
    event, = json.loads(kept.orgctl("event", "list", "--action", "event.accepted", "--json"))
    assert event["changes"]["chains_accepted"]["after"] == chains
    assert kept.faults() == [] and kept.run("event", "heads").returncode == 0
    assert kept.run("event", "heads", "--accept", "--yes").stderr == ""


def test_heads_whose_chain_is_gone_are_found(kept):
    kept.heads()
    for table, column in (("orgd_events", "chain_id"), ("orgd_event_targets", "chain_id"), ("orgd_event_chains", "id")):
        kept.sql(f"DELETE FROM {table} WHERE {column} = %s", kept.key)
    sentence, = kept.faults()
    assert "were removed" in sentence and "signed head" in sentence


def prune_now(kept, run=None):
    """Removes what there is, and writes two more events."""
    time.sleep(1.1)
    before = datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")
    time.sleep(1.1)
    kept.write(2)
    return (run or kept.orgctl)("event", "prune", "--before", before, "--yes")


def test_pruning_leaves_a_checkpoint(kept):
    kept.heads()
    removed = prune_now(kept)
    assert re.fullmatch(r"\d+ events removed", removed) and kept.sequences() == [4, 5]
    assert kept.faults() == []
    event, = json.loads(kept.orgctl("event", "list", "--action", "event.pruned", "--json"))
    assert event["actor"]["type"] == "operator" and event["organization"] is None
    assert event["changes"]["events_removed"]["after"] == int(removed.split()[0])
    kept.write(1)
    kept.heads()
    assert kept.faults() == []
    assert kept.orgctl("event", "prune", "--yes") == "0 events removed"
    assert len(json.loads(kept.orgctl("event", "list", "--action", "event.pruned", "--json"))) == 1


@pytest.mark.parametrize("change", [
    "DELETE FROM orgd_events WHERE chain_id = %s AND sequence = 4",
    "UPDATE orgd_event_chains SET pruned_hash = REPEAT('x', 32) WHERE id = %s",
    "UPDATE orgd_event_chains SET pruned_sequence = 2 WHERE id = %s",
    "UPDATE orgd_event_chains SET pruned_sequence = 0 WHERE id = %s",
    "UPDATE orgd_event_chains c JOIN orgd_events e ON e.chain_id = c.id AND e.sequence = 4 SET c.pruned_sequence = 4,"
    " c.pruned_hash = e.hash, c.pruned_occurred_at = e.occurred_at WHERE c.id = %s",
])
def test_a_changed_checkpoint_is_found(kept, change):
    prune_now(kept)
    assert kept.faults() == []
    kept.sql(change, kept.key)
    if "e.sequence = 4" in change:  # as if the event had been pruned, too
        kept.sql("DELETE FROM orgd_event_targets WHERE chain_id = %s ORDER BY occurred_at LIMIT 1", kept.key)
        kept.sql("DELETE FROM orgd_events WHERE chain_id = %s AND sequence = 4", kept.key)
    assert len(kept.faults()) == 1


def test_what_was_removed_before_its_time_is_not_pruned_over(kept):
    kept.sql("DELETE FROM orgd_events WHERE chain_id = %s AND sequence = 1", kept.key)
    refused = prune_now(kept, kept.run)
    assert refused.returncode == 1 and "1 chain was not signed" in refused.stderr
    assert kept.sequences() == [2, 3, 4, 5] and len(kept.faults()) == 1


def test_what_was_changed_is_not_pruned_over(kept):
    """What a head signs is the last event alone. Removing the others would remove what shows that one was changed."""
    kept.heads()
    kept.sql("UPDATE orgd_events SET action = 'organization.deleted' WHERE chain_id = %s AND sequence = 2", kept.key)
    fault, = kept.faults()
    refused = prune_now(kept, kept.run)
    assert refused.returncode == 1 and "1 chain was not signed" in refused.stderr
    assert kept.sequences() == [1, 2, 3, 4, 5] and kept.faults() == [fault]
    accepted = kept.run("event", "heads", "--accept", "--yes")
    assert accepted.returncode == 0 and "1 chain was signed that did not fit" in accepted.stderr
    assert kept.run("event", "heads", "--accept", "--yes").stderr == "" and kept.faults() == [fault]
    kept.write(1)
    kept.orgctl("event", "heads")
    assert prune_now(kept, kept.run).returncode == 0
    assert kept.sequences() == [7, 8] and kept.faults() == []
    kept.sql("UPDATE orgd_events SET action = 'organization.deleted' WHERE chain_id = %s AND sequence = 7", kept.key)
    assert prune_now(kept, kept.run).returncode == 1, "no more than what was accepted"
    assert kept.sequences() == [7, 8, 9, 10]


def remove(kept, *sequences):
    for sequence in sequences:
        kept.sql("DELETE t FROM orgd_event_targets t JOIN orgd_events e USING (chain_id, occurred_at) WHERE e.chain_id = %s AND"
                 " e.sequence = %s", (kept.key, sequence))
        kept.sql("DELETE FROM orgd_events WHERE chain_id = %s AND sequence = %s", (kept.key, sequence))


def changes_of(kept, action):
    """Of the newest event of this kind."""
    return {name: change["after"] for name, change in
            json.loads(kept.orgctl("event", "list", "--action", action, "--json"))[0]["changes"].items()}


def prune(kept, before):
    return kept.run("event", "prune", "--before", before, "--yes")


@pytest.mark.parametrize("is_signed", [True, False])
@pytest.mark.parametrize("lost", [(1,), (2,), (1, 2), (2, 3), (1, 2, 3)])
def test_a_gap_that_was_accepted_is_pruned_over_and_stays_on_record(kept, lost, is_signed):
    if is_signed:
        kept.heads()
    remove(kept, *lost)
    assert prune_now(kept, kept.run).returncode == (1 if is_signed or 3 not in lost else 0)  # only the end may be unknown
    accepted = kept.run("event", "heads", "--accept", "--yes")
    assert accepted.returncode == 0 and "1 chain was signed that did not fit" in accepted.stderr
    assert changes_of(kept, "event.accepted") == {"chains_accepted": 1, "events_missing": len(lost)}
    assert kept.run("event", "heads", "--accept", "--yes").stderr == "" and len(kept.faults()) == 1
    kept.write(1)
    kept.orgctl("event", "heads")
    time.sleep(1.1)
    before = datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")
    time.sleep(1.1)
    kept.write(2)
    pruned = prune(kept, before)
    assert (pruned.returncode, pruned.stderr) == (0, "") and kept.sequences() == [7, 8]
    assert changes_of(kept, "event.pruned")["events_missing"] == len(lost)
    for _ in range(2):
        verified = kept.run("event", "verify")
        assert verified.returncode == 0 and f"{len(lost)} event" in verified.stderr and "missing" in verified.stderr
        kept.write(1)
        kept.orgctl("event", "heads")
    remove(kept, 8)  # no more than what was accepted
    kept.write(1)
    time.sleep(1.1)
    refused = prune(kept, datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert refused.returncode == 1 and "1 chain was not signed" in refused.stderr and kept.sequences()[0] == 7


def test_a_lost_end_can_be_accepted(kept):
    """Although the head is of an event that is not there."""
    kept.heads()
    remove(kept, 3)
    assert kept.run("event", "heads", "--accept", "--yes").returncode == 0
    kept.write(1)
    assert kept.run("event", "heads").returncode == 0 and kept.heads()[kept.id]["sequence"] == 4
    assert prune(kept, (datetime.datetime.utcnow() - datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")).returncode == 0


def test_what_is_accepted_is_signed(kept):
    """Nobody accepts a gap by changing rows: the head says how much is missing."""
    kept.heads()
    remove(kept, 2)
    for statement in ("UPDATE orgd_event_heads SET sequence = 2 WHERE chain_id = %s", "DELETE FROM orgd_event_heads WHERE chain_id = %s"):
        assert prune_now(kept, kept.run).returncode == 1
        kept.sql(statement, kept.key)
    assert prune_now(kept, kept.run).returncode == 1 and 1 in kept.sequences()


# While others write, and much


def test_what_is_written_meanwhile_is_no_fault(database, owner, org):
    is_over = threading.Event()

    def write():
        while not is_over.is_set():
            ok(owner.client.patch(f"/organizations/{org}", json={"description": unique()}))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(15):
            result = database.run_orgctl("event", "verify", "--organization", org)
            assert result.returncode == 0, result.stdout
    finally:
        is_over.set()
        writer.join()


def fill(kept, count):
    """Writes more events into the chain, as the service would have done."""
    row = kept.rows()[-1]
    columns = [column for column in row if column not in ("us", "position")]
    previous, batch = row["hash"], []
    for number in range(row["sequence"] + 1, count + 1):
        row = {**row, "sequence": number, "us": row["us"] + 1, "id": number.to_bytes(16, "big"), "targets": "[]",
               "occurred_at": row["occurred_at"] + datetime.timedelta(microseconds=1)}
        row["hash"] = previous = hash_of(previous, row)
        batch.append([row[column] for column in columns])
    with kept.second.connect(autocommit=False) as connection, connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO orgd_events ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})", batch)
        cursor.execute("UPDATE orgd_event_chains SET sequence = %s, occurred_at = %s, hash = %s WHERE id = %s",
                       (row["sequence"], row["occurred_at"], previous, kept.key))
        connection.commit()


# A program's peak includes that of who started it, which must therefore be small.
PEAK = """if True:
    import resource, subprocess, sys
    subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"""


def peak_of(kept, *arguments):
    """The memory that a command takes, in KiB, and how many seconds."""
    start = time.monotonic()
    environment = {**kept.second.environment}
    environment["ASAN_OPTIONS"] += ":quarantine_size_mb=1"
    run = subprocess.run([sys.executable, "-c", PEAK, kept.second.installation.orgctl_program, *arguments, "--config",
                          kept.second.config_path], env=environment, stdout=subprocess.PIPE, check=True, **privileges())
    return int(run.stdout), time.monotonic() - start


@pytest.mark.alone
def test_any_number_of_events_takes_the_same_memory(kept):
    commands = (("event", "verify"), ("event", "export"))
    fill(kept, 2000)
    few = [peak_of(kept, *command)[0] for command in commands]
    fill(kept, 100000)
    for command, small in zip(commands, few):
        peak, seconds = peak_of(kept, *command)
        print(f"{' '.join(command)}: 100,000 events in {seconds:.1f} s; {peak} KiB, of 2,000 events {small} KiB")
        assert peak < 1.3 * small


def test_auditors_can_verify_by_hand(database, org):
    script = re.search(r"```python\n(.*?)```", (SOURCE / "docs/events.md").read_text("utf-8"), re.DOTALL)[1]
    lines = database.orgctl("event", "export", "--organization", org) + "\n"
    for text, status in ((lines, 0), (lines.replace("Nummer 2", "Nummer 9"), 1)):
        assert subprocess.run(["/usr/bin/python3", "-c", script], input=text, text=True, check=False).returncode == status
