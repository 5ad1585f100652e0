"""The mails of invitations: who gets one, what it says, and that its link proves the address."""

import re
import urllib.parse

import pytest

from expect import error, ok, unique, unique_address
from installation import Instance
from mail_server import MailServer
from oauth import PASSWORD, Browser
from processes import PATIENCE, wait_until
from test_invitation_pages import is_verified
from test_invitations import invite

SOON = 30 * PATIENCE


@pytest.fixture(scope="module")
def server():
    with MailServer() as started:
        yield started


@pytest.fixture(scope="module")
def mailing(database, server):
    with Instance(database, "nginx", "", workers=2, settings=server.settings()) as started:
        yield started
    database.sql("DELETE FROM orgd.orgd_mails")


@pytest.fixture
def owner(mailing):
    return mailing.user(limit=10)


@pytest.fixture
def org(mailing, owner):
    return mailing.organization(owner, name=unique("R&D <Zürich>"))


def mails_to(server, address, count=1):
    wait_until(lambda: len(server.to(address)) >= count, f"{count} mails to {address}", timeout=SOON)
    return [mail.message for mail in server.to(address)]


def links_in(message):
    """Of the text and of the HTML."""
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content().replace("&amp;", "&")
    return [re.findall(r"https?://\S+?/account/invitation\?secret=\w[\w-]*", part) for part in (text, html)]


def path_of(link):
    parts = urllib.parse.urlsplit(link)
    return f"{parts.path}?{parts.query}"


def test_an_invitation_comes_by_mail(mailing, server, owner, org):
    address = unique_address()
    made = ok(invite(owner.client, org, address, "viewer"))
    message, = mails_to(server, address)
    assert message["Subject"] == f"Invitation to {org['name']}" and message["To"] == address
    in_text, in_html = links_in(message)
    assert in_text == in_html and len(in_text) == 1 and "ORGINM_" in in_text[0]
    assert in_text[0].partition("_")[2] != made["link"].partition("_")[2]
    text = message.get_body(("plain",)).get_content()
    assert owner.name in text and made["expiration_date"][:10] in text
    assert "<Zürich>" in text and "&lt;Zürich&gt;" in message.get_body(("html",)).get_content()


def test_whoever_follows_it_has_proved_the_address(mailing, server, owner, org):
    address, name = unique_address(), unique("new").replace(" ", "-")
    ok(invite(owner.client, org, address))
    message, = mails_to(server, address)
    browser = Browser(mailing.url)
    assert browser.get(path_of(links_in(message)[0][0])).status_code == 200
    assert browser.submit(username=name, password=PASSWORD).status_code == 200, browser.page.text
    assert is_verified(mailing, name, address)


def test_one_that_is_sent_again_has_another_link(mailing, server, owner, org):
    address = unique_address()
    made = ok(invite(owner.client, org, address))
    ok(owner.client.post(f"/organizations/{org['id']}/invitations/{made['id']}/resend"))
    old, new = (links_in(message)[0][0] for message in mails_to(server, address, 2))
    assert {Browser(mailing.url).get(path_of(link)).status_code for link in (old, new)} == {200, 404}


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
