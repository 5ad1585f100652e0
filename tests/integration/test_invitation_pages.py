"""The page behind an invitation's link, in its three cases: who has signed in, who has an account, and who is new; and
what it says when the invitation is not what it was."""

import html
import urllib.parse

import pytest

from expect import ok, unique, unique_address
from oauth import PASSWORD, Browser, forget_attempts, person_of, sign_in
from people import assign, create_role, create_team, join
from test_concurrency import at_once
from test_events import chain
from test_invitations import age, decide, invite, roles_in

SECRET = "secret="


@pytest.fixture
def owner(instance):
    forget_attempts(instance)
    return instance.user(limit=50)


@pytest.fixture
def org(instance, owner):
    return instance.organization(owner, name=unique("R&D <b>"))


def link_of(made):
    """The path of the link, as a browser asks for it."""
    return urllib.parse.urlsplit(made["link"]).path + "?" + urllib.parse.urlsplit(made["link"]).query


def mailed(instance, made):
    """A link as a mail has it: the other secret of the invitation takes the place of the digest that is kept."""
    secret = "ORGINM_" + made["link"].partition(SECRET)[2][7:]
    instance.installation.sql("UPDATE orgd.orgd_invitations SET mail_digest = UNHEX(SHA2(%s, 256)) WHERE id = UNHEX(%s)",
                              (secret, made["id"].replace("-", "")))
    return link_of(made).replace("ORGINV_", "ORGINM_")


def with_address(instance, person, address, *options):
    instance.installation.orgctl("user", "set", person.name, "--email", address, *options)
    return person


def is_verified(instance, name, address):
    return instance.installation.sql("SELECT email_key IS NOT NULL FROM orgd.orgd_accounts WHERE name = %s AND email = %s",
                                     (name, address)) == [(1,)]


def text_of(browser):
    return html.unescape(browser.page.text)


def test_who_has_signed_in_is_asked(instance, owner, org):
    guest = with_address(instance, person_of(instance), unique_address())
    made = ok(invite(owner.client, org, address_of(instance, guest), "viewer"))
    browser = sign_in(instance, guest)
    assert browser.get(link_of(made)).status_code == 200
    text = text_of(browser)
    for part in (org["name"], owner.name, guest.name, made["email"], "Organization Viewer"):
        assert part in text, part
    assert "<b>" not in browser.page.text
    assert browser.submit(decision="allow").status_code == 200 and "You are a member now" in text_of(browser)
    assert roles_in(instance, org, guest) == "viewer"
    assert browser.get(link_of(made)).status_code == 409 and "accepted" in text_of(browser)


@pytest.mark.parametrize("way", ["link", "mail"])
@pytest.mark.parametrize("visitor", ["nobody", "guest"])
def test_all_that_the_invitation_gives_is_named(instance, owner, org, visitor, way):
    """Before an account is made as well as before the decision, since either accepts it."""
    guest = with_address(instance, person_of(instance), unique_address())
    browser = sign_in(instance, guest) if visitor == "guest" else Browser(instance.url)
    made = ok(invite(owner.client, org, address_of(instance, guest), "viewer"))
    path = mailed(instance, made) if way == "mail" else link_of(made)
    assert browser.get(path).status_code == 200 and "Organization Viewer" in text_of(browser)
    assert "Your teams would be" not in text_of(browser)
    role = create_role(owner.client, org, ["event:read"], name=unique("Desk <i>"))
    ok(assign(owner.client, role["id"], invitation_id=made["id"]))
    teams = [create_team(owner.client, org, name=unique("Night & <i>")) for _ in range(2)]
    for team in teams:
        ok(join(owner.client, team, invitation_id=made["id"]))
    browser.get(path)
    assert f"Organization Viewer, {role['name']}</dd>" in text_of(browser) and "<i>" not in browser.page.text
    assert ", ".join(team["name"] for team in teams) + "</dd>" in text_of(browser)


def address_of(instance, person):
    return instance.installation.sql("SELECT email FROM orgd.orgd_accounts WHERE name = %s", (person.name,))[0][0]


