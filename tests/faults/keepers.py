"""Those who keep roles, teams and invitations of the organizations that a load makes, and what must become of these.

A keeper is an admin of what it knows. It gives roles to itself and to teams that it is in, and changes and takes them, so
that masks are made anew all the time."""

import collections
import json
import random
import threading
import time
import uuid

from attempts import PAUSE_AFTER_FAILURE_S, Attempt, Connection, Outcome, is_in_trouble, send

ACTIONS = {"create role": 5, "change role": 5, "delete role": 2, "create team": 4, "delete team": 1, "assign": 6, "unassign": 3,
           "give": 5, "take": 2, "join": 4, "part": 2, "invite": 2, "revoke": 1}
THINGS_MAX = 6  # of each kind in an organization
PERMISSIONS = ["organization:update", "member:read", "member:update", "role:read", "team:update", "event:read", "role:create"]
PAUSE_S = 0.02  # others shall have the most of it
NEEDS = {"change role": "r", "delete role": "r", "delete team": "t", "assign": "r", "unassign": "r", "give": "rt", "take": "rt",
         "join": "t", "part": "t", "revoke": "i"}
MADE = {"create role": "r", "create team": "t", "invite": "i"}
ENDED = {"delete role": "r", "delete team": "t", "revoke": "i"}
REFUSALS = ("KeyError", "EntityExistsError", "IllegalOperationError")


class Keeper(threading.Thread):
    """Acts until the load stops. It knows the organizations that the clients of its account know."""

    def __init__(self, load, account, known, number):
        super().__init__(name=f"keeper {number}", daemon=True)
        self.load = load
        self.account = account
        self.known = known
        self.urls = load.urls[number % len(load.urls):] + load.urls[:number % len(load.urls)]
        self.random = random.Random()
        self.things = collections.defaultdict(list)  # by organization and kind

    def run(self):
        connection = Connection(self.urls, self.account.token)
        while not self.load.is_stopping.is_set():
            known = list(self.known)
            if known:
                self.act(connection, self.random.choice(known))
            time.sleep(PAUSE_S)
        connection.close()

    def act(self, connection, organization):
        action = self.random.choices([*ACTIONS], [*ACTIONS.values()])[0]
        things = {kind: self.things[organization, kind] for kind in "rti"}
        if not all(things[kind] for kind in NEEDS.get(action, "")) or len(things.get(MADE.get(action), "")) > THINGS_MAX:
            return
        chosen = {kind: self.random.choice(things[kind]) for kind in NEEDS.get(action, "")}
        attempt = Attempt(self.account.id, action, time.monotonic(), organization=organization,
                                   thing=chosen.get(ENDED.get(action)))
        _, answer = send(connection, attempt, *self.request(action, organization, **chosen))
        if attempt.outcome is Outcome.DONE and action in MADE:
            attempt.thing = json.loads(answer)["id"]
            things[MADE[action]].append(attempt.thing)
        if action in ENDED:
            things[ENDED[action]].remove(attempt.thing)
        self.load.kept.append(attempt)
        if is_in_trouble(attempt):
            connection.close()
            time.sleep(PAUSE_AFTER_FAILURE_S)

    def request(self, action, organization, r=None, t=None, i=None):
        """Method, path and body."""
        name = uuid.uuid4().hex[1:]
        new = {"name": name, "organization_id": organization}
        permissions = self.random.sample(PERMISSIONS, self.random.randint(0, 4))
        invitations = f"/organizations/{organization}/invitations"
        member = str(uuid.UUID(int=uuid.UUID(organization).int ^ 5))  # the system's role for members
        return {
            "create role": ("POST", "/roles", {**new, "permissions": permissions}),
            "change role": ("PATCH", f"/roles/{r}", {"permissions": permissions}),
            "delete role": ("DELETE", f"/roles/{r}?force=true", None),
            "create team": ("POST", "/teams", new),
            "delete team": ("DELETE", f"/teams/{t}", None),
            "assign": ("POST", f"/roles/{r}/assignments?user_id={self.account.id}", None),
            "unassign": ("DELETE", f"/roles/{r}/assignments?user_id={self.account.id}", None),
            "give": ("POST", f"/roles/{r}/assignments?team_id={t}", None),
            "take": ("DELETE", f"/roles/{r}/assignments?team_id={t}", None),
            "join": ("POST", f"/teams/{t}/members?user_id={self.account.id}", None),
            "part": ("DELETE", f"/teams/{t}/members?user_id={self.account.id}", None),
            "invite": ("POST", invitations, {"email": f"{name}@example.org", "role_id": member}),
            "revoke": ("DELETE", f"{invitations}/{i}", None),
        }[action]


def check_things(kept, state):
    """What was made is there until somebody ends it or its organization; what was ended is gone. Violations, as sentences."""
    ended = {attempt.thing: attempt for attempt in kept if attempt.action in ENDED}
    for attempt in kept:
        is_done = attempt.outcome is Outcome.DONE
        if attempt.status is not None and 300 <= attempt.status < 500 and attempt.error not in REFUSALS:
            yield f"{attempt.action} was answered with {attempt.kind}"
        if is_done and attempt.action in MADE and attempt.organization in state.organizations:
            if attempt.thing not in state.things and attempt.thing not in ended:
                yield f"{attempt.action}: {attempt.thing} was acknowledged and is lost"
        if is_done and attempt.action in ENDED and attempt.thing in state.things:
            yield f"{attempt.action}: {attempt.thing} is still there"
