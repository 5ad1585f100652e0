"""Very many events of one organization, and clients that take them as a file."""

import csv
import http.client
import io
import json
import threading
import time
import uuid

from processes import PATIENCE

COLUMNS = ["id", "sequence", "action", "occurred_at", "actor_type", "actor_id", "actor_name", "actor_credential_id",
           "organization_id", "organization_name", "targets", "request_id", "address", "user_agent", "changes", "count",
           "version", "hash"]
ROWS_OF_A_PART = 250
CSV, LINES, NDJSON = "text/csv", "application/jsonl", "application/x-ndjson"


def fill(sql, organization_id, actor_id, count):
    """So many events that the actor did there long ago, with positions behind all others."""
    chain = f"UNHEX('{uuid.UUID(organization_id).hex}')"
    (last,), = sql("SELECT GREATEST(COALESCE(MAX(position), 0), COALESCE((SELECT MAX(block) FROM orgd.orgd_event_blocks), 0) * 500)"
                   " + 10000 FROM orgd.orgd_events")  # a courier may give some now
    sql("INSERT INTO orgd.orgd_events (chain_id, occurred_at, sequence, id, action, actor_type, actor_id, actor_name,"
        " organization_id, organization_name, targets, user_agent, changes, count, version, hash, position)"
        f" SELECT {chain}, TIMESTAMP('2020-01-01') + INTERVAL seq SECOND, 1000000 + seq,"
        " CONCAT(UNHEX(LPAD(HEX(1577836800000 + 1000 * seq), 12, '0')), UNHEX('7000'), UNHEX(RIGHT(MD5(seq), 2)),"
        f" UNHEX(LEFT(MD5({chain}), 14))),"
        f" IF(seq % 2, 'test.odd', 'test.even'), 'user', UNHEX('{uuid.UUID(actor_id).hex}'), 'somebody', {chain},"
        " 'an organization', JSON_ARRAY(JSON_OBJECT('id', NULL, 'name', seq, 'type', 'test')), 'a test, or \"two\"',"
        " JSON_OBJECT('number', JSON_OBJECT('after', seq, 'before', NULL)), 1, 1, REPEAT('x', 32),"
        f" {last} + seq FROM orgd.seq_1_to_{count}")
    sql("UPDATE orgd.orgd_organizations o JOIN orgd.orgd_memberships m ON m.organization_id = o.id"  # what was before is not its own
        f" SET o.created = '2019-12-31', m.organization_created = '2019-12-31' WHERE o.id = {chain}")
    for kind, subject in ((1, "action"), (2, "actor_id")):  # a courier may have done so: its events are in front of these
        sql(f"INSERT IGNORE INTO orgd.orgd_event_subjects SELECT {kind}, {subject}, position FROM orgd.orgd_events"
            f" WHERE chain_id = {chain} AND position > {last}")
    sql("INSERT IGNORE INTO orgd.orgd_event_blocks (block, earliest, latest) SELECT DISTINCT position DIV 500, '2020-01-01',"
        f" UTC_TIMESTAMP(6) FROM orgd.orgd_events WHERE chain_id = {chain} AND position > {last}")
    sql("UPDATE orgd.orgd_event_blocks SET earliest = '2020-01-01'")  # also of a block that a courier has begun meanwhile


def clear(sql, organization_id):
    sql("DELETE s FROM orgd.orgd_event_subjects s"  # in this order, since no index of these rows begins with the position
        " STRAIGHT_JOIN orgd.orgd_events e FORCE INDEX (orgd_events_position) ON e.position = s.position"
        " WHERE e.chain_id = %s AND e.action LIKE 'test.%%' AND s.kind IN (1, 2)", (uuid.UUID(organization_id).bytes,))
    sql("DELETE FROM orgd.orgd_events WHERE chain_id = %s AND action LIKE 'test.%%'", (uuid.UUID(organization_id).bytes,))


def from_csv(text):
    """The events of a file with a heading, as the API shows them in JSON."""
    heading, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert heading == COLUMNS
    return [_event(dict(zip(COLUMNS, row, strict=True))) for row in rows]


def _event(row):
    def part(prefix, *names):
        return {name: row[prefix + name] or None for name in names}

    return {"id": row["id"], "sequence": int(row["sequence"]), "action": row["action"], "occurred_at": row["occurred_at"],
            "actor": part("actor_", "type", "id", "name", "credential_id"),
            "organization": part("organization_", "id", "name") if row["organization_id"] else None,
            "targets": json.loads(row["targets"]), "context": part("", "request_id", "address", "user_agent"),
            "changes": json.loads(row["changes"]), "count": int(row["count"]), "version": int(row["version"]),
            "hash": row["hash"]}


def from_lines(text):
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


class Download:
    """A file on its way from a web server, for as long as the `with` block lasts."""

    def __init__(self, instance, path, token, accept=LINES):
        host, port = instance.url.removeprefix("http://").split("/")[0].split(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=60 * PATIENCE)
        self.connection.request("GET", f"{instance.mount}{path}", headers={"Authorization": f"Bearer {token}", "Accept": accept})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def response(self):
        return self.connection.getresponse()

    def read(self):
        """All of it. Fails with an http.client.HTTPException or an OSError if it broke off."""
        response = self.response()
        body = response.read().decode()
        assert response.status == 200, body
        return body


def set_active(cursor, user, is_active):
    cursor.execute("UPDATE orgd.orgd_accounts SET is_active = %s WHERE id = %s", (is_active, uuid.UUID(user.id).bytes))


class Deactivation(threading.Thread):
    """Deactivates the user for as long as the `with` block lasts, once so many rows have been read in it: a file reads each
    event twice, to measure it and to send it. (What couriers read meanwhile are few.)"""

    def __init__(self, instance, user, count):
        super().__init__()
        self.instance = instance
        self.user = user
        self.count = count
        self.looked = 0  # each look is a row, too
        self.begins = threading.Event()
        self.is_over = threading.Event()
        self.is_done = False

    def run(self):
        with self.instance.installation.connect().cursor() as cursor:
            goal = self.rows(cursor) + self.count
            self.begins.set()
            while not self.is_over.is_set() and self.rows(cursor) < goal:
                time.sleep(0.002)
            if not self.is_over.is_set():
                set_active(cursor, self.user, False)
                self.is_done = True
            self.is_over.wait()
            set_active(cursor, self.user, True)

    def rows(self, cursor):
        cursor.execute("SHOW GLOBAL STATUS LIKE 'Rows_sent'")
        self.looked += 1
        return int(cursor.fetchone()[1]) - self.looked

    def __enter__(self):
        self.start()
        self.begins.wait()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.join()
        assert self.is_done, "it was over before that"
