"""The samples of conf/: each server's own checker is content with them, `orgctl check --url` is content behind them and names
what is missing where a line was taken out, and the systemd unit does what it says."""

import concurrent.futures
import datetime
import re
import shutil
import socket
import subprocess

import pytest

import fastcgi
from installation import Instance, SecondDatabase
from processes import Server, children, privileges, wait_until, workers, write_file
from servers import INSTALLED_CONFIG, INSTALLED_ORGCTL, INSTALLED_ORGD, MOUNTS, POOL_SOCKET, SAMPLE_PATH, SERVERS, sample

# More is a worse rating; systemd's own defaults get above 9. In tenths, as systemd-analyze counts.
EXPOSURE_LIMIT = 11
EXPOSURE_LIMIT_WITHOUT_NETWORK = 9


@pytest.mark.parametrize("mount", MOUNTS, ids=lambda mount: mount or "/")
@pytest.mark.parametrize("kind", SERVERS)
def test_web_server_accepts_its_sample(database, kind, mount):
    instance = Instance(database, kind, mount)
    result = subprocess.run([str(word) for word in instance.server.check_command()], capture_output=True, text=True,
                            env=database.environment, cwd=instance.directory, timeout=30, **privileges())
    shutil.rmtree(instance.directory)
    assert result.returncode == 0, result.stderr
    assert not re.search("warn|unknown|deprecated", result.stdout + result.stderr, re.IGNORECASE), result.stderr


def check_url(instance):
    result = instance.installation.run_orgctl("check", "--url", instance.url, config_path=instance.server.config_path)
    return result.returncode, result.stdout + result.stderr


def test_check_is_content(every_server):
    status, output = check_url(every_server)
    assert status == 0, output


# What an operator may have left out of a sample, and the word by which the advice names it.
FAULTS = [
    ("apache-mod_fcgid", "CGIPassAuth On\n", "CGIPassAuth On"),
    ("apache-mod_proxy_fcgi", "CGIPassAuth On\n", "CGIPassAuth On"),
    ("apache-mod_fcgid", "AllowEncodedSlashes NoDecode\n", "AllowEncodedSlashes"),
    ("apache-mod_proxy_fcgi", "AllowEncodedSlashes NoDecode\n", "AllowEncodedSlashes"),
    ("apache-mod_fcgid", "FcgidMaxRequestLen 16777216\n", "FcgidMaxRequestLen 16777216"),
    ("nginx", "client_max_body_size 16m;\n", "client_max_body_size 16m"),
]


@pytest.mark.parametrize("kind, line, advice", FAULTS, ids=lambda value: value.strip())
def test_check_names_what_is_missing(database, kind, line, advice):
    with Instance(database, kind, "", changes={line: ""}) as instance:
        status, output = check_url(instance)
    assert status == 1, output
    assert advice in output


@pytest.mark.parametrize("value, expected", [("enable", 1), ("disable", 0)])
def test_check_says_what_lighttpd_may_not_refuse(database, value, expected):
    """A server that has sites may refuse encoded slashes for all of them. Following the advice mends that."""
    instance = Instance(database, "lighttpd", SAMPLE_PATH)
    usual = '"url-path-2f-decode" => "enable"'
    refusing = f'"url-path-2f-decode" => "disable", "url-path-2f-reject" => "{value}"'
    text = instance.server.main_config.read_text(encoding="utf-8")
    assert usual in text
    write_file(instance.server.main_config, text.replace(usual, refusing))
    with instance:
        status, output = check_url(instance)
    assert status == expected and ("'url-path-2f-reject' => 'disable'" in output) == (expected == 1), output


def test_check_names_one_fault_where_others_follow_from_it(database):
    """Without Authorization every request gets 401, whatever its path is."""
    with Instance(database, "apache-mod_proxy_fcgi", SAMPLE_PATH, changes={"CGIPassAuth On\n": ""}) as instance:
        status, output = check_url(instance)
    assert status == 1 and output.count("before Authorization arrives") == 2 and "AllowEncodedSlashes" not in output, output


