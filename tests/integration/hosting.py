"""A shared host: an Apache with suexec and mod_fcgid whose tenants have a home, a .htaccess, and a database account with all
rights in one database and none beside it.

Nothing of this machine is changed: the tenants are numbers, whose names only the processes of Apache know, by files that
are mounted for them alone. That takes root.
"""

import contextlib
import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path

from installation import SOURCE, Client, rows_of
from processes import PATIENCE, Server, free_port, make_directory, remove_directory, wait_until, write_file
from servers import NetworkedMariaDB

FIRST_UID = 30000  # plus a port, which no other process of these tests has
WEB_GROUP = "www-data"
MODULES = ("mpm_event authz_core authz_host alias dir mime rewrite fcgid cgid suexec proxy proxy_fcgi env setenvif"
           " reqtimeout userdir").split()

APACHE = """
ServerRoot "{directory}"
PidFile "{directory}/run/apache.pid"
DefaultRuntimeDir "{directory}/run"
Mutex file:{directory}/run default
User www-data
Group www-data
ServerName 127.0.0.1
Suexec On
{modules}
TypesConfig /dev/null
ErrorLog "/dev/stderr"
LogLevel info
ScriptSock "{directory}/run/cgid"
FcgidIPCDir "{directory}/run/fcgid"
FcgidProcessTableFile "{directory}/run/fcgid_shm"
FcgidMaxProcessesPerClass 12
UserDir {directory}/home/*/public_html
FcgidSpawnScoreUpLimit 40
<Directory />
    Options FollowSymLinks
    AllowOverride None
    Require all denied
</Directory>
<FilesMatch "^\\.ht">
    Require all denied
</FilesMatch>
"""

SITE = """
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
    ServerName {name}.example.org
    DocumentRoot "{home}/public_html"
    SuexecUserGroup {name} {name}
    <Directory "{home}/public_html">
        AllowOverride {overrides}
        Options {options}
        Require all granted
    </Directory>
</VirtualHost>
"""


def results(output):
    """What setup says of each step: {what: result}."""
    return {what: result for result, what in re.findall(r"^(there|made|renewed) +(.*)$", output, re.MULTILINE)}


def kill_again_and_again(command, input=None, **options):
    """Runs a program and kills it, each time a little later, until it ends by itself. Returns how often it was killed."""
    delay_s, killed = 0.02, 0
    while True:
        process = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, **options)
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write((input or "").encode())
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(delay_s)
            return killed
        process.kill()
        process.wait()
        delay_s, killed = delay_s * 1.25, killed + 1


class Apache(Server):
    """Started by root, in a mount namespace of its own: there the tenants have names, and suexec serves their homes."""

    name = "apache"

    def privileges(self):
        return {}

    def __init__(self, host):
        super().__init__(host.directory, host.environment)
        self.host = host
        for name in ("run", "run/fcgid", "run/log"):
            (host.directory / name).mkdir()
        shutil.chown(host.directory / "run/fcgid", WEB_GROUP, WEB_GROUP)
        self.configure()

    def configure(self):
        modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES)
        sites = "".join(SITE.format(port=tenant.port, name=tenant.name, home=tenant.home, overrides=tenant.overrides,
                                    options=tenant.options)
                        for tenant in self.host.tenants)
        text = APACHE.format(directory=self.directory, modules=modules) + sites
        (self.directory / "apache.conf").write_text(text, encoding="utf-8")
        (self.directory / "suexec").write_text(f"{self.directory}/home\npublic_html\n", encoding="utf-8")
        for name, line in (("passwd", "{0.name}:x:{0.uid}:{0.uid}::{0.home}:/bin/sh\n"), ("group", "{0.name}:x:{0.uid}:\n")):
            lines = "".join(line.format(tenant) for tenant in self.host.tenants)
            (self.directory / name).write_text(Path("/etc", name).read_text(encoding="utf-8") + lines, encoding="utf-8")

    def command(self):
        mounts = {"passwd": "/etc/passwd", "group": "/etc/group", "suexec": "/etc/apache2/suexec/www-data",
                  "run/log": "/var/log/apache2"}
        script = "".join(f"mount --bind '{self.directory}/{name}' {place} && " for name, place in mounts.items())
        return ["unshare", "--mount", "sh", "-c", f"{script} exec apache2 -f '{self.directory}/apache.conf' -DFOREGROUND"]

    def is_ready(self):
        return (self.directory / "run/apache.pid").exists()

    def logs(self):
        """With what suexec says, which has a log of its own."""
        suexec = self.directory / "run/log/suexec.log"
        return super().logs() + (suexec.read_text(encoding="utf-8", errors="replace") if suexec.exists() else "")


