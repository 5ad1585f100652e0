"""What random people and programs do with roles, members, teams, invitations, service accounts and keys: actions, their
requests, and who thinks of them."""

import random
import traceback
from dataclasses import dataclass, fields, replace

from escalation_model import EVERYTHING, READING, Refused, judge
from expect import unique

STEPS = 6  # of each client in a round
DRAWS = 20  # of which an action is chosen
ROLES_MAX, TEAMS_MAX, SERVICES_MAX, KEYS_MAX = 8, 4, 5, 3
PERMISSIONS = sorted(EVERYTHING)


@dataclass
class Action:
    kind: str
    actor: str
    organization: str = None
    role: str = None
    team: str = None
    account: str = None
    invitation: str = None
    key: str = None
    permissions: frozenset = frozenset()
    force: bool = False
    works: bool = None  # of a service account or a key: whether it does from then on
    retains: bool = False  # the secret before a rotation
    credential: str = None  # of a service account that acts: the name of what it shows
    status: int = None
    request_id: str = None
    answer: object = None

    def __str__(self):
        told = {one.name: getattr(self, one.name) for one in fields(self)[1:]
                if one.name not in ("answer", "request_id") and getattr(self, one.name) != one.default}
        return f"{self.kind} " + " ".join(f"{key}={sorted(value) if key == 'permissions' else value}"
                                          for key, value in told.items())


_ROLE, _SEAT, _INVITED = ["role", "account"], ["team", "account"], ["organization", "invitation"]
_SERVICE, _KEY = ["organization", "account"], ["organization", "account", "key"]
NEEDS = {"assign": _ROLE, "unassign": _ROLE, "create_role": ["organization", "permissions"],
         "change_role": ["role", "permissions"], "delete_role": ["role", "force"], "create_team": ["organization"],
         "change_team": ["team"], "delete_team": ["team"], "join": _SEAT, "part": _SEAT, "leave": ["organization", "account"],
         "describe": ["organization"], "transfer": ["organization", "account"], "invite": ["organization", "role", "account"],
         "resend": _INVITED, "revoke": _INVITED, "accept": ["invitation"], "create_service": ["organization"],
         "change_service": [*_SERVICE, "works"], "delete_service": _SERVICE, "create_key": _SERVICE,
         "rotate_key": [*_KEY, "retains"], "change_key": [*_KEY, "works"], "delete_key": _KEY}
ABOUT_SERVICES = {"change_service", "delete_service", "create_key", "rotate_key", "change_key", "delete_key"}


def request_of(world, action):
    """Method, path, query and body."""
    role, team, organization = f"/roles/{action.role}", f"/teams/{action.team}", f"/organizations/{action.organization}"
    invitation = f"{organization}/invitations/{action.invitation}"
    holder = {"team_id": action.team} if action.team else {"user_id": action.account}
    seat = {"service_account_id" if action.account and world.accounts[action.account].home else "user_id": action.account}
    if action.invitation:
        holder = seat = {"invitation_id": action.invitation}
    services = organization + "/service_accounts"
    keys = f"{services}/{action.account}/api_keys"
    new = {"name": unique(), "organization_id": action.organization}
    return {
        "assign": lambda: ("POST", role + "/assignments", holder, None),
        "unassign": lambda: ("DELETE", role + "/assignments", holder, None),
        "create_role": lambda: ("POST", "/roles", None, {**new, "permissions": sorted(action.permissions)}),
        "change_role": lambda: ("PATCH", role, None, {"name": unique(), "permissions": sorted(action.permissions)}),
        "delete_role": lambda: ("DELETE", role, {"force": action.force}, None),
        "create_team": lambda: ("POST", "/teams", None, new),
        "change_team": lambda: ("PATCH", team, None, {"name": unique()}),
        "delete_team": lambda: ("DELETE", team, None, None),
        "join": lambda: ("POST", team + "/members", seat, None),
        "part": lambda: ("DELETE", team + "/members", seat, None),
        "leave": lambda: ("DELETE", organization + "/members", {"user_id": action.account}, None),
        "describe": lambda: ("PATCH", organization, None, {"description": unique()}),
        "transfer": lambda: ("PATCH", organization, None, {"owner_id": action.account, "description": unique()}),
        "invite": lambda: ("POST", organization + "/invitations", None,
                           {"email": world.accounts[action.account].address, "role_id": action.role}),
        "resend": lambda: ("POST", invitation + "/resend", None, None),
        "revoke": lambda: ("DELETE", invitation, None, None),
        "accept": lambda: ("POST", f"/invitations/{action.invitation}", {"accept": True}, None),
        "create_service": lambda: ("POST", services, None, {"username": unique("service"), "role_id": action.role}),
        "change_service": lambda: ("PATCH", f"{services}/{action.account}", None, {"name": unique(), "is_active": action.works}),
        "delete_service": lambda: ("DELETE", f"{services}/{action.account}", None, None),
        "create_key": lambda: ("POST", keys, None, {"name": unique()}),
        "rotate_key": lambda: ("POST", f"{keys}/{action.key}/rotate", None, {"retain_period_minutes": 600 * action.retains}),
        "change_key": lambda: ("PATCH", f"{keys}/{action.key}", None, {"name": unique(), "is_active": action.works}),
        "delete_key": lambda: ("DELETE", f"{keys}/{action.key}", None, None),
    }[action.kind]()


