"""Clients that use the service at full speed, and the record of all they asked and were told.

Each write carries a text of its own into the description of the organization, its tag. So every state that is ever seen
of an organization, in an answer or in the database, names the attempt that made it; checker.py relies on that.

    with Load([url], accounts) as load:
        …                       # break something
    violations = check(load.record, State.read(connection), accounts)
"""

import enum
import http.client
import itertools
import json
import random
import secrets
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CLIENTS_PER_ACCOUNT = 3
TIMEOUT_S = 30
PAUSE_AFTER_FAILURE_S = 0.02
CONTESTED_NAMES = 24
PADDING_URL_BYTES = 1500
# How often each is done, out of the sum.
ACTIONS = {"read": 40, "list": 10, "create": 16, "update": 22, "transfer": 3, "delete": 9}
WRITES = ("create", "update", "transfer", "delete")


class Outcome(enum.Enum):
    DONE = "done"
    REFUSED = "refused"  # nothing was changed: the answer says so, or the request was never sent
    UNKNOWN = "unknown"  # no answer, or one that promises nothing: it happened once, or will, or not at all


@dataclass
class Account:
    """A user of the service, who may own `limit` organizations."""

    id: str
    token: str
    limit: int


@dataclass(slots=True)
class Attempt:
    """One request and its answer. Times are monotonic."""

    account: str
    action: str
    start: float
    end: float = 0.0
    organization: str = None  # of a creation: from its answer
    tag: str = None  # what a write puts into the description
    name: str = None  # of a creation: the name asked for
    target: str = None  # of a transfer: the new owner
    if_match: int = None  # a revision
    outcome: Outcome = Outcome.UNKNOWN
    status: int = None
    error: str = None  # the ErrorName of the service's own error answers
    kind: str = None  # the status or what went wrong, for people
    revision: int = None  # that the answer showed
    shown: str = None  # the tag that the answer showed
    items: list = field(default_factory=list)  # of a list: (organization, tag)


def revision_of(etag):
    """The ETag of an organization is "CREATED.REVISION"."""
    return int(etag.strip('"').rpartition(".")[2])


def etag_of(created, revision):
    """`created` as the answer's ETag had it."""
    return f'"{created}.{revision}"'


def error_name(status, answer):
    """Of {"detail": ["<ErrorName>", "…"]}; None for successes, and for what a web server answers by itself."""
    if status < 400:
        return None
    try:
        name = json.loads(answer)["detail"][0]
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    return name if isinstance(name, str) else "validation"


def outcome_of(status, error):
    if status < 300:
        return Outcome.DONE
    # Only the service itself promises with a 503 that nothing was changed; a web server's 503 means nothing.
    return Outcome.REFUSED if status < 500 or error == "ServiceUnavailable" else Outcome.UNKNOWN


def kind_of(status, error, answer):
    """For people. Tells a 500 that says that the outcome is unknown from one that is a bug."""
    if status < 400:
        return "success"
    if status == 500 and b"ead it again" in answer:
        return "500 in doubt"
    return f"{status} {error or 'of the web server'}"


class Connection:
    """Keeps a connection alive to one of several base URLs, and goes on to the next when it breaks."""

    def __init__(self, urls, token):
        self.urls = itertools.cycle(urls)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.http = None
        self.mount = ""

    def open(self):
        if self.http is None:
            url = urlsplit(next(self.urls))
            self.mount = url.path
            self.http = http.client.HTTPConnection(url.hostname, url.port, timeout=TIMEOUT_S)
            self.http.connect()

    def close(self):
        if self.http is not None:
            self.http.close()
            self.http = None

    def request(self, method, path, body, headers):
        text = None if body is None else json.dumps(body)
        self.http.request(method, self.mount + path, text, {**self.headers, **headers})
        response = self.http.getresponse()
        return response, response.read()


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
        connection = Connection(self.urls, self.account.token)
        while not self.load.is_stopping.is_set():
            attempt, body, headers = self.plan()
            self.carry_out(connection, attempt, body, headers)
            self.load.record.append(attempt)
            if attempt.outcome is Outcome.UNKNOWN or attempt.status in (None, 503):
                connection.close()
                time.sleep(PAUSE_AFTER_FAILURE_S)
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
        try:
            connection.open()
        except OSError as error:
            attempt.end, attempt.outcome, attempt.kind = time.monotonic(), Outcome.REFUSED, type(error).__name__
            connection.close()
            return
        try:
            response, answer = connection.request(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            attempt.end, attempt.kind = time.monotonic(), type(error).__name__
            return
        attempt.end = time.monotonic()
        attempt.status = response.status
        attempt.error = error_name(response.status, answer)
        attempt.outcome = outcome_of(response.status, attempt.error)
        attempt.kind = kind_of(response.status, attempt.error, answer)
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
    """All clients together, while the `with` block lasts. `record` grows meanwhile: the attempts that have ended."""

    def __init__(self, urls, accounts, clients_per_account=CLIENTS_PER_ACCOUNT, padding=0):
        """`padding` bytes more in each write, so that it takes room."""
        self.run = secrets.token_hex(4)  # so that names and tags of two loads differ
        self.urls = list(urls)
        self.accounts = list(accounts)
        self.record = []
        self.padding = [{"title": "padding", "url": "http://example.org/" + "x" * PADDING_URL_BYTES}
                        for _ in range(padding // PADDING_URL_BYTES)] or None
        self.is_stopping = threading.Event()
        numbers = itertools.count()
        self.clients = [Client(self, account, known, next(numbers)) for account in self.accounts for known in [{}]
                        for _ in range(clients_per_account)]

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
