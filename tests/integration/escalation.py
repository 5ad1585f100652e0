"""Random people and programs who do random things with roles, members, teams, invitations, service accounts and keys, and a
judge who looks at each.

A round is made of the seed and of the model as it is then. In some rounds the actions come one after the other, at random or
as a scene has them, and each answer is what the model says. In the others several clients act at the same time, or somebody
does what he may while he is put out. Each change leaves an event, and the events of an organization have the order in which
the changes were committed; so the judge takes what succeeded in that order, and each of them must have been allowed at that
place. Then the database must hold what the model holds."""

import collections
import hashlib
import itertools
import time
from concurrent.futures import ThreadPoolExecutor

from escalation_author import PERMISSIONS, STEPS, Action, Author, request_of
from escalation_model import SYSTEM, Account, Organization, Refused, World, judge
from expect import ok, unique_address
from installation import SYSTEM_ROLES, Client, Instance

PEOPLE, CLIENTS = 10, 4
SHOWN = [True, True, True, False, False]  # in a round: access tokens, and secrets
# Those who may do something, and hold little else; in the second organization something at random.
SPECIALISTS = [{"role:create", "role:update", "role:delete"}, {"member:update", "member:delete", "role:read"},
               {"team:update", "team:delete", "invitation:delete"}, {"invitation:create", "role:create", "member:read"},
               {"service_account:create", "service_account:update", "service_account:delete", "organization:update"}]
ANSWERS = (200, 401, 403, 404, 409, 422, 503)  # busy, too: then nothing has changed


