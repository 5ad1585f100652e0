"""Rules that must hold however many requests come at once."""

import collections
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from expect import error, ok, unique
from processes import wait_until

MANY = 64


def at_once(requests):
    """Sends all requests (functions without arguments) at the same moment and returns their responses."""
    gate = threading.Barrier(len(requests))

    def send(request):
        gate.wait()
        return request()

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def statuses(responses):
    return collections.Counter(response.status_code for response in responses)


def sender(instance, user, method, path, body=None, headers=None):
    """Sends a request over a connection of its own, when it is called."""
    client = instance.client(user.token)
    return lambda: client.request(method, path, json=body, headers=headers, timeout=60)


@pytest.mark.shows("API6")
@pytest.mark.parametrize("limit", [1, 5])
def test_the_limit_holds_under_concurrent_creations(instance, limit):
    user = instance.user(limit=limit)
    responses = at_once([sender(instance, user, "POST", "/organizations", {"name": unique()}) for _ in range(MANY)])
    assert statuses(responses) == {200: limit, 403: MANY - limit}
    for response in responses:
        if response.status_code == 403:
            error(response, 403, "OrganizationLimitExceeded")
    assert len(ok(user.client.get("/organizations"))) == limit


def test_one_of_many_creations_of_a_name_succeeds(instance):
    """Each request comes from another user, in another spelling."""
    users = [instance.user() for _ in range(8)]
    name = unique("straße")
    spellings = [name, name.upper(), name.replace("ß", "ss"), name.title()]
    responses = at_once([sender(instance, users[n % 8], "POST", "/organizations", {"name": spellings[n % 4]})
                         for n in range(MANY)])
    winners = [response for response in responses if response.status_code == 200]
    assert len(winners) == 1
    for response in responses:
        if response.status_code == 403:  # the winner's further attempts
            error(response, 403, "OrganizationLimitExceeded")
        elif response is not winners[0]:
            error(response, 409, "EntityExistsError")
    for user in users:  # nobody's counter was raised by it
        expected = 0 if user.id == winners[0].json()["owner_id"] else 1
        assert statuses([user.client.post("/organizations", json={"name": unique()})])[200] == expected


@pytest.mark.shows("V11.1.1-11.1.2, V11.1.6")
def test_one_of_many_writers_with_the_same_etag_succeeds(instance):
    user = instance.user()
    path = "/organizations/" + instance.organization(user)["id"]
    headers = {"If-Match": user.client.get(path).headers["ETag"]}
    responses = at_once([sender(instance, user, "PATCH", path, {"description": str(n)}, headers) for n in range(MANY)])
    assert statuses(responses) == {200: 1, 412: MANY - 1}
    winner = next(response for response in responses if response.status_code == 200)
    assert ok(user.client.get(path)) == winner.json()


def test_writers_without_an_etag_all_get_their_turn(instance):
    """Each request changes only its own field. Every answer shows a state that the organization really had."""
    user = instance.user()
    path = "/organizations/" + instance.organization(user)["id"]
    changes = [{"description": f"text {n}"} if n % 2 else {"logo_url": f"http://example.org/{n}"} for n in range(16)]
    responses = at_once([sender(instance, user, "PATCH", path, change) for change in changes])
    answers = [ok(response) for response in responses]
    for change, answer in zip(changes, answers):
        assert answer | change == answer
    assert len({response.headers["ETag"] for response in responses}) == len(changes)
    assert ok(user.client.get(path)) == max(answers, key=lambda answer: answer["updated"])


def test_one_of_many_deletions_succeeds_and_frees_one_place(instance):
    user = instance.user(limit=1)
    path = "/organizations/" + instance.organization(user)["id"]
    responses = at_once([sender(instance, user, "DELETE", path) for _ in range(16)])
    assert statuses(responses) == {200: 1, 404: 15}
    instance.organization(user)
    error(user.client.post("/organizations", json={"name": unique()}), 403, "OrganizationLimitExceeded")


@pytest.mark.shows("V11.1.1-11.1.2, V11.1.6")
def test_transfers_keep_to_the_new_owners_limit(instance):
    givers, taker = [instance.user() for _ in range(8)], instance.user(limit=3)
    given = [instance.organization(giver)["id"] for giver in givers]
    for org in given:
        instance.member(org, taker, "member")
    responses = at_once([sender(instance, giver, "PATCH", "/organizations/" + org, {"owner_id": taker.id})
                         for giver, org in zip(givers, given)])
    assert statuses(responses) == {200: 3, 403: 5}
    assert len(ok(taker.client.get("/organizations", params={"owner_id": taker.id}))) == 3


def test_transfers_to_and_fro_do_not_lock_each_other_out(instance):
    """Two owners transfer to each other at the same time: the classical deadlock."""
    one, other = instance.user(limit=20), instance.user(limit=20)
    moves = [(giver, instance.organization(giver)["id"], taker) for giver, taker in [(one, other), (other, one)] * 8]
    for _, org, taker in moves:
        instance.member(org, taker, "member")
    responses = at_once([sender(instance, giver, "PATCH", "/organizations/" + org, {"owner_id": taker.id})
                         for giver, org, taker in moves])
    assert statuses(responses) == {200: 16}
    owned = dict(instance.installation.sql(
        f"SELECT name, organizations_owned FROM orgd.orgd_accounts WHERE name IN ('{one.name}', '{other.name}')"))
    assert owned == {one.name: 8, other.name: 8}


def test_a_transfer_of_what_was_deleted_meanwhile(instance):
    """The transfer has read the organization, and waits for the new owner's account; its old owner deletes its last one."""
    giver, taker = instance.user(), instance.user()
    org = instance.organization(giver)
    instance.member(org["id"], taker, "member")
    path = "/organizations/" + org["id"]
    holder = instance.installation.connect(autocommit=False)
    try:
        with holder.cursor() as cursor, ThreadPoolExecutor(1) as pool:
            cursor.execute("SELECT id FROM orgd.orgd_accounts WHERE id = %s FOR UPDATE", [uuid.UUID(taker.id).bytes])
            transfer = pool.submit(sender(instance, giver, "PATCH", path, {"owner_id": taker.id}))
            wait_until(lambda: instance.installation.sql("SELECT 1 FROM information_schema.innodb_lock_waits"),
                       "the transfer to wait", pause=0.2)  # asked more often, InnoDB repeats itself
            ok(instance.client(giver.token).delete(path))
            holder.rollback()
            error(transfer.result(), 404, "KeyError")
    finally:
        holder.close()
    instance.organization(giver)
    instance.organization(taker)


def test_a_row_that_somebody_holds_is_503_in_time_and_nothing_has_changed(instance):
    user = instance.user()
    org = instance.organization(user)
    path = "/organizations/" + org["id"]
    holder = instance.installation.connect(autocommit=False)
    try:
        with holder.cursor() as cursor:
            cursor.execute("SELECT id FROM orgd.orgd_organizations WHERE name = %s FOR UPDATE", [org["name"]])
        start = time.monotonic()
        response = user.client.patch(path, json={"description": "changed"})
        assert time.monotonic() - start < 10
        error(response, 503, "ServiceUnavailable")
        assert int(response.headers["Retry-After"]) > 0
        assert ok(user.client.get(path)) == org  # reading waits for nobody
    finally:
        holder.close()
    assert ok(user.client.get(path)) == org
    ok(user.client.patch(path, json={"description": "changed"}))
