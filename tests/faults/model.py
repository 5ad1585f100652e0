"""A service of a few lines and clients that use it, in a time of its own: histories of which it is known that they are
right. Requests overlap, answers get lost, requests arrive late, and a worker whose answer got lost asks what became of
its write, as orgd's do (domain/organizations). Nothing here knows a rule of checker.py.

    record, state, accounts = Model(seed).run()
    check(record, state, accounts)  # must find nothing
"""

import heapq
import itertools
import random

from attempts import Account, Attempt, Outcome
from checker import Organization, State

ACCOUNTS, CLIENTS, LIMIT = 3, 3, 2
CONTESTED_NAMES = 3
# How often each is done, out of the sum: more of what gets in each other's way than in workload.py.
ACTIONS = {"read": 20, "list": 10, "create": 20, "update": 25, "transfer": 10, "delete": 15}
SHARE_CONTESTED, SHARE_IF_MATCH = 0.4, 0.5
# How often each fate befalls a request, out of the sum.
FATES = {"plain": 70, "unavailable": 5, "lost before": 5, "lost behind": 5, "late": 5, "in doubt": 20}
REFUSALS = {"KeyError": 404, "EntityExistsError": 409, "OrganizationLimitExceeded": 403, "IllegalOperationError": 403,
            "PreconditionFailed": 412, "ServiceUnavailable": 503}


class Refused(Exception):
    """Its argument is the name of the error."""


class Service:
    """Does one request after the other, at once, as it should."""

    def __init__(self, accounts):
        self.limits = {account.id: account.limit for account in accounts}
        self.owned = dict.fromkeys(self.limits, 0)
        self.organizations = {}
        self.numbers = itertools.count(1)

    def carry_out(self, attempt):
        """Returns what the answer shows, as members of Attempt. Refused if nothing was done."""
        return getattr(self, f"_{attempt.action}")(attempt)

    def _shown(self, row):
        return {"organization": row.id, "shown": row.tag, "revision": row.revision}

    def _seen(self, attempt):
        row = self.organizations.get(attempt.organization)
        if row is None or attempt.account not in row.members:
            raise Refused("KeyError")
        return row

    def _written(self, attempt):
        row = self._seen(attempt)
        if attempt.if_match not in (None, row.revision):
            raise Refused("PreconditionFailed")
        return row

    def _take(self, account):
        if self.owned[account] == self.limits[account]:
            raise Refused("OrganizationLimitExceeded")
        self.owned[account] += 1

    def _read(self, attempt):
        return self._shown(self._seen(attempt))

    def _list(self, attempt):
        return {"items": [(row.id, row.tag) for row in self.organizations.values() if attempt.account in row.members]}

    def _create(self, attempt):
        if attempt.name.casefold() in (row.name.casefold() for row in self.organizations.values()):
            raise Refused("EntityExistsError")
        self._take(attempt.account)
        row = Organization(f"organization {next(self.numbers)}", attempt.name, attempt.tag, attempt.account, 1,
                           {attempt.account: "admin"})
        self.organizations[row.id] = row
        return self._shown(row)

    def _update(self, attempt):
        row = self._written(attempt)
        row.tag, row.revision = attempt.tag, row.revision + 1
        return self._shown(row)

    def _transfer(self, attempt):
        row = self._seen(attempt)
        if attempt.target != row.owner:
            if attempt.account != row.owner:
                raise Refused("IllegalOperationError")
            self._written(attempt)
            self._take(attempt.target)
            self.owned[row.owner] -= 1
            row.owner = attempt.target
            row.members[row.owner] = "admin"
        return self._update(attempt)

    def _delete(self, attempt):
        row = self._written(attempt)
        del self.organizations[row.id]
        self.owned[row.owner] -= 1
        return {}

    def what_became(self, attempt, shown):
        """Of a write that was done, but whose answer got lost: what the answer shows, or None if nobody knows."""
        row = self.organizations.get(attempt.organization or shown["organization"])
        if attempt.action == "delete":
            return {}
        if row is None:
            raise Refused("ServiceUnavailable" if attempt.action == "create" else "KeyError")
        if attempt.action == "create" or row.tag == attempt.tag:
            return shown
        return None


