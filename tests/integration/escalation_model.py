"""Sections 4 and 8-10 of the contract as a model: who may do what with roles, members, teams, invitations, service accounts
and their keys, and what becomes of it. It knows nothing of masks, of SQL and of the server's code.

    change = judge(world, action)  # raises Refused
    change(answer)                 # what the server answered, for the ids that it has made
"""

import itertools
from dataclasses import dataclass, field

READING = {"organization:read", "member:read", "role:read", "team:read", "subscription:read"}
SEEING = READING | {"invitation:read", "service_account:read"}
MANAGING = SEEING | {"organization:update", "member:update", "member:delete", "invitation:create", "invitation:delete",
                     "team:create", "team:update", "team:delete", "event:read"}
EVERYTHING = MANAGING | {"organization:delete", "service_account:create", "service_account:update", "service_account:delete",
                         "role:create", "role:update", "role:delete"}
TOKENS_MAX, DEAD_MAX = 25, 10
SYSTEM = {"admin": EVERYTHING, "manager": MANAGING, "viewer": SEEING, "billing_admin": READING, "member": READING}


class Refused(Exception):
    """`is_beyond` if the actor has the permission for it, and not all that it would give, take or change."""

    def __init__(self, status, is_beyond=False):
        super().__init__(status)
        self.status, self.is_beyond = status, is_beyond


def demand(condition, status, is_beyond=False):
    if not condition:
        raise Refused(status, is_beyond)


@dataclass
class Account:
    name: str
    id: str
    token: str = None  # of a person
    home: str = None  # the organization of a service account
    address: str = None
    is_superuser: bool = False


@dataclass
class Credential:
    """A secret of a key, or an access token that was made of one."""
    account: str
    key: str
    text: str
    secret: str = None  # of a token: the name of the secret
    stops: int = None  # of a token: Key.stops when it was made


@dataclass
class Key:
    """`current` and `retained` are names of credentials."""
    current: str
    retained: str = None
    is_active: bool = True
    stops: int = 0  # how often it, or its service account, was stopped or started


@dataclass
class Service:
    """A service account beyond what members have."""
    is_active: bool = True
    keys: dict = field(default_factory=dict)


@dataclass
class Team:
    roles: set = field(default_factory=set)
    members: set = field(default_factory=set)  # accounts, and pending invitations


@dataclass
class Invitation:
    address: str
    roles: set
    is_pending: bool = True


@dataclass
class Organization:
    id: str
    owner: str
    system: dict  # ids of the system's roles, by name
    roles: dict = field(default_factory=dict)  # permissions, by id; the system's too
    members: dict = field(default_factory=dict)  # sets of roles, by account
    teams: dict = field(default_factory=dict)
    invitations: dict = field(default_factory=dict)
    services: dict = field(default_factory=dict)

    def __post_init__(self):
        self.roles.update({id: frozenset(SYSTEM[name]) for name, id in self.system.items()})
        self.members[self.owner] = {self.system["admin"]}

    def given_by(self, roles):
        return set().union(*(self.roles[role] for role in roles))

    def held_by(self, account):
        """What a member holds, by roles of its own and by teams; None: it is no member."""
        if account not in self.members:
            return None
        return {"organization:read"}.union(self.given_by(self.members[account]), self.given_by_teams(account))

    def given_by_teams(self, member):
        """To an account or an invitation."""
        return set().union(*(self.given_by(team.roles) for team in self.teams.values() if member in team.members))

    def given_by_invitation(self, id):
        """What who accepts it holds then, if he holds nothing yet."""
        return {"organization:read"}.union(self.given_by(self.invitations[id].roles), self.given_by_teams(id))

    def made(self):
        return [role for role in self.roles if role not in self.system.values()]

    def close(self, id):
        """Roles that were made go with what an invitation gives, and so do the teams."""
        self.invitations[id].is_pending = False
        self.invitations[id].roles.intersection_update(self.system.values())
        self._leave_teams(id)

    def end(self, account):
        del self.members[account]
        self._leave_teams(account)

    def _leave_teams(self, member):
        for team in self.teams.values():
            team.members.discard(member)


