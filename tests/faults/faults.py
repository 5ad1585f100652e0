"""The faults, one a function: it breaks something on the stage for so many seconds, mends it before it returns, and
returns how often it did. FAULTS says which answers clients may get meanwhile; whatever else they get is a violation."""

import contextlib
import itertools
import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field

import pymysql

from stage import CONNECTIONS, TIMEOUT_S, ImpatientPool, TimeTravellingPool, wait_until  # first: it knows where the rest is

import rude
from proxy import Verdict, is_commit, is_execution

RIVAL_ROWS = 50
PATIENCE_S = 30  # until a fault shows


def pulses(seconds, pause):
    """Numbers, one at a time with a pause behind each, until the time is up."""
    end = time.monotonic() + seconds
    for number in itertools.count(1):
        yield number
        if time.monotonic() + pause > end:
            return
        time.sleep(pause)


# Processes


def kill_workers(stage, seconds):
    for number in pulses(seconds, 0.5):
        os.kill(random.choice(stage.workers()), signal.SIGKILL)
    return number


def reload_pool(stage, seconds):
    for number in pulses(seconds, 1):
        stage.pool.reload()
    return number


def restart_pool(stage, seconds):
    for number in pulses(seconds, 2):
        stage.pool.stop()
        stage.pool.start()
    return number


def reload_web_server(stage, seconds):
    for number in pulses(seconds, 2):
        stage.server.process.send_signal(signal.SIGUSR1)
    return number


def restart_web_server(stage, seconds):
    for number in pulses(seconds, 2):
        stage.server.stop()
        stage.server.start()
    return number


# The database


def crash_database(stage, seconds):
    for number in pulses(seconds, 3):
        stage.mariadb.crash()
        time.sleep(0.5)
        stage.mariadb.start()
    return number


def restart_database(stage, seconds):
    for number in pulses(seconds, 3):
        stage.mariadb.stop()
        time.sleep(0.5)
        stage.mariadb.start()
    return number


def freeze_database(stage, seconds):
    for number in pulses(seconds, 1):
        stage.mariadb.pause()
        time.sleep(TIMEOUT_S * 2.5)
        stage.mariadb.resume()
    return number


def _kill(cursor, what):
    """Every connection of the workers, or what they are doing. Returns how many there were."""
    cursor.execute(CONNECTIONS)
    found = cursor.fetchall()
    for (connection,) in found:
        with contextlib.suppress(pymysql.MySQLError):  # it may be gone by now
            cursor.execute(f"KILL {what} {connection}")
    return len(found)


def kill_connections(stage, seconds):
    with stage.administrator() as cursor:
        return sum(_kill(cursor, "CONNECTION") for _ in pulses(seconds, 0.2))


def kill_statements(stage, seconds):
    """KILL QUERY hits whatever a connection is doing, COMMIT too."""
    with stage.administrator() as cursor:
        return sum(_kill(cursor, "QUERY") for _ in pulses(seconds, 0.002))


@contextlib.contextmanager
def global_variable(cursor, name, value):
    cursor.execute(f"SELECT @@GLOBAL.{name}")
    (before,) = cursor.fetchone()
    cursor.execute(f"SET GLOBAL {name} = {value}")
    try:
        yield
    finally:
        cursor.execute(f"SET GLOBAL {name} = {before}")


def exhaust_connections(stage, seconds):
    """Takes every connection that there is. (The administrator has one more.)"""
    stage.installation.sql("CREATE USER IF NOT EXISTS rival@localhost")
    with stage.administrator() as cursor, global_variable(cursor, "max_connections", 10), contextlib.ExitStack() as held:
        for _ in pulses(seconds, 0.1):
            _kill(cursor, "CONNECTION")
            with contextlib.suppress(pymysql.err.OperationalError):
                while True:
                    rival = pymysql.connect(unix_socket=str(stage.mariadb.socket), user="rival")
                    held.callback(rival.close)
        return 1


def make_read_only(stage, seconds):
    with stage.administrator() as cursor:
        for number in pulses(seconds, 2.5):
            with global_variable(cursor, "read_only", 1):
                time.sleep(1)
        return number