class Model:
    def __init__(self, seed, requests=120):
        self.random = random.Random(seed)
        self.accounts = [Account(f"account {number}", "", LIMIT) for number in range(ACCOUNTS)]
        self.service = Service(self.accounts)
        self.record = []
        self.tags = (f"tag {number}" for number in itertools.count())
        self.requests_left = requests
        self.events = []  # a heap of (time, order, function)
        self.orders = itertools.count()
        self.now = 0.0

    def run(self):
        for account in self.accounts:
            known = {}
            for _ in range(CLIENTS):
                self._at(self.random.random(), self._ask, account, known)
        while self.events:
            self.now, _, function, arguments = heapq.heappop(self.events)
            function(*arguments)
        state = State(self.service.organizations, self.service.owned, [])
        return self.record, state, self.accounts

    def _at(self, time, function, *arguments):
        heapq.heappush(self.events, (time, next(self.orders), function, arguments))

    def _ask(self, account, known):
        """A client sends its next request, and it meets its fate."""
        if self.requests_left == 0:
            return
        self.requests_left -= 1
        attempt = self._plan(account, known)
        (fate,) = self.random.choices(list(FATES), FATES.values())
        first, second, end = sorted(self.now + self.random.expovariate(1) for _ in range(3))
        answer = {"outcome": Outcome.UNKNOWN, "kind": "no answer"}
        if fate == "unavailable":
            answer = self._refusal("ServiceUnavailable")
        elif fate == "late":
            self._at(end + self.random.expovariate(1), self._carry_out, attempt, {})
        elif fate == "lost behind":
            self._at(first, self._carry_out, attempt, {})
        elif fate == "plain" or (fate == "in doubt" and attempt.tag is None and attempt.action != "delete"):
            answer = {}
            self._at(first, self._carry_out, attempt, answer)
        elif fate == "in doubt":
            answer = {}
            self._at(first, self._carry_out, attempt, answer)
            self._at(second, self._resolve, attempt, answer)
        self._at(end, self._answer, attempt, answer, account, known)

    def _plan(self, account, known):
        (action,) = self.random.choices(list(ACTIONS), ACTIONS.values())
        if not known and action != "create":
            action = "list"
        attempt = Attempt(account.id, action, self.now)
        if action not in ("list", "create"):
            attempt.organization = self.random.choice(list(known))
            if action != "read" and self.random.random() < SHARE_IF_MATCH:
                attempt.if_match = known[attempt.organization]
        if action in ("create", "update", "transfer"):
            attempt.tag = next(self.tags)
        if action == "create":
            is_contested = self.random.random() < SHARE_CONTESTED
            attempt.name = f"Name {self.random.randrange(CONTESTED_NAMES)}" if is_contested else attempt.tag
        if action == "transfer":
            attempt.target = self.random.choice(self.accounts).id
        return attempt

    def _refusal(self, error):
        status = REFUSALS[error]
        return {"outcome": Outcome.REFUSED, "status": status, "error": error, "kind": f"{status} {error}"}

    def _carry_out(self, attempt, answer):
        try:
            answer.update(outcome=Outcome.DONE, status=200, kind="success", **self.service.carry_out(attempt))
        except Refused as refused:
            answer.update(self._refusal(str(refused)))

    def _resolve(self, attempt, answer):
        """The answer got lost on its way to the worker. What was not done is done now."""
        was_done = answer["outcome"] is Outcome.DONE
        shown = {key: answer[key] for key in ("organization", "shown", "revision") if key in answer}
        answer.clear()
        if not was_done:
            self._carry_out(attempt, answer)
            return
        try:
            shown = self.service.what_became(attempt, shown)
        except Refused as refused:
            answer.update(self._refusal(str(refused)))
        else:
            answer.update({"outcome": Outcome.UNKNOWN, "status": 500, "kind": "500 in doubt"} if shown is None else
                          {"outcome": Outcome.DONE, "status": 200, "kind": "success", **shown})

    def _answer(self, attempt, answer, account, known):
        attempt.end = self.now
        for member, value in answer.items():
            setattr(attempt, member, value)
        self.record.append(attempt)
        if attempt.status == 404 or (attempt.action == "delete" and attempt.outcome is Outcome.DONE):
            known.pop(attempt.organization, None)
        elif attempt.outcome is Outcome.DONE:
            for organization, _ in attempt.items:
                known.setdefault(organization, None)
            if attempt.revision is not None:
                known[attempt.organization] = attempt.revision
        self._at(self.now, self._ask, account, known)
