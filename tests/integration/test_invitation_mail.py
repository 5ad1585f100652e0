"""The mails of invitations: who gets one, what it says, and that its link proves the address."""

import pytest

from expect import error, ok, unique, unique_address
from mailed_links import INVITATION, link_of, links_in, mails_to
from mailing_fixtures import mailing, server  # noqa: F401 (fixtures)
from oauth import PASSWORD, Browser
from test_concurrency import at_once, sender, statuses
from test_invitation_pages import is_verified
from test_invitations import invite


@pytest.fixture
def owner(mailing):
    return mailing.user(limit=10)


@pytest.fixture
def org(mailing, owner):
    return mailing.organization(owner, name=unique("R&D <Zürich>"))


def test_an_invitation_comes_by_mail(mailing, server, owner, org):
    address = unique_address()
    made = ok(invite(owner.client, org, address, "viewer"))
    message, = mails_to(server, address)
    assert message["Subject"] == f"Invitation to {org['name']}" and message["To"] == address
    link, = links_in(message, INVITATION)
    assert "ORGINM_" in link
    assert link.partition("_")[2] != made["link"].partition("_")[2]
    text = message.get_body(("plain",)).get_content()
    assert owner.name in text and made["expiration_date"][:10] in text
    assert "<Zürich>" in text and "&lt;Zürich&gt;" in message.get_body(("html",)).get_content()


def test_whoever_follows_it_has_proved_the_address(mailing, server, owner, org):
    address, name = unique_address(), unique("new").replace(" ", "-")
    ok(invite(owner.client, org, address))
    message, = mails_to(server, address)
    browser = Browser(mailing.url)
    assert browser.get(link_of(message, INVITATION)).status_code == 200
    assert browser.submit(username=name, password=PASSWORD).status_code == 200, browser.page.text
    assert is_verified(mailing, name, address)


def test_one_that_is_sent_again_has_another_link(mailing, server, owner, org):
    address = unique_address()
    made = ok(invite(owner.client, org, address))
    mails_to(server, address)
    ok(owner.client.post(f"/organizations/{org['id']}/invitations/{made['id']}/resend"))
    old, new = (link_of(message, INVITATION) for message in mails_to(server, address, 2))
    assert {Browser(mailing.url).get(link).status_code for link in (old, new)} == {200, 404}


def test_who_is_not_to_be_told_gets_no_mail(mailing, server, owner, org):
    quiet, refused, told = unique_address(), "nobody", unique_address()
    ok(invite(owner.client, org, quiet, notify=False))
    invite(owner.client, org, refused)
    ok(invite(owner.client, org, told))
    error(invite(owner.client, org, told), 409, "EntityExistsError")
    mails_to(server, told)
    assert len(server.to(told)) == 1 and not server.to(quiet) and not server.to(refused)


def test_an_operator_may_send_it_or_hand_it_over(mailing, server, org):
    config = mailing.backend.config_path
    for address, more, count in ((unique_address(), (), 1), (unique_address(), ("--no-mail",), 0)):
        done = mailing.installation.run_orgctl("invitation", "create", "--organization", org["id"], "--email", address,
                                               "--role", "member", "--quiet", *more, config_path=config)
        assert done.returncode == 0, done.stderr
        assert "/account/invitation?secret=ORGINV_" in done.stdout
        if count:
            mails_to(server, address)
    assert not server.to(address)


# How many


def resend(client, org, made):
    return client.post(f"/organizations/{org['id']}/invitations/{made['id']}/resend")


def sent_for(mailing, org):
    return mailing.installation.sql("SELECT COUNT(*) FROM orgd.orgd_mails WHERE organization_id = UNHEX(%s)",
                                    org["id"].replace("-", ""))[0][0]


def refused(response):
    sentence = error(response, 429, "TooManyRequests")
    assert response.headers["Retry-After"] == "3600"
    return sentence


def test_nobody_is_flooded_with_mails(mailing, server, owner, org):
    """Whoever may invite chooses the address, and the name of the organization is in the mail."""
    address = unique_address()
    made = ok(invite(owner.client, org, address))
    for count in range(1, 5):
        mails_to(server, address, count)
        responses = at_once([sender(mailing, owner, "POST", f"/organizations/{org['id']}/invitations/{made['id']}/resend")
                             for _ in range(4)])
        assert statuses(responses) == {200: 4}, "a mail that waits still makes room for the next"
    mails_to(server, address, 5)
    assert "to this address" in refused(resend(owner.client, org, made))
    ok(owner.client.delete(f"/organizations/{org['id']}/invitations/{made['id']}"))
    refused(invite(owner.client, org, address.title()))
    assert sent_for(mailing, org) == 5 and ok(owner.client.get(f"/organizations/{org['id']}/invitations")) == []
    assert "link" in ok(invite(owner.client, org, address, notify=False))
    ok(invite(owner.client, org, unique_address()))
    ok(invite(owner.client, mailing.organization(owner), address))
    mailing.installation.sql("UPDATE orgd.orgd_mails SET created = created - INTERVAL 1 DAY WHERE recipient = %s", address)
    made, = [item for item in ok(owner.client.get(f"/organizations/{org['id']}/invitations")) if item["email"] == address]
    ok(resend(owner.client, org, made))


def test_an_organization_sends_only_so_many_mails_a_day(mailing, owner, org):
    mailing.installation.sql(
        "INSERT INTO orgd.orgd_mails (id, kind, organization_id, recipient, language, subject, state, created, give_up, attempts,"
        " done) SELECT UNHEX(MD5(CONCAT(%s, seq))), 'test', UNHEX(%s), CONCAT(seq, '@example.org'), 'en', 's', 'sent',"
        " UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 1, UTC_TIMESTAMP(6) FROM orgd.seq_1_to_999",
        (org["id"], org["id"].replace("-", "")))
    ok(invite(owner.client, org, unique_address()))
    refused(invite(owner.client, org, unique_address()))
    ok(invite(owner.client, org, unique_address(), notify=False))
