"""What the samples say in comments is true: which file says why a worker does not start, and what TLS, HSTS and limits of
requests need."""

import json
import os
import re
import signal
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import requests

from installation import Instance
from processes import wait_until, workers, write_file
from servers import CONF, SAMPLE_HOST, SAMPLE_PATH, SERVERS, Apache, accepts, commented

FAULT = "frobnicate = 1\n"
REASON = "unknown setting 'frobnicate'"
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


# Why a worker does not start


def log_of_failing_workers(instance):
    """What the server that starts the workers has logged by itself when it could start none."""
    server = instance.server
    write_file(server.config_path, FAULT)
    try:
        server.spawn()  # lighttpd does not start with such workers; Apache starts them when there is a request
        wait_until(lambda: not server.is_running() or server.is_ready(), "the server to be there, or to give up")
        if server.is_running():
            assert requests.get(f"{server.url}/health", timeout=60).status_code in (500, 503)
        return server.logs()
    finally:
        server.stop()


def test_lighttpd_names_the_file_with_the_reason(database):
    instance = Instance(database, "lighttpd", SAMPLE_PATH, workers=1)
    named = instance.directory / "breakage.log"
    text = instance.server.sample_path.read_text(encoding="utf-8")
    line = f'server.breakagelog = "{instance.server.log_path}"'
    assert text.count(line) == 1
    write_file(instance.server.sample_path, text.replace(line, f'server.breakagelog = "{named}"'))
    assert REASON not in log_of_failing_workers(instance)
    assert REASON in named.read_text(encoding="utf-8")
    shutil.rmtree(instance.directory)


def test_apache_has_the_reason_in_the_servers_own_log(database):
    """And not in that of the virtual host, as the sample says."""
    assert "ErrorLog, and not the host's own" in (CONF / "apache-mod_fcgid.conf").read_text(encoding="utf-8")

    def host_with_a_log(server):
        return (f'<VirtualHost 127.0.0.1:{server.port}>\nErrorLog "{server.directory}/host.log"\n'
                f'Include "{server.sample_path}"\n</VirtualHost>')

    instance = Instance(database, "apache-mod_fcgid", SAMPLE_PATH, workers=1, sites=host_with_a_log)
    assert REASON in log_of_failing_workers(instance)
    assert REASON not in (instance.directory / "host.log").read_text(encoding="utf-8")
    shutil.rmtree(instance.directory)


# TLS, and that browsers are told of it


