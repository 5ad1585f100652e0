"""Mails: what they look like, and how they get to a mail server, whatever happens on the way."""

import email
import email.policy
import html.parser
import json
import os
import re
import shlex
import signal
import smtplib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from email.header import decode_header, make_header

import pytest

from installation import METRICS_TOKEN, Instance, unique
from mail_server import PASSWORD, USER, Certificate, MailServer
from processes import PATIENCE, children, give_to_servers, privileges, wait_until, write_file
from servers import Pool

SOON = 30 * PATIENCE


class Mailing:
    """An installation that sends mails, and its orgctl."""

    def __init__(self, database, directory, settings):
        self.database = database
        self.config_path = directory / "mail.conf"
        self.configure(**settings)

    def configure(self, **settings):
        self.settings = settings
        self.database.write_config(self.config_path, **settings)

    def run(self, *arguments):
        return self.database.run_orgctl(*arguments, config_path=self.config_path)

    def orgctl(self, *arguments):
        result = self.run(*arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def add(self, recipient=None):
        """Puts a mail into the outbox; returns its recipient."""
        recipient = recipient or f"{unique('p')}@example.org"
        self.orgctl("mail", "test", recipient, "--outbox", "--quiet")
        return recipient

    def rows(self):
        return {row["recipient"]: row for row in json.loads(self.orgctl("mail", "list", "--json", "--limit", 10000))}

    def row(self, recipient):
        return self.rows()[recipient]

    def make_due(self):
        """As if the pauses were over."""
        self.database.sql("UPDATE orgd.orgd_mails SET due = UTC_TIMESTAMP(6) WHERE due IS NOT NULL")


@pytest.fixture
def server():
    with MailServer() as started:
        yield started


@pytest.fixture
def mailing(database, directory, server):
    yield Mailing(database, directory, server.settings())
    database.sql("DELETE FROM orgd.orgd_mails")


@pytest.fixture
def pool_of(database, directory):
    pools = []

    def start(**settings):
        place = directory / f"pool{len(pools)}"
        place.mkdir(mode=0o755)
        give_to_servers(place)
        pools.append(Pool(database, place, workers=1, **settings))
        pools[-1].start()
        return pools[-1]
    yield start
    for pool in pools:
        pool.stop()


def sends_mail(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            return file.read().strip() == "orgd-mails"
    except FileNotFoundError:
        return False


def courier_of(pool):
    return wait_until(lambda: next(filter(sends_mail, children(pool.pid)), None), "the courier of mails")


def one(server, recipient):
    wait_until(lambda: server.to(recipient), f"a mail to {recipient}", timeout=SOON)
    return server.to(recipient)[0]


# The message

class Links(html.parser.HTMLParser):
    """What a mail program would fetch or follow."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found += [(tag, name, value) for name, value in attrs
                       if name in ("src", "href", "background", "action", "srcset", "poster") or "url(" in (value or "")]


def test_a_mail_is_what_mail_programs_expect(mailing, server):
    mailing.configure(**server.settings(mail_from_name="Müller & Söhne, „Orga\"", mail_reply_to="help@example.org",
                                        public_url="https://api.example.org/v1"))
    mailing.orgctl("mail", "test", "ann@example.org")
    mail = one(server, "ann@example.org")
    message = mail.message
    assert message["From"].addresses[0].addr_spec == "service@example.org"
    assert message["From"].addresses[0].display_name == "Müller & Söhne, „Orga\""
    assert mail.sender == "service@example.org" and mail.recipients == ["ann@example.org"]
    assert [address.addr_spec for address in message["To"].addresses] == ["ann@example.org"]
    assert [address.addr_spec for address in message["Reply-To"].addresses] == ["help@example.org"]
    assert re.fullmatch(r"<[0-9a-f-]{36}@api\.example\.org>", message["Message-ID"].strip())
    assert message["Auto-Submitted"] == "auto-generated" and message["Content-Language"] == "en"
    assert abs(message["Date"].datetime.timestamp() - time.time()) < 600 and message["MIME-Version"] == "1.0"
    assert message["Subject"].startswith("Test mail of ")
    assert message.get_content_type() == "multipart/alternative" and not message.defects
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [part["Content-Transfer-Encoding"] for part in parts] == ["quoted-printable"] * 2
    assert all(part.get_content_charset() == "utf-8" and not part.defects for part in parts)
    text, page = (part.get_content() for part in parts)
    for shown in ("Mails of this service arrive.", "https://api.example.org/v1"):
        assert shown in text and shown in page
    assert "<" not in text and Links(page).found == []


def name_in_from(mail):
    """By the older of Python's parsers: the newer one puts blanks between encoded words of a phrase."""
    field = re.search(rb"(?ms)^From: (.*?)\r\n(?!\s)", mail.raw)[1].decode()
    phrase, _, address = field.rpartition("<")
    assert address == "service@example.org>"
    phrase = re.sub(r"\r\n\s*", " ", phrase).strip()
    return str(make_header(decode_header(phrase)))


def test_lines_are_short_and_end_alike(mailing, server):
    mailing.configure(**server.settings(mail_from_name="ü" * 100, operator_name="Ж" * 100))
    mailing.orgctl("mail", "test", "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".org")
    mail = server.received[0]
    lines = mail.raw.split(b"\r\n")
    head = mail.raw[:mail.raw.index(b"\r\n\r\n")].split(b"\r\n")
    assert b"\n" not in mail.raw.replace(b"\r\n", b"") and b"\r" not in mail.raw.replace(b"\r\n", b"")
    assert all(len(line) <= 78 for line in lines if b"@" not in line) and all(len(line) <= 998 for line in lines)
    assert all(octet < 128 for octet in mail.raw)
    assert all(re.match(rb"[A-Za-z-]+: ?|\s", line) for line in head)
    assert name_in_from(mail) == "ü" * 100
    assert "Ж" * 100 in mail.message.get_body(("plain",)).get_content()


NAMES = ['Bob" <evil@example.org>, "', "=?UTF-8?Q?=0D=0ABcc:_x@example.org?=", "a, b", "<b>&amp;", "tab\there", "..", "x" * 100,
         "\u202eright to left"[1:], "日本語 の 組織", "e\u0301\u0323 👩‍👩‍👧‍👦", "'single' \\back\\"]


@pytest.mark.shows("V5.2.3")
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_name_and_nothing_else(mailing, server, name):
    name = name.replace("\t", " ")
    mailing.configure(**server.settings(mail_from_name=name))
    mailing.orgctl("mail", "test", "ann@example.org")
    mail = one(server, "ann@example.org")
    headers = mail.message.keys()
    assert len(headers) == len(set(headers)) and "Bcc" not in headers
    assert name_in_from(mail) == name
    assert mail.recipients == ["ann@example.org"]


@pytest.mark.shows("V5.2.3")
@pytest.mark.parametrize("address", [
    "ann@example.org\r\nBcc: x@example.org", "ann@example.org\nBcc: x@example.org", "ann@example.org>", "<ann@example.org>",
    "ann@example.org,x@example.org", "ann@example.org x@example.org", '"a b"@example.org', "ann@[127.0.0.1]",
    "ann", "ann@", "@example.org", "ann@example.org> SIZE=1", "änn@example.org", "ann@exämple.org", ""])
def test_what_is_no_address_gets_no_mail(mailing, server, address):
    for way in ([], ["--outbox"]):
        result = mailing.run("mail", "test", address, *way)
        assert result.returncode != 0 and "address" in result.stderr
    assert server.tried == [] and mailing.rows() == {}


@pytest.mark.parametrize("local", ["a+b", "o'neill", "a.b", ".a", "a.", "a..b", "{x}", "a=b", "a%b", "a!b", "a#b$c&d*e/f?g^h_i`j|k~l"])
def test_every_local_part_arrives(mailing, server, local):
    mailing.orgctl("mail", "test", f"{local}@example.org")
    is_atom = not re.search(r"^\.|\.$|\.\.", local)
    mail = server.received[0]
    assert server.lines == [f"TO:<{local}@example.org>" if is_atom else f'TO:<"{local}"@example.org>']
    to = mail.message["To"].addresses[0]
    assert (to.username, to.domain) == (local, "example.org")


# To the mail server

@pytest.fixture
def certificate(directory):
    return Certificate(directory)


def test_the_courier_sends_encrypted_and_with_a_password(mailing, certificate, pool_of):
    with MailServer(certificate, PASSWORD) as secured:
        mailing.configure(**secured.settings())
        pool = pool_of(**secured.settings())
        mail = one(secured, mailing.add())
        assert mail.is_encrypted and mail.user == USER
        wait_until(lambda: mailing.row(mail.recipients[0])["state"] == "sent", "the row")
        assert "stopped" not in pool.logs()


def test_a_password_may_be_in_a_file_and_change(mailing, certificate, pool_of, directory):
    with MailServer(certificate, PASSWORD) as secured:
        settings = {**secured.settings(), "mail_password_file": write_file(directory / "password", "old\n")}
        del settings["mail_password"]
        mailing.configure(**settings)
        pool = pool_of(**settings)
        recipient = mailing.add()
        wait_until(lambda: mailing.row(recipient)["attempts"] > 0, "an attempt", timeout=SOON)
        assert secured.received == []
        write_file(directory / "password", PASSWORD + "\n")
        mailing.make_due()
        assert one(secured, recipient).user == USER
        assert "old" not in pool.logs() and PASSWORD not in pool.logs()


@pytest.mark.parametrize("text, sentence", [
    ("", "there is no password in the first line of"),
    ("\n" + PASSWORD + "\n", "there is no password in the first line of"),
    ("x" * 1023, "is too long for a password"),
])
def test_a_file_without_a_password(mailing, server, directory, text, sentence):
    password = write_file(directory / "password", text)
    mailing.configure(**server.settings(mail_user=USER, mail_password_file=password))
    result = mailing.run("mail", "test", "ann@example.org")
    assert result.returncode != 0 and sentence in result.stderr and server.tried == []


def test_smtps(mailing, certificate):
    with MailServer(certificate, is_smtps=True) as secured:
        mailing.configure(**secured.settings())
        mailing.orgctl("mail", "test", "ann@example.org")
        assert one(secured, "ann@example.org").is_encrypted is False  # aiosmtpd does not see what its socket does
        result_bare = None
        try:
            smtplib.SMTP("127.0.0.1", secured.port, timeout=1).quit()
        except (smtplib.SMTPException, OSError) as error:
            result_bare = error
        assert result_bare is not None


def test_a_server_that_does_not_encrypt_gets_nothing(mailing, server):
    mailing.configure(**server.settings(mail_tls="required"))
    result = mailing.run("mail", "test", "ann@example.org")
    assert result.returncode != 0 and "STARTTLS" in result.stderr and server.tried == []
    mailing.configure(**server.settings(mail_tls="optional"))
    mailing.orgctl("mail", "test", "ann@example.org")


def test_a_server_that_is_somebody_else_gets_nothing(mailing, directory):
    other = Certificate(directory, "127.0.0.2")
    with MailServer(other) as secured:
        mailing.configure(**secured.settings())
        result = mailing.run("mail", "test", "ann@example.org")
        assert result.returncode != 0 and "subject name" in result.stderr and secured.tried == []
        mailing.configure(**{**secured.settings(), "mail_ca_file": ""})
        result = mailing.run("mail", "test", "ann@example.org")
        assert result.returncode != 0 and "certificate" in result.stderr and secured.tried == []


def test_a_wrong_password_is_told(mailing, certificate):
    with MailServer(certificate, "another") as secured:
        mailing.configure(**{**secured.settings(), "mail_password": PASSWORD})
        result = mailing.run("mail", "test", "ann@example.org")
        assert result.returncode != 0 and "535" in result.stderr and PASSWORD not in result.stderr
        assert secured.tried == []


@pytest.mark.parametrize("settings, sentence", [
    ({"mail_from": ""}, "mail_server needs mail_from"),
    ({"mail_from": "nobody"}, "must be an address such as"),
    ({"mail_from": "a@example.org, b@example.org"}, "must be an address such as"),
    ({"mail_server": "mail.example.org"}, "must be smtp://HOST"),
    ({"mail_server": "http://mail.example.org"}, "must be smtp://HOST"),
    ({"mail_server": "smtp://user:secret@mail.example.org"}, "must be smtp://HOST"),
    ({"mail_server": "sendmail:sendmail"}, "must be smtp://HOST"),
    ({"mail_password": "a", "mail_password_file": "/b"}, "mail_password or mail_password_file"),
    ({"mail_server": "smtp://mail.example.org", "mail_user": "a", "mail_password": "b", "mail_tls": "optional"},
     "set it to required"),
    ({"mail_timeout": 0}, "mail_timeout"),
])
def test_settings_that_do_not_fit(mailing, server, settings, sentence):
    mailing.configure(**server.settings(**settings))
    result = mailing.run("mail", "list")
    assert result.returncode != 0 and sentence in result.stderr


def test_without_a_mail_server_there_are_no_mails(mailing):
    mailing.configure()
    for command in (["mail", "test", "ann@example.org"], ["mail", "test", "ann@example.org", "--outbox"]):
        result = mailing.run(*command)
        assert result.returncode != 0 and "no mail_server is set" in result.stderr
    assert mailing.rows() == {} and "sent" not in mailing.orgctl("deliver")


# What happens on the way

def test_a_server_that_is_away_loses_nothing(mailing, server, pool_of):
    server.stop()
    pool_of(**server.settings())
    recipients = [mailing.add() for _ in range(5)]
    wait_until(lambda: any(row["attempts"] for row in mailing.rows().values()), "an attempt", timeout=SOON)
    server.start()
    mailing.orgctl("mail", "retry")
    for recipient in recipients:
        one(server, recipient)
    wait_until(lambda: all(row["state"] == "sent" for row in mailing.rows().values()), "the rows", timeout=SOON)
    assert all(len(server.to(recipient)) == 1 for recipient in recipients)


def test_a_link_that_is_dead_before_its_mail_went_out_is_not_sent(mailing, server):
    """As where the mail server was away meanwhile."""
    name, owner = unique("org"), unique("owner")
    mailing.orgctl("user", "create", owner)
    mailing.orgctl("organization", "create", name, "--owner", owner)

    def invite():
        address = f"{unique('p')}@example.org"
        return address, json.loads(mailing.orgctl("invitation", "create", "--organization", name, "--email", address,
                                                  "--role", "member", "--json"))["id"]
    (revoked, first), (resent, second), (kept, _) = invite(), invite(), invite()
    mailing.orgctl("invitation", "revoke", first)
    mailing.orgctl("invitation", "resend", second)
    assert sorted(mailing.rows()) == sorted([resent, kept])
    assert "2 mails sent" in mailing.orgctl("deliver")
    assert [len(server.to(address)) for address in (revoked, resent, kept)] == [0, 1, 1]


def test_what_was_sent_is_forgotten(mailing, server, database):
    recipient = mailing.add()
    mailing.orgctl("deliver")
    row = mailing.row(recipient)
    assert row["state"] == "sent" and row["answer"].startswith("250 ") and row["attempts"] == 1 and row["next_attempt"] is None
    assert database.sql("SELECT text_body, html_body FROM orgd.orgd_mails WHERE recipient = %s", recipient) == [(None, None)]


def test_greylisting(mailing, server, database):
    server.at_rcpt = lambda address: "451 4.7.1 Greylisted, try again" if server.tried.count(address) == 1 else None
    recipient = mailing.add()
    other = mailing.add()
    assert "0 mails sent, 2 put off" in mailing.orgctl("deliver")
    row = mailing.row(recipient)
    assert row["state"] == "waiting" and row["answer"] == "RCPT: 451 4.7.1 Greylisted, try again"
    pause = database.sql("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), due) FROM orgd.orgd_mails WHERE recipient = %s", recipient)
    assert 30 <= pause[0][0] <= 60
    assert "0 mails sent, 0 put off" in mailing.orgctl("deliver")
    mailing.make_due()
    assert "2 mails sent, 0 put off" in mailing.orgctl("deliver")
    assert len(server.to(recipient)) == len(server.to(other)) == 1


def test_pauses_grow_and_end_after_three_days(mailing, server, database):
    server.at_data = lambda received: "452 4.3.1 Insufficient system storage"
    recipient = mailing.add()
    pauses = []
    for _ in range(9):
        mailing.orgctl("deliver")
        pauses += [row[0] for row in database.sql(
            "SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), due) FROM orgd.orgd_mails WHERE recipient = %s", recipient)]
        mailing.make_due()
    expected = [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert all(wanted - 30 <= pause <= wanted for pause, wanted in zip(pauses, expected, strict=True)), pauses
    three_days = "SELECT TIMESTAMPDIFF(SECOND, created, give_up) FROM orgd.orgd_mails WHERE recipient = %s"
    assert database.sql(three_days, recipient) == [(3 * 86400,)]
    database.sql("UPDATE orgd.orgd_mails SET give_up = UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE WHERE recipient = %s", recipient)
    mailing.orgctl("deliver")
    row = mailing.row(recipient)
    assert row["state"] == "failed" and "452" in row["answer"] and row["next_attempt"] is None
    server.at_data = lambda received: None
    mailing.orgctl("mail", "retry", "--id", row["id"])
    mailing.orgctl("deliver")
    assert mailing.row(recipient)["state"] == "sent" and len(server.to(recipient)) == 1


def test_a_mail_that_nobody_could_send_in_time_fails(mailing, server, database):
    recipient = mailing.add()
    database.sql("UPDATE orgd.orgd_mails SET give_up = UTC_TIMESTAMP(6), expires = UTC_TIMESTAMP(6)")
    assert "0 mails sent, 0 put off, 1 failed" in mailing.orgctl("deliver")
    assert mailing.row(recipient)["answer"] == "nobody could send it in time" and server.tried == []
    result = mailing.run("mail", "retry")
    assert result.returncode != 0 and "of use still" in result.stderr


def test_a_recipient_who_is_refused_for_good_fails_at_once(mailing, server):
    server.at_rcpt = lambda address: "550 5.1.1 No such user\x07" if address.startswith("gone") else None
    gone, other = mailing.add(f"gone-{unique('p')}@example.org"), mailing.add()
    assert "1 mail sent, 0 put off, 1 failed" in mailing.orgctl("deliver")
    assert mailing.row(gone)["state"] == "failed" and mailing.row(gone)["answer"].startswith("RCPT: 550 5.1.1 No such user")
    assert mailing.row(other)["state"] == "sent"


def test_a_refusal_of_the_content_is_tried_again(mailing, server):
    server.at_data = lambda received: "554 5.7.1 Looks like spam"
    recipient = mailing.add()
    mailing.orgctl("deliver")
    assert mailing.row(recipient)["state"] == "waiting" and "554" in mailing.row(recipient)["answer"]


@pytest.mark.parametrize("command", ["EHLO", "RCPT"])
def test_a_server_that_hangs_holds_nothing_else_up(mailing, server, pool_of, command):
    server.hangs = command
    pool = pool_of(**server.settings())
    mailing.add()
    recipient = mailing.add()
    wait_until(lambda: any(row["attempts"] for row in mailing.rows().values()), "an attempt", timeout=SOON)
    started = time.monotonic()
    pool.process.send_signal(signal.SIGTERM)
    pool.process.wait(timeout=15)
    assert time.monotonic() - started < 8
    server.hangs = None
    mailing.make_due()
    mailing.orgctl("deliver")
    assert len(one(server, recipient).recipients) == 1
    assert all(row["state"] == "sent" for row in mailing.rows().values()) and len(server.received) == 2


def test_a_mail_that_has_to_wait_for_an_answer_is_not_sent_twice(mailing, server, pool_of):
    """The pool ends while the server has the mail, and has not said so yet."""
    server.hangs = "DATA"
    pool = pool_of(**server.settings())
    recipient = mailing.add()
    one(server, recipient)
    pool.process.send_signal(signal.SIGTERM)
    time.sleep(2)
    server.hangs = None
    pool.process.wait(timeout=15)
    assert mailing.row(recipient)["state"] == "sent" and len(server.received) == 1


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda stop: stop.name)
def test_deliver_ends_after_the_mail_under_way(mailing, server, stop):
    """The server has the mail, and has not said so yet; others wait. A SIGHUP that nohup ignores would stay ignored."""
    server.hangs = "DATA"
    recipients = [mailing.add() for _ in range(3)]
    process = subprocess.Popen([mailing.database.orgctl_program, "deliver", "--json", "--config", mailing.config_path],
                               env=mailing.database.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               preexec_fn=lambda: signal.signal(stop, signal.SIG_DFL), **privileges())
    wait_until(lambda: server.received, "the first mail", timeout=SOON)
    process.send_signal(stop)
    time.sleep(0.5)
    server.hangs = None
    said, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "") and json.loads(said)["mails_sent"] == 1
    assert sorted(row["state"] for row in mailing.rows().values()) == ["sent", "waiting", "waiting"]
    assert "2 mails sent" in mailing.orgctl("deliver") and len(server.received) == len(recipients)


def test_a_sender_that_dies_in_between_sends_twice_and_the_same(mailing, server, pool_of, database):
    server.hangs = "DATA"
    pool = pool_of(**server.settings(mail_timeout=60))
    recipient = mailing.add()
    one(server, recipient)
    courier = courier_of(pool)
    assert "0 mails sent" in mailing.orgctl("deliver"), "it is claimed"
    os.kill(courier, signal.SIGKILL)
    server.hangs = None
    wait_until(lambda: courier_of(pool) != courier, "another courier", timeout=SOON)
    time.sleep(2)
    assert mailing.row(recipient)["state"] == "waiting" and len(server.received) == 1, "the claim lasts"
    mailing.make_due()
    wait_until(lambda: mailing.row(recipient)["state"] == "sent", "the row", timeout=SOON)
    first, second = server.to(recipient)
    assert first.raw == second.raw and first.id == second.id


def test_many_senders_send_each_mail_once(mailing, server, pool_of):
    recipients = [mailing.add() for _ in range(30)]
    pools = [pool_of(**server.settings()) for _ in range(2)]
    with ThreadPoolExecutor(2) as others:
        for result in [others.submit(mailing.run, "deliver") for _ in range(4)]:
            assert result.result().returncode == 0
    wait_until(lambda: all(row["state"] == "sent" for row in mailing.rows().values()), "all rows", timeout=SOON)
    assert sorted(recipient for mail in server.received for recipient in mail.recipients) == sorted(recipients)
    assert len({mail.id for mail in server.received}) == len(recipients) and pools


def test_mails_that_follow_each_other_share_a_connection(mailing, server):
    for _ in range(5):
        mailing.add()
    mailing.orgctl("deliver")
    assert len({mail.peer for mail in server.received}) == 1 and len(server.received) == 5


# By a program

SENDMAIL = """#!/bin/sh
printf '%s\\n' "$*" >{directory}/arguments
cat >{directory}/message
{then}
"""


@pytest.fixture
def sendmail(directory):
    place = directory / "sendmail"
    place.mkdir(mode=0o777)
    place.chmod(0o777)

    def write(then="exit 0"):
        return write_file(place / "program", SENDMAIL.format(directory=shlex.quote(str(place)), then=then), mode=0o755)
    write()
    return place, write


def by_program(sendmail, **more):
    return {"mail_server": f"sendmail:{sendmail[0]}/program", "mail_from": "service@example.org", "mail_timeout": 5, **more}


def test_a_program_gets_the_mail(mailing, sendmail):
    mailing.configure(**by_program(sendmail))
    recipient = mailing.add()
    assert "1 mail sent" in mailing.orgctl("deliver")
    place = sendmail[0]
    assert (place / "arguments").read_text() == "-t -i -f service@example.org\n"
    raw = (place / "message").read_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert b"\r" not in raw and not message.defects
    assert message["To"].addresses[0].addr_spec == recipient
    assert "Mails of this service arrive." in message.get_body(("plain",)).get_content()
    assert mailing.row(recipient)["state"] == "sent"


@pytest.mark.parametrize("then, state, answer", [
    ("exit 75", "waiting", "the program ended with status 75"),
    ("echo 'no such user' >&2; exit 67", "failed", "no such user"),
    ("echo broken; exit 70", "waiting", "broken"),
    ("kill -9 $$", "waiting", "the program ended by signal 9"),
    ("sleep 30", "waiting", "the program did not end in time"),
])
def test_a_program_that_fails(mailing, sendmail, then, state, answer):
    sendmail[1](then)
    mailing.configure(**by_program(sendmail))
    recipient = mailing.add()
    mailing.run("deliver")
    row = mailing.row(recipient)
    assert (row["state"], row["answer"]) == (state, answer)


def test_a_program_that_is_not_there(mailing, sendmail):
    (sendmail[0] / "program").unlink()
    mailing.configure(**by_program(sendmail))
    recipient = mailing.add()
    assert mailing.run("deliver").returncode != 0
    assert "cannot start" in mailing.row(recipient)["answer"]


def test_a_pool_leaves_a_program_to_orgctl_and_says_so(mailing, sendmail, pool_of):
    pool = pool_of(**by_program(sendmail))
    wait_until(lambda: "mails wait for 'orgctl deliver'" in pool.logs(), "the warning")
    assert not any(map(sends_mail, children(pool.pid)))


# For who operates it

def test_operators_are_on_record(mailing, server, database):
    server.at_rcpt = lambda address: "450 wait"
    recipient = mailing.add()
    mailing.orgctl("deliver")
    row = mailing.row(recipient)
    mailing.orgctl("mail", "retry", "--id", row["id"])
    mailing.orgctl("mail", "retry")
    events = json.loads(mailing.orgctl("event", "list", "--action", "mail.*", "--limit", "3", "--json"))
    assert [event["action"] for event in events] == ["mail.retried", "mail.retried", "mail.test_requested"]
    assert [event["targets"] for event in events] == [[], [{"id": row["id"], "name": None, "type": "mail"}], []]
    assert events[2]["changes"] == {"recipient": {"before": None, "after": recipient}}
    assert {event["actor"]["type"] for event in events} == {"operator"}


def test_only_what_waits_or_has_failed_is_sent_again(mailing, server):
    recipient = mailing.add()
    mailing.orgctl("deliver")
    for arguments in ([], ["--id", mailing.row(recipient)["id"]], ["--id", "01900000-0000-7000-8000-000000000001"]):
        result = mailing.run("mail", "retry", *arguments)
        assert result.returncode != 0 and "of use still" in result.stderr
    assert mailing.run("mail", "retry", "--id", "x").returncode != 0


def test_what_is_being_sent_is_not_sent_again(mailing, server, pool_of):
    server.hangs = "DATA"
    pool_of(**server.settings(mail_timeout=60))
    recipient = mailing.add()
    one(server, recipient)
    assert mailing.run("mail", "retry").returncode != 0
    server.hangs = None
    wait_until(lambda: mailing.row(recipient)["state"] == "sent", "the row", timeout=SOON)
    assert len(server.to(recipient)) == 1


def test_changes_print_null_as_json(mailing, server):
    server.at_rcpt = lambda address: "450 wait" if address.startswith("later") else None
    for arguments in (["test", "ann@example.org"], ["test", "later@example.org", "--outbox"], ["retry"]):
        assert mailing.orgctl("mail", *arguments, "--json") == "null\n"
        assert mailing.orgctl("mail", *arguments, "--json", "--quiet") == ""


def checks(mailing):
    result = mailing.run("check", "--json")
    return {row["check"]: (row["result"], row["what to do"]) for row in json.loads(result.stdout)}


def test_check_tries_the_mail_server(mailing, certificate, server, database):
    assert checks(mailing)["mail server"] == checks(mailing)["mails"] == ("ok", "")
    server.stop()
    result, sentence = checks(mailing)["mail server"]
    assert result == "FAILED" and "takes no mails from here: " in sentence and "Failed to connect" in sentence
    with MailServer(certificate, PASSWORD) as secured:
        mailing.configure(**secured.settings())
        assert checks(mailing)["mail server"] == ("ok", "")
        mailing.configure(**{**secured.settings(), "mail_password": "wrong"})
        result, sentence = checks(mailing)["mail server"]
        assert result == "FAILED" and "535" in sentence
        assert secured.received == [] and secured.tried == []
    mailing.add()
    database.sql("UPDATE orgd.orgd_mails SET created = created - INTERVAL 1 HOUR")
    result, sentence = checks(mailing)["mails"]
    assert result == "warning" and "mails wait (1), the oldest for 60 minutes" in sentence


def test_check_looks_at_the_program(mailing, sendmail):
    mailing.configure(**by_program(sendmail))
    assert checks(mailing)["mail server"][0] == "ok"
    (sendmail[0] / "program").unlink()
    result, sentence = checks(mailing)["mail server"]
    assert result == "FAILED" and "install it" in sentence


def test_check_wants_secrets_closed(mailing, server, directory):
    password = write_file(directory / "password", PASSWORD, mode=0o644)
    mailing.configure(**server.settings(mail_user=USER, mail_password_file=password))
    directory.chmod(0o755)
    assert "everybody may read" in checks(mailing)["access to the password for mails"][1]
    mailing.configure(**server.settings(mail_user=USER, mail_password=PASSWORD))
    mailing.config_path.chmod(0o644)
    assert "everybody may read" in checks(mailing)["access to the configuration"][1]


def test_metrics(database, server):
    with Instance(database, "lighttpd-remote", "/api", settings={"metrics_token": METRICS_TOKEN, **server.settings()}) as instance:
        mailing = Mailing(database, instance.directory, server.settings())
        server.at_rcpt = lambda address: {"g": "550 gone", "w": "450 wait"}.get(address[0])
        for recipient in ("gone@example.org", "wait@example.org", "ok@example.org"):
            mailing.add(recipient)

        def shown():
            text = instance.client(METRICS_TOKEN).get("/metrics").text
            return dict(re.findall(r"(?m)^(orgd_mails\S*) (\d+)", text))
        def is_done():
            metrics = shown()
            return metrics.get("orgd_mails_waiting") == metrics.get('orgd_mails_total{outcome="sent"}') == "1"
        wait_until(is_done, "the courier", timeout=SOON)
        metrics = shown()
        for outcome in ("sent", "failed", "put_off"):
            assert metrics[f'orgd_mails_total{{outcome="{outcome}"}}'] == "1"
        assert int(metrics["orgd_mails_oldest_seconds"]) < 60
    database.sql("DELETE FROM orgd.orgd_mails")


def test_the_purge_removes_what_is_done(mailing, server, database):
    server.at_rcpt = lambda address: {"g": "550 gone", "w": "450 wait"}.get(address[0])
    for recipient in ("gone@example.org", "wait@example.org", "ok@example.org"):
        mailing.add(recipient)
    mailing.orgctl("deliver")
    mailing.orgctl("purge")
    assert len(mailing.rows()) == 3
    database.sql("UPDATE orgd.orgd_mails SET done = done - INTERVAL 14 DAY, created = created - INTERVAL 14 DAY")
    mailing.orgctl("purge")
    assert list(mailing.rows()) == ["wait@example.org"]


def test_list_by_state(mailing, server):
    server.at_rcpt = lambda address: {"g": "550 gone", "w": "450 wait"}.get(address[0])
    for recipient in ("gone@example.org", "wait@example.org", "ok@example.org"):
        mailing.add(recipient)
    mailing.orgctl("deliver")
    for state, recipient in (("failed", "gone"), ("waiting", "wait"), ("sent", "ok")):
        shown = json.loads(mailing.orgctl("mail", "list", "--state", state, "--json"))
        assert [row["recipient"] for row in shown] == [f"{recipient}@example.org"]
    assert "There are no such mails" not in mailing.orgctl("mail", "list")
    assert mailing.run("mail", "list", "--state", "lost").returncode != 0
