"""Two people who have nothing but HTTP: a script that keeps an organization as a directory says, and an administrator."""

import urllib.parse

import requests

from expect import error, ok, unique, unique_address
from mailed_links import INVITATION, link_of, mails_to
from mailing_fixtures import mailing, server  # noqa: F401 (fixtures)
from oauth import PASSWORD, Browser, person_of, sign_in
from people import member_of, role_names, wrong_masks
from test_invitations import decide, person

MOUNT = "/api/v1"

# The script


class Synchronization:
    """Logs in with a superuser's token, and makes the organization as the directory says: who is in it, with which role, in
    which team. It can be run again and again."""

    def __init__(self, url, token):
        self.url = url
        self.session = requests.Session()
        answer = self.call("POST", "/auth/login", data={"password": token})
        self.session.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self.done = []

    def call(self, method, path, already=(), **options):
        """The answer; None if it is so already."""
        response = self.session.request(method, self.url + path, timeout=30, **options)
        if response.status_code in already:
            return None
        assert response.status_code == 200, f"{method} {path}: {response.status_code} {response.text}"
        return response.json()

    def pages(self, path, **params):
        """Everything in a list, page by page."""
        url, items = self.url + path, []
        while url:
            response = self.session.get(url, params=params, timeout=30)
            assert response.status_code == 200, response.text
            items += response.json()
            url, params = response.links.get("next", {}).get("url"), {}
            url = urllib.parse.urljoin(self.url, url) if url else None
        return items

    def user_of(self, email):
        found = self.pages("/users", email=email)
        return found[0] if found else None

    def role_named(self, organization_id, name):
        role, = self.pages(f"/organizations/{organization_id}/roles", name=name)
        return role

    def team_named(self, organization_id, name):
        for team in self.pages(f"/organizations/{organization_id}/teams", name=name):
            return team
        self.done.append(("make team", name))
        return self.call("POST", "/teams", json={"name": name, "organization_id": organization_id})

    def holder_of(self, organization_id, entry, role):
        """Who is to have the role: the user, or an invitation, which is made if there is none."""
        user = self.user_of(entry["email"])
        if user:
            return {"user_id": user["id"]}
        path = f"/organizations/{organization_id}/invitations"
        invitations = self.pages(path, email=entry["email"])
        if not invitations:
            self.done.append(("invite", entry["email"]))
            invitations = [self.call("POST", path, json={"email": entry["email"], "role_id": role["id"]})]
        return {"invitation_id": invitations[0]["id"]}

    def run(self, organization_id, directory):
        for entry in directory:
            role, team = self.role_named(organization_id, entry["role"]), self.team_named(organization_id, entry["team"])
            holder = self.holder_of(organization_id, entry, role)
            if self.call("POST", f"/roles/{role['id']}/assignments", params=holder, already=[409]):
                self.done.append(("assign", entry["email"], entry["role"]))
            if self.call("POST", f"/teams/{team['id']}/members", params=holder, already=[409]):
                self.done.append(("join", entry["email"], entry["team"]))
        known = {entry["email"] for entry in directory}
        for member in self.pages(f"/organizations/{organization_id}/members", include_teams=False):
            gone = member["user"] and not member["user"]["is_service_account"] and member["user"]["email"] not in known
            if gone and not member["is_owner"] and member["user"]["is_active"]:
                self.call("PATCH", f"/users/{member['user']['id']}", json={"is_active": False})
                self.done.append(("deactivate", member["user"]["email"]))


def test_a_script_keeps_an_organization_as_the_directory_says(mailing, server):
    owner, alice, carol = mailing.user(limit=1), person(mailing), person(mailing)
    org, newcomer = mailing.organization(owner), unique_address()
    role = ok(owner.client.post("/roles", json={"name": "Auditor", "organization_id": org["id"], "permissions": ["event:read"]}))
    mailing.member(org["id"], carol, "member")
    directory = [{"email": alice.email, "role": "Organization Manager", "team": "Berlin"},
                 {"email": newcomer, "role": "Auditor", "team": "Berlin"},
                 {"email": carol.email, "role": "Organization Viewer", "team": "Paris"}]

    def run(entries):
        script = Synchronization(mailing.url, mailing.admin.token)
        script.run(org["id"], entries)
        return script.done

    assert run(directory) == [
        ("make team", "Berlin"), ("assign", alice.email, "Organization Manager"), ("join", alice.email, "Berlin"),
        ("invite", newcomer), ("join", newcomer, "Berlin"), ("make team", "Paris"),
        ("assign", carol.email, "Organization Viewer"), ("join", carol.email, "Paris")]
    assert run(directory) == []
    ok(alice.client.patch("/organizations/" + org["id"], json={"description": "Hers"}))

    browser = Browser(mailing.url)
    browser.get(link_of(mails_to(server, newcomer)[-1], INVITATION))
    assert browser.submit(username=unique("bob").replace(" ", "-"), password=PASSWORD).status_code == 200
    user, = ok(mailing.admin.client.get("/users", params={"email": newcomer}))
    assert role_names(member_of(owner.client, org, user["id"])) == [role["name"]]
    assert run(directory) == []  # the invitation has become the user, with the same role and team
    assert run(directory[1:]) == [("deactivate", alice.email)]
    assert alice.client.get("/organizations/" + org["id"]).status_code == 401
    assert run(directory[1:]) == []
    assert wrong_masks(mailing.installation) == []


