"""Rules under a race: the same request goes to two web nodes on two database nodes at the same moment."""

import collections
import uuid

from cluster import WEB_NODES  # first: it knows where the rest is

from attempts import error_name
from installation import unique
from oauth import at_once

FAIR = {(403, "OrganizationLimitExceeded"), (409, "EntityExistsError"), (412, "PreconditionFailed")}


def answer_of(response):
    """Its status and ErrorName."""
    return response.status_code, error_name(response.status_code, response.content)


def creation(cluster, web_node, account, name):
    client = cluster.client(web_node, account)
    return lambda: client.post("/organizations", json={"name": name})


def clear(cluster, accounts):
    for account in accounts:
        client = cluster.client(0, account)
        for organization in client.get("/organizations").json():
            client.delete(f"/organizations/{organization['id']}")


def same_name(cluster, accounts):
    """Two users, one name."""
    name = unique("race")
    return [creation(cluster, number, accounts[number], spelling)
            for number, spelling in zip(range(WEB_NODES), (name, name.upper()))]


def same_owner(cluster, accounts):
    """One user, who may own one organization."""
    return [creation(cluster, number, accounts[0], unique("race")) for number in range(WEB_NODES)]


def same_revision(cluster, accounts):
    """Two writers of what they have read."""
    client = cluster.client(0, accounts[0])
    created = client.post("/organizations", json={"name": unique("race")})
    path, headers = f"/organizations/{created.json()['id']}", {"If-Match": created.headers["ETag"]}
    clients = [cluster.client(number, accounts[0]) for number in range(WEB_NODES)]
    return [lambda client=client: client.patch(path, json={"description": unique("race")}, headers=headers)
            for client in clients]


def same_deletion(cluster, accounts):
    created = cluster.client(0, accounts[0]).post("/organizations", json={"name": unique("race")})
    path = f"/organizations/{created.json()['id']}"
    clients = [cluster.client(number, accounts[0]) for number in range(WEB_NODES)]
    return [lambda client=client: client.delete(path) for client in clients]


def same_key(cluster, accounts):
    """One creation, sent twice: its second answer is the first one again."""
    key, name = str(uuid.uuid4()), unique("race")
    clients = [cluster.client(number, accounts[0]) for number in range(WEB_NODES)]
    return [lambda client=client: client.post("/organizations", json={"name": name}, headers={"Idempotency-Key": key})
            for client in clients]


RACES = {same_name: FAIR, same_owner: FAIR, same_revision: FAIR, same_deletion: {(404, "KeyError")}}
REPETITIONS = {same_key}  # both win, with the same answer


def is_fair(race, responses):
    """Whether one has won and the others have lost as they should, or all have got one answer."""
    if race in REPETITIONS:
        return {one.status_code for one in responses} == {200} and len({one.content for one in responses}) == 1
    losers = [answer for answer in map(answer_of, responses) if answer[0] != 200]
    return len(losers) == len(responses) - 1 and set(losers) <= RACES[race]


def run_races(cluster, rounds):
    """A dictionary of answers for people, and violations."""
    accounts = cluster.accounts(WEB_NODES, limit=1)
    races = [*RACES, *REPETITIONS]
    found = {race.__name__: collections.Counter() for race in races}
    violations = []
    for _ in range(rounds):
        for race in races:
            responses = at_once(race(cluster, accounts))
            found[race.__name__].update(error or str(status) for status, error in map(answer_of, responses))
            if not is_fair(race, responses):
                violations.append(f"{race.__name__}: {[(one.status_code, one.text) for one in responses]}")
            clear(cluster, accounts)
    return {name: dict(counter) for name, counter in found.items()}, violations
