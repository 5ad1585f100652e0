"""What is measured: orgd, the bare responder and the peers, each behind its web server, all on one MariaDB.

Starting and stopping is the work of the integration tests' harness. The peers' servers stand here."""

import configparser
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

BENCH = Path(__file__).resolve().parent
SOURCE = BENCH.parents[1]
sys.path.insert(0, str(SOURCE / "tests/integration"))

from installation import Installation, Instance
from processes import (Server, end_in_order, free_port, give_to_servers, make_directory, privileges, wait_until,
                       write_file)
from servers import LIGHTTPD_MAIN, Lighttpd, accepts

WORKERS = 4  # as orgd is shipped, and as orgd.conf(5) advises for two cores
OTHER_WORKERS = (2, 8, 16)
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent",
               "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
# orgd logs each request unless told otherwise; nobody else here does. One issuer, so that an access token holds behind
# every web server.
ORGD_SETTINGS = {"public_url": "http://bench.example.org", "log_level": "warning", "access_token_lifetime": 86400}
LIBRARIES = ["jansson", "libmariadb"]
PHP_FPM = shutil.which("php-fpm8.2", path="/usr/sbin")


def build_orgd():
    """The programs as a user builds them, out of the tree. ORGD_BUILD_DIR names a build that is there already."""
    given = os.environ.get("ORGD_BUILD_DIR")
    if given:
        return Path(given).resolve()
    build = SOURCE / "build/bench"
    build.mkdir(parents=True, exist_ok=True)
    with open(build / "bench.log", "w", encoding="utf-8") as log:
        def run(*command, cwd=build):
            subprocess.run([str(word) for word in command], cwd=cwd, check=True, stdout=log, stderr=log)
        if not (SOURCE / "configure").exists():
            run("./autogen.sh", cwd=SOURCE)
        if not (build / "config.status").exists():
            run(SOURCE / "configure")
        run("make", f"-j{os.cpu_count()}", "app/orgd/orgd", "app/orgctl/orgctl")
    return build


def build_bare(directory):
    program = directory / "bare"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", *LIBRARIES], check=True, capture_output=True, text=True)
    subprocess.run(["cc", "-std=gnu17", "-O2", "-Wall", "-Wextra", BENCH / "bare.c", *flags.stdout.split(), "-lfcgi",
                    "-o", program], check=True)
    program.chmod(0o755)
    return program


@contextlib.contextmanager
def installed():
    """orgd installed, with its own database, so roomy that no turn pays for pages that another has written."""
    end_in_order()
    with Installation(build_orgd(), ENVIRONMENT) as installation:
        installation.sql("SET GLOBAL innodb_buffer_pool_size = 512 * 1024 * 1024")
        installation.sql("SET GLOBAL innodb_log_file_size = 512 * 1024 * 1024")
        yield installation


class BareInstallation:
    """The bare responder, where the harness expects an installation of orgd. Under mod_fcgid it hands on what ends in
    _OPTIONS."""

    def __init__(self, installation):
        self.orgd = build_bare(installation.orgd.parent)
        self.environment = {**ENVIRONMENT, "BARE_OPTIONS": str(installation.option_file)}

    def write_config(self, path, **_):
        return write_file(path, "")


class BareWorkers(Server):
    """The bare responder's processes, all on one socket as their fd 0. (spawn-fcgi takes 100 ms for that.)"""

    name = "bare"

    def __init__(self, installation, directory, workers):
        super().__init__(directory, installation.environment)
        self.program = installation.orgd
        self.socket = directory / "bare.sock"
        self.workers = workers
        self.processes = []

    def configure(self, **_):
        """There is nothing to configure; web servers ask for it."""

    @property
    def pids(self):
        return [process.pid for process in self.processes]

    def start(self):
        self.socket.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener, open(self.log_path, "ab") as log:
            listener.bind(str(self.socket))
            give_to_servers(self.socket)
            listener.listen(1024)
            self.processes = [subprocess.Popen([self.program], stdin=listener, stdout=log, stderr=log,
                                               env=self.environment, cwd=self.directory, **privileges())
                              for _ in range(self.workers)]
        return self

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(self.stop_timeout)


class PhpFpm(Server):
    name = "php-fpm"

    def __init__(self, installation, directory):
        super().__init__(directory, ENVIRONMENT)
        self.socket = directory / "php.sock"
        options = configparser.ConfigParser(allow_no_value=True, interpolation=None)
        options.read(installation.option_file)
        values = {"directory": directory, **{key: options["orgd"][key] for key in ("socket", "user", "password")}}
        self.config_path = write_file(directory / "php-fpm.conf", fill(BENCH / "peers/php/php-fpm.conf", values))

    def command(self):
        return [PHP_FPM, "--nodaemonize", "--fpm-config", self.config_path]

    def is_ready(self):
        return accepts(self.socket)


class PlainLighttpd(Lighttpd):
    """lighttpd without orgd: the harness's main configuration around a text of ours."""

    def __init__(self, directory, text):
        Server.__init__(self, directory, ENVIRONMENT)
        self.mount = ""
        self.port = free_port()
        (directory / "htdocs").mkdir(mode=0o755)
        self.main_config = write_file(directory / "lighttpd.main.conf",
                                      LIGHTTPD_MAIN.format(port=self.port, directory=directory, sites=text))