class Author:
    """Writes what is to be done. Most of it may be done, or is beyond what the actor holds; the rest is anything."""

    WEIGHTS = {"assign": 5, "unassign": 4, "create_role": 3, "change_role": 3, "delete_role": 2, "create_team": 2,
               "change_team": 1, "delete_team": 1, "join": 3, "part": 2, "leave": 1, "describe": 1, "transfer": 1, "invite": 3,
               "resend": 2, "revoke": 2, "accept": 4, "create_service": 2, "change_service": 2, "delete_service": 1,
               "create_key": 3, "rotate_key": 3, "change_key": 2, "delete_key": 1}

    def __init__(self, seed, world):
        self.random = random.Random(seed)
        self.world = world

    @property
    def people(self):
        return [account.id for account in self.world.accounts.values() if account.address]

    @property
    def services(self):
        return {id for organization in self.world.organizations.values() for id in organization.services}

    @property
    def actors(self):
        """People, the service accounts that something lets in, and one that maybe nothing does."""
        credentials = self.world.credentials
        programs = {one.account for name, one in credentials.items() if self.world.lets_in(name)}
        return sorted({self.superuser, *self.people, *programs, self.any_of(one.account for one in credentials.values())})

    @property
    def superuser(self):
        return next(account.id for account in self.world.accounts.values() if account.is_superuser)

    def any_of(self, collection):
        found = sorted(collection or ())
        return self.random.choice(found) if found else None

    def somebody(self, kind, here, own):
        """Whom an action is about."""
        if kind in ABOUT_SERVICES:
            return self.any_of(own.services if self.random.random() < 0.95 else self.world.accounts)
        if kind == "invite":
            return self.any_of(self.people)
        return self.any_of(*self.random.choices([here.members, self.services, self.people, self.world.accounts], [14, 3, 3, 1]))

    def holder(self, kind):
        """What an action needs; a role or a place in a team may also be that of an invitation."""
        wanted, = self.random.choices(["account", "team", "invitation"], [5, 3, 3])
        if wanted == "account" or kind not in ("assign", "unassign", "join", "part") or (wanted in NEEDS[kind]):
            return NEEDS[kind]
        return [NEEDS[kind][0], wanted]

    def invitation(self, organization):
        """Mostly one that is pending."""
        pending = {id for id, one in organization.invitations.items() if one.is_pending}
        return self.any_of(pending if pending and self.random.random() < 0.8 else organization.invitations)

    def key_of(self, organization, account):
        """Mostly one of its own."""
        own = organization.services[account].keys if account in organization.services else {}
        return self.any_of(own if own and self.random.random() < 0.95 else self.world.keys())

    def credential_of(self, account):
        """What a service account shows: mostly something that counts. A person has one token all the time."""
        held = [name for name, one in self.world.credentials.items() if one.account == account]
        counting = [name for name in held if self.world.lets_in(name)]
        return self.any_of(counting if counting and self.random.random() < 0.9 else held)

    def act(self, kind, actor, organization=None, **more):
        return Action(kind, actor, organization, credential=self.credential_of(actor), **more)

    def draw(self, kind, actors):
        """An action with all that its kind needs, or None."""
        world, random = self.world, self.random
        here, there = random.sample([*world.organizations.values()], 2)
        own = there if random.random() < 0.05 else here  # now and then of the other organization
        needed = self.holder(kind)
        choices = {
            "organization": lambda: here.id,
            "role": lambda: self.any_of(own.system.values() if random.random() < 0.4 else own.made()),
            "team": lambda: self.any_of(own.teams),
            "account": lambda: self.somebody(kind, here, own),
            "key": lambda: self.key_of(own, action.account),
            "works": lambda: random.random() < 0.6,
            "retains": lambda: random.random() < 0.4,
            "invitation": lambda: self.invitation(own),
            "permissions": lambda: self.permissions(world.held(action.actor, here) or READING),
            "force": lambda: random.random() < 0.5,
        }
        action = Action(kind, random.choice(actors))
        for name in needed:
            setattr(action, name, choices[name]())
        if kind == "create_service" and random.random() < 0.8:
            action.role = choices["role"]()
        self.aim(action, own)
        if kind == "accept" and action.invitation and random.random() < 0.8:
            address = own.invitations[action.invitation].address
            action.actor = next(account.id for account in world.accounts.values() if account.address == address)
        action.credential = self.credential_of(action.actor)
        return None if self.is_too_much(action, here) or None in (getattr(action, name) for name in needed) else action

    @staticmethod
    def is_too_much(action, here):
        """More of something than there should be, or what changes nothing."""
        return {
            "create_role": lambda: len(here.made()) >= ROLES_MAX,
            "create_team": lambda: len(here.teams) >= TEAMS_MAX,
            "create_service": lambda: len(here.services) >= SERVICES_MAX,
            "create_key": lambda: action.account in here.services and len(here.services[action.account].keys) >= KEYS_MAX,
            "transfer": lambda: action.account == here.owner,
        }.get(action.kind, bool)()

    def aim(self, action, organization):
        """What is to be taken away is mostly there; and now and then somebody comes without an invitation."""
        if self.random.random() < 0.2:
            return
        if action.kind == "assign" and action.account and self.random.random() < 0.3:
            action.actor, action.role = self.superuser, self.any_of(organization.roles)
            action.account = self.any_of({*self.people, *organization.services} - {*organization.members}) or action.account
        if action.kind == "delete_role":
            only = {next(iter(roles)) for roles in organization.members.values() if len(roles) == 1}
            action.role = self.any_of(only & set(organization.made())) or action.role
        if action.kind == "unassign":
            self.aim_unassignment(action, organization)
        if action.kind == "part":
            seats = {(id, member) for id, team in organization.teams.items() for member in team.members
                     if (member in organization.invitations) == bool(action.invitation)}
            if seats:
                action.team, member = self.any_of(seats)
                setattr(action, "invitation" if action.invitation else "account", member)

    def aim_unassignment(self, action, organization):
        what = next(name for name in ("team", "invitation", "account") if getattr(action, name) or name == "account")
        holders = organization.members if what == "account" else \
            {id: thing.roles for id, thing in getattr(organization, what + "s").items() if what == "team" or thing.is_pending}
        holder = self.any_of({id for id, roles in holders.items() if roles})
        if what == "account" and self.random.random() < 0.4:  # the last role of somebody who holds more
            richer = {id for id, roles in holders.items() if len(roles) == 1
                      and not organization.held_by(id) <= organization.given_by(roles) | READING}
            holder = self.any_of(richer & {*organization.services} or richer) or holder
        setattr(action, what, holder)
        action.role = self.any_of(holders.get(holder))

    def permissions(self, held):
        within = self.random.sample(sorted(held), self.random.randint(0, min(len(held), 8)))
        return frozenset(within + self.random.sample(PERMISSIONS, self.random.choice([0, 0, 0, 1])))

    def outcome(self, action):
        """200, or whether it goes beyond what the actor holds, and which lines of the rules refuse it."""
        try:
            judge(self.world, action)
        except Refused as refused:
            return refused.is_beyond, *(line for _, line in traceback.walk_tb(refused.__traceback__))
        return 200

    def duel(self):
        """What three do at the same time, or None."""
        return self.random.choice([self.put_out, self.raised])(self.random.choice([*self.world.organizations.values()]))

    def put_out(self, organization):
        """Somebody does what he may, on two connections, while he is put out on a third."""
        victims = {id for id in self.actors if id in organization.members and id != organization.owner
                   and "organization:update" in organization.held_by(id)}
        victim = self.any_of(self.random.choice([victims & self.services, victims]))
        if not victim:
            return None
        describing = self.act("describe", victim, organization.id)
        return [[replace(describing) for _ in range(STEPS)], [self.write([victim], 200) for _ in range(STEPS)],
                [self.write([self.superuser], 200), self.end_of(victim, describing.credential, organization)]]

    def end_of(self, victim, credential, organization):
        if victim not in organization.services:
            return Action("leave", self.superuser, organization.id, account=victim)
        kind = self.random.choice(["delete_service", "change_service", "rotate_key", "change_key", "delete_key"])
        return Action(kind, self.superuser, organization.id, account=victim, key=self.world.credentials[credential].key,
                      works=False)

    def raised(self, organization):
        """Somebody changes a service account and makes keys of it, on two connections, while it is given more than he holds on
        a third."""
        held = {id: organization.held_by(id) for id in self.actors if id in organization.members}
        pairs = {(actor, service) for actor in held for service in organization.services
                 if {"service_account:create", "service_account:update"} <= held[actor] != EVERYTHING
                 and (organization.held_by(service) or set()) <= held[actor]}
        if not pairs:
            return None
        actor, service = self.any_of(pairs)
        roles = {role for role, permissions in organization.roles.items() if not permissions <= held[actor]}
        keys = organization.services[service].keys
        kinds = ["create_key", "change_service", *(["rotate_key", "change_key"] if keys else [])]
        opening = [[self.act(self.random.choice(kinds), actor, organization.id, account=service, key=self.any_of(keys),
                             works=True) for _ in range(STEPS)] for _ in range(2)]
        return [*opening, [self.write([self.superuser], 200),
                           Action("assign", self.superuser, account=service, role=self.any_of(roles))]]

    # What random actions seldom come to: each yields what is done next, and goes on with the world as it is then.

    def scene(self):
        scene = self.random.choice([self.stopped_and_started, self.richer_by_a_team, self.somebody_elses])
        return scene(self.random.choice([*self.world.organizations.values()]))

    def stopped_and_started(self, organization):
        """What was made of a secret before its key, or all keys, were stopped stays dead."""
        token = self.any_of(name for name, one in self.world.credentials.items()
                            if one.secret and one.account in organization.services and self.world.lets_in(name))
        if not token:
            return
        made_of, kind = self.world.credentials[token], self.random.choice(["change_key", "change_service"])
        for works in (False, True):
            yield Action(kind, self.superuser, organization.id, account=made_of.account, key=made_of.key, works=works)
        yield Action("describe", made_of.account, organization.id, credential=token)

    def richer_by_a_team(self, organization):
        """Somebody acts on a service account that holds more than he by a team alone."""
        actor = self.any_of(id for id in self.actors if READING <= (organization.held_by(id) or set()) != EVERYTHING)
        if not actor:
            return
        low = organization.system["member"]
        yield Action("create_service", self.superuser, organization.id, role=low)
        yield Action("create_team", self.superuser, organization.id)
        service, team = [*organization.services][-1], [*organization.teams][-1]
        yield Action("assign", self.superuser, role=organization.system["admin"], team=team)
        yield Action("join", self.superuser, team=team, account=service)
        yield self.act("unassign", actor, role=low, account=service)
        for kind in ("create_key", "change_service", "delete_service"):
            yield self.act(kind, actor, organization.id, account=service, works=False)
        yield Action("delete_service", self.superuser, organization.id, account=service)
        yield Action("delete_team", self.superuser, team=team)

    def somebody_elses(self, organization):
        """Somebody acts on a service account, or a key, of the other organization as if it were of his own."""
        service = self.any_of(self.services - {*organization.services})
        actor = self.random.choice([organization.owner, self.any_of({*self.actors} & {*organization.members})])
        if not service or not actor:
            return
        role = self.any_of(role for role, given in organization.roles.items() if given <= organization.held_by(actor))
        yield self.act("assign", actor, role=role, account=service)
        for team in organization.teams:
            yield self.act("join", actor, team=team, account=service)
        for kind in ("create_key", "change_service", "delete_service"):
            yield self.act(kind, actor, organization.id, account=service, works=False)
        for key in self.world.organizations[self.world.accounts[service].home].services[service].keys:
            for account in (service, *organization.services):
                yield self.act("delete_key", actor, organization.id, account=account, key=key)

    def write(self, actors, wanted=None):
        """An action of any kind, and of what may come of that, one that is `wanted`, if there is, or one by chance."""
        drawn = {}
        while not drawn:
            kind, = self.random.choices([*self.WEIGHTS], [*self.WEIGHTS.values()])
            for action in filter(None, (self.draw(kind, actors) for _ in range(DRAWS))):
                drawn.setdefault(self.outcome(action), action)
        weights = [10 if outcome == 200 else 4 if outcome[0] else 1 for outcome in drawn]
        return drawn.get(wanted) or self.random.choices([*drawn.values()], weights)[0]
