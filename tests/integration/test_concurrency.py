"""Rules that must hold however many requests come at once."""

import collections
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from expect import error, ok, unique

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


def client_of(instance, user):
    """A connection of its own."""
    return instance.client(user.token)


@pytest.mark.parametrize("limit", [1, 5])
def test_the_limit_holds_under_concurrent_creations(instance, limit):
    user = instance.user(limit=limit)
    responses = at_once([lambda: client_of(instance, user).post("/organizations", json={"name": unique()}, timeout=60) for _ in range(MANY)])
    assert statuses(responses) == {200: limit, 403: MANY - limit}
    for response in responses:
        if response.status_code == 403:
            error(response, 403, "OrganizationLimitExceeded")
    assert len(ok(user.client.get("/organizations"))) == limit


def test_one_of_many_creations_of_a_name_succeeds(instance):
    """Each by another user, in another spelling."""
    users = [instance.user() for _ in range(8)]
    name = unique("straße")
    spellings = [name, name.upper(), name.replace("ß", "ss"), name.title()]
    responses = at_once([lambda n=n: client_of(instance, users[n % 8]).post("/organizations", json={"name": spellings[n % 4]}, timeout=60)
                         for n in range(MANY)])
    winners = [response for response in responses if response.status_code == 200]
    assert len(winners) == 1
    for response in responses:
        if response.status_code == 403:  # the winner's further attempts
            error(response, 403, "OrganizationLimitExceeded")
        elif response is not winners[0]:
            error(response, 409, "EntityExistsError")
    for user in users:  # nobody lost a place by it
        expected = 0 if user.id == winners[0].json()["owner_id"] else 1
        assert statuses([user.client.post("/organizations", json={"name": unique()})])[200] == expected


def test_one_of_many_writers_with_the_same_etag_succeeds(instance):
    user = instance.user()
    path = "/organizations/" + instance.organization(user)["id"]
    headers = {"If-Match": user.client.get(path).headers["ETag"]}
    responses = at_once([lambda n=n: client_of(instance, user).patch(path, json={"description": str(n)}, headers=headers, timeout=60) for n in range(MANY)])
    assert statuses(responses) == {200: 1, 412: MANY - 1}
    winner = next(response for response in responses if response.status_code == 200)
    assert ok(user.client.get(path)) == winner.json()


def test_writers_without_an_etag_all_get_their_turn(instance):
    """Each changes its own field or nothing of the others'; every answer is a state the organization really had."""
    user = instance.user()
    path = "/organizations/" + instance.organization(user)["id"]
    changes = [{"description": f"text {n}"} if n % 2 else {"logo_url": f"http://example.org/{n}"} for n in range(16)]
    responses = at_once([lambda change=change: client_of(instance, user).patch(path, json=change, timeout=60) for change in changes])
    answers = [ok(response) for response in responses]
    for change, answer in zip(changes, answers):
        assert answer | change == answer
    assert len({response.headers["ETag"] for response in responses}) == len(changes)
    assert ok(user.client.get(path)) == max(answers, key=lambda answer: answer["updated"])


def test_one_of_many_deletions_succeeds_and_frees_one_place(instance):
    user = instance.user(limit=1)
    path = "/organizations/" + instance.organization(user)["id"]
    responses = at_once([lambda: client_of(instance, user).delete(path, timeout=60) for _ in range(16)])
    assert statuses(responses) == {200: 1, 404: 15}
    instance.organization(user)
    error(user.client.post("/organizations", json={"name": unique()}), 403, "OrganizationLimitExceeded")


def test_transfers_keep_to_the_new_owners_limit(instance):
    givers, taker = [instance.user() for _ in range(8)], instance.user(limit=3)
    given = [instance.organization(giver)["id"] for giver in givers]
    responses = at_once([lambda n=n: client_of(instance, givers[n]).patch("/organizations/" + given[n], json={"owner_id": taker.id}, timeout=60) for n in range(8)])
    assert statuses(responses) == {200: 3, 403: 5}
    assert len(ok(taker.client.get("/organizations", params={"owner_id": taker.id}))) == 3


def test_transfers_to_and_fro_do_not_lock_each_other_out(instance):
    """Two owners give to each other at the same time: the classical deadlock."""
    one, other = instance.user(limit=20), instance.user(limit=20)
    moves = [(one, instance.organization(one)["id"], other) for _ in range(8)] + [(other, instance.organization(other)["id"], one) for _ in range(8)]
    responses = at_once([lambda move=move: client_of(instance, move[0]).patch("/organizations/" + move[1], json={"owner_id": move[2].id}, timeout=60)
                         for move in moves])
    assert statuses(responses) == {200: 16}
    owned = dict(instance.installation.sql(f"SELECT name, organizations_owned FROM orgd.accounts WHERE name IN ('{one.name}', '{other.name}')"))
    assert owned == {one.name: 8, other.name: 8}