# The administrator


def test_an_administrator_has_http_and_mails(mailing, server):
    """Three are invited: one has an account, one is new, and one has signed in as somebody else."""
    boss = person_of(mailing, limit=1)
    org = ok(boss.client.post("/organizations", json={"name": unique("Works")}))
    path, name = "/organizations/" + org["id"], unique("new").replace(" ", "-")
    known, other = person(mailing), person_of(mailing)
    addresses = {"known": known.email, "new": unique_address(), "other": unique_address()}
    member = ok(boss.client.get(path + "/roles", params={"name": "Organization Member"}))[0]["id"]
    outcomes = ok(boss.client.post(path + "/invitations/bulk", json={
        "invitations": [{"email": address, "role_id": member} for address in addresses.values()]}))
    invitations = {who: outcome["invitation"] for who, outcome in zip(addresses, outcomes)}
    assert [outcome["status"] for outcome in outcomes] == [200, 200, 200]
    auditor = ok(boss.client.post("/roles", json={"name": "Auditor", "organization_id": org["id"], "permissions": ["event:read"]}))
    team = ok(boss.client.post("/teams", json={"name": "Night shift", "organization_id": org["id"]}))
    ok(boss.client.post(f"/roles/{auditor['id']}/assignments", params={"invitation_id": invitations["new"]["id"]}))
    for who in "new", "other":
        ok(boss.client.post(f"/teams/{team['id']}/members", params={"invitation_id": invitations[who]["id"]}))
    pending = [item["invitation"] for item in ok(boss.client.get(path + "/members")) if item["invitation"]]
    assert {one["email"] for one in pending} == set(addresses.values())

    def mailed(who):
        return link_of(mails_to(server, addresses[who])[-1], INVITATION)

    assert ok(decide(known, invitations["known"])) == org["id"]
    newcomer = Browser(mailing.url)
    newcomer.get(mailed("new"))
    assert newcomer.submit(username=name, password=PASSWORD).status_code == 200
    stranger = sign_in(mailing, other)
    page = stranger.get(mailed("other"))
    assert page.status_code == 200 and addresses["other"] in page.text and other.name in page.text
    error(decide(other, invitations["other"]), 404, "KeyError")
    decided = Browser(mailing.url)  # the same link, signed in as nobody
    decided.get(mailed("other"))
    assert decided.submit(username=unique("third").replace(" ", "-"), password=PASSWORD).status_code == 200

    people = {item["user"]["email"]: item for item in ok(boss.client.get(path + "/members", params={"include_teams": False}))
              if item["user"]["email"]}
    assert set(people) >= set(addresses.values())
    assert role_names(people[addresses["new"]]) == ["Organization Member", "Auditor"]
    in_team = {item["user"]["email"] for item in ok(boss.client.get(f"/teams/{team['id']}/members"))}
    assert in_team == {addresses["new"], addresses["other"]}

    key = ok(boss.client.post("/users/me/api_keys", json={"name": "Script"}))
    rotated = ok(boss.client.post(f"/users/me/api_keys/{key['id']}/rotate", json={}))
    assert mailing.client(key["key"]).get("/users/me").status_code == 401
    ok(mailing.client(rotated["key"]).get("/users/me"))

    def remove(client, user_id):
        return client.delete(path + "/members", params={"user_id": user_id})

    assert ok(remove(boss.client, people[addresses["other"]]["user"]["id"])) is None
    assert {item["user"]["email"] for item in ok(boss.client.get(f"/teams/{team['id']}/members"))} == {addresses["new"]}
    assert ok(remove(known.client, known.id)) is None
    assert "transfer the ownership" in error(remove(boss.client, boss.id), 403, "IllegalOperationError")
    heir = people[addresses["new"]]["user"]["id"]
    ok(boss.client.patch(path, json={"owner_id": heir}))
    assert ok(remove(boss.client, boss.id)) is None
    error(boss.client.get(path), 404, "KeyError")
    assert wrong_masks(mailing.installation) == []