@pytest.fixture(scope="module")
def certificate(database):
    """A self-signed one for SAMPLE_HOST, and its key, as the samples and Debian's lighttpd name them."""
    cert, key, both = (database.directory / name for name in ("fullchain.pem", "privkey.pem", "server.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={SAMPLE_HOST}", "-addext", f"subjectAltName=DNS:{SAMPLE_HOST},IP:127.0.0.1",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    write_file(key, key.read_text(encoding="ascii"))
    write_file(both, cert.read_text(encoding="ascii") + key.read_text(encoding="ascii"))
    return database.directory


def filled(text, replacements):
    for old, new in replacements.items():
        assert old in text, f"{old!r} is not in {text!r}"
        text = text.replace(old, str(new))
    return text


def with_tls(kind, certificate):
    """The configuration that a sample tells to write for a host of its own."""
    def lighttpd(server):
        debian = Path("/etc/lighttpd/conf-available/10-ssl.conf").read_text(encoding="utf-8")
        debian = re.sub(r"(?m)^include_shell .*$", "", debian)
        return (filled(debian, {"0.0.0.0:443": f"127.0.0.1:{server.port}", "/etc/lighttpd": certificate})
                + f'server.modules += ( "mod_setenv" )\ninclude "{server.sample_path}"\n')

    def apache(server):
        return filled(commented(server.sample_name, "<VirtualHost"), {
            "*:443": f"127.0.0.1:{server.port}", f"/etc/letsencrypt/live/{SAMPLE_HOST}": certificate,
            "Include conf-available/orgd.conf": f'Include "{server.sample_path}"'})

    def nginx(server):
        return filled(commented(server.sample_name, "server"), {
            "listen 443": f"listen 127.0.0.1:{server.port}", f"/etc/letsencrypt/live/{SAMPLE_HOST}": certificate,
            "snippets/orgd.conf": server.sample_path})

    return {"lighttpd": lighttpd, "lighttpd-remote": lighttpd, "nginx": nginx}.get(kind, apache)


STRICT = {"lighttpd": {"#setenv.add-response-header": "setenv.add-response-header"},
          "lighttpd-remote": {"#setenv.add-response-header": "setenv.add-response-header"},
          "apache-mod_fcgid": {"#Header always": "Header always"},
          "apache-mod_proxy_fcgi": {"#Header always": "Header always", "#RequestReadTimeout": "RequestReadTimeout"},
          "nginx": {"#add_header": "add_header"}}


@pytest.mark.parametrize("kind", STRICT)
def test_tls_and_hsts(database, certificate, kind, monkeypatch):
    server = SERVERS[kind][0]
    monkeypatch.setattr(server, "is_ready", lambda self: accepts(("127.0.0.1", self.port)))
    if issubclass(server, Apache):
        monkeypatch.setattr(server, "modules", f"{server.modules} ssl headers")
    instance = Instance(database, kind, "", workers=2, changes=STRICT[kind], sites=with_tls(kind, certificate),
                        settings={"public_url": f"https://{SAMPLE_HOST}"})
    with instance:
        url = instance.url.replace("http:", "https:")
        answer = requests.get(f"{url}/health", verify=certificate / "fullchain.pem", timeout=30)
        assert answer.status_code == 200 and HSTS.items() <= answer.headers.items()
        page = requests.get(f"{url}/auth/sign-in", verify=certificate / "fullchain.pem", timeout=30)
        assert page.status_code == 200 and HSTS.items() <= page.headers.items()
        cookies = page.headers["Set-Cookie"]
        assert "__Host-" in cookies and "Secure" in cookies


# Limits for what strangers may ask below /auth/


FLOOD = 100


def flood(instance, path):
    """Sends the same request many times; returns the answers."""
    client = instance.client()
    return [client.get(path) for _ in range(FLOOD)]


def limited(kind):
    """The configuration with the lines that the sample tells to write elsewhere."""
    def nginx(server):
        return f"{commented(server.sample_name, 'map')}\n{server.no_sites()}"

    def apache(server):
        return (f"LoadModule evasive20_module /usr/lib/apache2/modules/mod_evasive20.so\n"
                f"{commented(server.sample_name, 'DOSHash')}\n{server.no_sites()}")

    return nginx if kind == "nginx" else apache


LIMITS = [("nginx", {"#limit_req": "limit_req"}, 429), ("apache-mod_fcgid", {}, 403), ("apache-mod_proxy_fcgi", {}, 403)]


@pytest.mark.parametrize("kind, changes, status", LIMITS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_flood_of_one_address_is_refused_by_the_server(database, kind, changes, status):
    with Instance(database, kind, SAMPLE_PATH, workers=2, changes=changes, sites=limited(kind)) as instance:
        answers = flood(instance, "/auth/sign-in")
        refused = {answer.status_code for answer in answers if "X-Request-Id" not in answer.headers}
        assert refused == {status} and {answer.status_code for answer in answers} == {200, status}
        if kind == "nginx":
            assert {answer.status_code for answer in flood(instance, "/organizations")} == {401}, "only /auth/ is limited"


def test_lighttpd_gives_what_strangers_ask_workers_of_its_own(database):
    text = (CONF / "lighttpd.conf").read_text(encoding="utf-8")
    block = re.search(r'(?ms)^#\$HTTP\["url"\] =~ "\^/api/auth/" \{\n.*?^#\}\n', text)[0]
    with Instance(database, "lighttpd", SAMPLE_PATH, workers=2, changes={block: re.sub("(?m)^#", "", block)}) as instance:
        for path in ["/auth/sign-in", "/organizations"] * 10:
            instance.client().get(path)
        lines = [json.loads(line) for line in instance.log_text().splitlines() if line.startswith('{"') and '"path"' in line]
        pids = [{line["pid"] for line in lines if ("/auth/" in line["path"]) == is_auth} for is_auth in (True, False)]
        assert all(pids) and not pids[0] & pids[1], lines


# A silence of orgd is a fault


@pytest.mark.parametrize("kind, line", [("nginx", "fastcgi_read_timeout 30s"), ("apache-mod_proxy_fcgi", "ProxySet timeout=30")])
def test_a_worker_that_hangs_is_given_up(database, kind, line):
    """After what the sample says, of which a test waits for a part only; without the line it would be a minute or more."""
    with Instance(database, kind, SAMPLE_PATH, workers=1, changes={line: line.replace("30", "2")}) as instance:
        instance.client().get("/health")
        frozen = workers(instance.backend.pid)
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            start = time.monotonic()
            assert instance.client().get("/health").status_code == 504
            assert 1 < time.monotonic() - start < 30
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
