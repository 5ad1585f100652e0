"""Where the faults happen: orgd behind lighttpd, on a MariaDB that may be broken, and what can be seen of their health."""

import concurrent.futures
import contextlib
import os
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

FAULTS = Path(__file__).resolve().parent
sys.path[:0] = [str(FAULTS.parent / "integration"), str(FAULTS.parent / "bench")]

from attempts import Account
from installation import Client, Installation, Instance, unique
from processes import Server, end_in_order, give_to_servers, make_directory, wait_until, workers, write_file
from proxy import Proxy
from servers import MariaDB, Pool
from stacks import build_orgd

WORKERS = 6
TIMEOUT_S = 2  # database_timeout here
DISK_MB = 2048  # what a million requests write, and half as much again; a fault fills the rest
RSS_GROWTH_MIB = 8  # small leaks are tests/soak's; sanitizers keep what was freed for a while
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent",
               "LANG": "C.UTF-8"}
CONNECTIONS = "SELECT id FROM information_schema.processlist WHERE user = 'orgd'"
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


class FragileMariaDB(MariaDB):
    """One that may be killed: what it acknowledged is on its disk, and so is everything else that it writes."""

    def command(self):
        return [*super().command(), "--innodb-flush-log-at-trx-commit=1", f"--tmpdir={self.directory}"]

    def crash(self):
        self.process.kill()
        self.process.wait()
        Server.started.remove(self)


class ImpatientPool(Pool):
    """Short timeouts, so that faults need not last for minutes; and no log of requests."""

    def configure(self, **settings):
        # An idle worker keeps its connection, so that what a fault leaves open can be told.
        super().configure(database_timeout=TIMEOUT_S, database_idle_timeout=3600, lock_timeout=1, log_level="warning",
                          max_requests=0, **settings)


class TimeTravellingPool(ImpatientPool):
    """Its wall clock is what a file says; the monotonic one is everybody's, as with a clock that is set."""

    def __init__(self, installation, directory, **options):
        super().__init__(installation, directory, **options)
        self.offset_path = directory / "offset"
        self.set_clock("+0")
        sanitizer = installation.environment.get("ASAN_OPTIONS", "")
        self.environment = {**self.environment, "LD_PRELOAD": str(FAKETIME), "DONT_FAKE_MONOTONIC": "1",
                            "FAKETIME_TIMESTAMP_FILE": str(self.offset_path), "FAKETIME_NO_CACHE": "1",
                            "ASAN_OPTIONS": f"{sanitizer}:verify_asan_link_order=0"}

    def set_clock(self, offset):
        write_file(self.offset_path.with_suffix(".new"), offset).replace(self.offset_path)


@contextlib.contextmanager
def small_disk():
    """A directory for the database: a file system of its own where that can be had."""
    directory = make_directory()
    try:
        if os.geteuid() == 0:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0700", "orgd-faults", directory],
                           check=True)
            give_to_servers(directory)
        yield directory
    finally:
        if directory.is_mount():
            subprocess.run(["umount", "--lazy", directory], check=True)  # a process may be ending yet
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def installed():
    """The installation, and where sanitizers leave their reports, if orgd was built with any."""
    end_in_order()
    reports = make_directory("orgd-reports-")
    environment = {**ENVIRONMENT, "ASAN_OPTIONS": f"log_path={reports}/asan:quarantine_size_mb=1",
                   "UBSAN_OPTIONS": f"log_path={reports}/ubsan:print_stacktrace=1"}
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(shutil.rmtree, reports)
        disk = cleanup.enter_context(small_disk())
        installation = Installation(build_orgd(), environment, database=FragileMariaDB, database_directory=disk)
        installation.reports = reports
        yield cleanup.enter_context(installation)


@dataclass
class Health:
    """Of the workers, when they have nothing to do: descriptors and memory each, and connections at the database. The
    courier's counts before it is there: the courier connects when it first has something to do."""

    fds: list
    rss_mib: list
    connections: int

    def worse_than(self, before):
        """Sentences on what has been lost since."""
        if max(self.fds) > max(before.fds):
            yield f"a worker has {max(self.fds)} descriptors open, {max(before.fds)} before"
        if max(self.rss_mib) > max(before.rss_mib) + RSS_GROWTH_MIB:
            yield f"a worker has {max(self.rss_mib):.1f} MiB, {max(before.rss_mib):.1f} before"
        if self.connections > before.connections:
            yield f"the database has {self.connections} connections of workers, {before.connections} before"


