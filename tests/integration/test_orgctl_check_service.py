"""orgctl check of a service that runs: its pool, as whom one looks, what monitoring systems read, and its web server."""

import http.server
import json
import os
import pwd
import re
import socket
import socketserver
import subprocess
import threading

import pytest

from check_fixtures import IS_ROOT, as_it_was, place, sql
from expect import unique
from installation import METRICS_TOKEN, Instance
from processes import PATIENCE, SERVICE_USER, free_port, give_to_servers, privileges, wait_until
from servers import TcpPool


# The pool


class Stranger(socketserver.ThreadingUnixStreamServer):
    """Serves the pool's socket, and speaks something else."""


class Talker(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(10)
        self.request.sendall(b"220 hello\r\n")


class Sleeper(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.awake.wait(60)


@pytest.mark.parametrize("handler, words", [(Talker, "somebody else than orgd serves"), (Sleeper, "does not answer")])
def test_somebody_else_at_the_socket(place, handler, words):
    path = place.directory / "stranger.sock"
    with Stranger(str(path), handler) as stranger:
        path.chmod(0o660)
        give_to_servers(path)
        stranger.awake = threading.Event()
        thread = threading.Thread(target=stranger.serve_forever, daemon=True)
        thread.start()
        place.installation.write_config(place.config, **{**place.settings, "listen": f"unix:{path}"})
        status, rows = place.check()
        assert status == 1 and words in rows["pool answers"][1]
        stranger.awake.set()
        stranger.shutdown()
    place.configure()
    path.unlink()


def test_a_socket_whose_queue_is_full(place):
    """A connection would wait there for as long as nobody takes those before it."""
    path = place.directory / "full.sock"
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as client:
        listening.bind(str(path))
        listening.listen(0)
        path.chmod(0o660)
        give_to_servers(path)
        client.connect(str(path))
        place.installation.write_config(place.config, **{**place.settings, "listen": f"unix:{path}"})
        status, rows = place.check()
        assert status == 1 and "does not answer" in rows["pool answers"][1]
    place.configure()
    path.unlink()


def test_a_pool_with_another_configuration(place):
    place.installation.write_config(place.pool.config_path, **{**place.settings, "database_option_file": "/nonexistent"})
    place.restart()
    status, rows = place.check()
    assert status == 1 and rows["pool answers"][0] == "ok" and rows["pool is ready"][0] == "FAILED"
    assert "reload it" in rows["pool is ready"][1]
    place.configure()
    place.pool.reload()
    wait_until(lambda: place.faults() == {}, "the new workers", timeout=10 * PATIENCE)


def test_a_pool_at_a_port(place):
    of_pool = place.directory / unique("tcp")
    of_pool.mkdir()
    give_to_servers(of_pool)
    pool = TcpPool(place.installation, of_pool, workers=1)
    address = "{}:{}".format(*pool.socket)
    place.installation.write_config(place.config, **{**place.settings, "listen": address})
    status, rows = place.check()
    assert status == 1 and f"nobody serves {address}" in rows["pool answers"][1]
    pool.start()
    assert place.faults() == {}
    pool.stop()
    place.configure()


# As whom


def test_root_is_told_to_look_as_the_workers(place):
    """The socket says who they are."""
    def run(*arguments):
        options = {} if IS_ROOT else privileges()
        result = subprocess.run([place.installation.orgctl_program, "check", "--json", "--config", place.config, *arguments],
                                env=place.installation.environment, capture_output=True, text=True, check=False, **options)
        return result.returncode, {row["check"]: row for row in json.loads(result.stdout)}

    user = SERVICE_USER if IS_ROOT else pwd.getpwuid(os.geteuid()).pw_name
    status, rows = run("--as", user)
    assert status == 0 and {row["result"] for row in rows.values()} == {"ok"} and "user" not in rows
    if IS_ROOT:
        status, rows = run()
        assert status == 0 and rows["user"]["result"] == "warning" and f"'--as {user}'" in rows["user"]["what to do"]
        metrics = place.directory / "metrics"
        place.configure(metrics_token=METRICS_TOKEN, metrics_file=metrics)
        row = run()[1]["metrics"]
        assert row["result"] == "unknown" and f"'--as {user}'" in row["what to do"] and "rm " not in row["what to do"]
        metrics.write_text("", "utf-8")
        assert run()[1]["metrics"]["result"] == "unknown"
        give_to_servers(metrics)
        assert run()[1]["metrics"]["result"] == run("--as", user)[1]["metrics"]["result"] == "ok"
        place.configure(metrics_token="", metrics_file="")
        keys = place.installation.signing_keys
        owner = keys.stat()
        os.chown(keys, 0, 0)
        assert run()[1]["access to the signing keys"]["result"] == "ok"
        assert run("--as", user)[1]["access to the signing keys"]["result"] == "FAILED"
        os.chown(keys, owner.st_uid, owner.st_gid)


def test_only_root_becomes_somebody_else(place):
    result = place.run("--as", "root")
    assert result.returncode == 1 and "run this as root, or as root" in result.stderr
    result = place.run("--as", "nobody-here")
    assert result.returncode == 2 and "there is no such user" in result.stderr


# For monitoring systems

PLUGIN_LINE = re.compile(r"ORGD (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+\|( '[a-z_]+'=-?[0-9.e+-]+[sc]?(;[0-9:.-]*){0,4})+\n")


@pytest.mark.parametrize("spoil, mend, status", [
    (lambda place: None, lambda place: None, 0),
    (sql("SET GLOBAL innodb_flush_log_at_trx_commit = 2"), sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1"), 1),
    (lambda place: place.pool.stop(), lambda place: place.start(), 2),
], ids=["ok", "warning", "critical"])
def test_a_plugin_says_one_line(place, spoil, mend, status):
    spoil(place)
    result = place.run("--nagios")
    mend(place)
    assert result.returncode == status and result.stderr == "" and PLUGIN_LINE.fullmatch(result.stdout), result.stdout
    assert result.stdout.split()[1] == ["OK", "WARNING", "CRITICAL"][status]
    for name in ("clock_offset", "connections", "purge_age", "checks", "faults"):
        assert f" '{name}'=" in result.stdout


def test_a_plugin_without_a_configuration_is_critical(place):
    result = place.installation.run_orgctl("check", "--nagios", config_path="/nonexistent.conf")
    assert result.returncode == 2 and result.stdout.startswith("ORGD CRITICAL - ") and result.stderr == ""


# The web server


def urls(place, url):
    return place.check("--url", url)[1]


def test_no_web_server(place):
    url = f"http://127.0.0.1:{free_port()}"
    status, rows = place.check("--url", url)
    assert status == 1 and f"no web server answers at {url}: start it" in rows["service answers"][1]


@pytest.mark.parametrize("url", ["foo", "api.example.org", "ftp://api.example.org", ""])
def test_a_url_that_is_none(place, url):
    status, rows = place.check("--url", url)
    assert status == 1 and f"--url {url} is not an http or https URL" in rows["service answers"][1]
    assert "public_url" not in rows


def test_another_web_server(place):
    class Quiet(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        rows = urls(place, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert rows["service answers"][0] == "FAILED" and "and not orgd" in rows["service answers"][1]


def test_a_web_server_without_workers(place):
    with Instance(place.installation, "nginx", "") as instance:
        assert urls(place, instance.url)["service answers"][0] == "ok"
        instance.backend.stop()
        assert "cannot reach the workers" in urls(place, instance.url)["service answers"][1]
        instance.backend.start()
        assert urls(place, instance.url)["service answers"][0] == "ok"


@pytest.mark.parametrize("mount, beyond", [("/api/v1", "/organizations"), ("", "/api"), ("/api/v1", "/a/b")])
def test_a_url_below_the_mount_point(place, mount, beyond):
    """orgd's own 404 is no silence."""
    with Instance(place.installation, "nginx", mount) as instance:
        result, sentence = urls(place, instance.url + beyond)["service answers"]
        assert result == "FAILED" and f"use the URL {instance.url} " in sentence
        assert urls(place, instance.url)["service answers"][0] == "ok"


@pytest.mark.parametrize("url, public_url, result", [
    ("/", "https://api.example.org", "ok"), ("/", "https://api.example.org/api", "warning")])
def test_public_url_is_compared(place, url, public_url, result):
    with Instance(place.installation, "nginx", "") as instance:
        place.configure(public_url=public_url)
        found, sentence = urls(place, instance.url + url)["public_url"]
        assert found == result and (found == "ok" or f"'public_url = {instance.url}'" in sentence)
        place.settings.pop("public_url")
        place.configure()