def test_check_says_that_nobody_answers(database):
    instance = Instance(database, "lighttpd", "")
    status, output = check_url(instance)
    shutil.rmtree(instance.directory)
    assert status == 1, output
    assert f"no web server answers at {instance.url}: start it" in output


# The systemd units

class Service(Server):
    """Does with conf/orgd.service and conf/orgd.socket what systemd would: its commands, with paths of the test, and a socket
    that stays when the service ends."""

    name = "systemd-service"

    def __init__(self, installation, directory):
        super().__init__(directory, installation.environment)
        self.socket = directory / "orgd.sock"
        config = directory / "orgd.conf"
        installation.write_config(config)
        self.unit = directory / "orgd.service"
        self.socket_unit = directory / "orgd.socket"
        keys = {"/usr/local/etc/orgd/signing-keys.json": installation.signing_keys, POOL_SOCKET: self.socket}
        write_file(self.unit, sample("orgd.service", {INSTALLED_ORGD: installation.orgd, INSTALLED_CONFIG: config, **keys}))
        write_file(self.socket_unit, sample("orgd.socket", keys))
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(self.value("ListenStream", self.socket_unit))
        self.listening.listen(int(self.value("Backlog", self.socket_unit)))
        self.inherited = (self.listening.fileno(),)

    def value(self, key, unit=None):
        values = re.findall(f"^{key}=(.*)$", (unit or self.unit).read_text(encoding="utf-8"), re.MULTILINE)
        assert len(values) == 1, f"{key} is there {len(values)} times"
        return values[0]

    def command(self):
        return ["bash", "-c", f'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<&{self.listening.fileno()}', "bash",
                *self.value("ExecStart").split()]

    def reload(self):
        subprocess.run(self.value("ExecReload").replace("$MAINPID", str(self.pid)).split(), check=True)

    def is_ready(self):
        return bool(workers(self.pid))

    def status(self):
        return fastcgi.request(self.socket, "GET", "/health/ready").status


@pytest.fixture
def service(database, directory):
    service = Service(database, directory)
    yield service
    service.stop()
    service.listening.close()