def fd_count(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory_mib(pid, key="Rss"):
    """Rss, or Pss_Anon: what is of no file, and of that what forked processes share in equal parts."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"no {key} of {pid}")


class Stage(Instance):
    """An instance with users for a load. With `is_proxied`, the workers reach the database through `proxy`. What workers
    tell each other about a shortage of connections goes by their option file, so each stage has its own."""

    def __init__(self, installation, workers=WORKERS, backend=ImpatientPool, is_proxied=False, kind="lighttpd-remote"):
        self.mariadb = installation.mariadb
        self.proxy = Proxy(installation, delay_s=TIMEOUT_S * 1.5) if is_proxied else None
        self.options = make_directory()
        options = self.proxy.option_file if is_proxied else installation.option_file
        option_file = write_file(self.options / "my.cnf", options.read_text(encoding="utf-8"))
        super().__init__(installation, kind, "", workers=workers, backend=backend,
                         settings={"database_option_file": option_file})
        self.worker_count = workers
        self.pool = self.backend

    def __enter__(self):
        if self.proxy is not None:
            self.proxy.__enter__()
        return super().__enter__()

    def __exit__(self, *_):
        super().__exit__()
        shutil.rmtree(self.options)
        if self.proxy is not None:
            self.proxy.__exit__()

    def accounts(self, count, limit):
        return [Account(user.id, user.token, limit) for user in (self.user(limit=limit) for _ in range(count))]

    def workers(self):
        return workers(self.pool.pid)

    @contextlib.contextmanager
    def administrator(self):
        """A cursor of the database's administrator."""
        with self.installation.connect() as connection, connection.cursor() as cursor:
            yield cursor

    def connections(self, condition="TRUE"):
        """The ids of the workers' connections."""
        return [row[0] for row in self.installation.sql(f"{CONNECTIONS} AND {condition}")]

    def status(self, variable):
        return int(self.installation.sql(f"SHOW GLOBAL STATUS LIKE '{variable}'")[0][1])

    def _created_organization(self):
        """The id of a new one, or None while the worker that is asked finds no database."""
        answer = self.admin.client.post("/organizations", json={"name": unique("organization")})
        return answer.json()["id"] if answer.status_code == 200 else None

    def _work_all_at_once(self, organization):
        """Sends so many changes of a locked row as there are workers; true if they all came to wait there."""
        def change(number):
            return self.admin.client.patch(f"/organizations/{organization}", json={"description": str(number)}).status_code

        with self.installation.connect(autocommit=False) as holder, \
                concurrent.futures.ThreadPoolExecutor(self.worker_count) as threads:
            with holder.cursor() as cursor:
                cursor.execute("SELECT id FROM orgd_organizations WHERE id = %s FOR UPDATE", [uuid.UUID(organization).bytes])
            answers = [threads.submit(change, number) for number in range(self.worker_count)]
            while not all(answer.done() for answer in answers):
                if len(self.connections("command = 'Execute'")) == self.worker_count:
                    return True
            return False

    def wait_until_whole(self, timeout=30):
        """Returns when every worker serves again. AssertionError if they do not by themselves."""
        organization = wait_until(self._created_organization, "a worker to serve", timeout=timeout)
        wait_until(lambda: self._work_all_at_once(organization), "every worker to work", timeout=timeout)
        wait_until(lambda: len(self.workers()) == self.worker_count and self._are_few_connections(),
                   "each worker to have one connection at most", timeout=timeout)

    def _are_few_connections(self):
        """At most one for each worker, and another one for the courier. An idle worker gives its connection back."""
        return len(self.connections()) <= self.worker_count + 1

    def memory(self):
        """Of each worker, in MiB."""
        return [memory_mib(pid) for pid in self.workers()]

    def health(self):
        return Health([fd_count(pid) for pid in self.workers()], self.memory(),
                      max(len(self.connections()), self.worker_count + 1))
