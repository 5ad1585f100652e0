"""One class for each server that orgd works with.

The web servers run the samples of conf/ as they are shipped: only ports, paths and the mount are replaced, and each of
these must occur in the sample. Around a sample stands the least that its server needs, with the habits of Debian's
default configuration that matter to orgd.
"""

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pymysql

from processes import (IS_UNDER_VALGRIND, SERVICE_GROUP, SERVICE_USER, Server, free_port, give_to_servers, is_alive,
                       is_stopped, privileges, undivided, wait_until, waits_for_events, write_file)

SOURCE = Path(__file__).resolve().parents[2]
CONF = SOURCE / "conf"

INSTALLED_ORGD = "/usr/local/sbin/orgd"
INSTALLED_ORGCTL = "/usr/local/bin/orgctl"
INSTALLED_CONFIG = "/usr/local/etc/orgd/orgd.conf"
POOL_SOCKET = "/run/orgd/orgd.sock"


def sample(name, replacements):
    """A shipped sample with some of its text replaced. What is replaced must be there."""
    text = (CONF / name).read_text(encoding="utf-8")
    for old, new in replacements.items():
        assert old in text, f"conf/{name} no longer holds {old!r}"
        text = text.replace(old, str(new))
    return text


def commented(name, first):
    """Lines that a sample's comment tells to write elsewhere, by what the first of them begins with."""
    text = (CONF / name).read_text(encoding="utf-8")
    blocks = re.findall(rf"^ *#         {re.escape(first)}.*\n(?: *#         .*\n)*", text, re.MULTILINE)
    assert len(blocks) == 1, f"conf/{name} has {first!r} {len(blocks)} times"
    return re.sub(r"(?m)^ *#         ", "", blocks[0])


def accepts(address):
    """True if somebody listens at this path or port."""
    family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
    with socket.socket(family) as probe:
        try:
            probe.connect(address if isinstance(address, tuple) else str(address))
        except OSError:
            return False
    return True


class MariaDB(Server):
    """A database server of our own, reached by a socket only. Durability is off: the data live as long as the tests."""

    name = "mariadb"

    def __init__(self, directory, environment):
        super().__init__(directory, environment)
        self.data = directory / "data"
        self.socket = directory / "mariadb.sock"
        self.install()

    def install(self):
        # A temporary directory of its own: each server that starts removes what others have in a shared one. Undivided,
        # as the script does not take along what it has started.
        with undivided():
            subprocess.run(["mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal",
                            "--skip-test-db", f"--datadir={self.data}", f"--tmpdir={self.directory}"], check=True,
                           stdout=subprocess.DEVNULL, env=self.environment, **privileges())

    def command(self):
        return [shutil.which("mariadbd", path="/usr/sbin:/usr/bin"), "--no-defaults", f"--datadir={self.data}",
                f"--tmpdir={self.directory}", f"--socket={self.socket}", f"--pid-file={self.directory}/mariadb.pid",
                *self.network_options(),
                "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M",
                "--innodb-log-file-size=16M", "--max-connections=300", "--character-set-server=utf8mb4"]

    def network_options(self):
        return ["--skip-networking"]

    def is_ready(self):
        try:
            self.connect().close()
        except pymysql.err.OperationalError:
            return False
        return True

    def connect(self, **options):
        """A connection as the database's administrator, with autocommit unless asked otherwise. Bytes are a binary string
        there, as in a prepared statement, and no text of characters."""
        return pymysql.connect(unix_socket=str(self.socket), charset="utf8mb4",
                               **{"user": "root", "autocommit": True, "binary_prefix": True, **options})

    def has_started(self):
        return "ready for connections" in self.logs().rpartition("Starting MariaDB")[2]

    def stop(self):
        """It loses a signal that comes while it starts, or hangs."""
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self.is_running() or self.has_started(), f"{self.name} to have started")
        super().stop()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: is_stopped(self.pid), f"{self.name} to stop")

    def resume(self):
        self.process.send_signal(signal.SIGCONT)


class NetworkedMariaDB(MariaDB):
    """Reached by a port of the loopback interface as well."""

    def __init__(self, directory, environment):
        super().__init__(directory, environment)
        self.port = free_port()

    def network_options(self):
        return [f"--port={self.port}", "--bind-address=127.0.0.1"]