def systemd_analyze(*arguments):
    return subprocess.run(["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def test_unit_is_correct(service):
    # systemd-analyze speaks of every unit it comes across; only what it says of ours counts.
    result = systemd_analyze("verify", "--man=no", service.unit, service.socket_unit)
    complaints = [line for line in result.stderr.splitlines() if "orgd" in line]
    assert complaints == []


@pytest.mark.shows("API8")
def test_unit_is_confined(service):
    result = systemd_analyze("security", "--offline=true", f"--threshold={EXPOSURE_LIMIT}", service.unit)
    assert result.returncode == 0, result.stdout


def test_unit_is_confined_still_more_where_everything_is_on_one_machine(service):
    lines = service.unit.read_text(encoding="utf-8")
    assert lines.count("#IPAddress") == 2
    write_file(service.unit, lines.replace("#IPAddress", "IPAddress"))
    result = systemd_analyze("security", "--offline=true", f"--threshold={EXPOSURE_LIMIT_WITHOUT_NETWORK}", service.unit)
    assert result.returncode == 0, result.stdout


def test_unit_lets_the_workers_confine_themselves(service):
    """@system-service is without seccomp(), so no worker would start; and without Landlock on older systemds."""
    allowed, denied = re.findall("^SystemCallFilter=(.*)$", service.unit.read_text(encoding="utf-8"), re.MULTILINE)
    needed = {"seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"}
    assert needed <= set(allowed.split()) and not needed & set(denied.split())
    assert service.value("SystemCallErrorNumber") == "EPERM", "else systemd's filter kills before ours can say what it stopped"


def test_unit_leaves_time_to_finish(service):
    assert service.value("KillMode") == "mixed"
    assert int(service.value("TimeoutStopSec")) > 10, "the supervisor gives its workers ten seconds"


def test_unit_runs_reloads_and_stops(service):
    service.start()
    before = wait_until(lambda: children(service.pid), "workers")
    assert service.status() == 200
    service.reload()
    wait_until(lambda: children(service.pid) and not set(children(service.pid)) & set(before), "new workers")
    assert service.status() == 200
    process = service.process
    service.stop()
    assert process.returncode == 0
    assert service.socket.exists(), "it is systemd's"


def test_clients_wait_while_the_unit_restarts(service):
    service.start()
    service.reload()
    service.stop()
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(service.status) for _ in range(8)]
        service.start()
        assert [request.result(timeout=20) for request in waiting] == [200] * 8


@pytest.mark.parametrize("is_stream, count, message", [
    (False, 1, "passed no socket that listens"), (True, 2, "passed more than one socket")])
def test_what_systemd_passes_must_be_one_socket_that_listens(service, is_stream, count, message):
    script = f'LISTEN_PID=$$ LISTEN_FDS={count} exec "$@" 3<&{service.listening.fileno() if is_stream else 0}'
    result = subprocess.run(["bash", "-c", script, "bash", *service.value("ExecStart").split()], pass_fds=service.inherited,
                            stdin=subprocess.DEVNULL, env=service.environment, capture_output=True, text=True, timeout=60,
                            **privileges())
    assert result.returncode == int(service.value("RestartPreventExitStatus")), result.stderr
    assert message in result.stderr


# The timers, which do what a courier does where a web server starts the workers

WAITING = "SELECT COUNT(*) FROM orgd_events WHERE position = 0"
OVER = "SELECT COUNT(*) FROM orgd_attempts WHERE last < UTC_TIMESTAMP(6) - INTERVAL 1 DAY"
JOBS = {"orgd-deliver": (WAITING, 5), "orgd-purge": (OVER, 300)}


@pytest.fixture
def job(database, directory, request):
    """A service and its timer, the query of what waits for it, and its period in seconds. They are of a database of their own,
    in which something waits."""
    with SecondDatabase(database) as second:
        second.orgctl("migrate")
        second.orgctl("user", "create", "alice")
        second.sql("INSERT INTO orgd_attempts (bucket, last, failures) VALUES (REPEAT('x', 32), '2020-01-01', 1)")
        for kind in ("service", "timer"):
            paths = {INSTALLED_ORGCTL: second.installation.orgctl_program, INSTALLED_CONFIG: second.config_path}
            write_file(directory / f"{request.param}.{kind}", sample(f"{request.param}.{kind}", paths if kind == "service" else {}))
        yield directory / f"{request.param}.service", directory / f"{request.param}.timer", second, *JOBS[request.param]


def values(unit, key):
    return re.findall(f"^{key}=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("job", JOBS, indirect=True)
def test_timer_is_correct(job):
    service, timer, *_, period = job
    result = systemd_analyze("verify", "--man=no", service, timer)
    assert [line for line in result.stderr.splitlines() if "orgd" in line] == []
    assert service.stem == timer.stem, "a timer starts the service of its name"
    calendar, = values(timer, "OnCalendar")
    result = systemd_analyze("calendar", "--iterations=3", "--base-time=2026-01-01 00:00:00 UTC", calendar)
    times = [datetime.datetime.fromisoformat(time) for time in re.findall(r"(?<=\w{3} )(\d{4}-\S+ \S+) UTC$", result.stdout, re.MULTILINE)]
    assert [(later - earlier).seconds for earlier, later in zip(times, times[1:])] == [period] * 2, result.stdout
    assert values(timer, "Persistent") == [] and values(timer, "WantedBy") == ["timers.target"]


@pytest.mark.parametrize("job", JOBS, indirect=True)
def test_what_a_timer_starts_does_its_work(job):
    service, _, second, query, _ = job
    command, = values(service, "ExecStart")
    assert second.sql(query)[0][0] > 0
    result = subprocess.run(command.split(), capture_output=True, text=True, env=second.environment, cwd="/", timeout=60, **privileges())
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert second.sql(query)[0][0] == 0