class World:
    def __init__(self):
        self.accounts = {}
        self.organizations = {}
        self.credentials = {}  # of service accounts, by names that a report may show
        self.numbers = itertools.count(1)

    def add_secret(self, account, key, text):
        """Returns the name of the credential."""
        name = f"{self.accounts[account].name}/secret {next(self.numbers)}"
        self.credentials[name] = Credential(account, key, text)
        return name

    def add_token(self, secret, text):
        """An access token that was made of the secret of this name."""
        made_of = self.credentials[secret]
        self.credentials[f"{secret}/token {next(self.numbers)}"] = Credential(
            made_of.account, made_of.key, text, secret, self.keys()[made_of.key].stops)

    def keys(self):
        """All keys that there are, by id."""
        return {id: key for organization in self.organizations.values() for service in organization.services.values()
                for id, key in service.keys.items()}

    def lets_in(self, name):
        """Whether the credential counts."""
        credential = self.credentials[name]
        service = self.organizations[self.accounts[credential.account].home].services.get(credential.account)
        key = service.keys.get(credential.key) if service and service.is_active else None
        return bool(key and key.is_active and (credential.secret or name) in (key.current, key.retained)
                    and credential.stops in (None, key.stops))

    def forget(self):
        """Keeps the newest of the secrets that count no more, and of the access tokens, which expire."""
        living = {name for key in self.keys().values() for name in (key.current, key.retained)}
        tokens = [name for name, one in self.credentials.items() if one.secret]
        dead = [name for name, one in self.credentials.items() if not one.secret and name not in living]
        for name in tokens[:-TOKENS_MAX] + dead[:-DEAD_MAX]:
            del self.credentials[name]

    def organization_of(self, collection, id):
        """The organization that has the role, the team or the invitation."""
        for organization in self.organizations.values():
            if id in getattr(organization, collection):
                return organization
        raise Refused(404)

    def may(self, action, organization, permission):
        """Refuses an actor who does not see the organization, or lacks the permission."""
        held = self.held(action.actor, organization)
        demand(held is not None, 404)
        demand(permission in held, 403)

    def held(self, account, organization):
        return EVERYTHING if self.accounts[account].is_superuser else organization.held_by(account)

    def holds(self, action, organization, permissions):
        """Nobody gives, takes or changes what he does not hold himself."""
        demand(permissions <= self.held(action.actor, organization), 403, is_beyond=True)


# Rules: each takes the world and an action, and returns the function that changes the world.

def _changed_invitation(world, action, organization):
    """To give an invitation something, or to take it, is to change all that it gives."""
    world.may(action, organization, "invitation:create")
    demand(action.invitation in organization.invitations, 404)
    demand(organization.invitations[action.invitation].is_pending, 403)
    world.holds(action, organization, organization.given_by_invitation(action.invitation))
    return organization.invitations[action.invitation]


def _assigned(world, action):
    organization = world.organization_of("roles", action.role)
    world.may(action, organization, "member:update")
    world.holds(action, organization, organization.roles[action.role])
    return organization


def _roles_of_thing(world, action, organization):
    """The roles of a team or an invitation."""
    if action.invitation:
        return _changed_invitation(world, action, organization).roles
    demand(action.team in organization.teams, 404)
    return organization.teams[action.team].roles


def assign(world, action):
    organization = _assigned(world, action)
    if action.team or action.invitation:
        roles = _roles_of_thing(world, action, organization)
    else:
        roles = organization.members.get(action.account)
        if world.accounts[action.account].home:
            demand(action.account in organization.services, 404)
        else:
            demand(roles is not None or world.accounts[action.actor].is_superuser, 404)
    demand(roles is None or action.role not in roles, 409)

    def change(answer):
        if roles is None:
            organization.members[action.account] = {action.role}
        else:
            roles.add(action.role)
    return change


def unassign(world, action):
    organization = _assigned(world, action)
    if action.team or action.invitation:
        roles = _roles_of_thing(world, action, organization)
        demand(action.role in roles, 404)
        if action.invitation and roles == {action.role}:  # the last role is the invitation
            return lambda answer: organization.close(action.invitation)
        return lambda answer: roles.remove(action.role)
    roles = organization.members.get(action.account, set())
    demand(action.role in roles, 404)
    demand(action.account != organization.owner or action.role != organization.system["admin"], 403)
    if roles != {action.role}:
        return lambda answer: roles.remove(action.role)
    world.holds(action, organization, organization.held_by(action.account))
    return lambda answer: organization.end(action.account)