class Stage:
    """Two organizations and those who are about. What is done goes to the instances in turn, and must then stand in each of
    the databases: functions that run a statement, and see what was committed on any node."""

    def __init__(self, instances, databases, seed):
        self.instances, self.databases, self.seed = instances, databases, seed
        self.instance = instances[0]
        self.world = World()
        self.author = Author(seed, self.world)
        self.history = []
        self.figures = collections.Counter()
        self.sequences = {}
        self.numbers = itertools.count()
        self.clients = {}
        self._people()

    def _people(self):
        instance, world = self.instance, self.world
        people = [instance.user(limit=1000) for _ in range(PEOPLE)]
        for person in people:
            address = unique_address()
            ok(instance.admin.client.patch(f"/users/{person.id}", json={"email": address}))
            world.accounts[person.id] = Account(person.name, person.id, person.token, address=address)
        admin = instance.admin
        world.accounts[admin.id] = Account(admin.name, admin.id, admin.token, is_superuser=True)
        for owner in people[:2]:
            id = instance.organization(owner)["id"]
            world.organizations[id] = organization = Organization(
                id, owner.id, {role: Instance.role_id(id, role) for role in SYSTEM})
            self.sequences[id] = 1
            for person, role in zip(people[2:], ["admin", "manager", "manager", "viewer", "member"]):
                self.play(Action("assign", admin.id, role=organization.system[role], account=person.id))
            for person, permissions in zip(people[5:], SPECIALISTS):
                if owner is people[1]:
                    permissions = self.author.random.sample(PERMISSIONS, 4)
                self.play(Action("create_role", admin.id, id, permissions=frozenset(permissions)))
                self.play(Action("assign", admin.id, role=organization.made()[-1], account=person.id))
            for role in (organization.system["manager"], organization.made()[-1]):
                self.play(Action("create_service", admin.id, id, role=role))
                self.play(Action("create_key", admin.id, id, account=[*organization.services][-1]))
        self._pass_events()

    def client(self, thread):
        """A connection of its own for each that acts at the same time."""
        if thread not in self.clients:
            self.clients[thread] = Client(self.instances[thread % len(self.instances)].url)
        return self.clients[thread]

    def bearer(self, action):
        world = self.world
        token = world.credentials[action.credential].text if action.credential else world.accounts[action.actor].token
        return {"Authorization": f"Bearer {token}"}

    def send(self, action, thread=None):
        method, path, query, body = request_of(self.world, action)
        number = next(self.numbers)
        action.request_id = f"{self.seed}-{number}"
        thread = number % len(self.instances) if thread is None else thread
        response = self.client(thread).request(method, path, params=query, json=body, timeout=60,
                                               headers={"X-Request-Id": action.request_id, **self.bearer(action)})
        action.status = response.status_code
        if response.status_code == 200:
            action.answer = response.json()
        self.figures[f"{action.kind} {action.status}"] += 1

    # One after the other

    def play(self, action):
        self.history.append(action)
        try:
            change = judge(self.world, action)
        except Refused as refused:
            self.send(action)
            expected = refused.status if isinstance(refused.status, tuple) else (refused.status,)
            assert action.status in expected, self.report(f"this is {action.status}, and not one of {expected}")
            return
        self.send(action)
        assert action.status == 200, self.report(f"this is {action.status}, and is allowed")
        change(action.answer)

    # At the same time

    def play_at_once(self, parts):
        def run(thread, actions):
            for action in actions:
                self.send(action, thread)

        self.history += itertools.chain(*parts)
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(run, itertools.count(len(self.instances)), parts))
        done = {action.request_id: action for action in itertools.chain(*parts) if action.status == 200}
        strange = [action for action in itertools.chain(*parts) if action.status not in ANSWERS]
        assert not strange, self.report(f"{strange[0]} is none of the answers that there are")
        for organization in self.world.organizations.values():
            for request_id, actor in self._new_events(organization):
                action = done.pop(request_id, None)
                assert action and actor == action.actor, self.report(f"an event of {request_id} by {actor} has no such request")
                self._allow(action)
        assert not done, self.report(f"{[*map(str, done.values())]} left no event")

    def _allow(self, action):
        self.history.append(f"  then {action}")
        try:
            judge(self.world, action)(action.answer)
        except Refused as refused:
            raise AssertionError(self.report(f"{action} was done, and is {refused.status} at its place in the order")) from None

    def _new_events(self, organization):
        """Request and actor of each change, in the order of the commits; once, if it has left more than one event."""
        rows = self.databases[0](
            "SELECT sequence, request_id, HEX(actor_id) FROM orgd.orgd_events WHERE chain_id = UNHEX(%s) AND sequence > %s"
            " AND action NOT LIKE '%%refused' ORDER BY sequence",
            (plain(organization.id), self.sequences[organization.id]))
        self.sequences[organization.id] = max([row[0] for row in rows], default=self.sequences[organization.id])
        accounts = {plain(id): id for id in self.world.accounts}
        return list(dict.fromkeys((request_id, accounts.get((actor or "").lower())) for _, request_id, actor in rows))

    def _pass_events(self):
        for organization in self.world.organizations.values():
            self._new_events(organization)

    def show(self):
        """Some credentials are shown. They let in exactly if they count; and then an access token is made of a secret."""
        credentials = self.world.credentials
        names = [self.author.any_of(name for name, one in credentials.items() if bool(one.secret) == is_token)
                 for is_token in SHOWN]
        for name in filter(None, names):
            credential, counts = credentials[name], self.world.lets_in(name)
            if credential.secret:
                response = self.client(0).get("/users/me", headers={"Authorization": f"Bearer {credential.text}"})
            else:
                response = self.client(0).post("/auth/login", data={"password": credential.text})
            assert (response.status_code == 200) == counts, self.report(f"{name} gets {response.status_code}")
            if counts and not credential.secret:
                self.world.add_token(name, response.json()["access_token"])

    def round(self):
        self.world.forget()
        self.show()
        actors = self.author.actors
        kind = self.author.random.choice(["in turn", "in turn", "at once", "duel", "duel", "scene", "scene"])
        duel = self.author.duel() if kind == "duel" else None
        if duel:
            self.play_at_once(duel)
        elif kind in ("in turn", "scene"):
            actions = self.author.scene() if kind == "scene" else (self.author.write(actors) for _ in range(CLIENTS * STEPS))
            for action in actions:
                self.play(action)
            self._pass_events()
        else:
            # Few people about few things, so that they meet.
            few = self.author.random.sample(actors, 5)
            self.play_at_once([[self.author.write(few) for _ in range(STEPS)] for _ in range(CLIENTS)])
        self.compare()
        self.figures["rounds"] += 1

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.round()

    # What is there, made anew

    def compare(self):
        for organization in self.world.organizations.values():
            for database in self.databases:
                self._compare_rows(organization, database)
            self._compare_answers(organization)
            administrators = organization.system["admin"]
            assert administrators in organization.members[organization.owner], self.report("the owner is no admin")
            assert all(organization.members.values()), self.report("somebody is a member without a role")

    def _compare_rows(self, organization, database):
        of = (plain(organization.id),)

        def rows(text):
            return [[one.lower() if isinstance(one, str) else one for one in row]
                    for row in database(text.format("organization_id = UNHEX(%s)"), of)]

        names = {plain(id): name for name, id in organization.system.items()}
        teams = rows("SELECT HEX(id), own_roles, mask FROM orgd.orgd_teams WHERE {}")
        members = rows("SELECT HEX(account_id), own_roles, mask FROM orgd.orgd_memberships WHERE {}")
        invitations = rows("SELECT HEX(id), own_roles, status FROM orgd.orgd_invitations WHERE {}")
        roles = {id: mask for id, mask in rows("SELECT HEX(id), mask FROM orgd.orgd_roles WHERE {}")}
        held = {(holder, id) for holder, own, _ in members + teams + invitations for id, name in names.items() if name in own.split(",")}
        held |= {tuple(row) for row in rows("SELECT HEX(holder_id), HEX(role_id) FROM orgd.orgd_role_assignments WHERE {}")}
        things = {**organization.teams, **organization.invitations}
        holders = {**organization.members, **{id: thing.roles for id, thing in things.items()}}
        self._same("who has which role", held, {(plain(id), plain(role)) for id, roles in holders.items() for role in roles})
        self._same("teams", {id for id, _, _ in teams}, set(map(plain, organization.teams)))
        self._same("members", {id for id, _, _ in members}, set(map(plain, organization.members)))
        self._same("who is in which team",
                   {tuple(row) for row in rows("SELECT HEX(team_id), HEX(holder_id) FROM orgd.orgd_team_members WHERE {}")},
                   {(plain(id), plain(one)) for id, team in organization.teams.items() for one in team.members})
        self._same("roles", roles, {plain(id): bits(organization.roles[id]) for id in organization.made()})
        self._same("masks of members", {id: expand(mask) for id, _, mask in members},
                   {plain(id): organization.held_by(id) for id in organization.members})
        self._same("masks of teams", {id: expand(mask) for id, _, mask in teams},
                   {plain(id): organization.given_by(team.roles) for id, team in organization.teams.items()})
        self._compare_services(organization, rows)
        self._same("invitations", {id for id, _, status in invitations if status == "pending"},
                   {plain(id) for id, one in organization.invitations.items() if one.is_pending})

    def _compare_services(self, organization, rows):
        self._same("service accounts", dict(rows("SELECT HEX(id), is_active FROM orgd.orgd_accounts WHERE {} AND ended IS NULL")),
                   {plain(id): service.is_active for id, service in organization.services.items()})
        found = rows("SELECT HEX(id), HEX(account_id), is_active AND account_is_active, LOWER(HEX(secret_digest)),"
                     " LOWER(HEX(retained_digest)) FROM orgd.orgd_credentials WHERE {} AND account_is_active IS NOT NULL")
        self._same("keys", {id: row for id, *row in found},
                   {plain(id): [plain(account), key.is_active and service.is_active, *map(self._digest, (key.current, key.retained))]
                    for account, service in organization.services.items() for id, key in service.keys.items()})

    def _digest(self, credential):
        return credential and hashlib.sha256(self.world.credentials[credential].text.encode()).hexdigest()

    def _compare_answers(self, organization):
        """What a superuser is told."""
        members = self.instance.admin.client.get(f"/organizations/{organization.id}/members", params={"limit": 1000})
        listed = ok(members)
        told = {(item["user"] or item["invitation"])["id"]:
                (set(item["permissions"]), {role["id"] for role in item["roles"]}, item["is_owner"])
                for item in listed if not item["team"]}
        self._same("what the list of members tells", told, {
            **{id: (organization.held_by(id), roles, id == organization.owner) for id, roles in organization.members.items()},
            **{id: (organization.given_by_invitation(id), one.roles, False)
               for id, one in organization.invitations.items() if one.is_pending}})
        self._same("the teams of invitations",
                   {item["invitation"]["id"]: {team["id"] for team in item["invitation"]["teams"]}
                    for item in listed if item["invitation"]},
                   {id: {name for name, team in organization.teams.items() if id in team.members}
                    for id, one in organization.invitations.items() if one.is_pending})

    def _same(self, what, found, expected):
        if found != expected:
            differing = set(found) ^ set(expected) or {key for key in expected if found[key] != expected[key]}
            raise AssertionError(self.report(
                f"{what} differ: {[(key, *(side.get(key) for side in (found, expected))) for key in differing] if isinstance(found, dict) else differing}"))

    def report(self, complaint):
        names = {account.id: account.name for account in self.world.accounts.values()}
        lines = "\n".join(map(str, self.history[-80:]))
        text = f"seed {self.seed}, round {self.figures['rounds']}: {complaint}\nwhat was done at last:\n{lines}"
        for id, name in names.items():
            text = text.replace(id, name)
        return text


# Masks, from their description in sql/0005-people.sql and the order of GET /permissions

ORDER = ["organization:read", "organization:update", "organization:delete", "member:read", "member:update", "member:delete",
         "role:read", "role:create", "role:update", "role:delete", "team:read", "team:create", "team:update", "team:delete",
         "invitation:read", "invitation:create", "invitation:delete", "service_account:read", "service_account:create",
         "service_account:update", "service_account:delete", "subscription:read", "event:read"]


def plain(id):
    """An id as the database writes it."""
    return id.replace("-", "")


def bits(permissions):
    return sum(1 << 8 + ORDER.index(permission) for permission in permissions)


def expand(mask):
    """The permissions that a mask means."""
    of_system = [SYSTEM[name] for place, name in enumerate(SYSTEM_ROLES) if mask >> place & 1]
    return {name for place, name in enumerate(ORDER) if mask >> 8 + place & 1}.union(*of_system)
