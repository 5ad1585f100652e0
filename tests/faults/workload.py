"""Clients that use the service at full speed, and the record of all they asked and were told.

Each write carries a text of its own into the description of the organization, its tag. So every state that is ever seen
of an organization, in an answer or in the database, names the attempt that made it; checker.py relies on that.

    with Load([url], accounts) as load:
        …                       # break something
    violations = check(load.record, State.read(connection), accounts)
"""

import itertools
import json
import random
import secrets
import threading
import time

from attempts import PAUSE_AFTER_FAILURE_S, Attempt, Connection, Outcome, etag_of, is_in_trouble, revision_of, send
from keepers import Keeper

CLIENTS_PER_ACCOUNT = 3
CONTESTED_NAMES = 24
PADDING_URL_BYTES = 1500
# How often each is done, out of the sum.
ACTIONS = {"read": 40, "list": 10, "create": 16, "update": 22, "transfer": 3, "delete": 9}
WRITES = ("create", "update", "transfer", "delete")


class Client(threading.Thread):
    """One client: request after request until the load stops. The clients of an account share what they know."""

    def __init__(self, load, account, known, number):
        super().__init__(name=f"client {number}", daemon=True)
        self.load = load
        self.account = account
        self.known = known  # organization: (created as in the ETag, revision)
        self.urls = load.urls[number % len(load.urls):] + load.urls[:number % len(load.urls)]
        self.random = random.Random()
        self.tags = (f"{load.run}-{number}-{count}" for count in itertools.count())

    def run(self):
        connections = {False: Connection(self.urls, self.account.token), True: Connection(self.urls, self.load.superuser)}
        while not self.load.is_stopping.is_set():
            attempt, body, headers = self.plan()
            connection = connections[attempt.is_by_superuser]
            self.carry_out(connection, attempt, body, headers)
            self.load.record.append(attempt)
            if is_in_trouble(attempt):
                connection.close()
                time.sleep(PAUSE_AFTER_FAILURE_S)
        for connection in connections.values():
            connection.close()

    def plan(self):
        action = self.random.choices(list(ACTIONS), ACTIONS.values())[0]
        known = list(self.known)
        if not known and action != "create":
            action = "list"
        attempt = Attempt(self.account.id, action, time.monotonic())
        body, headers = None, {}
        if action not in ("list", "create"):
            attempt.organization = self.random.choice(known)
            if action != "read" and self.random.random() < 0.5:
                self.add_if_match(attempt, headers)
        if action in ("create", "update", "transfer"):
            attempt.tag = next(self.tags)
            body = {"description": attempt.tag, "links": self.load.padding}
        if action == "create":
            is_contested = self.random.random() < 0.25
            attempt.name = f"{self.load.run} {self.random.randrange(CONTESTED_NAMES)}" if is_contested else attempt.tag
            body["name"] = attempt.name
        if action == "transfer":
            attempt.is_by_superuser = self.random.random() < 0.5  # who may give it to somebody who is no member
            body["owner_id"] = attempt.target = self.random.choice(self.load.accounts).id
        return attempt, body, headers

    def add_if_match(self, attempt, headers):
        created, revision = self.known.get(attempt.organization, (None, None))
        if created is not None:
            attempt.if_match = revision
            headers["If-Match"] = etag_of(created, revision)

    def carry_out(self, connection, attempt, body, headers):
        method = {"create": "POST", "update": "PATCH", "transfer": "PATCH", "delete": "DELETE"}.get(attempt.action, "GET")
        path = "/organizations" + {"create": "", "list": "?limit=1000"}.get(attempt.action, f"/{attempt.organization}")
        response, answer = send(connection, attempt, method, path, body, headers)
        if response is not None:
            self.learn(attempt, response, answer)

    def learn(self, attempt, response, answer):
        if attempt.status == 404 or (attempt.action == "delete" and attempt.outcome is Outcome.DONE):
            self.known.pop(attempt.organization, None)
        elif attempt.outcome is Outcome.DONE and attempt.action == "list":
            attempt.items = [(item["id"], item["description"]) for item in json.loads(answer)]
            for organization, _ in attempt.items:
                self.known.setdefault(organization, (None, None))
        elif attempt.outcome is Outcome.DONE:
            shown = json.loads(answer)
            attempt.organization, attempt.shown = shown["id"], shown["description"]
            attempt.revision = revision_of(response.headers["ETag"])
            created = response.headers["ETag"].strip('"').rpartition(".")[0]
            self.known[attempt.organization] = (created, attempt.revision)


class Load:
    """All clients together, while the `with` block lasts. `record` grows meanwhile: the attempts that have ended; and so
    does `kept`, the attempts of those who keep roles, teams and invitations (keepers.py)."""

    def __init__(self, urls, accounts, superuser, clients_per_account=CLIENTS_PER_ACCOUNT, padding=0):
        """`superuser` is a token of one; `padding` bytes more in each write, so that it takes room."""
        self.run = secrets.token_hex(4)  # so that names and tags of two loads differ
        self.urls = list(urls)
        self.accounts = list(accounts)
        self.superuser = superuser
        self.record, self.kept = [], []
        self.padding = [{"title": "padding", "url": "http://example.org/" + "x" * PADDING_URL_BYTES}
                        for _ in range(padding // PADDING_URL_BYTES)] or None
        self.is_stopping = threading.Event()
        numbers = itertools.count()
        known = {account.id: {} for account in self.accounts}
        self.clients = [Client(self, account, known[account.id], next(numbers)) for account in self.accounts
                        for _ in range(clients_per_account)]
        self.clients += [Keeper(self, account, known[account.id], next(numbers)) for account in self.accounts]

    def __enter__(self):
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Returns when no request is under way any more."""
        self.is_stopping.set()
        for client in self.clients:
            client.join()


def is_failure(attempt):
    """An answer that the user should not have got."""
    return attempt.status is None or attempt.status >= 500


def summary(record, start, end, lifted=None):
    """The figures of the attempts that ended between two times, for a row of a table. `lifted` is when whatever was
    broken was whole again."""
    attempts = [attempt for attempt in record if start <= attempt.end <= end]
    failures = [attempt for attempt in attempts if is_failure(attempt)]
    successes = sorted(attempt.end for attempt in attempts if attempt.outcome is Outcome.DONE)
    gaps = [later - earlier for earlier, later in itertools.pairwise([start, *successes, end])]
    errors = {}
    for attempt in failures:
        errors[attempt.kind] = errors.get(attempt.kind, 0) + 1
    last_failure = max((attempt.end for attempt in failures), default=start)
    return {
        "requests": len(attempts),
        "acknowledged_writes": sum(attempt.action in WRITES and attempt.outcome is Outcome.DONE for attempt in attempts),
        "errors": errors,
        "longest_gap_s": round(max(gaps), 3),
        "recovery_s": None if lifted is None else round(max(0.0, last_failure - lifted), 3),
    }