def create_role(world, action):
    organization = world.organizations[action.organization]
    world.may(action, organization, "role:create")
    world.holds(action, organization, action.permissions)

    def change(answer):
        assert (answer["organization_id"], set(answer["permissions"])) == (organization.id, action.permissions)
        organization.roles[answer["id"]] = frozenset(action.permissions)
    return change


def change_role(world, action):
    organization = world.organization_of("roles", action.role)
    world.may(action, organization, "role:update")
    demand(action.role in organization.made(), 403)
    world.holds(action, organization, organization.roles[action.role])
    world.holds(action, organization, action.permissions)

    def change(answer):
        organization.roles[action.role] = frozenset(action.permissions)
    return change


def delete_role(world, action):
    organization = world.organization_of("roles", action.role)
    world.may(action, organization, "role:delete")
    demand(action.role in organization.made(), 403)
    world.holds(action, organization, organization.roles[action.role])
    pending = {id: one for id, one in organization.invitations.items() if one.is_pending}
    holders = [*organization.members.values(), *(thing.roles for thing in [*organization.teams.values(), *pending.values()])]
    demand(action.force or not any(action.role in roles for roles in holders), 409)
    ending = [account for account, roles in organization.members.items() if roles == {action.role}]
    for account in ending:
        world.holds(action, organization, organization.held_by(account))

    def change(answer):
        for account in ending:
            organization.end(account)
        for id, invitation in pending.items():
            if invitation.roles == {action.role}:
                organization.close(id)
        for roles in holders:
            roles.discard(action.role)
        del organization.roles[action.role]
    return change


def create_team(world, action):
    organization = world.organizations[action.organization]
    world.may(action, organization, "team:create")

    def change(answer):
        assert answer["organization_id"] == organization.id
        organization.teams[answer["id"]] = Team()
    return change


def change_team(world, action):
    organization = world.organization_of("teams", action.team)
    world.may(action, organization, "team:update")
    return lambda answer: None


def delete_team(world, action):
    organization = world.organization_of("teams", action.team)
    world.may(action, organization, "team:delete")
    world.holds(action, organization, organization.given_by(organization.teams[action.team].roles))
    return lambda answer: organization.teams.pop(action.team)


def _seat(world, action):
    organization = world.organization_of("teams", action.team)
    world.may(action, organization, "team:update")
    team = organization.teams[action.team]
    world.holds(action, organization, organization.given_by(team.roles))
    if action.invitation:
        _changed_invitation(world, action, organization)
    else:
        demand(action.account in organization.members, 403)
    return team, action.invitation or action.account


def join(world, action):
    team, member = _seat(world, action)
    demand(member not in team.members, 409)
    return lambda answer: team.members.add(member)


def part(world, action):
    team, member = _seat(world, action)
    demand(member in team.members, 404)
    return lambda answer: team.members.remove(member)


def leave(world, action):
    organization = world.organizations[action.organization]
    world.may(action, organization, "organization:read")
    if action.account != action.actor:
        world.may(action, organization, "member:delete")
        world.holds(action, organization, organization.held_by(action.account) or set())
    demand(action.account in organization.members, 404)
    demand(not world.accounts[action.account].home and action.account != organization.owner, 403)
    return lambda answer: organization.end(action.account)


def describe(world, action):
    world.may(action, world.organizations[action.organization], "organization:update")
    return lambda answer: None


def transfer(world, action):
    organization = world.organizations[action.organization]
    world.may(action, organization, "organization:update")
    if action.account == organization.owner:
        return lambda answer: None  # since another has come first
    demand(action.actor == organization.owner or world.accounts[action.actor].is_superuser, 403)
    demand(not world.accounts[action.account].home, 422)
    demand(action.account in organization.members or world.accounts[action.actor].is_superuser, 422)

    def change(answer):
        organization.owner = action.account
        organization.members.setdefault(action.account, set()).add(organization.system["admin"])
    return change