def fill_disk(stage, seconds):
    """Takes every byte of the database's file system, again and again, until workers have met that. MariaDB may not
    survive; then it is started again, as systemd would. Returns how often they met it."""
    end = time.monotonic() + seconds
    ballast = stage.mariadb.directory / "ballast"
    stage.pool.mark_log()

    def complaints():
        return stage.pool.logs_since_mark().count("is full") + (not stage.mariadb.is_running())

    with open(ballast, "wb", buffering=0) as file:
        for _ in pulses(PATIENCE_S, 0.05):
            for size in (65536, 512):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))
            if time.monotonic() > end and complaints():
                break
    ballast.unlink()
    count = complaints()
    if not stage.mariadb.is_running():
        stage.mariadb.crash()
        stage.mariadb.start()
    return count


# The way to the database


def through_proxy(choose):
    """A fault that lets `choose(payload)` say what becomes of each command."""
    def fault(stage, seconds):
        before = stage.proxy.count
        stage.proxy.rule = choose
        time.sleep(seconds)
        wait_until(lambda: stage.proxy.count > before, "a command to be cut off", timeout=PATIENCE_S)
        stage.proxy.rule = lambda payload: Verdict.FORWARD
        return stage.proxy.count - before
    return fault


def sometimes(applies, verdict, probability):
    return through_proxy(lambda payload: verdict if applies(payload) and random.random() < probability
                         else Verdict.FORWARD)


# Time and order


def step_clock(stage, seconds):
    for number, offset in zip(pulses(seconds, 0.3), itertools.cycle(["+1d", "-1d", "+3600", "-5", "+30d", "+0"])):
        stage.pool.set_clock(offset)
    stage.pool.set_clock("+0")
    return number


def _prepare_rival(stage):
    for statement in ("CREATE DATABASE IF NOT EXISTS rival", "CREATE TABLE IF NOT EXISTS rival.weight (n INT)",
                      "DELETE FROM rival.weight", f"INSERT INTO rival.weight SELECT seq FROM seq_1_to_{RIVAL_ROWS}"):
        stage.installation.sql(statement)


def _rival(stage, is_over):
    """Locks accounts and organizations, now in this order, now in that. It has changed so many rows that InnoDB, when
    it has to choose, rolls back the other one."""
    connection = stage.installation.connect(autocommit=False)
    steps = ["UPDATE orgd.orgd_accounts SET updated = NOW(6) WHERE kind = 'user' AND NOT is_superuser",
             "SELECT id FROM orgd.orgd_organizations FOR UPDATE"]
    with contextlib.closing(connection), connection.cursor() as cursor:
        while not is_over.is_set():
            random.shuffle(steps)
            with contextlib.suppress(pymysql.err.OperationalError):  # sometimes it is the one
                cursor.execute("UPDATE rival.weight SET n = n + 1")
                cursor.execute(steps[0])
                time.sleep(0.005)
                cursor.execute(steps[1])
            connection.rollback()
            time.sleep(0.01)


def provoke_deadlocks(stage, seconds):
    _prepare_rival(stage)
    before = stage.status("Innodb_deadlocks")
    is_over = threading.Event()
    rival = threading.Thread(target=_rival, args=[stage, is_over])
    rival.start()
    time.sleep(seconds)
    is_over.set()
    rival.join()
    return stage.status("Innodb_deadlocks") - before


# Clients


def misbehave(*behaviours):
    """Of each kind four times as many clients as there are workers."""
    def fault(stage, seconds):
        user = stage.user(limit=1000000)
        return rude.crowd_apart(stage.url, user.token, 4 * stage.worker_count, seconds, behaviours)
    return fault


be_slow = misbehave(rude.sends_half_a_body, rude.sends_a_slow_head, rude.sends_a_slow_body, rude.reads_slowly)


@dataclass
class Fault:
    name: str
    sentence: str  # what is broken, for people
    run: object
    allows: set = field(default_factory=set)  # kinds of failures
    kind: str = "lighttpd-remote"  # of the web server
    backend: type = ImpatientPool
    is_proxied: bool = False
    padding: int = 0  # bytes that writes carry in addition
    limit: int = 12  # of organizations of a user
    needs_root: bool = False


