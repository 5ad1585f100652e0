"""An installation of orgd under test, and what a test needs of it: users, clients, organizations."""

import contextlib
import itertools
import re
import secrets
import shlex
import shutil
import subprocess
import uuid

import requests

from processes import (IS_UNDER_VALGRIND, PATIENCE, give_to_servers, make_directory, privileges, remove_directory,
                       write_file)
from servers import SERVERS, SOURCE, MariaDB, sample

TIMEOUT_S = 15 * PATIENCE
_numbers = itertools.count(1)


# What /metrics takes, where a test has set it.
METRICS_TOKEN = "a-token_of-the-monitoring-0123456789"


SYSTEM_ROLES = ["admin", "manager", "viewer", "billing_admin", "member"]


def unique(prefix):
    """A name that no other test of any run takes."""
    return f"{prefix}-{next(_numbers)}-{secrets.token_hex(3)}"


class Client:
    """Requests below one instance's URL, with one credential or none."""

    def __init__(self, url, token=None):
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        if token is not None:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def request(self, method, path, **options):
        options.setdefault("timeout", TIMEOUT_S)
        options.setdefault("allow_redirects", False)
        return self.session.request(method, self.url + path, **options)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def head(self, path, **options):
        return self.request("HEAD", path, **options)

    def options(self, path, **options):
        return self.request("OPTIONS", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def patch(self, path, **options):
        return self.request("PATCH", path, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)


def rows_of(connection, statement, parameters=None):
    """Runs one statement on a connection that is closed then."""
    with connection, connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def stdout_of(result):
    """Runs a program that must succeed; returns its output."""
    assert result.returncode == 0, f"{' '.join(map(str, result.args))} exited with {result.returncode}: {result.stderr}"
    return result.stdout.strip()


class User:
    def __init__(self, user_id, name, token, client):
        self.id = user_id
        self.name = name
        self.token = token
        self.client = client


class ServiceAccount:
    def __init__(self, account_id, name, key, client):
        self.id = account_id
        self.name = name
        self.key = key
        self.client = client


class Installation:
    """The programs, the schema in a database of our own, signing keys and a configuration, in one directory, while the
    `with` block lasts.

    The programs are copied there, so that a test can replace them, and so that the servers' user can run them wherever
    the build directory is. `checker` is the command line, if any, that is to be put before each of theirs;
    `database` the class of the database server, and `database_directory` where its data go."""

    def __init__(self, build, environment, checker=(), database=MariaDB, database_directory=None):
        self.directory = make_directory()
        self.environment = environment
        self.checker = checker
        self.orgd_binary = self._install(build / "app/orgd/orgd")
        self.orgd = self._checked(self.orgd_binary)
        self.orgctl_program = self._checked(self._install(build / "app/orgctl/orgctl"))
        self.sql_directory = self.directory / "sql"
        shutil.copytree(SOURCE / "sql", self.sql_directory)
        self.option_file = self.directory / "my.cnf"
        self.signing_keys = self.directory / "signing-keys.json"
        self.config_path = self.directory / "orgd.conf"
        self.write_config(self.config_path)
        self.mariadb = database(database_directory or self._make_directory("mariadb"), environment)

    def _make_directory(self, name):
        directory = self.directory / name
        directory.mkdir(mode=0o700)
        give_to_servers(directory)
        return directory

    def _install(self, program):
        target = self.directory / "bin" / program.name
        target.parent.mkdir(mode=0o755, exist_ok=True)
        shutil.copy(program, target)
        target.chmod(0o755)
        return target

    def _checked(self, program):
        """A command for the program that takes its place."""
        if not self.checker:
            return program
        command = program.with_name(f"checked-{program.name}")
        command.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, self.checker))} {program} "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        return command

    def settings(self):
        return {"database_option_file": self.option_file, "signing_keys": self.signing_keys,
                "sql_directory": self.sql_directory, **({"seccomp": "off"} if IS_UNDER_VALGRIND else {})}

    def write_config(self, path, **settings):
        lines = [f"{key} = {value}\n" for key, value in {**self.settings(), **settings}.items()]
        return write_file(path, "".join(lines))

    def __enter__(self):
        """The steps of the installation guide, in its order."""
        try:
            self._bootstrap()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.mariadb.stop()
        remove_directory(self.directory)

    def _bootstrap(self):
        password = secrets.token_urlsafe(16)
        write_file(self.option_file, sample("my.cnf", {"/run/mysqld/mysqld.sock": self.mariadb.socket,
                                                       "change-me": password}))
        self.mariadb.start()
        self.sql("CREATE DATABASE orgd CHARACTER SET utf8mb4")
        self.orgctl("migrate")
        self.run_script("application-role.sql")
        self.sql(f"CREATE USER orgd@localhost IDENTIFIED BY '{password}'")
        self.sql("GRANT orgd_application TO orgd@localhost")
        self.sql("SET DEFAULT ROLE orgd_application FOR orgd@localhost")
        self.orgctl("signing-key", "generate")

    def run_script(self, name, *database):
        """Runs a file of sql/ as the database's administrator."""
        with open(SOURCE / "sql" / name, encoding="utf-8") as script:
            subprocess.run(["mariadb", "--no-defaults", f"--socket={self.mariadb.socket}", "--user=root", *database],
                           stdin=script, check=True)

    def run_orgctl(self, *arguments, input=None, config_path=None):
        return subprocess.run([self.orgctl_program, *map(str, arguments), "--config", config_path or self.config_path],
                              input=input, capture_output=True, text=True, encoding="utf-8", timeout=60 * PATIENCE,
                              env=self.environment, cwd=self.directory, **privileges())

    def orgctl(self, *arguments, check=True, input=None):
        """Runs orgctl and returns what it wrote to stdout."""
        result = self.run_orgctl(*arguments, input=input)
        return stdout_of(result) if check else result.stdout.strip()

    def sql(self, statement, parameters=None):
        """Runs one statement as the database's administrator and returns its rows."""
        return rows_of(self.connect(), statement, parameters)

    def connect(self, **options):
        """A connection of its own, for transactions: as the administrator, in the database orgd if it is there."""
        connection = self.mariadb.connect(**options)
        with connection.cursor() as cursor:
            cursor.execute("SHOW DATABASES LIKE 'orgd'")
            if cursor.fetchone():
                connection.select_db("orgd")
        return connection