class Uvicorn(Server):
    name = "uvicorn"
    workers = 2

    def __init__(self, installation, directory):
        super().__init__(directory, {**ENVIRONMENT, "DATABASE_OPTIONS": str(installation.option_file)})
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        write_file(directory / "app.py", (BENCH / "peers/fastapi/app.py").read_text(encoding="utf-8"))

    def command(self):
        return ["/usr/bin/python3", "-m", "uvicorn", "app:app", "--workers", self.workers, "--host", "127.0.0.1",
                "--port", self.port, "--no-access-log", "--log-level", "warning"]

    def is_ready(self):
        return accepts(("127.0.0.1", self.port))


def fill(template, values):
    text = template.read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    return text


class Stack:
    """Servers that run together, and the URL they are reached by."""

    def __init__(self, url, servers):
        self.url = url
        self.servers = servers

    def roots(self):
        """The processes at the top of each tree."""
        return [pid for server in self.servers
                for pid in (server.pids if isinstance(server, BareWorkers) else [server.pid])]


class Stacks:
    """Starts each stack when it is first asked for, and stops them all at the end."""

    def __init__(self, installation):
        self.installation = installation
        self.bare = BareInstallation(installation)
        self._started = {}
        self._cleanup = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop_all()

    def stop_all(self):
        self._started.clear()
        self._cleanup.close()

    def get(self, name):
        if name not in self._started:
            self._started[name] = self._STARTERS[name](self)
        return self._started[name]

    def _instance(self, installation, kind, backend=None, workers=WORKERS, **settings):
        instance = Instance(installation, kind, "", workers=workers, backend=backend, settings=settings)
        self._cleanup.enter_context(instance)
        return Stack(instance.url, [server for server in (instance.backend, instance.server) if server is not None])

    def _servers(self, make):
        """Starts the servers that make(directory) returns, the web server last."""
        directory = make_directory()
        self._cleanup.callback(shutil.rmtree, directory)
        servers = make(directory)
        for server in servers:
            server.start()
            self._cleanup.callback(server.stop)
        return Stack(servers[-1].url, servers)

    def _php(self, directory):
        fpm = PhpFpm(self.installation, directory)
        lighttpd = PlainLighttpd(directory, fill(BENCH / "peers/php/lighttpd.conf", {"directory": directory}))
        script = (BENCH / "peers/php/index.php").read_text(encoding="utf-8")
        write_file(directory / "htdocs/index.php", script)
        return [fpm, lighttpd]

    def _static(self, directory):
        lighttpd = PlainLighttpd(directory, 'mimetype.assign = ( "" => "application/json" )\n')
        write_file(directory / "htdocs/organization", self.static_body)
        return [lighttpd]

    static_body = ""  # what `static` answers; set once there is an organization to take the size from

    _STARTERS = {
        "orgd": lambda self: self._instance(self.installation, "lighttpd-remote", **ORGD_SETTINGS),
        "orgd with 8, without recycling": lambda self: self._instance(self.installation, "lighttpd-remote", workers=8,
                                                                      max_requests=0, **ORGD_SETTINGS),
        "orgd behind mod_fcgid":
            lambda self: self._instance(self.installation, "apache-mod_fcgid", max_requests=0, **ORGD_SETTINGS),
        "orgd behind mod_proxy_fcgi":
            lambda self: self._instance(self.installation, "apache-mod_proxy_fcgi", **ORGD_SETTINGS),
        "bare": lambda self: self._instance(self.bare, "lighttpd-remote", BareWorkers),
        "bare behind mod_fcgid": lambda self: self._instance(self.bare, "apache-mod_fcgid"),
        "bare behind mod_proxy_fcgi": lambda self: self._instance(self.bare, "apache-mod_proxy_fcgi", BareWorkers),
        "static": lambda self: self._servers(self._static),
        "php": lambda self: self._servers(self._php),
        "fastapi": lambda self: self._servers(lambda directory: [Uvicorn(self.installation, directory)]),
        **{f"orgd with {count}": lambda self, count=count: self._instance(self.installation, "lighttpd-remote",
                                                                          workers=count, **ORGD_SETTINGS)
           for count in OTHER_WORKERS},
        **{f"bare with {count}": lambda self, count=count: self._instance(self.bare, "lighttpd-remote", BareWorkers,
                                                                          workers=count)
           for count in OTHER_WORKERS},
    }


def cold_start_ms(stack, path, headers):
    """Milliseconds from starting the program anew, behind a web server that is up, to its first answer."""
    backend = stack.servers[0]
    backend.stop()
    address = ("127.0.0.1", backend.port) if isinstance(backend, Uvicorn) else backend.socket
    request = urllib.request.Request(stack.url + path, headers=headers)
    start = time.monotonic()
    backend.start() if isinstance(backend, BareWorkers) else backend.spawn()
    wait_until(lambda: accepts(address), f"{backend.name} to listen", pause=0.0005)
    with urllib.request.urlopen(request) as response:
        response.read()
    return (time.monotonic() - start) * 1000
