"""Links that are mailed to people: where there is a mail server, as they come; elsewhere, as if one had come."""

import base64
import re
import secrets
import urllib.parse
import uuid

from processes import PATIENCE, wait_until

SOON = 30 * PATIENCE
RESET, CONFIRM, INVITATION = "/account/reset-password", "/account/confirm-address", "/account/invitation"
KINDS = {RESET: ("password", "ORGRES_"), CONFIRM: ("address", "ORGADR_")}


def mails_to(server, address, count=1):
    """The messages, when there are so many."""
    wait_until(lambda: len(server.to(address)) >= count, f"{count} mails to {address}", timeout=SOON)
    return [mail.message for mail in server.to(address)]


def subjects(server, address, count):
    return sorted(message["Subject"] for message in mails_to(server, address, count))


def links_in(message, page):
    """Of the text and of the HTML, which must be the same."""
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content().replace("&amp;", "&")
    found = [re.findall(rf"https?://\S+?{page}\?secret=\w[\w-]*", part) for part in (text, html)]
    assert found[0] == found[1], found
    return found[0]


def path_of(link):
    parts = urllib.parse.urlsplit(link)
    return f"{parts.path}?{parts.query}"


def link_of(message, page):
    """The path of the one link to this page."""
    link, = links_in(message, page)
    return path_of(link)


def put_link(instance, page, user_id, address):
    """Writes a link as if it had been mailed; returns its path."""
    kind, prefix = KINDS[page]
    link_id = uuid.uuid4()
    secret = prefix + base64.urlsafe_b64encode(link_id.bytes + secrets.token_bytes(32)).decode()
    instance.installation.sql(
        "REPLACE INTO orgd.orgd_mailed_links (account_id, kind, id, email, email_key, digest, expires)"
        " VALUES (%s, %s, %s, %s, LOWER(%s), UNHEX(SHA2(%s, 256)), UTC_TIMESTAMP(6) + INTERVAL 1 HOUR)",
        (uuid.UUID(user_id).bytes, kind, link_id.bytes, address, address, secret))
    return f"{instance.mount}{page}?secret={secret}"


def expire_links(instance, user_id):
    instance.installation.sql("UPDATE orgd.orgd_mailed_links SET expires = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND"
                              " WHERE account_id = %s", (uuid.UUID(user_id).bytes,))
