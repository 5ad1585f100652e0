"""orgctl event: what is on record can be read, and whoever changes it is found out."""

import json
import re
import uuid

import pytest

from expect import ok, unique

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
    record.sql("UPDATE inserted SET id = UNHEX(MD5(id)), position = NULL, sequence = %s,"
               " occurred_at = COALESCE(%s, occurred_at + INTERVAL 1 MICROSECOND)", after + 1, at)
    record.sql("INSERT INTO orgd_events SELECT * FROM inserted")
    (sequence, _), = record.verify()
    assert sequence == after + 1


@pytest.mark.parametrize("change", [
    "UPDATE orgd_event_targets SET target_id = UNHEX(MD5('x')) WHERE chain_id = %s LIMIT 1",
    "DELETE FROM orgd_event_targets WHERE chain_id = %s LIMIT 1",
    "INSERT INTO orgd_event_targets SELECT UNHEX(MD5('y')), chain_id, occurred_at, NULL FROM orgd_events"
    " WHERE chain_id = %s AND sequence = 3",
    "INSERT INTO orgd_event_targets SELECT UNHEX(MD5('z')), chain_id, '2035-01-01', NULL FROM orgd_events"
    " WHERE chain_id = %s AND sequence = 5",
])
def test_a_changed_target_is_found(record, change):
    record.sql(change, record.key)
    (_, sentence), = record.verify()
    assert "orgd_event_targets" in sentence


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
    assert re.search(r"^6 events in 1 chain verified: all fit$", database.orgctl("event", "verify", "--organization", org))
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
