"""Galera nodes on the loopback interface, each with conf/galera.cnf as it is shipped but for ports, paths and sizes."""

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / folder) for folder in ("integration", "faults", "bench")]

import pymysql

from processes import Server, free_port, give_to_servers, privileges, wait_until, write_file
from servers import MariaDB, sample

JOIN_S = 120
RETRY_S = 0.2


class Node(MariaDB):
    """One node. If none of its peers runs when it starts, it starts a new cluster, else it joins."""

    stop_timeout = 60.0

    def __init__(self, directory, environment, number):
        self.name = f"node{number}"
        self.port, self.group_port, self.ist_port, self.sst_port = (free_port() for _ in range(4))
        self.peers = []
        self.is_first = number == 1
        super().__init__(directory, environment)

    def install(self):
        """Only the first: the others get everything when they join."""
        if self.is_first:
            super().install()
        else:
            self.data.mkdir(mode=0o700)
            give_to_servers(self.data)

    def configure(self):
        peers = [f"127.0.0.1:{peer.group_port}" for peer in self.peers if peer.is_running()]
        write_file(self.directory / "galera.cnf", sample("galera.cnf", {
            "0.0.0.0": "127.0.0.1",
            "port = 3306": f"port = {self.port}",
            "192.0.2.1,192.0.2.2,192.0.2.3": ",".join(peers),
            "wsrep_node_name = db1": f"wsrep_node_name = {self.name}",
            "wsrep_node_address = 192.0.2.1": f"wsrep_node_address = 127.0.0.1\n"
                                              f"wsrep_sst_receive_address = 127.0.0.1:{self.sst_port}",
            "gcache.size=512M": f"gcache.size=256M;base_host=127.0.0.1;base_port={self.group_port};"
                                f"gmcast.listen_addr=tcp://127.0.0.1:{self.group_port};"
                                f"ist.recv_addr=127.0.0.1:{self.ist_port}",
        }))

    def program(self):
        return [shutil.which("mariadbd", path="/usr/sbin:/usr/bin"), f"--defaults-file={self.directory}/galera.cnf",
                f"--datadir={self.data}", f"--tmpdir={self.directory}", f"--socket={self.socket}",
                f"--pid-file={self.directory}/mariadb.pid",
                "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M",
                "--character-set-server=utf8mb4"]

    def command(self):
        return [*self.program(), *self.position()]

    def position(self):
        """As Debian's galera_recovery does: what a node that crashed still has need not be fetched."""
        if not (self.data / "grastate.dat").exists():
            return []
        result = subprocess.run([*map(str, self.program()), "--wsrep-recover"], check=True, capture_output=True,
                                text=True, timeout=60, env=self.environment, cwd=self.directory, **privileges())
        found = re.findall(r"Recovered position:? (\S+)", result.stderr)
        return [f"--wsrep_start_position={found[-1]}"] if found else []

    def start(self):
        self.configure()
        return super().start()

    def join(self):
        """Starts the node and waits until it has all data, however long that takes."""
        self.configure()
        self.spawn()
        wait_until(self._is_ready_or_dead, f"{self.name} to join", timeout=JOIN_S, pause=RETRY_S)

    def execute(self, statement):
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def status(self, name):
        return dict(self.execute(f"SHOW GLOBAL STATUS LIKE 'wsrep_{name}'")).get(f"wsrep_{name}")

    def has_status(self, **values):
        """False also while the node breaks connections, as it does when its component changes."""
        try:
            return all(self.status(name) == value for name, value in values.items())
        except pymysql.err.Error:
            return False

    def is_ready(self):
        return self.has_status(ready="ON", local_state_comment="Synced")

    def is_cut_off(self):
        return self.has_status(cluster_status="non-Primary")

    def wait_until_synced(self):
        wait_until(self.is_ready, f"{self.name} to be a member again", timeout=JOIN_S, pause=RETRY_S)

    def wait_for_size(self, size):
        wait_until(lambda: self.has_status(cluster_size=str(size)), f"{self.name} to see {size} nodes", timeout=JOIN_S,
                   pause=RETRY_S)

    def isolate(self, is_isolated):
        """Cuts the node off from the others, or lets it back. Clients still reach it."""
        self.execute(f"SET GLOBAL wsrep_provider_options = 'gmcast.isolate={int(is_isolated)}'")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None
        Server.started.remove(self)

    def forget(self):
        """A node that is not running has to fetch everything when it joins."""
        (self.data / "grastate.dat").unlink()
