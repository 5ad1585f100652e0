"""Fixtures of the tests that read the service's mails, for the modules that import them."""

import pytest

from installation import Instance
from mail_server import MailServer


@pytest.fixture(scope="module")
def server():
    """Where the mails come."""
    with MailServer() as started:
        yield started


@pytest.fixture(scope="module")
def mailing(request, database, server):
    """The service, at the module's MOUNT if it names one."""
    mount = getattr(request.module, "MOUNT", "")
    with Instance(database, "nginx", mount, workers=2, settings=server.settings()) as started:
        yield started
    database.sql("DELETE FROM orgd.orgd_mails")
