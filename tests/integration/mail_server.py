"""A mail server of the tests (aiosmtpd): it keeps what it gets, and answers as a test wants it to."""

import asyncio
import datetime
import email
import email.policy
import ipaddress
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from processes import free_port, write_file

USER, PASSWORD = "orgd@mail.example.org", 'pass word "quoted" \\ ü'


class Certificate:
    """A certificate for 127.0.0.1 that its own file vouches for."""

    def __init__(self, directory, address="127.0.0.1"):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.org")])
        now = datetime.datetime.utcnow()
        certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                       .serial_number(x509.random_serial_number())
                       .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
                       .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
                       .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
        encoding = serialization.Encoding.PEM
        self.path = write_file(directory / "mail-ca.pem", certificate.public_bytes(encoding).decode(), mode=0o644)
        self.key_path = write_file(directory / "mail-key.pem", key.private_bytes(
            encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode())

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key_path)
        return context


class Received:
    """One mail as it came."""

    def __init__(self, session, envelope):
        self.sender, self.recipients, self.raw = envelope.mail_from, list(envelope.rcpt_tos), envelope.content
        self.is_encrypted, self.user = session.ssl is not None, session.auth_data
        self.peer, self.hello = session.peer, session.host_name
        self.message = email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def id(self):
        return self.message["Message-ID"]


class Protocol(SMTP):
    """Shows its handler what the server makes of a line, and the line."""

    async def smtp_RCPT(self, arg):
        self.event_handler.lines.append(arg)
        await super().smtp_RCPT(arg)


class WatchedController(Controller):
    def factory(self):
        return Protocol(self.handler, **self.SMTP_kwargs)


class MailServer:
    """`answers` are functions that a test may set: of a recipient, and of what was received; they return an SMTP answer, or
    None to go on. While `hangs` holds a command's name, that command gets no answer."""

    def __init__(self, certificate=None, password=None, port=None, is_smtps=False):
        self.port = port or free_port()
        self.certificate, self.password, self.is_smtps = certificate, password, is_smtps
        self.received = []
        self.lines = []  # the arguments of RCPT
        self.tried = []  # recipients, also of mails that were refused
        self.at_rcpt = self.at_data = self.at_end = lambda what: None
        self.hangs = None
        self.controller = None
        self.lock = threading.Lock()

    # What aiosmtpd calls

    async def _hang(self, command):
        while self.hangs == command:
            await asyncio.sleep(0.05)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        await self._hang("EHLO")
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        with self.lock:
            self.tried.append(address)
        await self._hang("RCPT")
        answer = self.at_rcpt(address)
        if answer is not None:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        received = Received(session, envelope)
        answer = self.at_data(received)
        if answer is not None:
            return answer
        with self.lock:
            self.received.append(received)
        self.at_end(received)
        await self._hang("DATA")
        return f"250 2.0.0 Ok: queued as {len(self.received)}"

    def _authenticate(self, server, session, envelope, mechanism, data):
        is_right = (data.login.decode(), data.password.decode()) == (USER, self.password)
        return AuthResult(success=is_right, auth_data=data.login.decode() if is_right else None, handled=is_right)

    # What tests call

    def start(self):
        options = {"timeout": 60}
        if self.certificate and not self.is_smtps:
            options |= {"tls_context": self.certificate.context(), "require_starttls": True}
        if self.password:
            options |= {"authenticator": self._authenticate, "auth_required": True,
                        "auth_require_tls": self.certificate is not None and not self.is_smtps}
        if self.is_smtps:
            options["ssl_context"] = self.certificate.context()
        self.controller = WatchedController(self, hostname="127.0.0.1", port=self.port, **options)
        self.controller.start()
        return self

    def stop(self):
        if self.controller is not None:
            self.hangs = None
            self.controller.stop()
        self.controller = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def settings(self, **more):
        """Those of orgd.conf."""
        scheme = "smtps" if self.is_smtps else "smtp"
        settings = {"mail_server": f"{scheme}://127.0.0.1:{self.port}", "mail_from": "service@example.org", "mail_timeout": 5}
        if self.certificate:
            settings["mail_ca_file"] = self.certificate.path
        else:
            settings["mail_tls"] = "off"
        if self.password:
            settings |= {"mail_user": USER, "mail_password": self.password}
        return settings | more

    def to(self, recipient):
        """What has come for somebody, with the quotes of a local part."""
        with self.lock:
            return [mail for mail in self.received if recipient in mail.recipients]
