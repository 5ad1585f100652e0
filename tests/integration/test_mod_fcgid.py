"""The samples for mod_fcgid: a request that finds no process free sleeps a whole second, whatever the machine. With all
processes started beforehand, as conf/apache-mod_fcgid.service.conf has it, none does."""

import concurrent.futures
import os
import re
import shlex
import signal
import subprocess
import time

import pytest

from installation import Instance
from processes import descendants, executes
from servers import CONF

CLIENTS = 16
LOAD_S = 3
SLEEP_S = 1  # mod_fcgid's own

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def apache(database):
    with Instance(database, "apache-mod_fcgid", "", settings={"max_requests": 0}) as instance:
        yield instance


def processes(apache):
    return [pid for pid in descendants(apache.server.pid) if executes(pid, apache.installation.orgd_binary)]


def run_unit(apache, key):
    """What systemd would run for the drop-in, at the test's URL. A minus lets a command fail."""
    unit = (CONF / "apache-mod_fcgid.service.conf").read_text(encoding="utf-8")
    commands = re.findall(f"^{key}=(-?)(.*)$", unit, re.MULTILINE)
    assert commands
    for may_fail, command in commands:
        words = [word.replace("http://localhost/api", apache.url) for word in shlex.split(command)]
        subprocess.run(words, check=not may_fail, timeout=60)


def longest_request_s(apache):
    """Of clients who send requests at the same time, one after the other, for some seconds."""
    end = time.monotonic() + LOAD_S

    def send(client):
        longest = 0
        while time.monotonic() < end:
            response = client.get("/health/ready")
            assert response.status_code == 200
            longest = max(longest, response.elapsed.total_seconds())
        return longest

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return max(pool.map(send, [apache.client() for _ in range(CLIENTS)]))


def test_requests_sleep_while_there_are_fewer_processes_than_clients(apache):
    assert len(processes(apache)) < CLIENTS
    assert longest_request_s(apache) >= SLEEP_S


def no_request_sleeps(apache):
    """A machine that stands still for a moment is no sleep of mod_fcgid's, which would come again."""
    return any(longest_request_s(apache) < SLEEP_S for _ in range(3))


def test_no_request_sleeps_when_all_processes_have_been_started(apache):
    run_unit(apache, "ExecStartPost")
    assert len(processes(apache)) >= CLIENTS
    assert no_request_sleeps(apache)


def test_no_request_sleeps_after_a_reload(apache):
    before = processes(apache)
    os.kill(apache.server.pid, signal.SIGUSR1)
    run_unit(apache, "ExecReload")
    after = processes(apache)
    assert len(after) >= CLIENTS and not set(after) & set(before)
    assert no_request_sleeps(apache)