class Pool(Server):
    """orgd --listen: the supervisor and its workers."""

    name = "pool"

    def __init__(self, installation, directory, workers=4, **settings):
        super().__init__(directory, installation.environment)
        self.installation = installation
        self.socket = directory / "orgd.sock"
        self.workers = workers
        self.config_path = directory / "orgd.conf"
        self.configure(**settings)

    def configure(self, **settings):
        """Writes the pool's own configuration; a running pool reads it at reload()."""
        self.installation.write_config(self.config_path, **settings)

    def command(self):
        return [self.installation.orgd, "--config", self.config_path, "--listen", f"unix:{self.socket}",
                "--workers", self.workers]

    def is_ready(self):
        return accepts(self.socket)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)


class TcpPool(Pool):
    """The same at a port."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.socket = ("127.0.0.1", free_port())

    def command(self):
        return [self.installation.orgd, "--config", self.config_path, "--listen", "{}:{}".format(*self.socket),
                "--workers", self.workers]


class SpawnFcgi(Server):
    """spawn-fcgi binds the socket, forks the workers with it as fd 0, and then does nothing more."""

    name = "spawn-fcgi"

    def __init__(self, installation, directory, workers=4, **settings):
        super().__init__(directory, installation.environment)
        self.log_path = directory / "log" / "spawn-fcgi.log"
        self.log_path.parent.mkdir()
        give_to_servers(self.log_path.parent)
        self.installation = installation
        self.socket = directory / "orgd.sock"
        self.workers = workers
        self.pids = []
        self.config_path = directory / "orgd.conf"
        self.configure(**settings)

    def configure(self, **settings):
        # spawn-fcgi points its children's stderr to /dev/null.
        self.installation.write_config(self.config_path, **{"log": self.log_path, **settings})

    def start(self):
        pid_file = self.directory / "spawn-fcgi.pid"
        subprocess.run(["spawn-fcgi", "-s", str(self.socket), "-M", "0660", "-F", str(self.workers), "-P",
                        str(pid_file), "--", str(self.installation.orgd), "--config", str(self.config_path)],
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=self.directory,
                       env=self.environment, **privileges())
        self.pids = [int(pid) for pid in pid_file.read_text(encoding="ascii").split()]
        assert len(self.pids) == self.workers
        Server.started.append(self)
        return self

    def stop(self):
        if IS_UNDER_VALGRIND:
            # Which takes for lost what somebody who is killed while it starts has in its registers alone.
            wait_until(lambda: all(waits_for_events(pid) for pid in self.pids if is_alive(pid)), "the workers to start")
        alive = [pid for pid in self.pids if is_alive(pid)]
        for pid in alive:
            os.kill(pid, signal.SIGTERM)
        stubborn = self._end_family(alive)
        Server.started.remove(self)
        assert not stubborn, f"the workers {stubborn} did not end:\n{self.logs()}"


SAMPLE_PATH = "/api"
SAMPLE_HOST = "api.example.org"


class WebServer(Server):
    """A web server with a shipped sample, on a free loopback port, mounted at "" (which the samples call a host of its own)
    or a prefix. `settings` go to orgd.conf; `changes` to the sample are what a test wants to see the effect of. `sites`
    gives the text by which the main configuration includes the sample, beside other sites; without it there are none."""

    sample_name = None

    def __init__(self, installation, directory, mount, workers=4, backend=None, settings=None, changes=None,
                 sites=None):
        super().__init__(directory, installation.environment)
        self.installation = installation
        self.mount = mount
        self.htdocs = directory / "htdocs"
        self.htdocs.mkdir(mode=0o755)
        give_to_servers(self.htdocs)
        self.sample_path = directory / "sample.conf"
        self.workers = workers
        self.backend = backend
        self.port = free_port()
        self.config_path = directory / "orgd.conf"
        settings = {"public_url": self.url, **(settings or {})}
        if backend is None:
            installation.write_config(self.config_path, **settings)
        else:
            backend.configure(**settings)
        self.main_config = write_file(directory / f"{self.name}.main.conf", self.main_text((sites or type(self).no_sites)(self)))
        write_file(self.sample_path, self.at_mount(sample(self.sample_name, {**(changes or {}), **self.replacements()})))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{self.mount}"

    def main_text(self, sites):
        raise NotImplementedError

    def no_sites(self):
        """Includes the sample as it is included where there is no other site."""
        raise NotImplementedError

    def replacements(self):
        """What is put in place of the sample's paths."""
        raise NotImplementedError

    def at_mount(self, text):
        """The sample as it tells to change it for another path or for a host of its own."""
        raise NotImplementedError

    def is_ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", f"{self.mount}/health")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True


