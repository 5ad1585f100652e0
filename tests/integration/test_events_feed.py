"""Feeds of events: who may read them, filters, orders, pages, and that who follows one gets every event once."""

import datetime
import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from expect import error, ok, places, unique
from follower import Follower, ids
from installation import Installation, Instance
from processes import wait_until

NOWHERE = str(uuid.UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0001))


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


@pytest.fixture(scope="module")
def org(instance, owner):
    """An organization with nine changes behind its creation, two of them by its manager."""
    org = instance.organization(owner)
    manager = instance.user()
    instance.member(org["id"], manager, "manager")
    for number in range(9):
        client = manager.client if number in (3, 6) else owner.client
        ok(client.patch(f"/organizations/{org['id']}", json={"description": f"number {number}"}))
    return {**org, "manager": manager}


def path_of(org):
    return f"/organizations/{org['id']}/events"


def sequences(response):
    return [event["sequence"] for event in ok(response)]


def updates(client, path, **query):
    """What the feed gives of changes of organizations; membership may be on record too."""
    return [event for event in ok(client.get(path, params={"action": "organization.*", **query}))]


def test_an_event_says_everything(owner, org):
    event = ok(owner.client.get(path_of(org), params={"action": "organization.created"}))[0]
    assert list(event) == ["id", "sequence", "action", "occurred_at", "actor", "organization", "targets", "context",
                           "changes", "count", "version", "hash"]
    assert event["sequence"] == 1 and event["version"] == 1 and event["count"] == 1
    assert event["actor"]["id"] == owner.id and event["actor"]["type"] == "user"
    assert event["organization"] == {"id": org["id"], "name": org["name"]}
    assert event["targets"] == [{"id": org["id"], "name": org["name"], "type": "organization"}]
    assert set(event["context"]) == {"request_id", "address", "user_agent"}
    assert event["changes"]["name"] == {"before": None, "after": org["name"]}
    assert len(bytes.fromhex(event["hash"])) == 32


def test_the_newest_is_first_unless_asked_otherwise(owner, org):
    newest = owner.client.get(path_of(org))
    oldest = owner.client.get(path_of(org), params={"order_by": "occurred_at"})
    assert sequences(oldest) == list(range(1, len(ok(oldest)) + 1))
    assert ids(newest) == ids(oldest)[::-1]
    assert ids(owner.client.get(path_of(org), params={"order_by": "-occurred_at"})) == ids(newest)


