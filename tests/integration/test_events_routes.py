"""Which event each route writes: a route that is not in the table here fails."""

import re
import uuid
from urllib.parse import urlsplit

import pytest

import oauth
import people
from expect import logged, ok, unique, unique_address
from mailed_links import CONFIRM, RESET, put_link
from oauth import Device, Pkce, RegisteredClient, code_for, person_of, sign_in, tokens_for
from test_events import rows

WRITING = ("post", "put", "patch", "delete")


class World:
    """Somebody who owns an organization and has signed in, and an application."""

    def __init__(self, instance):
        oauth.forget_attempts(instance)
        self.instance = instance
        self.person = person_of(instance, limit=10)
        self.browser = sign_in(instance, self.person)
        self.client = RegisteredClient(instance)

    def organization(self):
        return "/organizations/" + self.instance.organization(self.person)["id"]

    def org(self):
        return self.instance.organization(self.person)

    def role(self):
        return people.create_role(self.person.client, self.org(), [])

    def team(self):
        return people.create_team(self.person.client, self.org())

    def service(self):
        """The path of a new service account."""
        path = self.organization() + "/service_accounts"
        return f"{path}/{ok(self.person.client.post(path, json={'username': unique('ci')}))['id']}"

    def key(self):
        """The path of a new key of one."""
        path = self.service() + "/api_keys"
        return f"{path}/{ok(self.person.client.post(path, json={'name': unique()}))['id']}"

    def assignment(self, method, to_team=False):
        """Of another role to the owner, or to a team."""
        team = self.team()
        role = people.create_role(self.person.client, {"id": team["organization_id"]}, [])
        holder = {"team_id": team["id"]} if to_team else {"user_id": self.person.id}
        if method == "delete":
            ok(people.assign(self.person.client, role["id"], **holder))
        return lambda headers: self.person.client.request(method.upper(), f"/roles/{role['id']}/assignments", params=holder,
                                                          headers=headers)

    def first_assignment(self):
        role, user = self.role(), self.instance.user()
        return lambda headers: self.instance.admin.client.post(f"/roles/{role['id']}/assignments?user_id={user.id}",
                                                               headers=headers)

    def last_assignment(self):
        role, user = self.role(), self.instance.user()
        ok(people.assign(self.instance.admin.client, role["id"], user_id=user.id))
        return lambda headers: self.person.client.delete(f"/roles/{role['id']}/assignments?user_id={user.id}", headers=headers)

    def removal(self):
        org, user = self.org(), self.instance.user()
        self.instance.member(org["id"], user, "viewer")
        return lambda headers: user.client.delete(f"/organizations/{org['id']}/members?user_id={user.id}", headers=headers)

    def parting(self):
        team = self.team()
        ok(people.join(self.person.client, team, user_id=self.person.id))
        return lambda headers: self.person.client.delete(f"/teams/{team['id']}/members?user_id={self.person.id}",
                                                         headers=headers)

    def invitation(self):
        """The path of a new one, who is invited, and its id."""
        path, guest = self.organization(), self.instance.user()
        address = unique_address()
        self.instance.installation.orgctl("user", "set", guest.name, "--email", address)
        role = self.instance.role_id(path.rpartition("/")[2], "viewer")
        made = ok(self.person.client.post(path + "/invitations", json={"email": address, "role_id": role}))
        return f"{path}/invitations/{made['id']}", guest, made["id"]

    def inviting(self):
        path = self.organization()
        role = self.instance.role_id(path.rpartition("/")[2], "viewer")
        return lambda headers: self.person.client.post(path + "/invitations", headers=headers, json={
            "email": unique_address(), "role_id": role})

    def inviting_many(self):
        path = self.organization()
        role = self.instance.role_id(path.rpartition("/")[2], "viewer")
        return lambda headers: self.person.client.post(path + "/invitations/bulk", headers=headers, json={
            "invitations": [{"email": unique_address(), "role_id": role} for _ in range(2)]})

    def link_page(self, **fields):
        """The page of an invitation's link, for who has signed in, or else for a new account."""
        path, address = self.organization(), unique_address()
        role = self.instance.role_id(path.rpartition("/")[2], "viewer")
        made = ok(self.person.client.post(path + "/invitations", json={"email": address, "role_id": role}))
        if "decision" in fields:
            guest = person_of(self.instance)
            self.instance.installation.orgctl("user", "set", guest.name, "--email", address)
            self.browser = sign_in(self.instance, guest)
        else:
            self.browser = oauth.Browser(self.instance.url)
        return self.submit(f"{self.instance.mount}/account/invitation?{urlsplit(made['link']).query}", **fields)

    def post_form(self, path, headers, **fields):
        """Sends a form that this service does not show."""
        self.browser.get(f"{self.instance.mount}/auth/sign-in")
        token = self.browser.forms()[0].fields["form_token"]
        return self.browser.session.post(self.instance.url + path, data={"form_token": token, **fields}, headers=headers)

    def mailed_link(self, page, **fields):
        """The page of a link that was mailed to the person."""
        address = unique_address()
        options = ["--email-unverified"] if page == CONFIRM else []
        self.instance.installation.orgctl("user", "set", self.person.name, "--email", address, *options)
        return self.submit(put_link(self.instance, page, self.person.id, address), **fields)

    def token(self):
        """A personal access token of the person, by its path."""
        made = ok(self.person.client.post("/users/me/api_keys", json={"name": unique()}))
        return "/users/me/api_keys/" + made["id"]

    def form(self, path, **fields):
        return lambda headers: self.client.instance.client().post(path, headers=headers, data={
            "client_id": self.client.id, **fields})

    def submit(self, path, **fields):
        """Opens a page, and sends its form."""
        self.browser.get(path)

        def send(headers):
            self.browser.session.headers.update(headers)
            self.browser.submit(**fields)
            for name in headers:
                del self.browser.session.headers[name]
            return self.browser.page
        return send

    def code(self):
        pkce = Pkce()
        code = code_for(self.browser, self.person, self.client, pkce)
        return self.form("/auth/token", grant_type="authorization_code", code=code, code_verifier=pkce.verifier,
                         redirect_uri=self.client.redirect_uri)

    def refresh(self):
        token = tokens_for(self.browser, self.person, self.client)["refresh_token"]
        return self.form("/auth/token", grant_type="refresh_token", refresh_token=token)

    def way_in(self, kind):
        tokens_for(self.browser, self.person, self.client)
        path = f"/users/me/{kind}"
        one = ok(self.person.client.get(path))[0]["id"]
        return lambda headers: self.person.client.delete(f"{path}/{one}", headers=headers)

    def revocation(self):
        return self.form("/auth/revoke", token=tokens_for(self.browser, self.person, self.client)["refresh_token"])

    def consent(self):
        oauth.forget_grants(self.instance)
        return self.submit(self.client.request(Pkce()), decision="allow")

    def decision(self):
        device = Device(self.instance, client_id="made-up")
        return self.submit(f"{self.instance.mount}/auth/device?user_code={device.user_code}", decision="allow")

    def sign_in(self):
        self.browser = oauth.Browser(self.instance.url)
        return self.submit(f"{self.instance.mount}/auth/sign-in", username=self.person.name, password=oauth.PASSWORD)

    def sign_out(self):
        return self.submit(f"{self.instance.mount}/auth/sign-in")


