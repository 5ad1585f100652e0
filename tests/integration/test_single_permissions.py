"""Contract, 8-10: each endpoint of an organization × who has exactly one permission: a user by a role of his own, one by a
team's, and a service account with its key.

An endpoint is allowed exactly when that permission is the one that the table says. What is acted on gives nothing and is
nobody's who has more, so that nothing else is asked for. No endpoint of openapi.json is left out."""

import base64
import hashlib
import json
import re
import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from expect import error, ok, unique, unique_address
from installation import Client
from people import assign, create_role, create_team, join, leave, post_role, unassign
from people_fixtures import owner
from test_invitations import invite

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs/openapi.json").read_text("utf-8"))
# Endpoints for callers that are about no one organization.
ELSEWHERE = re.compile("/users.*|/events|/organizations")


@dataclass
class Member:
    permission: str  # None: none at all
    id: str
    client: object


class Scene:
    """An organization; members with one permission each; and what they try to act on, made again where somebody could."""

    def __init__(self, instance, owner):
        self.instance, self.owner, self.sql = instance, owner.client, instance.installation.sql
        self.org = instance.organization(owner)
        self.nothing, self.path = self.role([]), "/organizations/" + self.org["id"]
        self.victim = self.member([self.nothing])
        self.holders = [self.member([self.nothing])]
        for permission in [one["name"] for one in ok(self.owner.get("/permissions"))]:
            role, team = self.role([permission]), create_team(self.owner, self.org)
            direct, by_team = self.member([role], permission), self.member([self.nothing], permission)
            ok(assign(self.owner, role["id"], team_id=team["id"]))
            ok(join(self.owner, team, user_id=by_team.id))
            self.holders += [direct, by_team, self.program(role, permission)]
        self.spare, self.team, self.empty_team = self.role([]), create_team(self.owner, self.org), create_team(self.owner, self.org)
        ok(join(self.owner, self.team, user_id=self.victim.id))
        ok(assign(self.owner, self.spare["id"], team_id=self.team["id"]))
        self.invitation = self.invited()
        self.service_id, self.service = self.new_service(self.nothing)
        self.key = self.new_key()

    def new_service(self, role):
        made = ok(self.owner.post(self.path + "/service_accounts", json={"username": unique(), "role_id": role["id"]}))
        return made["id"], f"{self.path}/service_accounts/{made['id']}"

    def program(self, role, permission):
        """A service account that asks, with a key."""
        account, path = self.new_service(role)
        return Member(permission, account, self.instance.client(ok(self.owner.post(path + "/api_keys", json={"name": "a"}))["key"]))

    def guest(self):
        return {"email": unique_address(), "role_id": self.nothing["id"]}

    def new_key(self):
        return f"{self.service}/api_keys/{ok(self.owner.post(self.service + '/api_keys', json={'name': unique()}))['id']}"

    def role(self, permissions):
        return create_role(self.owner, self.org, permissions)

    def member(self, roles, permission=None):
        """The account and its personal token are rows, since programs would take seconds for so many."""
        account, credential, name = uuid.uuid4(), uuid.uuid4(), secrets.token_hex(12)
        token = "ORGPAT_" + base64.urlsafe_b64encode(credential.bytes + secrets.token_bytes(32)).decode()
        self.sql("INSERT INTO orgd.orgd_accounts (id, kind, name, name_key, created, updated)"
                 " VALUES (%s, 'user', %s, %s, NOW(6), NOW(6))", (account.bytes, name, name))
        self.sql("INSERT INTO orgd.orgd_credentials (id, account_id, kind, name, secret_digest, created)"
                 " VALUES (%s, %s, 'personal_token', 'a', %s, NOW(6))",
                 (credential.bytes, account.bytes, hashlib.sha256(token.encode()).digest()))
        for role in roles:
            ok(assign(self.instance.admin.client, role["id"], user_id=str(account)))
        return Member(permission, str(account), self.instance.client(token))

    def invited(self):
        """An invitation that gives nothing."""
        made = ok(invite(self.owner, self.org, unique_address()))
        self.sql("UPDATE orgd.orgd_invitations SET own_roles = '' WHERE id = %s", (uuid.UUID(made["id"]).bytes,))
        return made["id"]


