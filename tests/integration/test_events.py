"""Events: what is written about each change, and how the rows of a chain hold together."""

import hashlib
import json
import uuid

import pymysql
import pytest

from expect import error, ok, unique
from installation import rows_of
from test_credentials import access_token

EPOCH = "1970-01-01"


@pytest.fixture
def owner(instance):
    return instance.user(limit=1000)


def text(id_):
    return None if id_ is None else str(uuid.UUID(bytes=id_))


def read_event(row):
    """The event of a row, as its hash takes it."""
    return {"id": text(row["id"]), "action": row["action"],
            "actor": {"type": row["actor_type"], "id": text(row["actor_id"]), "name": row["actor_name"],
                      "credential_id": text(row["actor_credential_id"])},
            "organization": row["organization_id"] and {"id": text(row["organization_id"]),
                                                        "name": row["organization_name"]},
            "targets": json.loads(row["targets"]),
            "context": {"request_id": row["request_id"], "address": row["address"], "user_agent": row["user_agent"]},
            "changes": json.loads(row["changes"]), "count": row["count"]}


def hash_of(previous, row):
    content = json.dumps(read_event(row), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(bytes([row["version"]]) + previous + row["sequence"].to_bytes(8, "big") +
                          row["us"].to_bytes(8, "big") + hashlib.sha256(content).digest()).digest()


def rows(instance, statement, *parameters):
    return rows_of(instance.installation.connect(cursorclass=pymysql.cursors.DictCursor), statement, parameters)


def chain(instance, chain_id):
    """The rows of a chain, which hold together."""
    events = rows(instance, f"SELECT *, TIMESTAMPDIFF(MICROSECOND, '{EPOCH}', occurred_at) AS us FROM orgd_events"
                  " WHERE chain_id = %s ORDER BY sequence", uuid.UUID(chain_id).bytes)
    previous = bytes(32)
    for number, row in enumerate(events, 1):
        assert row["sequence"] == number and row["hash"] == hash_of(previous, row)
        assert number == 1 or row["us"] > events[number - 2]["us"]
        previous = row["hash"]
    head, = rows(instance, "SELECT * FROM orgd_event_chains WHERE id = %s", uuid.UUID(chain_id).bytes)
    assert head["sequence"] == len(events) and head["hash"] == previous
    return [read_event(row) for row in events]


def test_the_life_of_an_organization(instance, owner):
    name = unique('A "quoted" \\ name')
    created = owner.client.post("/organizations", json={"name": name, "links": [{"title": "ü\t", "url": "http://a/"}]},
                                headers={"User-Agent": "Grüße/1\xff".encode("latin-1"), "X-Request-Id": "r-1"})
    id_ = ok(created)["id"]
    ok(owner.client.patch(f"/organizations/{id_}", json={"description": "Zeile 1\n\x7f🙂", "links": None}))
    ok(owner.client.patch(f"/organizations/{id_}", json={"description": "Zeile 1\n\x7f🙂"}))
    ok(owner.client.delete(f"/organizations/{id_}"))
    first, second, third = chain(instance, id_)
    assert [event["action"] for event in (first, second, third)] == \
        ["organization.created", "organization.updated", "organization.deleted"]
    assert first["actor"] | {"credential_id": None} == \
        {"type": "user", "id": owner.id, "name": owner.name, "credential_id": None}
    assert first["organization"] == {"id": id_, "name": name}
    assert first["targets"] == [{"type": "organization", "id": id_, "name": name}]
    assert first["context"]["request_id"] == "r-1" and first["context"]["address"] == "127.0.0.1"
    assert first["changes"]["name"] == {"before": None, "after": name}
    assert second["changes"] == {"description": {"before": None, "after": "Zeile 1\n\x7f🙂"},
                                 "links": {"before": [{"title": "ü\t", "url": "http://a/"}], "after": None}}
    assert third["changes"]["description"] == {"before": "Zeile 1\n\x7f🙂", "after": None}


def test_the_name_of_who_acts_is_that_of_the_moment(instance):
    """Whatever it holds, and whether the statement that counts the organization reads it or one of the event's own."""
    user = instance.user(limit=1000, name=unique('O\'Brien "the" \\ /ü🙂'))
    renamed = unique('"\\')
    by_token = instance.client(access_token(instance, user.token))

    def create(client):
        return ok(client.post("/organizations", json={"name": unique("named")}))["id"]

    ids = [create(client) for client in (user.client, user.client, by_token)]
    instance.installation.orgctl("user", "rename", user.name, "--to", renamed)
    later = [create(client) for client in (user.client, by_token)]
    ok(user.client.patch(f"/organizations/{later[0]}", json={"description": "changed"}))
    assert [event["actor"]["name"] for id_ in ids for event in chain(instance, id_)] == [user.name] * 3
    assert [event["actor"]["name"] for id_ in later for event in chain(instance, id_)] == [renamed] * 3


def test_an_id_that_is_chosen_again_continues_its_chain(instance, purge):
    chosen = str(uuid.uuid4())
    for _ in range(2):
        ok(instance.admin.client.post("/organizations", json={"name": unique("again"), "id": chosen}))
        ok(instance.admin.client.delete(f"/organizations/{chosen}"))
        purge()
    assert [event["action"] for event in chain(instance, chosen)] == ["organization.created", "organization.deleted"] * 2


def test_an_id_that_is_chosen_again_shows_nothing_of_the_former_organization(instance, owner, purge):
    chosen, former, path = str(uuid.uuid4()), instance.user(), None
    for who in former, owner:
        ok(instance.admin.client.post("/organizations", json={"name": unique("again"), "id": chosen, "owner_id": who.id}))
        path = f"/organizations/{chosen}"
        ok(who.client.patch(path, json={"description": f"of {who.name}"}))
        if who is former:
            ok(instance.admin.client.delete(path))
            purge()
    for query in ({}, {"order_by": "occurred_at"}, {"action": "organization.updated"}, {"target_id": chosen},
                  {"actor_id": owner.id}, {"format": "csv"}, {"action": "organization.*", "limit": 1}):
        response = owner.client.get(path + "/events", params={"include_total": "true", **query})
        assert response.status_code == 200 and f"of {former.name}" not in response.text, query
    assert [event["action"] for event in ok(owner.client.get(path + "/events"))] == ["organization.updated", "organization.created"]
    for client, count in (owner.client, 2), (instance.admin.client, 5):
        assert client.get(path + "/events?limit=1&include_total=true").headers["X-Total-Count"] == str(count)
    error(former.client.get(path + "/events"), 404, "KeyError")


def test_a_transfer_is_told_to_both_owners(instance, owner):
    org, heir = instance.organization(owner), instance.user(limit=1)
    ok(instance.admin.client.patch(f"/organizations/{org['id']}", json={"owner_id": heir.id}))
    event = chain(instance, org["id"])[-1]
    assert event["action"] == "organization.updated" and event["targets"] == [
        {"type": "organization", "id": org["id"], "name": org["name"]},
        {"type": "user", "id": owner.id, "name": owner.name}, {"type": "user", "id": heir.id, "name": heir.name}]


def test_any_text_is_on_record(instance, owner):
    """NUL too, which JSON may hold."""
    links = [{"title": "a\0b", "url": "https://example.org/"}]
    id_ = ok(owner.client.post("/organizations", json={"name": unique("any"), "links": links}))["id"]
    ok(owner.client.patch(f"/organizations/{id_}", json={"description": "c\0d\x7f\u2028", "links": None}))
    created, updated = chain(instance, id_)
    assert created["changes"]["links"] == {"before": None, "after": links}
    assert updated["changes"] == {"description": {"before": None, "after": "c\0d\x7f\u2028"},
                                  "links": {"before": links, "after": None}}