LIGHTTPD_MAIN = """
server.modules = ( "mod_indexfile", "mod_access", "mod_alias", "mod_redirect" )
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{directory}/htdocs"
server.upload-dirs = ( "{directory}" )
server.feature-flags += ( "server.graceful-shutdown-timeout" => 5 )
# Longer than any test leaves a connection alone: a request on one that is just being closed is lost.
server.max-keep-alive-idle = 60
# From here on as in Debian's lighttpd.conf.
server.http-parseopts = (
  "header-strict" => "enable", "host-strict" => "enable", "host-normalize" => "enable",
  "url-normalize-unreserved" => "enable", "url-normalize-required" => "enable", "url-ctrls-reject" => "enable",
  "url-path-2f-decode" => "enable", "url-path-dotseg-remove" => "enable"
)
index-file.names = ( "index.php", "index.html" )
url.access-deny = ( "~", ".inc" )
{sites}
server.modules += ( "mod_dirlisting", "mod_staticfile" )
"""
# From here on a lighttpd sample is about the metadata in front of a path.
LIGHTTPD_FRONT = "# OAuth2 clients look for the metadata in front of the path"


class Lighttpd(WebServer):
    """lighttpd spawns the workers."""

    name = "lighttpd"
    sample_name = "lighttpd.conf"

    def main_text(self, sites):
        return LIGHTTPD_MAIN.format(port=self.port, directory=self.directory, sites=sites)

    def no_sites(self):
        return f'include "{self.sample_path}"'

    def replacements(self):
        return {
            INSTALLED_ORGD: self.installation.orgd,
            INSTALLED_CONFIG: self.config_path,
            "/run/lighttpd/": f"{self.directory}/",
            "/var/log/lighttpd/breakage.log": self.log_path,
            '"max-procs"           => 4': f'"max-procs" => {self.workers}',
        }

    # The host's name, as a condition.
    host = '=~ ""'

    def at_mount(self, text):
        if self.mount:
            return text.replace(SAMPLE_PATH, self.mount)
        path = '$HTTP["url"] =~ "^/api(/|$)" {\n  fastcgi.server = ( "/api" => ((\n'
        host = f'#$HTTP["host"] == "{SAMPLE_HOST}" {{\n#  fastcgi.server = ( "/" => ((\n'
        assert text.count(path) == text.count(host) == 1 and LIGHTTPD_FRONT in text
        text = text.replace(path, "").replace(host, host.replace("#", "").replace(f'== "{SAMPLE_HOST}"', self.host))
        return text.partition(LIGHTTPD_FRONT)[0]

    def command(self):
        return ["lighttpd", "-D", "-f", self.main_config]

    def check_command(self):
        return ["lighttpd", "-tt", "-f", self.main_config]


class LighttpdRemote(Lighttpd):
    """lighttpd in front of a pool's socket."""

    name = "lighttpd-remote"
    sample_name = "lighttpd-remote.conf"

    def replacements(self):
        return {POOL_SOCKET: self.backend.socket}


APACHE_MAIN = """
ServerRoot "{directory}"
Listen 127.0.0.1:{port}
PidFile "{directory}/apache.pid"
DefaultRuntimeDir "{directory}"
Mutex file:{directory} default
User {user}
Group {group}
ServerName 127.0.0.1
# Where a package of suexec is installed, mod_fcgid would start for root alone.
Suexec Off
{modules}
TypesConfig /dev/null
ErrorLog "/dev/stderr"
LogLevel info
DocumentRoot "{directory}/htdocs"
{directives}
# As Debian's apache2.conf has it.
<Directory />
    Options FollowSymLinks
    AllowOverride None
    Require all denied
</Directory>
<Directory "{directory}/htdocs">
    Require all granted
</Directory>
<FilesMatch "^\\.ht">
    Require all denied
</FilesMatch>
{sites}
"""
APACHE_MODULES = "mpm_event authz_core authz_host alias dir mime rewrite negotiation autoindex deflate env filter reqtimeout setenvif"