def superusers(send):
    """What a superuser does to somebody."""
    return lambda world: (lambda user: lambda headers: send(world.instance.admin.client, "/users/" + user.id, headers))(
        world.instance.user())


# Operation, how to do it, and the events that it writes; or why it writes none.
ROUTES = [
    ("createOrganization", lambda world: lambda headers: world.person.client.post(
        "/organizations", json={"name": unique()}, headers=headers), ["organization.created"]),
    ("updateOrganization", lambda world: (lambda path: lambda headers: world.person.client.patch(
        path, json={"description": "x"}, headers=headers))(world.organization()), ["organization.updated"]),
    ("deleteOrganization", lambda world: (lambda path: lambda headers: world.person.client.delete(
        path, headers=headers))(world.organization()), ["organization.deleted"]),
    ("createRole", lambda world: (lambda org: lambda headers: people.post_role(
        world.person.client, org, [], headers=headers))(world.org()), ["role.created"]),
    ("updateRole", lambda world: (lambda role: lambda headers: world.person.client.patch(
        f"/roles/{role['id']}", json={"description": "x"}, headers=headers))(world.role()), ["role.updated"]),
    ("deleteRole", lambda world: (lambda role: lambda headers: world.person.client.delete(
        f"/roles/{role['id']}", headers=headers))(world.role()), ["role.deleted"]),
    ("assignRole", lambda world: world.assignment("post"), ["member.role_assigned"]),
    ("assignRole", lambda world: world.assignment("post", to_team=True), ["team.role_assigned"]),
    ("assignRole", World.first_assignment, ["member.added"]),
    ("unassignRole", lambda world: world.assignment("delete"), ["member.role_removed"]),
    ("unassignRole", lambda world: world.assignment("delete", to_team=True), ["team.role_removed"]),
    ("unassignRole", World.last_assignment, ["member.removed"]),
    ("removeMember", World.removal, ["member.removed"]),
    ("createTeam", lambda world: (lambda org: lambda headers: world.person.client.post(
        "/teams", json={"name": unique(), "organization_id": org["id"]}, headers=headers))(world.org()), ["team.created"]),
    ("updateTeam", lambda world: (lambda team: lambda headers: world.person.client.patch(
        f"/teams/{team['id']}", json={"description": "x"}, headers=headers))(world.team()), ["team.updated"]),
    ("deleteTeam", lambda world: (lambda team: lambda headers: world.person.client.delete(
        f"/teams/{team['id']}", headers=headers))(world.team()), ["team.deleted"]),
    ("addTeamMember", lambda world: (lambda team: lambda headers: world.person.client.post(
        f"/teams/{team['id']}/members?user_id={world.person.id}", headers=headers))(world.team()), ["team.member_added"]),
    ("removeTeamMember", World.parting, ["team.member_removed"]),
    ("createServiceAccount", lambda world: (lambda path: lambda headers: world.person.client.post(
        path + "/service_accounts", json={"username": unique()}, headers=headers))(world.organization()),
     ["service_account.created"]),
    ("updateServiceAccount", lambda world: (lambda path: lambda headers: world.person.client.patch(
        path, json={"description": "x", "is_active": False}, headers=headers))(world.service()),
     ["service_account.updated", "service_account.deactivated"]),
    ("deleteServiceAccount", lambda world: (lambda path: lambda headers: world.person.client.delete(
        path, headers=headers))(world.service()), ["service_account.deleted"]),
    ("createServiceAccountKey", lambda world: (lambda path: lambda headers: world.person.client.post(
        path + "/api_keys", json={"name": unique()}, headers=headers))(world.service()), ["api_key.created"]),
    ("updateServiceAccountKey", lambda world: (lambda path: lambda headers: world.person.client.patch(
        path, json={"description": "x"}, headers=headers))(world.key()), ["api_key.updated"]),
    ("updateServiceAccountKey", lambda world: (lambda path: lambda headers: world.person.client.patch(
        path, json={"is_active": False}, headers=headers))(world.key()), ["api_key.deactivated"]),
    ("rotateServiceAccountKey", lambda world: (lambda path: lambda headers: world.person.client.post(
        path + "/rotate", json={}, headers=headers))(world.key()), ["api_key.rotated"]),
    ("deleteServiceAccountKey", lambda world: (lambda path: lambda headers: world.person.client.delete(
        path, headers=headers))(world.key()), ["api_key.deleted"]),
    ("createInvitation", World.inviting, ["invitation.created"]),
    ("createInvitations", World.inviting_many, ["invitation.created", "invitation.created"]),
    ("resendInvitation", lambda world: (lambda path: lambda headers: world.person.client.post(
        path + "/resend", headers=headers))(world.invitation()[0]), ["invitation.resent"]),
    ("revokeInvitation", lambda world: (lambda path: lambda headers: world.person.client.delete(
        path, headers=headers))(world.invitation()[0]), ["invitation.revoked"]),
    ("decideInvitation", lambda world: (lambda made: lambda headers: made[1].client.post(
        f"/invitations/{made[2]}?accept=true", headers=headers))(world.invitation()), ["invitation.accepted", "member.added"]),
    ("decideInvitation", lambda world: (lambda made: lambda headers: made[1].client.post(
        f"/invitations/{made[2]}?accept=false", headers=headers))(world.invitation()), ["invitation.declined"]),
    ("invitationDecision", lambda world: world.link_page(decision="allow"), ["invitation.accepted", "member.added"]),
    ("invitationJoining", lambda world: world.link_page(username=unique("new").replace(" ", "-"), password=oauth.PASSWORD),
     ["invitation.accepted", "member.added", "user.created"]),
    ("endSession", lambda world: world.way_in("sessions"), ["session.ended"]),
    ("endGrant", lambda world: world.way_in("grants"), ["grant.ended"]),
    ("createUser", superusers(lambda client, path, headers: client.post("/users", json={"username": unique()}, headers=headers)),
     ["user.created"]),
    ("updateUser", superusers(lambda client, path, headers: client.patch(
        path, json={"name": "x", "is_active": False}, headers=headers)), ["user.updated", "user.deactivated"]),
    ("deleteUser", superusers(lambda client, path, headers: client.delete(path, headers=headers)), ["user.deleted"]),
    ("createOwnKey", lambda world: lambda headers: world.person.client.post(
        "/users/me/api_keys", json={"name": unique()}, headers=headers), ["personal_token.created"]),
    ("updateOwnKey", lambda world: (lambda path: lambda headers: world.person.client.patch(
        path, json={"description": "x"}, headers=headers))(world.token()), ["personal_token.updated"]),
    ("updateOwnKey", lambda world: (lambda path: lambda headers: world.person.client.patch(
        path, json={"is_active": False}, headers=headers))(world.token()), ["personal_token.deactivated"]),
    ("rotateOwnKey", lambda world: (lambda path: lambda headers: world.person.client.post(
        path + "/rotate", json={}, headers=headers))(world.token()), ["personal_token.rotated"]),
    ("deleteOwnKey", lambda world: (lambda path: lambda headers: world.person.client.delete(
        path, headers=headers))(world.token()), ["personal_token.deleted"]),
    ("login", lambda world: world.form("/auth/login", client_id=world.person.id, password=world.person.token),
     "it writes nothing; one an hour and program would hide the rest"),
    ("token", World.code, ["grant.created"]),
    ("token", World.refresh, "one an hour and program would hide the rest"),
    ("revoke", World.revocation, ["grant.ended"]),
    ("introspect", lambda world: (lambda server: lambda headers: server.instance.client().post(
        "/auth/introspect", headers=headers, data={"client_id": server.id, "client_secret": server.secret, "token": "x"}))(
            RegisteredClient(world.instance, redirect_uris=None, resource_server=True)), "it only reads"),
    ("startDevice", lambda world: world.form("/auth/device_authorization", client_id="made-up"),
     "anybody may begin; the decision is on record"),
    ("decide", World.consent, "the client redeems the code, and that is on record"),
    ("deviceDecision", World.decision, ["device.approved"]),
    ("signIn", World.sign_in, ["user.signed_in"]),
    ("forgottenPassword", lambda world: lambda headers: world.post_form("/account/forgotten-password", headers, username="x"),
     "this service sends no mails; test_forgotten_passwords.py has one that does"),
    ("resetPassword", lambda world: world.mailed_link(RESET, password="another password"), ["user.password_changed"]),
    ("confirmAddress", lambda world: world.mailed_link(CONFIRM), ["user.updated"]),
    ("signOut", World.sign_out, ["user.signed_out"]),
]