def test_who_declines_is_no_member(instance, owner, org):
    address = unique_address()
    guest = with_address(instance, person_of(instance), address)
    made = ok(invite(owner.client, org, address))
    browser = sign_in(instance, guest)
    browser.get(link_of(made))
    assert browser.submit(decision="deny").status_code == 200
    assert roles_in(instance, org, guest) is None
    assert ok(owner.client.get("/invitations/" + made["id"]))["status"] == "declined"
    assert browser.get(link_of(made)).status_code == 403 and "declined" in text_of(browser)


def test_what_is_no_decision_declines_nothing(instance, owner, org):
    address = unique_address()
    guest = with_address(instance, person_of(instance), address)
    made = ok(invite(owner.client, org, address))
    browser = sign_in(instance, guest)
    for decision, status in (None, 200), ("", 200), (["allow", "deny"], 400), (["deny", "deny"], 400), ("Allow", 400), ("maybe", 400):
        browser.get(link_of(made))
        assert browser.submit(decision=decision).status_code == status, decision
        assert ok(owner.client.get("/invitations/" + made["id"]))["status"] == "pending"
    browser.get(link_of(made))
    assert browser.submit().status_code == 200 and "Decline" in text_of(browser)
    assert browser.submit(decision="allow").status_code == 200 and roles_in(instance, org, guest) == "member"


def test_who_has_an_account_signs_in_and_comes_back(instance, owner, org):
    address = unique_address()
    guest = with_address(instance, person_of(instance), address)
    made = ok(invite(owner.client, org, address))
    browser = Browser(instance.url)
    assert browser.get(link_of(made)).status_code == 200
    href, = [part.partition('"')[0] for part in browser.page.text.split('href="') if "/auth/sign-in" in part]
    browser.get(html.unescape(href))
    browser.submit(username=guest.name, password=PASSWORD)
    browser.follow()
    assert browser.page.status_code == 200 and "Join" in text_of(browser)
    browser.submit(decision="allow")
    assert roles_in(instance, org, guest) == "member"


@pytest.mark.parametrize("way", ["link", "mail"])
def test_who_is_new_makes_an_account(instance, owner, org, way):
    address = unique_address()
    made = ok(invite(owner.client, org, address, "manager"))
    path = mailed(instance, made) if way == "mail" else link_of(made)
    name = unique("new").replace(" ", "-")
    browser = Browser(instance.url)
    browser.get(path)
    assert browser.submit(username=name, password=PASSWORD).status_code == 200, text_of(browser)
    assert "You are a member now" in text_of(browser)
    assert is_verified(instance, name, address) == (way == "mail")
    again = Browser(instance.url)
    again.get(f"{instance.mount}/auth/sign-in")
    assert name in again.sign_in(name).text
    events = ok(owner.client.get(f"/organizations/{org['id']}/events?limit=2"))
    assert [event["action"] for event in events] == ["member.added", "invitation.accepted"]
    assert {event["actor"]["name"] for event in events} == {name}
    members = instance.installation.sql(
        "SELECT m.own_roles FROM orgd.orgd_memberships m JOIN orgd.orgd_accounts a ON a.id = m.account_id WHERE a.name = %s",
        (name,))
    assert members == [("manager",)]


@pytest.mark.shows("V2.1.7")
def test_what_is_wrong_with_a_new_account_is_said_above_the_form(instance, owner, org):
    other = person_of(instance)
    made = ok(invite(owner.client, org, unique_address()))
    browser = Browser(instance.url)
    browser.get(link_of(made))
    name = unique("new").replace(" ", "-")
    for fields, status, words in (({"username": other.name, "password": PASSWORD}, 409, "Choose another one"),
                                  ({"username": " ", "password": PASSWORD}, 422, "Choose another user name"),
                                  ({"username": name, "password": "short"}, 422, "Choose another password"),
                                  ({"username": name, "password": ""}, 422, "Choose another password"),
                                  ({"username": name, "password": None}, 422, "Choose another password"),
                                  ({"username": None, "password": PASSWORD}, 422, "Choose another user name"),
                                  ({"username": name, "password": "passwordpassword"}, 422, "this one is common"),
                                  ({"username": name, "password": name + "!"}, 422, "little more than your user name")):
        assert browser.submit(**fields).status_code == status, text_of(browser)
        assert words in text_of(browser) and 'role="alert"' in browser.page.text
    assert not instance.installation.sql("SELECT 1 FROM orgd.orgd_accounts WHERE name = %s", (name,))
    assert browser.submit(username=name, password=PASSWORD).status_code == 200