class Apache(WebServer):
    """What the two Apache samples share."""

    modules = ""

    def main_text(self, sites):
        modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
                            for name in f"{APACHE_MODULES} {self.modules}".split())
        return APACHE_MAIN.format(directory=self.directory, port=self.port, modules=modules, user=SERVICE_USER,
                                  group=SERVICE_GROUP or "nogroup", directives=self.server_directives(), sites=sites)

    def server_directives(self):
        return ""

    def no_sites(self):
        return f'Include "{self.sample_path}"'

    def at_mount(self, text):
        return text.replace(SAMPLE_PATH, self.mount)

    def command(self):
        return ["apache2", "-f", self.main_config, "-DFOREGROUND"]

    def last_words(self):
        """Much follows after the reason, until all its processes have ended."""
        reasons = [line for line in self.logs().splitlines() if re.match(r"\[[^]]*\] \[\w+:(emerg|alert|crit|error)\]", line)]
        return reasons[0] if reasons else super().last_words()

    def check_command(self):
        return ["apache2", "-t", "-f", self.main_config]


class ApacheFcgid(Apache):
    """mod_fcgid spawns the workers."""

    name = "apache-mod_fcgid"
    sample_name = "apache-mod_fcgid.conf"
    modules = "fcgid"

    def server_directives(self):
        limit = re.search(r"FcgidSpawnScoreUpLimit \d+", (CONF / self.sample_name).read_text(encoding="utf-8"))[0]
        return f'FcgidIPCDir "{self.directory}"\nFcgidProcessTableFile "{self.directory}/fcgid_shm"\n{limit}'

    def replacements(self):
        # mod_fcgid hands its processes none of its own environment.
        variables = " ".join(f"InitialEnv {key}={value}" for key, value in self.environment.items()
                             if key.endswith("_OPTIONS"))
        return {f"InitialEnv ORGD_CONFIG={INSTALLED_CONFIG}": f"InitialEnv ORGD_CONFIG={self.config_path} {variables}",
                INSTALLED_ORGD: self.installation.orgd}


class ApacheProxyFcgi(Apache):
    """mod_proxy_fcgi in front of a pool's socket."""

    name = "apache-mod_proxy_fcgi"
    sample_name = "apache-mod_proxy_fcgi.conf"
    modules = "proxy proxy_fcgi"

    def replacements(self):
        return {POOL_SOCKET: self.backend.socket}


NGINX_MAIN = """
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log stderr info;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    fastcgi_temp_path {directory}/fastcgi;
    proxy_temp_path {directory}/proxy;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    {sites}
}}
"""


class Nginx(WebServer):
    """nginx in front of a pool's socket."""

    name = "nginx"
    sample_name = "nginx.conf"

    def main_text(self, sites):
        return NGINX_MAIN.format(directory=self.directory, sites=sites)

    def no_sites(self):
        return f"server {{ listen 127.0.0.1:{self.port}; root {self.htdocs}; include {self.sample_path}; }}"

    def replacements(self):
        return {POOL_SOCKET: self.backend.socket}

    def at_mount(self, text):
        if not self.mount:
            text = re.sub(r"(?s)^location = .*(?=^# \"\^~\")", "", text, flags=re.MULTILINE)
        return text.replace(SAMPLE_PATH, self.mount)

    def command(self):
        return ["nginx", "-e", "stderr", "-p", self.directory, "-c", self.main_config]

    def check_command(self):
        return [*self.command(), "-t"]


SERVERS = {
    "lighttpd": (Lighttpd, None),
    "lighttpd-remote": (LighttpdRemote, Pool),
    "lighttpd-spawn-fcgi": (LighttpdRemote, SpawnFcgi),
    "apache-mod_fcgid": (ApacheFcgid, None),
    "apache-mod_proxy_fcgi": (ApacheProxyFcgi, Pool),
    "nginx": (Nginx, Pool),
}
MOUNTS = ["", "/api/v1"]