def invite(world, action):
    organization = world.organizations[action.organization]
    world.may(action, organization, "invitation:create")
    demand(action.role in organization.roles, 404)
    world.holds(action, organization, organization.roles[action.role])
    invited = world.accounts[action.account]
    demand(action.account not in organization.members, 409)
    demand(not any(one.is_pending and one.address == invited.address for one in organization.invitations.values()), 409)

    def change(answer):
        assert answer["organization_id"] == organization.id
        organization.invitations[answer["id"]] = Invitation(invited.address, {action.role})
    return change


def _invitation(world, action, permission):
    organization = world.organizations[action.organization]
    world.may(action, organization, permission)
    demand(action.invitation in organization.invitations, 404)
    world.holds(action, organization, organization.given_by_invitation(action.invitation))
    demand(organization.invitations[action.invitation].is_pending, (403, 409))
    return organization


def resend(world, action):
    _invitation(world, action, "invitation:create")
    return lambda answer: None


def revoke(world, action):
    organization = _invitation(world, action, "invitation:delete")
    return lambda answer: organization.close(action.invitation)


def accept(world, action):
    organization = world.organization_of("invitations", action.invitation)
    invitation = organization.invitations[action.invitation]
    demand(invitation.address == world.accounts[action.actor].address, 404)
    demand(invitation.is_pending, (403, 409))

    def change(answer):
        organization.members.setdefault(action.actor, set()).update(invitation.roles)
        for team in organization.teams.values():
            if action.invitation in team.members:
                team.members.add(action.actor)
        organization.close(action.invitation)
    return change


def create_service(world, action):
    organization = world.organizations[action.organization]
    world.may(action, organization, "service_account:create")
    if action.role:
        demand(action.role in organization.roles, 404)
        world.holds(action, organization, organization.roles[action.role])

    def change(answer):
        assert answer["organization_id"] == organization.id
        world.accounts[answer["id"]] = Account(answer["username"], answer["id"], home=organization.id)
        organization.services[answer["id"]] = Service()
        if action.role:
            organization.members[answer["id"]] = {action.role}
    return change


def _service(world, action, permission):
    """Who changes a service account, or gives or takes a key of it, acts on all that it holds."""
    organization = world.organizations[action.organization]
    world.may(action, organization, permission)
    demand(action.account in organization.services, 404)
    world.holds(action, organization, organization.held_by(action.account) or set())
    return organization.services[action.account]


def change_service(world, action):
    service = _service(world, action, "service_account:update")

    def change(answer):
        assert answer["is_active"] == action.works
        if service.is_active != action.works:
            for key in service.keys.values():
                key.stops += 1
        service.is_active = action.works
    return change


def delete_service(world, action):
    _service(world, action, "service_account:delete")
    organization = world.organizations[action.organization]

    def change(answer):
        if action.account in organization.members:
            organization.end(action.account)
        del organization.services[action.account]
    return change


def create_key(world, action):
    service = _service(world, action, "service_account:create")

    def change(answer):
        service.keys[answer["id"]] = Key(world.add_secret(action.account, answer["id"], answer["key"]))
    return change


def _key(world, action, permission):
    service = _service(world, action, permission)
    demand(action.key in service.keys, 404)
    return service.keys[action.key]


def rotate_key(world, action):
    key = _key(world, action, "service_account:update")

    def change(answer):
        key.retained = key.current if action.retains else None
        key.current = world.add_secret(action.account, action.key, answer["key"])
    return change


def change_key(world, action):
    key = _key(world, action, "service_account:update")

    def change(answer):
        assert answer["is_active"] == action.works
        key.stops += key.is_active != action.works
        key.is_active = action.works
    return change


def delete_key(world, action):
    _key(world, action, "service_account:delete")
    return lambda answer: world.organizations[action.organization].services[action.account].keys.pop(action.key)


RULES = {rule.__name__: rule for rule in (assign, unassign, create_role, change_role, delete_role, create_team, change_team,
                                          delete_team, join, part, leave, describe, transfer, invite, resend, revoke, accept,
                                          create_service, change_service, delete_service, create_key, rotate_key, change_key,
                                          delete_key)}


def judge(world, action):
    demand(not action.credential or world.lets_in(action.credential), 401)
    return RULES[action.kind](world, action)