def test_a_mailed_link_makes_no_second_account_with_the_address(instance, owner, org):
    address = unique_address()
    made = ok(invite(owner.client, org, address))
    path = mailed(instance, made)
    with_address(instance, person_of(instance), address)
    browser = Browser(instance.url)
    browser.get(path)
    name = unique("new").replace(" ", "-")
    assert browser.submit(username=name, password=PASSWORD).status_code == 409
    assert "Sign in with it" in text_of(browser)
    assert ok(owner.client.get("/invitations/" + made["id"]))["status"] == "pending"


def test_who_has_signed_in_as_somebody_else_may_change(instance, owner, org):
    address, other_address = unique_address(), unique_address()
    guest = with_address(instance, person_of(instance), address)
    other = with_address(instance, person_of(instance), other_address)
    made = ok(invite(owner.client, org, address))
    browser = sign_in(instance, other)
    assert browser.get(link_of(made)).status_code == 200
    for part in (address, other_address, other.name):
        assert part in text_of(browser)
    form, = [form for form in browser.forms() if form.action.endswith("/auth/sign-out")]
    browser.post(form.action, form.fields)
    browser.follow()
    browser.get(link_of(made))
    assert "If you have an account" in text_of(browser)
    # nothing that is sent by hand lets the other one in
    again = sign_in(instance, other)
    again.get(f"{instance.mount}/auth/sign-in")
    token = again.forms()[0].fields["form_token"]
    secret = made["link"].partition(SECRET)[2]
    page = again.post(f"{instance.mount}/account/invitation", {"form_token": token, "secret": secret, "decision": "allow"})
    assert page.status_code == 403 and roles_in(instance, org, other) is None
    ok(decide(guest, made))


@pytest.mark.parametrize("way, verified", [("mail", True), ("link", False)])
def test_only_the_mail_verifies_the_address(instance, owner, org, way, verified):
    address = unique_address()
    guest = with_address(instance, person_of(instance), address, "--email-unverified")
    made = ok(invite(owner.client, org, address))
    path = mailed(instance, made) if way == "mail" else link_of(made)
    browser = sign_in(instance, guest)
    browser.get(path)
    assert browser.submit(decision="allow").status_code == 200
    assert is_verified(instance, guest.name, address) == verified and roles_in(instance, org, guest) == "member"


def test_that_the_mail_verifies_an_address_is_a_change_of_the_user(instance, owner, org):
    address = unique_address()
    guest = with_address(instance, person_of(instance), address, "--email-unverified")
    made = ok(invite(owner.client, org, address))
    before = guest.client.get(f"/users/{guest.id}")
    browser = sign_in(instance, guest)
    browser.get(mailed(instance, made))
    browser.submit(decision="deny")
    after = guest.client.get(f"/users/{guest.id}", headers={"If-None-Match": before.headers["ETag"]})
    assert ok(after)["email_verified"] and not ok(before)["email_verified"]
    assert after.json()["updated"] > before.json()["updated"] and after.headers["ETag"] != before.headers["ETag"]
    last = chain(instance, guest.id)[-1]
    assert (last["action"], last["changes"]) == ("user.updated", {"email_verified": {"before": False, "after": True}})
    assert last["actor"]["id"] == guest.id
    assert "user.updated" not in [event["action"] for event in chain(instance, org["id"])]