@pytest.mark.parametrize("order", ["occurred_at", "-occurred_at"])
@pytest.mark.parametrize("filters", ["nothing", "action", "resource", "actor_id", "target_id", "since"])
def test_pages_make_up_the_whole(owner, org, order, filters):
    query = {"order_by": order, **{
        "nothing": {}, "action": {"action": "organization.updated"}, "resource": {"action": "organization.*"},
        "actor_id": {"actor_id": owner.id}, "target_id": {"target_id": org["id"]},
        "since": {"since": "2020-01-01T00:00:00Z"}}[filters]}
    whole = owner.client.get(path_of(org), params={**query, "include_total": True})
    assert whole.headers["X-Total-Count"] == str(len(ok(whole))) and "Link" not in whole.headers
    seen, url, count = [], None, 0
    while True:
        page = owner.client.get(url) if url else owner.client.get(path_of(org), params={**query, "limit": 3})
        seen += ids(page)
        count += 1
        if "Link" not in page.headers:
            break
        url = page.links["next"]["url"]
    assert seen == ids(whole) and count == -(-len(seen) // 3)
    assert ids(owner.client.get(path_of(org), params={**query, "offset": 2, "limit": 4})) == ids(whole)[2:6]


def test_filters(owner, org):
    client, path, manager = owner.client, path_of(org), org["manager"]
    assert len(updates(client, path)) == 10
    assert len(updates(client, path, action="organization.updated")) == 9
    assert len(updates(client, path, action="organization.updated", actor_id=manager.id)) == 2
    assert len(updates(client, path, target_id=org["id"], actor_id=owner.id)) == 8
    assert updates(client, path, action="organization") == updates(client, path, action="organization.update") == []
    assert updates(client, path, action="organ.*") == updates(client, path, target_id=NOWHERE) == []
    events = updates(client, path, order_by="occurred_at")
    third = events[2]["occurred_at"]
    assert updates(client, path, order_by="occurred_at", since=third) == events[2:]
    assert updates(client, path, order_by="occurred_at", until=third) == events[:2]
    east = third.replace("Z", "-00:00")
    assert updates(client, path, order_by="occurred_at", since=east, until=events[4]["occurred_at"]) == events[2:4]


@pytest.mark.parametrize("order, count", [("occurred_at", 0), ("-occurred_at", 10)])
@pytest.mark.parametrize("after", ["ffffffff-ffff-7fff-bfff-ffffffffffff", "ffffffff-ffff-4fff-bfff-ffffffffffff"])
def test_after_what_no_event_has_is_a_place_in_the_order(instance, owner, org, order, count, after):
    for client, path in ((owner.client, path_of(org)), (instance.admin.client, "/events")):
        seen = updates(client, path, order_by=order, after=after, target_id=org["id"])
        assert len(seen) == count or path == "/events"
        assert order == "-occurred_at" or seen == []


@pytest.mark.parametrize("query, place", [
    ({"order_by": "created"}, "order_by"), ({"limit": 0}, "limit"), ({"limit": 1001}, "limit"),
    ({"offset": -1}, "offset"), ({"after": "x"}, "after"), ({"after": NOWHERE, "offset": 1}, "after"),
    ({"since": "yesterday"}, "since"), ({"until": "2026-02-30T00:00:00Z"}, "until"),
    ({"since": "2026-01-01T00:00:00"}, "since"), ({"actor_id": "me"}, "actor_id"), ({"target_id": "1"}, "target_id"),
    ({"action": ""}, "action"), ({"action": "a" * 65}, "action"),
])
def test_faults_of_the_query(instance, owner, org, query, place):
    for client, path in ((owner.client, path_of(org)), (owner.client, "/users/me/events"),
                         (instance.admin.client, "/events")):
        assert [where for _, where in places(client.get(path, params=query))] == [["query", place]]


def test_who_may_not(instance, owner, org):
    stranger = instance.user()
    error(stranger.client.get(path_of(org)), 404, "KeyError")
    error(owner.client.get(f"/organizations/{NOWHERE}/events"), 404, "KeyError")
    error(owner.client.get("/events"), 403, "IllegalOperationError")
    for path in (path_of(org), "/events", "/users/me/events"):
        error(instance.client().get(path), 401, "AuthorizationException")
        error(instance.client("ORGPAT_x").get(path), 401, "AuthorizationException")
    assert places(owner.client.get("/organizations/x/events")) == [("uuid_parsing", ["path", "organization_id"])]


def test_events_outlive_their_organization_for_superusers(instance, owner):
    gone = instance.organization(owner)
    ok(owner.client.delete(f"/organizations/{gone['id']}"))
    error(owner.client.get(path_of(gone)), 404, "KeyError")
    assert [event["action"] for event in updates(instance.admin.client, path_of(gone))] == \
        ["organization.deleted", "organization.created"]
    error(instance.admin.client.get(f"/organizations/{owner.id}/events"), 404, "KeyError")


# What spans chains

@pytest.fixture
def deliver(instance):
    return lambda: int(instance.installation.orgctl("deliver").split()[0])


@pytest.fixture
def without_courier(build_directory, environment, checker):
    """A service on a database server of its own, where nobody but the test gives positions."""
    with Installation(build_directory, environment, checker) as installation, \
            Instance(installation, "lighttpd", "", workers=1) as started:
        yield started


def test_what_has_no_position_is_not_shown_yet(without_courier):
    instance = without_courier
    user = instance.user(limit=1000)

    def deliver():
        return int(instance.installation.orgctl("deliver").split()[0])

    deliver()
    org = instance.organization(user)
    assert updates(instance.admin.client, "/events", target_id=org["id"]) == []
    assert updates(user.client, "/users/me/events") == []
    assert len(updates(user.client, path_of(org))) == 1
    event, = ok(user.client.get(path_of(org)))
    for path, client in (("/events", instance.admin.client), ("/users/me/events", user.client)):
        # It stands at the end: nothing follows it, and all others come before it.
        assert ok(client.get(path, params={"after": event["id"], "order_by": "occurred_at"})) == []
        newest = ok(client.get(path, params={"limit": 3}))
        assert ok(client.get(path, params={"after": event["id"], "limit": 3})) == newest
    assert deliver() >= 1 and deliver() == 0
    shown, = updates(instance.admin.client, "/events", target_id=org["id"])
    assert updates(user.client, "/users/me/events") == updates(user.client, path_of(org)) == [shown]


def test_two_processes_never_give_the_same_positions(without_courier):
    """The lease of the one that has looked already has run out, and another one gives positions to some of what it found."""
    instance = without_courier
    instance.installation.orgctl("deliver")
    client = instance.user().client
    organization = ok(client.post("/organizations", json={"name": unique("organization")}))["id"]
    ok(client.patch(f"/organizations/{organization}", json={"description": "new"}))
    with instance.installation.connect(autocommit=False) as other, other.cursor() as cursor, \
            ThreadPoolExecutor() as threads:
        cursor.execute("SELECT 1 FROM orgd_leases WHERE name = 'positions' FOR UPDATE")
        deliver = threads.submit(instance.installation.orgctl, "deliver")
        wait_until(lambda: instance.installation.sql("SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"),
                   "orgctl to wait for the lease", pause=0.2)  # the server tells it every 0.1 s, not to who asks more often
        cursor.execute("SELECT MAX(position) + 1 FROM orgd_events")
        cursor.execute("UPDATE orgd_events SET position = %s WHERE position = 0 AND action = 'organization.updated'",
                       cursor.fetchone())
        assert cursor.rowcount == 1
        other.commit()
        deliver.result()
    waiting, twice = instance.installation.sql("SELECT SUM(position = 0), COUNT(*) - COUNT(DISTINCT position) FROM orgd_events")[0]
    assert (waiting, twice) == (0, 0)


def test_positions_follow_the_chains(instance, owner, org, deliver, sql):
    deliver()
    rows = sql("SELECT chain_id, sequence, position FROM orgd.orgd_events ORDER BY position")
    assert [row[2] for row in rows] == sorted({row[2] for row in rows})
    last = {}
    for chain, sequence, _ in rows:
        assert sequence > last.get(chain, 0)
        last[chain] = sequence
    found = set(sql("SELECT kind, subject, position FROM orgd.orgd_event_subjects"))
    assert set(sql("SELECT 1, action, position FROM orgd.orgd_events WHERE position > 0")) <= {
        (kind, subject.decode() if kind == 1 else subject, position) for kind, subject, position in found}
    assert set(sql("SELECT 2, actor_id, position FROM orgd.orgd_events WHERE position > 0 AND actor_id IS NOT NULL"
                   " UNION SELECT 3, t.target_id, e.position FROM orgd.orgd_event_targets t JOIN orgd.orgd_events e"
                   " USING (chain_id, occurred_at) WHERE e.position > 0")) <= found


@pytest.mark.parametrize("order", ["occurred_at", "-occurred_at"])
@pytest.mark.parametrize("filters", ["action", "actor_id", "target_id", "since"])
@pytest.mark.parametrize("feed", ["all", "own"])
def test_pages_across_chains(instance, owner, org, deliver, feed, filters, order):
    instance.organization(owner)
    deliver()
    client, path = (instance.admin.client, "/events") if feed == "all" else (owner.client, "/users/me/events")
    query = {"order_by": order, **{
        "action": {"action": "organization.updated"}, "actor_id": {"actor_id": owner.id},
        "target_id": {"target_id": org["id"]}, "since": {"since": org["created"]}}[filters]}
    whole = client.get(path, params={**query, "include_total": True, "limit": 1000})
    assert whole.headers["X-Total-Count"] == str(len(ok(whole))) and len(ok(whole)) >= 7
    seen, page = [], client.get(path, params={**query, "limit": 3})
    while "Link" in page.headers:
        seen += ids(page)
        page = client.get(page.links["next"]["url"])
    assert seen + ids(page) == ids(whole)
    assert ids(client.get(path, params={**query, "offset": 2, "limit": 4})) == ids(whole)[2:6]


def test_own_events_are_what_one_did_and_what_was_done_to_one(instance, owner, org, deliver):
    deliver()
    own = ok(org["manager"].client.get("/users/me/events", params={"limit": 1000}))
    me = org["manager"].id
    assert len([event for event in own if event["actor"]["id"] == me]) >= 2
    assert all(me in [event["actor"]["id"], *(target["id"] for target in event["targets"])] for event in own)
    assert len({event["id"] for event in own}) == len(own)


def test_who_was_acted_on_does_not_learn_from_where(instance, owner, deliver):
    """Where somebody was is for who may read the events of the organization."""
    org, manager = instance.organization(owner), instance.user()
    instance.member(org["id"], manager, "manager")
    role, nowhere = Instance.role_id(org["id"], "viewer"), {"request_id": None, "address": None, "user_agent": None}
    ok(owner.client.post(f"/roles/{role}/assignments", params={"user_id": manager.id}))
    ok(manager.client.patch("/users/" + manager.id, json={"name": unique()}))
    deliver()
    given, = ok(owner.client.get(path_of(org), params={"action": "member.role_assigned"}))
    assert given["actor"]["credential_id"] and all(given["context"].values())
    told, = ok(manager.client.get("/users/me/events", params={"action": "member.role_assigned"}))
    assert told == {**given, "actor": {**given["actor"], "credential_id": None}, "context": nowhere}
    own, = ok(manager.client.get("/users/me/events", params={"action": "user.updated", "actor_id": manager.id}))
    assert own["actor"]["credential_id"] and all(own["context"].values())
    for form in ("csv", "jsonl"):
        text = manager.client.get("/users/me/events", params={"action": "member.role_assigned", "format": form}).text
        assert given["id"] in text and given["context"]["request_id"] not in text


def write_at(connection, chain, times, actor, target):
    """Events of these times, each third of the actor and each fifth about the target."""
    with connection.cursor() as cursor:
        for number, moment in enumerate(times):
            cursor.execute("INSERT INTO orgd_events (chain_id, occurred_at, sequence, id, action, actor_type, actor_id, targets, changes,"
                           " count, version, hash) VALUES (%s, %s, 1, %s, %s, 'user', %s, '[]', '{}', 1, 1, REPEAT('x', 32))",
                           (chain, moment, uuid.uuid4().bytes, f"test.{number % 2}", None if number % 3 else actor))
            if number % 5 == 0:
                cursor.execute("INSERT INTO orgd_event_targets (target_id, chain_id, occurred_at) VALUES (%s, %s, %s)",
                               (target, chain, moment))


@pytest.fixture
def untimely(without_courier):
    """Some thousand events, ten minutes apart. Some were committed late, and some are of clocks that were wrong."""
    instance, pace = without_courier, random.Random(13)
    actor, target = instance.user(), uuid.uuid4()
    moment = datetime.datetime.utcnow() + datetime.timedelta(days=1)  # behind all others
    connection = instance.installation.connect()
    instance.installation.orgctl("deliver")
    for count, days in ((300, 0), (700, 0), (450, 0), (60, -15), (700, 0), (1, 0), (450, 0), (60, 40), (700, 0), (900, 0)):
        times = set()
        for _ in range(count):
            moment += datetime.timedelta(minutes=10)
            times.add(moment + datetime.timedelta(days=days, seconds=-pace.choice([*[0] * 30, 5000, 50000]), microseconds=pace.randrange(999)))
        write_at(connection, uuid.uuid4().bytes, sorted(times), uuid.UUID(actor.id).bytes, target.bytes)
        instance.installation.orgctl("deliver")
        if count == 1:  # where all events of a block are gone, positions go on all the same
            with connection.cursor() as cursor:
                cursor.execute("DELETE s FROM orgd_event_subjects s JOIN (SELECT position FROM orgd_events"
                               " ORDER BY position DESC LIMIT 700) e USING (position)")
                cursor.execute("DELETE FROM orgd_events ORDER BY position DESC LIMIT 700")
    connection.close()
    return SimpleNamespace(instance=instance, actor=actor, target=target)


def test_a_time_finds_what_was_late_or_has_the_time_of_a_wrong_clock(untimely):
    instance, sql = untimely.instance, untimely.instance.installation.sql
    rows = sql("SELECT id, occurred_at, action, actor_id, EXISTS (SELECT 1 FROM orgd.orgd_event_targets t WHERE t.target_id = %s"
               " AND t.chain_id = e.chain_id AND t.occurred_at = e.occurred_at) FROM orgd.orgd_events e ORDER BY position",
               (untimely.target.bytes,))
    actor = uuid.UUID(untimely.actor.id).bytes
    ways = [("/events", {}, lambda row: True), ("/events", {"action": "test.1"}, lambda row: row[2] == "test.1"),
            ("/events", {"actor_id": untimely.actor.id}, lambda row: row[3] == actor),
            ("/events", {"target_id": str(untimely.target)}, lambda row: row[4])]
    times = sorted({row[1] for row in rows})
    found = 0
    for path, query, is_meant in ways:
        for share in (0, 0.002, 0.01, 0.2, 0.5, 0.77, 0.98, 0.995, 1):
            since, until = times[int((len(times) - 1) * share)], times[int((len(times) - 1) * min(1, share + 0.01))]
            for span in ({"since": since}, {"until": until}, {"since": since, "until": until}):
                wanted = [str(uuid.UUID(bytes=row[0])) for row in rows if is_meant(row) and row[1] >= span.get("since", row[1])
                          and ("until" not in span or row[1] < until)]
                sent = {name: value.isoformat() + "Z" for name, value in span.items()}
                for order, expected in (("occurred_at", wanted), ("-occurred_at", wanted[::-1])):
                    page = instance.admin.client.get(path, params={**query, **sent, "order_by": order, "limit": 1000, "include_total": True})
                    assert ids(page) == expected[:1000] and page.headers["X-Total-Count"] == str(len(expected)), (query, sent, order)
                    found += len(expected)
    assert found > 10000


WRITERS, WRITES = 16, 12


def write(instance, org, number):
    """Transactions that last long after they have written an event, in a chain of the writer's own."""
    connection = instance.installation.connect(autocommit=False)
    pace = random.Random(number)
    chain = uuid.uuid4().bytes
    insert = ("INSERT INTO orgd_events (chain_id, occurred_at, sequence, id, action, actor_type, targets, changes,"
              " count, version, hash) VALUES (%s, %s, %s, %s, 'test.done', 'operator', '[]', '{}', 1, 1, REPEAT('x', 32))")
    with connection.cursor() as cursor:
        for sequence in range(1, WRITES + 1):
            now = datetime.datetime.utcnow()
            id_ = uuid.UUID(int=(int(now.timestamp() * 1000) << 80) | 7 << 76 | 2 << 62 | pace.getrandbits(62))
            cursor.execute(insert, (chain, now, sequence, id_.bytes))
            time.sleep(pace.choice([0, 0, 0.05, 0.3]))
            connection.commit()
    connection.close()
    ok(org.client.patch(org.path, json={"description": f"by {number}"}))


def test_a_follower_gets_every_event_once(instance, owner, sql):
    """However late a transaction commits. Two couriers give the positions, in turns."""
    org = instance.organization(owner)
    place = SimpleNamespace(client=owner.client, path=f"/organizations/{org['id']}")
    followers = [Follower(instance.admin.client, "/events", 7), Follower(owner.client, path_of(org), 3)]
    is_over = threading.Event()

    def deliver():
        while not is_over.is_set():
            instance.installation.orgctl("deliver", "--quiet")

    couriers = [threading.Thread(target=deliver) for _ in range(2)]
    for thread in followers + couriers:
        thread.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda number: write(instance, place, number), range(WRITERS)))
    is_over.set()
    for courier in couriers:
        courier.join()
    instance.installation.orgctl("deliver")
    followed, chained = (follower.end() for follower in followers)
    everything = [str(uuid.UUID(bytes=id_)) for id_, in sql("SELECT id FROM orgd.orgd_events ORDER BY position")]
    assert followed == everything
    assert len(chained) == WRITERS + 1 and len(set(chained)) == len(chained)
    sql("DELETE FROM orgd.orgd_events WHERE action = 'test.done'")


def test_the_courier_gives_positions_within_a_second(instance, start):
    start()
    user = instance.user(limit=1000)
    times = []
    for _ in range(5):
        instance.organization(user)
        began = time.monotonic()
        count = len(times) + 1
        while len(updates(user.client, "/users/me/events")) < count:
            assert time.monotonic() - began < 10
            time.sleep(0.02)
        times.append(time.monotonic() - began)
    assert sorted(times)[2] < 1, times