NOT_NOW = {"503 ServiceUnavailable"}
IN_DOUBT = {"500 in doubt"}
NO_SOCKET = {"503 of the web server"}
NO_WORKER = {"500 of the web server", "503 of the web server"}
NO_WEB_SERVER = {"ConnectionRefusedError", "ConnectionResetError", "RemoteDisconnected", "BrokenPipeError"}

FAULTS = [
    Fault("workers-killed", "SIGKILL of a random worker, twice a second", kill_workers, NO_WORKER),
    Fault("pool-reloaded", "SIGHUP of the pool, every second", reload_pool),
    Fault("pool-restarted", "SIGTERM of the pool, and a new one", restart_pool, NO_SOCKET),
    Fault("web-server-reloaded", "SIGUSR1 of lighttpd", reload_web_server, NO_WEB_SERVER),
    Fault("web-server-restarted", "SIGTERM of lighttpd, and a new one", restart_web_server, NO_WEB_SERVER),
    Fault("database-killed", "SIGKILL of MariaDB, and a new one", crash_database, NOT_NOW | IN_DOUBT),
    Fault("database-restarted", "MariaDB stopped and started", restart_database, NOT_NOW | IN_DOUBT),
    Fault("database-frozen", "SIGSTOP of MariaDB for longer than the timeouts", freeze_database, NOT_NOW | IN_DOUBT),
    Fault("connections-killed", "KILL of all connections, five times a second", kill_connections, NOT_NOW | IN_DOUBT),
    Fault("statements-killed", "KILL QUERY of whatever runs", kill_statements, NOT_NOW | IN_DOUBT),
    # Most writes are one statement, which ends with COMMIT.
    Fault("cut-between-statements", "connections cut before a statement", sometimes(is_execution, Verdict.CUT_BEFORE, 0.05),
          NOT_NOW | IN_DOUBT, is_proxied=True),
    Fault("cut-behind-statements", "connections cut before the answer to a statement",
          sometimes(is_execution, Verdict.CUT_BEHIND, 0.05), NOT_NOW | IN_DOUBT, is_proxied=True),
    Fault("cut-before-commit", "connections cut before COMMIT", sometimes(is_commit, Verdict.CUT_BEFORE, 0.3),
          NOT_NOW | IN_DOUBT, is_proxied=True),
    Fault("cut-behind-commit", "connections cut before the answer to COMMIT", sometimes(is_commit, Verdict.CUT_BEHIND, 0.3),
          NOT_NOW | IN_DOUBT, is_proxied=True),
    Fault("commit-delayed", "COMMIT on its way for longer than the timeouts", sometimes(is_commit, Verdict.DELAY, 0.05),
          NOT_NOW | IN_DOUBT, is_proxied=True),
    Fault("statements-delayed", "statements on their way for longer than the timeouts",
          sometimes(is_execution, Verdict.DELAY, 0.02), NOT_NOW | IN_DOUBT, is_proxied=True),
    Fault("connections-exhausted", "max_connections taken by somebody else", exhaust_connections,
          NOT_NOW | IN_DOUBT),
    Fault("database-read-only", "read_only switched on and off", make_read_only, NOT_NOW),
    Fault("disk-full", "the database's disk full", fill_disk, NOT_NOW, padding=30000, limit=60, needs_root=True),
    Fault("clock-stepped", "the workers' clock set to and fro by up to a month", step_clock, backend=TimeTravellingPool),
    Fault("deadlocks", "a rival that locks rows in both orders", provoke_deadlocks, NOT_NOW),
    Fault("clients-leave", "clients that do not wait for answers, or leave in the middle of a body",
          misbehave(rude.goes_away, rude.leaves_in_the_middle_of_a_body)),
    Fault("clients-slow", "half bodies; heads, bodies and reading at a byte a second", be_slow),
    Fault("clients-slow-nginx", "the same, behind nginx", be_slow, kind="nginx"),
]