@pytest.fixture(scope="module")
def scene(instance, owner):
    return Scene(instance, owner)


def revoked(scene):
    scene.invitation = scene.invited()


def deleted_role(scene):
    scene.spare = scene.role([])
    ok(assign(scene.owner, scene.spare["id"], team_id=scene.team["id"]))


def deleted_team(scene):
    scene.empty_team = create_team(scene.owner, scene.org)


def deleted_service(scene):
    scene.service_id, scene.service = scene.new_service(scene.nothing)
    scene.key = scene.new_key()


def deleted_key(scene):
    scene.key = scene.new_key()


def left(scene):
    ok(assign(scene.instance.admin.client, scene.nothing["id"], user_id=scene.victim.id))
    ok(join(scene.owner, scene.team, user_id=scene.victim.id))


ANYBODY = "organization:read"  # since each member has it
# The permission, what is sent, and what makes it possible once more.
ENDPOINTS = {
    "GET organization": (ANYBODY, lambda to, s: to.get(s.path), None),
    "DELETE organization": ("organization:delete", lambda to, s: to.delete(s.path, headers={"If-Match": '"other"'}), None),
    "PATCH organization": ("organization:update", lambda to, s: to.patch(s.path, json={"description": unique()}), None),
    "GET members": ("member:read", lambda to, s: to.get(s.path + "/members"), None),
    "DELETE members": ("member:delete", lambda to, s: leave(to, s.org, s.victim.id), left),
    "GET permissions": (ANYBODY, lambda to, s: to.get("/permissions"), None),
    "GET roles": ("role:read", lambda to, s: to.get(s.path + "/roles"), None),
    "POST role": ("role:create", lambda to, s: post_role(to, s.org, []), None),
    "GET role": ("role:read", lambda to, s: to.get("/roles/" + s.spare["id"]), None),
    "PATCH role": ("role:update", lambda to, s: to.patch("/roles/" + s.spare["id"], json={"description": unique()}), None),
    "DELETE role": ("role:delete", lambda to, s: to.delete("/roles/" + s.spare["id"], params={"force": True}), deleted_role),
    "GET assignments": ("member:read", lambda to, s: to.get(f"/roles/{s.spare['id']}/assignments"), None),
    "POST assignment": ("member:update", lambda to, s: assign(to, s.spare["id"], user_id=s.victim.id),
                        lambda s: ok(unassign(s.owner, s.spare["id"], user_id=s.victim.id))),
    "POST assignment of a team": ("member:update", lambda to, s: assign(to, s.nothing["id"], team_id=s.team["id"]),
                                  lambda s: ok(unassign(s.owner, s.nothing["id"], team_id=s.team["id"]))),
    "POST assignment of a service account": ("member:update", lambda to, s: assign(to, s.spare["id"], user_id=s.service_id),
                                             lambda s: ok(unassign(s.owner, s.spare["id"], user_id=s.service_id))),
    "DELETE assignment": ("member:update", lambda to, s: unassign(to, s.spare["id"], team_id=s.team["id"]),
                          lambda s: ok(assign(s.owner, s.spare["id"], team_id=s.team["id"]))),
    "DELETE last assignment": ("member:update", lambda to, s: unassign(to, s.nothing["id"], user_id=s.victim.id), left),
    "GET teams": ("team:read", lambda to, s: to.get(s.path + "/teams"), None),
    "POST team": ("team:create", lambda to, s: to.post("/teams", json={"name": unique(), "organization_id": s.org["id"]}), None),
    "GET team": ("team:read", lambda to, s: to.get("/teams/" + s.team["id"]), None),
    "PATCH team": ("team:update", lambda to, s: to.patch("/teams/" + s.team["id"], json={"description": unique()}), None),
    "DELETE team": ("team:delete", lambda to, s: to.delete("/teams/" + s.empty_team["id"]), deleted_team),
    "GET members of a team": ("team:read", lambda to, s: to.get(f"/teams/{s.team['id']}/members"), None),
    "POST member of a team": ("team:update", lambda to, s: join(to, s.empty_team, user_id=s.victim.id), deleted_team),
    "POST service account of a team": ("team:update", lambda to, s: join(to, s.empty_team, service_account_id=s.service_id),
                                       deleted_team),
    "DELETE member of a team": ("team:update", lambda to, s: to.delete(f"/teams/{s.team['id']}/members",
                                                                       params={"user_id": s.victim.id}),
                                lambda s: ok(join(s.owner, s.team, user_id=s.victim.id))),
    "GET invitations": ("invitation:read", lambda to, s: to.get(s.path + "/invitations"), None),
    "POST invitation": ("invitation:create", lambda to, s: to.post(s.path + "/invitations", json=s.guest()), None),
    "POST invitations": ("invitation:create", lambda to, s: to.post(
        s.path + "/invitations/bulk", json={"invitations": [s.guest()]}), None),
    "POST invitation again": ("invitation:create", lambda to, s: to.post(f"{s.path}/invitations/{s.invitation}/resend"), None),
    "DELETE invitation": ("invitation:delete", lambda to, s: to.delete(f"{s.path}/invitations/{s.invitation}"), revoked),
    "GET invitation": ("invitation:read", lambda to, s: to.get("/invitations/" + s.invitation), None),
    "POST decision": (None, lambda to, s: to.post("/invitations/" + s.invitation, params={"accept": True}), None),
    "GET own invitations": (ANYBODY, lambda to, s: to.get("/invitations"), None),
    "GET service accounts": ("service_account:read", lambda to, s: to.get(s.path + "/service_accounts"), None),
    "POST service account": ("service_account:create", lambda to, s: to.post(
        s.path + "/service_accounts", json={"username": unique()}), None),
    "GET service account": ("service_account:read", lambda to, s: to.get(s.service), None),
    "PATCH service account": ("service_account:update", lambda to, s: to.patch(s.service, json={"name": unique()}), None),
    "DELETE service account": ("service_account:delete", lambda to, s: to.delete(s.service), deleted_service),
    "GET keys": ("service_account:read", lambda to, s: to.get(s.service + "/api_keys"), None),
    "POST key": ("service_account:create", lambda to, s: to.post(s.service + "/api_keys", json={"name": unique()}), None),
    "GET key": ("service_account:read", lambda to, s: to.get(s.key), None),
    "PATCH key": ("service_account:update", lambda to, s: to.patch(s.key, json={"name": unique()}), None),
    "PATCH key that it works": ("service_account:update", lambda to, s: to.patch(s.key, json={"is_active": True}), None),
    "POST rotation of a key": ("service_account:update", lambda to, s: to.post(s.key + "/rotate", json={}), None),
    "DELETE key": ("service_account:delete", lambda to, s: to.delete(s.key), deleted_key),
    "GET events": ("event:read", lambda to, s: to.get(s.path + "/events"), None),
    "transfer": (None, lambda to, s: to.patch(s.path, json={"owner_id": s.victim.id}), None),
    "PATCH role of the system": (None, lambda to, s: to.patch(
        "/roles/" + s.instance.role_id(s.org["id"], "viewer"), json={"description": unique()}), None),
    "DELETE role of the system": (None, lambda to, s: to.delete(
        "/roles/" + s.instance.role_id(s.org["id"], "viewer"), params={"force": True}), None),
}


