"""The log is one file, however the workers are started: who rotates it tells nobody, and a start that fails says so there."""

import contextlib
import ctypes
import json
import os
import pwd
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from installation import Instance
from processes import IS_UNDER_VALGRIND, PATIENCE, SERVICE_USER, give_to_servers, privileges, wait_until, write_file
from servers import Pool

LOOK_S = 1  # how often a process looks whether its log is still there

WAYS = ["socket", "pool", "nothing"]
STRANGER = 12345
OWNERS = [pwd.getpwnam(SERVICE_USER).pw_uid, *([0, STRANGER] if os.geteuid() == 0 else [])]


@pytest.fixture
def log(directory):
    """A file in a directory that holds nothing else."""
    path = directory / "log" / "orgd.log"
    path.parent.mkdir()
    give_to_servers(path.parent)
    return path


def pids_in(path):
    """Whose access lines are in a log."""
    if not path.exists():
        return set()
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {line["pid"] for line in lines if line.get("event") == "request"}


def busy(instance, condition, what):
    """Sends requests until the condition holds, several at once: the kernel may give all of a single client to one worker."""
    def send(_):
        return instance.client().get("/health").status_code

    def try_once():
        assert set(clients.map(send, range(8))) == {200}
        return condition()
    with ThreadPoolExecutor(8) as clients:
        return wait_until(try_once, what)


@pytest.mark.parametrize("kind", ["lighttpd", "apache-mod_fcgid", "lighttpd-spawn-fcgi", "nginx"])
def test_a_rotated_log_is_made_anew_in_every_mode(database, log, kind):
    with Instance(database, kind, "", workers=2, settings={"log": log}) as instance:
        wait_until(lambda: pids_in(log), "the first lines")
        moved = log.with_name("orgd.log.1")
        log.rename(moved)
        time.sleep(LOOK_S)
        busy(instance, lambda: pids_in(moved) <= pids_in(log), "every worker in the new file")
        size = moved.stat().st_size
        for _ in range(20):
            assert instance.client().get("/health").status_code == 200
        assert moved.stat().st_size == size and log.stat().st_mode & 0o777 == 0o640


def test_the_supervisor_follows_too(start, log):
    pool = start(Pool, log=log)
    wait_until(lambda: log.exists() and "serving unix:" in log.read_text("utf-8"), "its first line")
    log.rename(log.with_name("orgd.log.1"))
    time.sleep(LOOK_S)
    pool.reload()
    wait_until(lambda: log.exists() and "reloading" in log.read_text("utf-8"), "its line in the new file")


@contextlib.contextmanager
def started(database, config, way):
    """orgd as somebody starts it whose standard error leads nowhere."""
    arguments = ["--listen", f"unix:{config.parent}/orgd.sock"] if way == "pool" else []
    with socket.socket(socket.AF_UNIX) as listener, open("/dev/null", "rb") as nothing:
        if way == "socket":
            listener.bind(str(config.parent / "orgd.sock"))
            listener.listen()
        process = subprocess.Popen([database.orgd, "--config", config, *arguments], env=database.environment,
                                   stdin=listener if way == "socket" else nothing, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, **privileges())
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30 * PATIENCE)


FAULTS = {"public_url = nonsense": "public_url = nonsense: must be", "workerz = 4": "unknown setting 'workerz'",
          "[": "neither a comment", "signing_keys = /nonexistent/keys.json": "/nonexistent/keys.json"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_first", [True, False], ids=["before", "behind"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.split()[0])
def test_the_log_says_why_there_is_no_start(database, directory, log, fault, is_first, way):
    """Also where the line that is at fault comes before the one that names the log."""
    config = database.write_config(directory / "orgd.conf", log="log/orgd.log")
    text = config.read_text("utf-8")
    if fault.startswith("signing_keys"):
        text = text.replace(f"signing_keys = {database.signing_keys}\n", "")
    write_file(config, f"{fault}\n{text}" if is_first else f"{text}{fault}\n")
    with started(database, config, way) as process:
        assert process.wait(30 * PATIENCE) == 2
    errors = [line for line in map(json.loads, log.read_text("utf-8").splitlines()) if line["level"] == "error"]
    assert FAULTS[fault] in errors[0]["message"]


def test_without_a_socket_the_log_says_so(database, directory, log):
    config = database.write_config(directory / "orgd.conf", log=log)
    with started(database, config, "nothing") as process:
        assert process.wait(30 * PATIENCE) == 2
    assert "not a FastCGI socket" in log.read_text("utf-8")


def test_a_socket_that_is_taken_stands_in_the_log(database, directory, log, start):
    pool = start(Pool)
    config = database.write_config(directory / "second.conf", log=log)
    with started(database, config, "pool") as process:
        assert process.wait(30 * PATIENCE) == 2
    assert f"{pool.socket}: in use" in log.read_text("utf-8")


def test_a_log_that_is_not_alone_is_warned_of(start, directory):
    """Else whoever breaks into a worker could change what is beside it."""
    log = directory / "orgd.log"
    pool = start(Pool, log=log)
    wait_until(lambda: log.exists() and "serving unix:" in log.read_text("utf-8"), "the log")
    is_warned = "give the log a directory of its own" in log.read_text("utf-8")
    assert is_warned == (has_landlock() and not IS_UNDER_VALGRIND) and pool.is_running()


def has_landlock():
    """Asks the kernel for its version of Landlock: landlock_create_ruleset() has this number everywhere."""
    return ctypes.CDLL(None).syscall(444, None, 0, 1) > 0


def check_and_start(database, config):
    """What `orgd --check` says, and a start that ends for want of a socket, or before."""
    results = [subprocess.run([database.orgd, "--config", config, *options], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=database.environment, timeout=30 * PATIENCE, **privileges())
               for options in (["--check"], [])]
    return [result.returncode for result in results], [result.stderr for result in results]


def test_a_pipe_is_no_log(database, directory, log):
    """Nobody may read it, and opening it would wait for a reader."""
    os.mkfifo(log)
    give_to_servers(log)
    codes, errors = check_and_start(database, database.write_config(directory / "orgd.conf", log=log))
    assert codes == [2, 2]
    assert all(f"cannot write the log file {log}: it is neither a file nor a character device" in error for error in errors), errors
    result = database.run_orgctl("check", config_path=directory / "orgd.conf")
    assert "it is neither a file nor a character device" in result.stdout


def test_a_character_device_is_one(database, directory):
    codes, errors = check_and_start(database, database.write_config(directory / "orgd.conf", log="/dev/null"))
    assert codes == [0, 2] and "not a FastCGI socket" in errors[1]


@pytest.mark.parametrize("owner", OWNERS)
def test_only_the_operators_own_link_is_followed(database, directory, log, owner):
    target = directory / "target"
    log.symlink_to(target)
    give_to_servers(directory)
    os.lchown(log, owner, -1)
    codes, errors = check_and_start(database, database.write_config(directory / "orgd.conf", log=log))
    if owner == STRANGER:
        assert codes == [2, 2] and not target.exists()
        assert all(f"cannot write the log file {log}: it is a link of another user" in error for error in errors), errors
    else:
        assert codes == [0, 2] and "not a FastCGI socket" in target.read_text("utf-8")