class SecondDatabase:
    """One more database on an installation's server, empty at first, while the `with` block lasts. Servers and tests
    take it for an installation of its own."""

    def __init__(self, installation, name=None):
        self.installation = installation
        self.name = name or "scratch_" + secrets.token_hex(4)
        self.directory = installation.directory
        self.environment = installation.environment
        self.orgd = installation.orgd
        self.option_file = self.directory / f"{self.name}.cnf"
        self.config_path = self.directory / f"{self.name}.conf"

    def write_config(self, path, **settings):
        return self.installation.write_config(path, database_option_file=self.option_file, **settings)

    def __enter__(self):
        self.installation.sql(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4")
        self.installation.sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {self.name}.* TO orgd_application")
        options = self.installation.option_file.read_text(encoding="utf-8")
        write_file(self.option_file, re.sub(r"(?m)^database\s*=.*$", f"database = {self.name}", options))
        self.write_config(self.config_path)
        return self

    def __exit__(self, *_):
        self.installation.sql(f"REVOKE ALL ON {self.name}.* FROM orgd_application")
        self.installation.sql(f"DROP DATABASE {self.name}")

    def run_orgctl(self, *arguments, input=None):
        return self.installation.run_orgctl(*arguments, input=input, config_path=self.config_path)

    def orgctl(self, *arguments, input=None):
        """Runs orgctl and returns what it wrote to stdout."""
        return stdout_of(self.run_orgctl(*arguments, input=input))

    def connect(self, **options):
        return self.installation.mariadb.connect(**{"database": self.name, **options})

    def sql(self, statement, parameters=None):
        return rows_of(self.connect(), statement, parameters)


class Instance:
    """The installation as clients see it: behind one web server, at one mount, while the `with` block lasts."""

    def __init__(self, installation, kind, mount, workers=4, backend=None, **options):
        """`backend` takes the place of the pool that this kind of web server talks to; `options` go to the web server."""
        web_server, usual_backend = SERVERS[kind]
        backend = backend or usual_backend
        self.installation = installation
        self.kind = kind
        self.mount = mount
        self.directory = make_directory()
        self.backend = backend(installation, self.directory, workers=workers) if backend else None
        self.server = web_server(installation, self.directory, mount, workers=workers, backend=self.backend, **options)
        self.url = self.server.url
        self._admin = None

    def __enter__(self):
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(shutil.rmtree, self.directory)
            for server in (self.backend, self.server):
                if server is not None:
                    server.start()
                    cleanup.callback(server.stop)
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_):
        self._cleanup.close()

    def log_text(self):
        """What the workers have logged."""
        return (self.backend or self.server).logs()

    def client(self, token=None):
        return Client(self.url, token)

    def user(self, limit=None, superuser=False, name=None):
        name = name or unique("user")
        arguments = ["user", "create", name, "--quiet"]
        if limit is not None:
            arguments += ["--organization-limit", limit]
        if superuser:
            arguments += ["--superuser"]
        user_id = self.installation.orgctl(*arguments)
        token = self.installation.orgctl("token", "create", "--user", name, "--quiet")
        return User(user_id, name, token, self.client(token))

    @property
    def admin(self):
        """A superuser."""
        if self._admin is None:
            self._admin = self.user(superuser=True, limit=1000000, name=unique("admin"))
        return self._admin

    def organization(self, owner, **fields):
        response = owner.client.post("/organizations", json={"name": unique("organization"), **fields})
        assert response.status_code == 200, response.text
        return response.json()

    @staticmethod
    def role_id(organization_id, role):
        """Of a role of the system: the organization's id, with the number of the role in its last octet."""
        octets = bytearray(uuid.UUID(organization_id).bytes)
        octets[-1] ^= 1 + SYSTEM_ROLES.index(role)
        return str(uuid.UUID(bytes=bytes(octets)))

    def service_account(self, organization_id, role):
        name = unique("service")
        account_id = self.installation.orgctl("service-account", "create", name, "--organization", organization_id,
                                              "--role", role, "--quiet")
        key = self.installation.orgctl("key", "create", "--service-account", name, "--quiet")
        return ServiceAccount(account_id, name, key, self.client(key))

    def member(self, organization_id, user, role):
        self.installation.orgctl("member", "set", "--organization", organization_id, "--user", user.name, "--role", role)
