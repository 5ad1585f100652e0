"""Nothing old opens anything: every way in, every end of it, and every moment.

A way in is opened and then ended; or it is on its way at one worker, held before each of its statements in turn, while
somebody ends it by another; or the end is held between its own statements, by the lock of a row that it needs next.
Once the end is acknowledged, nothing gets in at any worker."""

import contextlib
import itertools
import json

import pytest

from installation import Instance
from oauth import id_of, person_of
from processes import wait_until, write_file
from proxy import Proxy, is_commit, is_execution
from test_issuers import Issuer, section, trusting
from ways_in import ENDS, FLOWS, GRANTED, MEETINGS, WAYS, WORKERS, Running, World

pytestmark = pytest.mark.shows("OAuth 36", "API2")

SOON_S = 0.3  # within which an end, or a way in, is done unless it waits for the other


@pytest.fixture(scope="module")
def proxy(database):
    with Proxy(database) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def issuer():
    return Issuer("https://old.example.org")


@pytest.fixture(scope="module")
def proxied(database, proxy, issuer):
    """Two workers behind the proxy, with signing keys of their own. Those who end something do not come through it."""
    jwks = write_file(proxy.directory / "jwks.json", json.dumps(issuer.jwks()))
    keys = write_file(proxy.directory / "signing-keys.json", database.signing_keys.read_text(encoding="utf-8"))
    settings = {"database_option_file": proxy.option_file, "signing_keys": keys}
    with Instance(database, "nginx", "", workers=WORKERS, backend=trusting(section(issuer, jwks)),
                  settings=settings) as instance:
        yield instance


@pytest.mark.parametrize("end", ENDS)
def test_an_end_counts_at_once_and_ends_nothing_else(proxied, issuer, end):
    """Each way was open before, also at a worker that remembers it."""
    world = World(proxied, issuer).open_everything()
    lasting = {way: opens for way, opens in WAYS.items() if way not in GRANTED - {"access token"}}
    assert all(opens(world) for opens in lasting.values())
    act, ended = ENDS[end]
    act(world)
    assert {way for way, opens in WAYS.items() if not opens(world)} == ended


def test_signing_in_again_ends_the_session_before(proxied, issuer):
    """Whoever has a copy of its cookie is out. What the person has granted goes on, and ends with the new session."""
    world = World(proxied, issuer)
    proxied.installation.sql("UPDATE orgd.orgd_credentials SET expires = UTC_TIMESTAMP(6) WHERE id = "
                             + id_of(world.cookies["orgd_session"]))
    world.browser.get("/auth/sign-in")
    world.browser.sign_in(world.person.name)
    proxied.installation.sql("UPDATE orgd.orgd_credentials SET expires = UTC_TIMESTAMP(6) + INTERVAL 1 DAY WHERE id = "
                             + id_of(world.cookies["orgd_session"]))
    assert not world.is_signed_in(world.cookies) and world.is_signed_in(dict(world.browser.session.cookies))
    assert world.sees(world.granted["access_token"])
    world.cookies = dict(world.browser.session.cookies)
    world.sign_out()
    assert not world.sees(world.granted["access_token"])


def test_another_person_in_the_same_browser_takes_nothing_over(proxied, issuer):
    world = World(proxied, issuer)
    other = person_of(proxied)
    proxied.installation.sql("UPDATE orgd.orgd_credentials SET expires = UTC_TIMESTAMP(6) WHERE id = "
                             + id_of(world.cookies["orgd_session"]))
    world.browser.get("/auth/sign-in")
    world.browser.sign_in(other.name)
    assert world.is_signed_in(dict(world.browser.session.cookies))
    assert not world.is_signed_in(world.cookies) and not world.sees(world.granted["access_token"])


def test_signing_out_of_an_expired_session_ends_what_was_granted_in_it(proxied, issuer):
    world = World(proxied, issuer)
    form = world.browser.get("/auth/sign-in") and world.browser.forms()[0]
    proxied.installation.sql("UPDATE orgd.orgd_credentials SET expires = UTC_TIMESTAMP(6) WHERE id = "
                             + id_of(world.cookies["orgd_session"]))
    assert world.sees(world.granted["access_token"])
    world.browser.post(form.action, form.fields)
    assert not world.sees(world.granted["access_token"]) and not WAYS["refresh token"](world)


# Under way


def is_statement(payload):
    return is_execution(payload) or is_commit(payload)


@pytest.mark.parametrize("flow, end", MEETINGS, ids=lambda part: part.replace(" ", "-"))
def test_what_is_under_way_is_ended_too(proxied, proxy, issuer, flow, end):
    """Before each of its statements in turn."""
    for after in itertools.count():
        world = World(proxied, issuer)
        request = FLOWS[flow].prepare(world)
        with proxy.holding(is_statement, after) as held:
            running = Running(request)
            wait_until(lambda: held.is_set() or not running.is_alive(), "the flow to be held, or done")
            if not held.is_set():
                break
            ending = Running(lambda: ENDS[end][0](world))
            ending.join(SOON_S)  # it may wait for what the flow has locked
        response = running.finish()
        ending.finish()
        assert not FLOWS[flow].opened(world, response), f"held before statement {after}"
    running.finish()
    assert after > 0, "nothing was held"


# Rows that an end needs one after the other.
ROWS = {
    "password": lambda world: f"SELECT 1 FROM orgd_passwords WHERE account_id = {uuid_of(world.person.id)}",
    "session": lambda world: f"SELECT 1 FROM orgd_credentials WHERE id = {id_of(world.cookies['orgd_session'])}",
    "grant": lambda world: f"SELECT 1 FROM orgd_credentials WHERE id = {id_of(world.granted['refresh_token'])}",
    "personal token": lambda world: f"SELECT 1 FROM orgd_credentials WHERE id = {id_of(world.person.token)}",
}


def uuid_of(text):
    return f"UNHEX('{text.replace('-', '')}')"


@contextlib.contextmanager
def locked(instance, row):
    connection = instance.installation.connect(autocommit=False)
    with connection, connection.cursor() as cursor:
        cursor.execute(row + " FOR UPDATE")
        yield
        connection.rollback()


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("flow, end", [(flow, end) for flow, end in MEETINGS
                                       if end in ("set-password", "deactivate", "user delete", "sign-out") and flow != "refreshing"],
                         ids=lambda part: part.replace(" ", "-"))
def test_what_comes_between_the_statements_of_an_end_is_ended_too(proxied, issuer, flow, end, row):
    """The end has got as far as a row that somebody else has locked."""
    world = World(proxied, issuer)
    request = FLOWS[flow].prepare(world)
    with locked(proxied, ROWS[row](world)):
        ending = Running(lambda: ENDS[end][0](world))
        ending.join(SOON_S)
        running = Running(request)
        running.join(SOON_S)
    response = running.finish()
    ending.finish()
    assert not FLOWS[flow].opened(world, response)