def test_a_mail_takes_no_address_from_another_account(instance, owner, org):
    address = unique_address()
    guest = with_address(instance, person_of(instance), address, "--email-unverified")
    made = ok(invite(owner.client, org, address))
    path = mailed(instance, made)
    holder = with_address(instance, person_of(instance), address)
    browser = sign_in(instance, guest)
    browser.get(path)
    browser.submit(decision="allow")
    assert is_verified(instance, holder.name, address) and not is_verified(instance, guest.name, address)


@pytest.mark.parametrize("end, status, word", [("expire", 403, "expired"), ("revoke", 403, "revoked"), ("resend", 404, "newer"),
                                               ("organization", 404, "no such"), ("garbage", 404, "no such")])
def test_a_link_that_is_over_says_so(instance, owner, org, end, status, word):
    made = ok(invite(owner.client, org, unique_address()))
    path = link_of(made)
    own = f"/organizations/{org['id']}/invitations/{made['id']}"
    if end == "expire":
        age(instance, made, 31)
    elif end == "revoke":
        ok(owner.client.delete(own))
    elif end == "resend":
        ok(owner.client.post(own + "/resend"))
    elif end == "organization":
        ok(owner.client.delete("/organizations/" + org["id"]))
    else:
        path = path[:-3] + ("AAA" if not path.endswith("AAA") else "BBB")
    for browser in Browser(instance.url), sign_in(instance, person_of(instance)):
        assert browser.get(path).status_code == status and word in text_of(browser).lower()
        assert not browser.forms() or all("invitation" not in form.action for form in browser.forms())


def test_of_many_that_join_by_one_link_one_does(instance, owner, org):
    made = ok(invite(owner.client, org, unique_address()))
    names = [unique("new").replace(" ", "-") for _ in range(6)]
    browsers = [Browser(instance.url) for _ in names]
    for browser in browsers:
        browser.get(link_of(made))

    def join(browser, name):
        for _ in range(100):
            browser.submit(username=name, password=PASSWORD)
            if browser.page.status_code != 429:
                return browser.page
        return browser.page

    pages = at_once([lambda one=one: join(*one) for one in zip(browsers, names)])
    assert sorted(page.status_code for page in pages) == [200] + [409] * 5
    there = instance.installation.sql("SELECT COUNT(*) FROM orgd.orgd_accounts WHERE name IN (%s, %s, %s, %s, %s, %s)", names)
    assert there == [(1,)]


def test_a_link_stands_in_no_log(instance, owner, org):
    made = ok(invite(owner.client, org, unique_address()))
    Browser(instance.url).get(link_of(made))
    secret = made["link"].partition(SECRET)[2]
    assert secret not in instance.log_text() and secret[7:] not in instance.log_text()


def test_new_accounts_are_counted_by_their_network(instance, owner, org):
    """Each attempt takes the time of a password, and needs nothing but a link, which who invites makes."""
    made, taken = ok(invite(owner.client, org, unique_address())), instance.user().name
    browser = Browser(instance.url)
    browser.get(link_of(made))
    assert browser.submit(username=taken, password=PASSWORD).status_code == 409
    bucket = "bucket = UNHEX(SHA2('account from 127.0.0.1', 256))"
    sql = instance.installation.sql
    assert sql(f"SELECT failures FROM orgd.orgd_attempts WHERE {bucket}") == [(1,)]
    sql(f"UPDATE orgd.orgd_attempts SET failures = 33, last = UTC_TIMESTAMP(6) WHERE {bucket}")
    name = unique("new").replace(" ", "-")
    assert browser.submit(username=name, password=PASSWORD).status_code == 429
    assert int(browser.page.headers["Retry-After"]) <= 9 and name in browser.page.text and "seconds" in text_of(browser)
    sql(f"UPDATE orgd.orgd_attempts SET last = UTC_TIMESTAMP(6) - INTERVAL 9 SECOND WHERE {bucket}")
    assert browser.submit(username=name, password=PASSWORD).status_code == 200, text_of(browser)
    assert sql(f"SELECT failures FROM orgd.orgd_attempts WHERE {bucket}") == [(34,)]
