"""Tests on several cores, by pytest-xdist's `-n`. Each of its workers has an installation, servers and reports of its own.

A worker takes one unit after the other: all tests of one web server at one mount, or what else a file has. Within a unit
the expensive fixtures are made once. The units that take longest come first, so that the workers end together.

A test with the mark `alone` waits until no other worker runs a test, and keeps the others waiting meanwhile."""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from processes import children
from servers import MOUNTS, SERVERS

EVERY_SERVER = re.compile(rf"\[((?:{'|'.join(SERVERS)})(?:{'|'.join(mount or '/' for mount in reversed(MOUNTS))}))[-\]]")
# Longest first. Where another file has become slow, the workers end less together, and nothing else happens.
LONG = ["test_pages", "test_quickstart", "test_memory", "test_cluster", "test_terminated_programs", "test_pool"]


def unit_of(nodeid):
    """The unit of a test: the web server and its mount, or the file."""
    server = EVERY_SERVER.search(nodeid)
    return server[1] if server else nodeid.partition("::")[0].rpartition("/")[2].removesuffix(".py")


class UnitScheduling(LoadScopeScheduling):
    """_split_scope() is the extension point that the documentation of pytest-xdist names."""

    def _split_scope(self, nodeid):
        return unit_of(nodeid)

    def _assign_work_unit(self, node):
        first = next((unit for unit in LONG if unit in self.workqueue), None)
        if first is not None:
            self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)


@contextlib.contextmanager
def locked(path, operation):
    """The lock flock(2) of a file that is there."""
    with open(path, "rb") as file:
        fcntl.flock(file, operation)
        yield


class Controller:
    """The process that runs no test itself. It makes the files by whose locks the workers keep out of each other's way:
    `turn` is held by who runs a test, `door` by who waits for that, `life` by each worker as long as it has servers."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="orgd-locks-"))
        for name in ("turn", "door", "life"):
            (self.directory / name).touch()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)

    def _interrupt(self, number, frame):
        """pytest-xdist kills workers after ten seconds; here they get the time to end their servers."""
        for pid in children(os.getpid()):
            os.kill(pid, signal.SIGTERM)
        with locked(self.directory / "life", fcntl.LOCK_EX):
            signal.default_int_handler(number, frame)

    def pytest_xdist_make_scheduler(self, config, log):
        return UnitScheduling(config, log)

    def pytest_configure_node(self, node):
        node.workerinput["locks"] = str(self.directory)

    def pytest_unconfigure(self):
        shutil.rmtree(self.directory)


class Worker:
    """A process that runs tests."""

    def __init__(self, config):
        self.directory = Path(config.workerinput["locks"])
        self._cleanup = contextlib.ExitStack()
        self._cleanup.enter_context(locked(self.directory / "life", fcntl.LOCK_SH))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)

    def _interrupt(self, number, frame):
        """Once: nothing interrupts the end of the servers."""
        for other in (signal.SIGINT, signal.SIGTERM):
            signal.signal(other, signal.SIG_IGN)
        signal.default_int_handler(number, frame)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        is_alone = item.get_closest_marker("alone") is not None
        with contextlib.ExitStack() as turn:
            with locked(self.directory / "door", fcntl.LOCK_EX):
                turn.enter_context(locked(self.directory / "turn", fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH))
            yield

    def pytest_unconfigure(self):
        self._cleanup.close()
