"""What random people do with roles, members, teams and invitations: actions, their requests, and who thinks of them."""

import random
from dataclasses import dataclass

from escalation_model import EVERYTHING, READING, Refused, judge
from expect import unique

STEPS = 6  # of each client in a round
ROLES_MAX, TEAMS_MAX = 8, 4
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
    permissions: frozenset = frozenset()
    force: bool = False
    status: int = None
    request_id: str = None
    answer: object = None

    def __str__(self):
        told = {key: value for key, value in vars(self).items() if value and key not in ("kind", "answer", "request_id")}
        return f"{self.kind} " + " ".join(f"{key}={sorted(value) if key == 'permissions' else value}"
                                          for key, value in told.items())


_ROLE, _SEAT, _INVITED = ["role", "account"], ["team", "account"], ["organization", "invitation"]
NEEDS = {"assign": _ROLE, "unassign": _ROLE, "create_role": ["organization", "permissions"],
         "change_role": ["role", "permissions"], "delete_role": ["role", "force"], "create_team": ["organization"],
         "change_team": ["team"], "delete_team": ["team"], "join": _SEAT, "part": _SEAT, "leave": ["organization", "account"],
         "describe": ["organization"], "transfer": ["organization", "account"], "invite": ["organization", "role", "account"],
         "resend": _INVITED, "revoke": _INVITED, "accept": ["invitation"]}


def request_of(world, action):
    """Method, path, query and body."""
    role, team, organization = f"/roles/{action.role}", f"/teams/{action.team}", f"/organizations/{action.organization}"
    invitation = f"{organization}/invitations/{action.invitation}"
    seat = {"service_account_id" if action.account and world.accounts[action.account].home else "user_id": action.account}
    holder = {"team_id": action.team} if action.team else {"user_id": action.account}
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
    }[action.kind]()


class Author:
    """Writes what is to be done. Most of it may be done, or is beyond what the actor holds; the rest is anything."""

    WEIGHTS = {"assign": 5, "unassign": 4, "create_role": 3, "change_role": 3, "delete_role": 2, "create_team": 2,
               "change_team": 1, "delete_team": 1, "join": 3, "part": 2, "leave": 1, "describe": 1, "transfer": 1, "invite": 3,
               "resend": 2, "revoke": 2, "accept": 4}

    def __init__(self, seed, world):
        self.random = random.Random(seed)
        self.world = world

    @property
    def people(self):
        return [account.id for account in self.world.accounts.values() if account.address]

    @property
    def superuser(self):
        return next(account.id for account in self.world.accounts.values() if account.is_superuser)

    def any_of(self, collection):
        return self.random.choice(sorted(collection)) if collection else None

    def draw(self, actors):
        """An action with all that its kind needs, or None."""
        world, random = self.world, self.random
        kind = random.choices([*self.WEIGHTS], [*self.WEIGHTS.values()])[0]
        here, there = random.sample([*world.organizations.values()], 2)
        own = there if random.random() < 0.05 else here  # now and then of the other organization
        with_team = kind in ("assign", "unassign") and random.random() < 0.4
        choices = {
            "organization": lambda: here.id,
            "role": lambda: self.any_of(own.system.values() if random.random() < 0.4 else own.made()),
            "team": lambda: self.any_of(own.teams),
            "account": lambda: self.any_of(here.members if random.random() < 0.8 and kind != "invite" else self.people),
            "invitation": lambda: self.any_of(own.invitations),
            "permissions": lambda: self.permissions(world.held(action.actor, here) or READING),
            "force": lambda: random.random() < 0.5,
        }
        action = Action(kind, random.choice(actors))
        needed = ["role", "team"] if with_team else NEEDS[kind]
        for name in needed:
            setattr(action, name, choices[name]())
        self.aim(action, own)
        if kind == "accept" and action.invitation and random.random() < 0.8:
            address = own.invitations[action.invitation].address
            action.actor = next(account.id for account in world.accounts.values() if account.address == address)
        is_too_much = kind == "create_role" and len(here.made()) >= ROLES_MAX or kind == "create_team" and len(
            here.teams) >= TEAMS_MAX or kind == "transfer" and action.account == here.owner  # changes nothing
        return None if is_too_much or None in (getattr(action, name) for name in needed) else action

    def aim(self, action, organization):
        """What is to be taken away is mostly there; and now and then somebody comes without an invitation."""
        if self.random.random() < 0.2:
            return
        if action.kind == "assign" and not action.team and self.random.random() < 0.3:
            action.actor, action.role = self.superuser, self.any_of(organization.roles)
            action.account = self.any_of(set(self.people) - set(organization.members)) or action.account
        if action.kind == "delete_role":
            only = {next(iter(roles)) for roles in organization.members.values() if len(roles) == 1}
            action.role = self.any_of(only & set(organization.made())) or action.role
        if action.kind == "unassign":
            holders = {id: team.roles for id, team in organization.teams.items()} if action.team else organization.members
            holder = self.any_of({id for id, roles in holders.items() if roles})
            setattr(action, "team" if action.team else "account", holder)
            action.role = self.any_of(holders.get(holder))
        if action.kind == "part":
            action.team = self.any_of({id for id, team in organization.teams.items() if team.members})
            action.account = self.any_of(organization.teams[action.team].members) if action.team else None

    def permissions(self, held):
        within = self.random.sample(sorted(held), self.random.randint(0, min(len(held), 8)))
        return frozenset(within + self.random.sample(PERMISSIONS, self.random.choice([0, 0, 0, 1])))

    def outcome(self, action):
        try:
            judge(self.world, action)
        except Refused as refused:
            return "beyond" if refused.is_beyond else refused.status
        return 200

    def duel(self):
        """Somebody does what he may, on two connections, while he is put out on a third."""
        organization = self.random.choice([*self.world.organizations.values()])
        victims = [id for id in sorted(organization.members) if id in self.people and id != organization.owner
                   and "organization:update" in organization.held_by(id)]
        if not victims:
            return None
        victim = self.random.choice(victims)
        describing = [Action("describe", victim, organization.id) for _ in range(STEPS)]
        return [describing, [self.write([victim], 200) for _ in range(STEPS)],
                [self.write([self.superuser], 200), Action("leave", self.superuser, organization.id, account=victim)]]

    def write(self, actors, wanted=None):
        wanted = wanted or self.random.choices([200, "beyond", 403, None], [5, 3, 1, 1])[0]
        drawn = [action for action in (self.draw(actors) for _ in range(40)) if action]
        return next((action for action in drawn if wanted in (None, self.outcome(action))), drawn[0])