class Tenant:
    """Somebody with a home, a site and a database on the host."""

    def __init__(self, host, name, overrides="AuthConfig FileInfo Indexes Limit Options", options="SymLinksIfOwnerMatch"):
        self.host = host
        self.name = name
        self.overrides = overrides  # what a .htaccess may say
        self.options = options
        self.port = free_port()
        self.uid = FIRST_UID + self.port
        self.home = host.directory / "home" / name
        self.web = self.home / "public_html"
        self.orgd = self.home / "orgd"
        self.url = f"http://127.0.0.1:{self.port}/api"
        self.password = "a'b\"c\\d #e;" + secrets.token_hex(4)  # what option files and shells would take apart
        self._make_home()

    def _make_home(self):
        """As hosts make them: the web server may pass, nobody else."""
        self.web.mkdir(parents=True)
        for path, mode in ((self.home, 0o710), (self.web, 0o755)):
            path.chmod(mode)
            os.chown(path, self.uid, self.uid)
        shutil.chown(self.home, group=WEB_GROUP)

    def write_htaccess(self, text):
        path = self.web / ".htaccess"
        path.write_text(text, encoding="utf-8")
        os.chown(path, self.uid, self.uid)

    def make_database(self, **limits):
        """With limits of the account such as MAX_USER_CONNECTIONS."""
        options = " ".join(f"{key} {value}" for key, value in limits.items())
        self.host.sql(f"CREATE DATABASE {self.name}_db CHARACTER SET utf8mb4")
        self.host.sql(f"CREATE USER {self.name}@localhost IDENTIFIED BY %s" + (f" WITH {options}" if options else ""),
                      [self.password])
        self.host.sql(f"GRANT ALL ON {self.name}_db.* TO {self.name}@localhost")

    def run(self, *command, input=None, env=None, timeout=120):
        """Runs a program as the tenant."""
        environment = {**self.host.tenant_environment, "HOME": str(self.home)} if env is None else env
        return subprocess.run([*map(str, command)], input=input, capture_output=True, text=True, encoding="utf-8",
                              timeout=timeout * PATIENCE, env=environment, cwd=self.home, **self.privileges())

    def privileges(self):
        """Arguments of subprocess that make the child the tenant."""
        return {"user": self.uid, "group": self.uid, "extra_groups": []}

    def setup_command(self, *options, kit=None):
        """`orgctl setup --hosting` of the unpacked tarball; it reads the database's password. Of an option that is given
        again the last one counts."""
        return [(kit or self.host.kit) / "bin/orgctl", "setup", "--hosting", "--url", self.url, "--database-host",
                self.host.mariadb.socket, "--database", f"{self.name}_db", "--database-user", self.name, *options]

    def setup(self, *options, kit=None, password=None):
        return self.run(*self.setup_command(*options, kit=kit), input=f"{password or self.password}\n")

    def orgctl(self, *arguments, **options):
        return self.run(self.orgd / "bin/orgctl", *arguments, **options)

    def sql(self, statement, parameters=None):
        """Runs one statement in the tenant's database, as the tenant."""
        connection = self.host.mariadb.connect(user=self.name, password=self.password, database=f"{self.name}_db")
        return rows_of(connection, statement, parameters)

    def token(self):
        return (self.orgd / "superuser.header").read_text(encoding="utf-8").split()[2]

    def client(self, token=None):
        return Client(self.url, token)

    def log_text(self):
        return (self.orgd / "log/orgd.log").read_text(encoding="utf-8", errors="replace")

    def processes(self):
        """The processes of the tenant, as (pid, name)."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if entry.stat().st_uid == self.uid or f"\nUid:\t{self.uid}\t" in (entry / "status").read_text("utf-8"):
                        found.append((int(entry.name), (entry / "comm").read_text("utf-8").strip()))
                except (FileNotFoundError, ProcessLookupError):
                    continue
        return found

    def workers(self):
        return [pid for pid, name in self.processes() if name == "orgd"]


class SharedHost:
    """The host with its servers, and with so many tenants, while the `with` block lasts."""

    def __init__(self, build, environment, tenants):
        self.directory = make_directory("orgd-host-")
        self.environment = environment
        self.directory.chmod(0o711)
        os.chown(self.directory, 0, 0)
        self.reports = self.directory / "reports"
        self.reports.mkdir()
        self.reports.chmod(0o1777)
        self.tenant_environment = {**environment, "ASAN_OPTIONS": f"log_path={self.reports}/asan",
                                   "UBSAN_OPTIONS": f"log_path={self.reports}/ubsan"}
        self.kit = self.make_kit(build, "kit")
        database = self.directory / "mariadb"
        database.mkdir()
        shutil.chown(database, WEB_GROUP, WEB_GROUP)
        self.mariadb = NetworkedMariaDB(database, environment)
        self.tenants = [Tenant(self, f"tenant{number}") for number in range(tenants)]
        self._next = iter(self.tenants.copy())
        self.restricted = [Tenant(self, "restricted", overrides="FileInfo"), Tenant(self, "linkless", options="None")]
        self.tenants += self.restricted
        self.apache = Apache(self)

    def make_kit(self, build, name):
        """What is in the tarball of `make portable`, except the libraries."""
        kit = self.directory / name
        (kit / "bin").mkdir(parents=True)
        for program in ("orgd/orgd", "orgctl/orgctl"):
            shutil.copy(build / "app" / program, kit / "bin")
        shutil.copytree(SOURCE / "sql", kit / "sql")
        return kit

    def __enter__(self):
        try:
            self.mariadb.start()
            self.apache.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in (self.apache, self.mariadb):
            server.stop()
        for tenant in self.tenants:
            wait_until(lambda tenant=tenant: not tenant.processes(), f"the processes of {tenant.name} to end")
        reports = "".join(path.read_text(encoding="utf-8", errors="replace") for path in self.reports.iterdir())
        remove_directory(self.directory)
        assert reports == "", reports

    def tenant(self, **limits):
        """One that no test has had yet, with an empty database."""
        tenant = next(self._next)
        tenant.make_database(**limits)
        return tenant

    def sql(self, statement, parameters=None):
        return rows_of(self.mariadb.connect(), statement, parameters)
