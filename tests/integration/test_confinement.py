"""What a worker gives up before it serves, however it was started (orgd(8), Confinement)."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fastcgi
from installation import Instance
from processes import (IS_UNDER_VALGRIND, children, descendants, give_to_servers, is_alive, privileges, wait_until,
                       without_courier, workers, write_file)
from servers import SpawnFcgi

# A plugin of the database client that executes a program as soon as it is loaded. Debian lacks a header that
# mysql/client_plugin.h includes, so its struct is written out.
PLUGIN = r"""
#include <unistd.h>

static int init(void)
{
    return execl("/usr/bin/touch", "touch", MARK, (char *)NULL);
}

const struct {
    int type;
    unsigned interface_version;
    const char *name, *author, *description;
    unsigned version[3];
    const char *license;
    void *api;
    int (*init)(void);
    void *others[3];
} _mysql_client_plugin_declaration_ = {.type = 2, .interface_version = 0x0100, .name = "orgd_intruder", .init = init};
"""


@pytest.fixture
def intruder(database, directory):
    """An option file that makes whoever connects load the plugin, and the file that the plugin's program would make."""
    mark = directory / "mark"
    source = directory / "orgd_intruder.c"
    source.write_text(PLUGIN, "utf-8")
    plugin = directory / "orgd_intruder.so"
    subprocess.run(["cc", "-shared", "-fPIC", f'-DMARK="{mark}"', "-o", plugin, source], check=True)
    give_to_servers(plugin)
    lines = database.option_file.read_text("utf-8")
    options = f"[orgd]\nplugin-dir = {directory}\ndefault-auth = orgd_intruder\n"
    return write_file(directory / "intruder.cnf", lines.replace("[orgd]\n", options, 1)), mark


def confinement(pid):
    """Asks the kernel whether new privileges are given up, and whether calls are filtered (2)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return tuple(int(re.search(rf"^{field}:\s+(\d)$", status, re.MULTILINE)[1]) for field in ("NoNewPrivs", "Seccomp"))


def messages(server):
    return [json.loads(line).get("message", "") for line in server.logs().splitlines() if line.startswith("{")]


def ask(pool):
    """Sends a request that needs the database; nobody reads the answer."""
    try:
        return fastcgi.request(pool.socket, "GET", "/health/ready")
    except OSError:
        return None


def has_confined_workers(pool, without=frozenset()):
    """The courier too."""
    pids = [pid for pid in children(pool.pid) if is_alive(pid)]
    return (len(pids) == pool.workers + 1 and not without & set(pids)
            and all(confinement(pid) == (1, 2) for pid in pids))


@pytest.mark.shows("V14.1.1-14.1.3")
def test_workers_of_a_pool_are_confined_and_its_supervisor_is_not(start):
    pool = start(workers=3)
    assert fastcgi.request(pool.socket, "GET", "/health/ready").status == 200
    wait_until(lambda: has_confined_workers(pool), "confined workers")
    assert confinement(pool.pid) == confinement("self")


def test_after_a_reload_they_are_confined_again(start):
    pool = start(workers=2)
    wait_until(lambda: has_confined_workers(pool), "confined workers")
    before = frozenset(children(pool.pid))
    pool.reload()
    wait_until(lambda: has_confined_workers(pool, without=before), "new workers, confined")
    assert fastcgi.request(pool.socket, "GET", "/health/ready").status == 200


def test_workers_of_spawn_fcgi_are_confined(start):
    server = start(SpawnFcgi, workers=2)
    wait_until(lambda: {confinement(pid) for pid in server.pids} == {(1, 2)}, "confined workers")


@pytest.mark.parametrize("kind", ["lighttpd", "apache-mod_fcgid"])
def test_workers_of_a_web_server_are_confined(database, kind):
    with Instance(database, kind, "") as instance:
        assert instance.client().get("/health").status_code == 200
        family = descendants(instance.server.pid)
        pids = [pid for pid in family if os.readlink(f"/proc/{pid}/exe") == str(database.orgd)]
        assert pids
        wait_until(lambda: {confinement(pid) for pid in pids} == {(1, 2)}, "confined workers")


def test_without_the_filter_new_privileges_are_still_given_up(start):
    pool = start(workers=1, seccomp="off")
    wait_until(lambda: [confinement(pid) for pid in children(pool.pid)] == [(1, 0)] * 2, "the worker and the courier")


# What an intruder in a process of the same user tries, who is not confined himself.
REACH = """
import os, sys
def can(path, flags):
    try:
        os.close(os.open(path, flags))
    except PermissionError:
        return False
    return True
print([pid for pid in sys.argv[1:]
       if can(f"/proc/{pid}/mem", os.O_RDWR) or can(f"/proc/{pid}/environ", os.O_RDONLY) or can(f"/proc/{pid}/maps", os.O_RDONLY)])
"""


def reached_by_others_of_the_same_user(pids):
    return json.loads(subprocess.run([sys.executable, "-c", REACH, *map(str, pids)], check=True, text=True,
                                     capture_output=True, **privileges()).stdout)


@pytest.mark.skipif(IS_UNDER_VALGRIND, reason="valgrind is the program then")
@pytest.mark.shows("V14.1.1-14.1.3")
def test_no_process_of_the_same_user_reaches_the_memory_of_another(start):
    """A worker's filter is worth nothing if the memory of the supervisor, which has none, can be changed."""
    pool = start(workers=2)
    wait_until(lambda: has_confined_workers(pool), "confined workers")
    before = frozenset(children(pool.pid))
    assert reached_by_others_of_the_same_user([pool.pid, *before]) == []
    pool.reload()
    wait_until(lambda: has_confined_workers(pool, without=before), "new workers, confined")
    assert reached_by_others_of_the_same_user([pool.pid, *children(pool.pid)]) == []


def test_workers_without_a_supervisor_and_without_the_filter_are_not_reached_either(start):
    server = start(SpawnFcgi, workers=2, seccomp="off")
    wait_until(lambda: {confinement(pid) for pid in server.pids} == {(1, 0)}, "the workers")
    assert reached_by_others_of_the_same_user(server.pids) == []


@pytest.mark.shows("V5.3.8")
def test_a_worker_that_executes_a_program_is_stopped_and_the_call_is_named(start, intruder):
    option_file, mark = intruder
    pool = start(workers=1, database_option_file=option_file)
    worker, = wait_until(lambda: len(workers(pool.pid)) == 1 and workers(pool.pid), "the worker")
    words = ("starting another", "the next one starts in")
    with without_courier(pool.pid):  # of several that die at once, the supervisor names one
        assert ask(pool) is None
        wait_until(lambda: [line for line in messages(pool) if any(word in line for word in words)],
                   "the supervisor's word")
    assert "stopped: execve is not allowed; see seccomp in orgd.conf(5)" in messages(pool)
    assert [line for line in messages(pool)
            if line.startswith(f"worker {worker} ended because it was stopped: execve is not allowed")]
    assert not mark.exists()
    assert fastcgi.request(pool.socket, "GET", "/health").status == 200


def test_without_the_filter_it_would_have_been_executed(start, intruder):
    option_file, mark = intruder
    pool = start(workers=1, database_option_file=option_file, seccomp="off")
    assert ask(pool) is None
    wait_until(mark.exists, "the program to run")