NOT_THERE = {"GET invitation", "POST decision"}  # it hides from who may not
UNMET = {"DELETE organization"}  # who may gets as far as If-Match, which does not hold


def allowed(permission, holder):
    return permission == ANYBODY or permission is not None and permission == holder.permission


@pytest.mark.shows("API5")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_who_has_one_permission_can_do_what_it_says(scene, endpoint):
    permission, send, again = ENDPOINTS[endpoint]
    for holder in scene.holders:
        response = send(holder.client, scene)
        if not allowed(permission, holder):
            error(response, *((404, "KeyError") if endpoint in NOT_THERE else (403, "IllegalOperationError")))
            continue
        assert response.status_code == (412 if endpoint in UNMET else 200), (holder.permission, response.text)
        if again:
            again(scene)


class Recorder(Client):
    """Notes what would be sent."""

    def __init__(self):
        super().__init__("")
        self.sent = []

    def request(self, method, path, **options):
        self.sent.append((method, path))


def operation_of(method, path):
    """The operation of openapi.json that answers this."""
    fitting = [template for template in DOCUMENT["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path)]
    return method, min(fitting, key=lambda template: template.count("{"))


@pytest.mark.shows("API5")
def test_no_endpoint_is_left_out(scene):
    """Each operation of the document that callers have about an organization is asked above."""
    recorder = Recorder()
    for _, send, _ in ENDPOINTS.values():
        send(recorder, scene)
    asked = {operation_of(*sent) for sent in recorder.sent}
    assert {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
            if method != "parameters" and {"Bearer": []} in operation["security"] and not ELSEWHERE.fullmatch(path)} == asked


@pytest.mark.shows("API5")
def test_inviting_asks_for_what_the_role_gives(scene):
    for holder in scene.holders:
        sentence = error(invite(holder.client, scene.org, unique_address()), 403, "IllegalOperationError")
        assert ("do not have yourself" in sentence) == (holder.permission == "invitation:create"), holder.permission


def test_the_subscription_is_shown_to_who_may_read_it(scene):
    """By its organization's id and name, and in lists, whatever their order."""
    name = ok(scene.owner.get(scene.path))["name"]
    for holder in scene.holders:
        def shown(path, **query):
            got = ok(holder.client.get(path, params={"include_subscription_status": True, **query}))
            return [(one["has_active_subscription"], one["trial_expiry"] is None) for one in (got if isinstance(got, list) else [got])]

        expected = [(True, False) if holder.permission == "subscription:read" else (None, True)]
        assert shown(scene.path) == expected, holder.permission
        assert shown("/organizations/" + name) == expected
        for query in ({}, {"order_by": "name"}, {"order_by": "-created"}, {"name": name}, {"search": name[:3]}):
            assert shown("/organizations", **query) == expected, (holder.permission, query)


@pytest.mark.shows("API3")
def test_what_is_nobodys_business_is_not_there(scene):
    """What is looked up by the id of an account."""
    for holder in scene.holders:
        response = holder.client.get("/users/" + scene.victim.id)
        if holder.permission == "member:read":
            ok(response)
        else:
            error(response, 404, "KeyError")
        found = ok(holder.client.get("/users", params={"user_id": scene.victim.id}))
        assert [one["id"] for one in found] == ([scene.victim.id] if holder.permission == "member:read" else [])


def test_every_permission_is_asked_for(scene):
    asked = {permission for permission, *_ in ENDPOINTS.values()} - {None}
    asked |= {"subscription:read"}
    assert asked == {one["name"] for one in ok(scene.owner.get("/permissions"))}


def test_the_list_of_members_tells_what_each_holds(scene):
    shown = {item["user"]["id"]: set(item["permissions"]) for item in ok(
        scene.owner.get(scene.path + "/members", params={"limit": 1000, "include_teams": False, "include_invitations": False}))}
    for holder in scene.holders:
        assert shown[holder.id] == {"organization:read", holder.permission} - {None}
