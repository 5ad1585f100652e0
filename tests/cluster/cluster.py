"""A cluster of databases and two web nodes, as docs/scaling.md sets them up, on one machine."""

import contextlib
import functools
import json
import re
import shutil
import subprocess

from galera import Node  # first: it knows where the rest is

from attempts import Account
from installation import Client, Installation, Instance
from processes import give_to_servers, make_directory, privileges, remove_directory, wait_until, workers, write_file
from servers import Pool
from test_issuers import Issuer, section

NODES = 3
WEB_NODES = 2
WORKERS = 4
PUBLIC_URL = "http://cluster.example.org"  # the same everywhere, so that an access token of one web node counts at the others
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent",
               "LANG": "C.UTF-8"}


class WebPool(Pool):
    """The workers of one web node, with a copy of the program of their own."""

    def __init__(self, installation, directory, **options):
        self.program = directory / "orgd"
        self.take_program(installation.orgd_binary, directory)
        super().__init__(installation, directory, **options)

    def take_program(self, program, directory):
        """Puts it in place of the present one, as a package manager does."""
        copy = directory / "orgd.new"
        shutil.copy(program, copy)
        copy.rename(self.program)

    def configure(self, **settings):
        super().configure(log_level="warning", max_requests=0, **settings)
        write_file(self.config_path, self.config_path.read_text("utf-8") + self.installation.trusted)

    def command(self):
        return [self.program, *super().command()[1:]]


class WebNode(Instance):
    """lighttpd and workers that prefer the database node of the same number."""

    def __init__(self, cluster, number):
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in cluster.nodes[number:] + cluster.nodes[:number])
        self.options = make_directory()
        text, count = re.subn(r"(\[orgd\]\n)socket = .*", rf"\1host = {hosts}",
                              cluster.option_file.read_text(encoding="utf-8"))
        assert count == 1
        option_file = write_file(self.options / "my.cnf", text)
        super().__init__(cluster, "lighttpd-remote", "", workers=WORKERS, backend=WebPool,
                         settings={"database_option_file": option_file, "public_url": PUBLIC_URL})
        self.pool = self.backend

    def __exit__(self, *arguments):
        super().__exit__(*arguments)
        remove_directory(self.options)

    def reload(self):
        """New workers, which begin with the first of their database hosts again."""
        old = set(workers(self.pool.pid))

        def is_exchanged():
            present = set(workers(self.pool.pid))
            return len(present) == WORKERS and not present & old

        self.pool.reload()
        wait_until(is_exchanged, "new workers")

    def upgrade(self, program):
        self.pool.take_program(program, self.directory)
        self.reload()


class Cluster(Installation):
    """The database nodes, of which the first holds what Installation makes, and the web nodes, which trust an issuer."""

    def __init__(self, build, environment):
        super().__init__(build, environment, database=functools.partial(Node, number=1))
        self.nodes = [self.mariadb]
        for number in range(2, NODES + 1):
            directory = self.directory / f"node{number}"
            directory.mkdir(mode=0o700)
            give_to_servers(directory)
            self.nodes.append(Node(directory, environment, number))
        for node in self.nodes:
            node.peers = [peer for peer in self.nodes if peer is not node]
        self.issuer = Issuer("https://cluster.example.org")
        self.trusted = section(self.issuer, write_file(self.directory / "jwks.json", json.dumps(self.issuer.jwks())))
        self.web_nodes = []

    def __enter__(self):
        with contextlib.ExitStack() as cleanup:
            super().__enter__()
            cleanup.push(super().__exit__)
            for node in self.nodes[1:]:
                cleanup.callback(node.stop)
                node.join()
            self.web_nodes = [cleanup.enter_context(WebNode(self, number)) for number in range(WEB_NODES)]
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_):
        # Installation.__enter__ calls this when it fails.
        cleanup, self._cleanup = getattr(self, "_cleanup", None), None
        if cleanup is None:
            super().__exit__()
        else:
            cleanup.close()

    @property
    def urls(self):
        return [web_node.url for web_node in self.web_nodes]

    def accounts(self, count, limit):
        users = [self.web_nodes[0].user(limit=limit) for _ in range(count)]
        return [Account(user.id, user.token, limit) for user in users]

    def client(self, web_node, account):
        return Client(self.web_nodes[web_node].url, account.token)

    def migrate(self, release):
        """As the administrator does, with the release's own orgctl and migrations, before any web node has it."""
        orgctl = self._install(release.orgctl)
        sql = self.directory / f"sql-{release.version}"
        shutil.copytree(release.sql, sql)
        config = self.write_config(self.directory / f"orgd-{release.version}.conf", sql_directory=sql)
        subprocess.run([orgctl, "migrate", "--config", config], check=True, capture_output=True, env=self.environment,
                       timeout=60, **privileges())

    def rejoin(self, node):
        """Starts a node again; returns how it got what it had missed, as the node that gave it says."""
        for peer in node.peers:
            peer.mark_log()
        node.join()
        given = [line for peer in node.peers for line in peer.logs_since_mark().splitlines()
                 if "Running: 'wsrep_sst_rsync --role 'donor'" in line]
        assert len(given) == 1, given
        return "increments" if "--bypass" in given[0] else "everything"

    def wait_until_whole(self, account):
        """All database nodes are members, and every web node serves, from the one that it likes best."""
        for node in self.nodes:
            node.wait_until_synced()
            node.wait_for_size(NODES)
        for web_node in self.web_nodes:
            web_node.reload()
        for number in range(WEB_NODES):
            wait_until(lambda number=number: self.client(number, account).get("/users/me").status_code == 200,
                       f"web node {number} to serve")