@pytest.fixture(scope="module", name="operations")
def read_operations(instance):
    """Name to method, path and the credentials that it takes."""
    document = ok(instance.client().get("/openapi.json"))
    return {operation["operationId"]: (method, path, operation.get("security", document.get("security")))
            for path, methods in document["paths"].items() for method, operation in methods.items()
            if method in ("get", *WRITING)}


def test_the_table_has_every_route_that_writes(operations):
    assert {name for name, _, _ in ROUTES} == {name for name, (method, _, _) in operations.items() if method in WRITING}


@pytest.mark.parametrize("name, begin, expected", ROUTES, ids=[f"{row[0]}-{number}" for number, row in enumerate(ROUTES)])
def test_a_route_writes_its_event(instance, name, begin, expected):
    send, request_id = begin(World(instance)), uuid.uuid4().hex
    response = send({"X-Request-Id": request_id})
    assert response.status_code in (200, 303), response.text
    written = [row["action"] for row in rows(instance, "SELECT action FROM orgd_events WHERE request_id = %s", request_id)]
    assert written == (expected if isinstance(expected, list) else []), name
    line, = logged(instance, request_id, 1)
    assert line["action"] == (written[-1] if written else None)


def test_every_route_for_callers_records_who_used_an_ended_token(instance, operations):
    user = instance.user()
    instance.installation.sql(f"UPDATE orgd.orgd_credentials SET is_active = FALSE WHERE id = {oauth.id_of(user.token)}")
    routes = [route for route in operations.values() if {"Bearer": []} in route[2]]
    assert len(routes) >= 7
    for method, path, _ in routes:
        request_id = uuid.uuid4().hex
        body = {"json": {}} if method in ("post", "patch") else {}
        response = user.client.request(method.upper(), re.sub(r"\{\w+\}", str(uuid.uuid4()), path),
                                       headers={"X-Request-Id": request_id}, **body)
        assert response.status_code == 401, (method, path, response.text)
        line, = logged(instance, request_id, 1)
        assert line["action"] == "personal_token.use_refused", (method, path)
    counted, = rows(instance, "SELECT (SELECT SUM(count) FROM orgd_events WHERE action = 'personal_token.use_refused'"
                    f" AND actor_credential_id = {oauth.id_of(user.token)}) + (SELECT SUM(pending) FROM orgd_event_refusals"
                    f" WHERE subject_id = {oauth.id_of(user.token)}) AS refusals")
    assert counted["refusals"] == len(routes)


@pytest.mark.parametrize("path", ["/auth/login", "/auth/token", "/auth/revoke", "/auth/introspect",
                                  "/auth/device_authorization"])
def test_every_route_for_clients_records_who_sent_a_wrong_secret(instance, path):
    client, request_id = RegisteredClient(instance, confidential=True), uuid.uuid4().hex
    form = {"grant_type": "authorization_code", "code": "x", "token": "x", "client_id": client.id, "client_secret": "wrong"}
    response = instance.client().post(path, data=form, headers={"X-Request-Id": request_id})
    assert response.status_code == 401, response.text
    line, = logged(instance, request_id, 1)
    assert line["action"] == "client.authentication_refused"
    assert len(rows(instance, "SELECT id FROM orgd_events WHERE request_id = %s", request_id)) == 1
