"""gateway_secret: who reaches the socket of a pool past its web server is not believed."""

import re
import subprocess

import pytest

import fastcgi
from expect import unique
from installation import Instance
from processes import PATIENCE, privileges
from servers import Pool

SECRET = "a-secret_of-the-web-server_012345"
FORM = "application/x-www-form-urlencoded"
WRONG = [None, "", SECRET[:-1], SECRET + "0", SECRET.upper()]


class PoolWithSecret(Pool):
    def configure(self, **settings):
        super().configure(**{"gateway_secret": SECRET, **settings})


@pytest.fixture
def pool(start):
    return start(PoolWithSecret)


def variables(secret, **others):
    return {**others, **({} if secret is None else {"ORGD_GATEWAY_SECRET": secret})}


@pytest.mark.parametrize("secret", WRONG)
def test_without_it_every_request_is_refused(pool, secret):
    for method, path in (("GET", "/health"), ("GET", "/nothing"), ("OPTIONS", "/organizations"), ("GET", "/openapi.json")):
        response = fastcgi.request(pool.socket, method, path, variables=variables(secret))
        assert response.status == 403 and response.json()["detail"][0] == "IllegalOperationError", (method, path)
        assert response.headers["Cache-Control"] == "no-store"
    response = fastcgi.request(pool.socket, "POST", "/auth/token", body=b"grant_type=x",
                               variables=variables(secret, CONTENT_TYPE=FORM))
    assert response.status == 403 and list(response.json()) == ["error", "error_description"]
    response = fastcgi.request(pool.socket, "GET", "/auth/sign-in", variables=variables(secret))
    assert response.status == 403 and response.headers["Content-Type"].startswith("text/html")


def test_with_it_requests_are_served_as_ever(pool, database):
    name = unique("user")
    database.orgctl("user", "create", name, "--quiet")
    token = database.orgctl("token", "create", "--user", name, "--quiet")
    response = fastcgi.request(pool.socket, "GET", "/users/me", token, variables=variables(SECRET))
    assert response.status == 200 and response.json()["username"] == name
    assert fastcgi.request(pool.socket, "GET", "/users/me", token).status == 403
    assert SECRET not in pool.logs()


def test_a_refused_attempt_counts_against_nobody(pool, database):
    """A neighbour who claims the address of somebody else does not have it slowed."""
    def start_device(secret):
        return fastcgi.request(pool.socket, "POST", "/auth/device_authorization", body=b"client_id=some-device",
                               variables=variables(secret, CONTENT_TYPE=FORM, REMOTE_ADDR="198.51.100.77")).status

    before = database.sql("SELECT COUNT(*) FROM orgd_attempts")
    assert [start_device(None) for _ in range(3)] == [403] * 3
    assert database.sql("SELECT COUNT(*) FROM orgd_attempts") == before
    assert '_refused"' not in pool.logs()
    assert start_device(SECRET) == 200
    assert database.sql("SELECT COUNT(*) FROM orgd_attempts") > before


def test_apache_sends_it_as_the_sample_says(database):
    line = "#SetEnv ORGD_GATEWAY_SECRET ..."
    for change, status in ((f"SetEnv ORGD_GATEWAY_SECRET {SECRET}", 200), ("", 403)):
        with Instance(database, "apache-mod_proxy_fcgi", "/api", backend=PoolWithSecret, changes={line: change}) as instance:
            response = instance.client().get("/health", headers={"ORGD-GATEWAY-SECRET": SECRET, "ORGD_GATEWAY_SECRET": SECRET})
            assert response.status_code == status, response.text


def test_a_request_to_a_cgi_program_does_not_choose_it(database, directory):
    """There the variables of a request are the program's own environment, which overrides other settings."""
    config = database.write_config(directory / "orgd.conf", gateway_secret=SECRET)
    request = {"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH_INFO": "/health"}
    for secret, status in ((None, "403"), ("chosen-by-the-request", "403"), (SECRET, "200")):
        result = subprocess.run([database.orgd, "--config", config], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                env={**database.environment, **request, **variables(secret)}, check=True,
                                timeout=60 * PATIENCE, **privileges())
        assert result.stdout.startswith(f"Status: {status}"), result.stdout
        assert SECRET not in result.stdout + result.stderr
        assert "means nothing" not in result.stderr


def test_elsewhere_the_environment_says_nothing(database, directory):
    result = subprocess.run([database.orgd, "--config", database.config_path, "--check"], capture_output=True, text=True,
                            env={**database.environment, "ORGD_GATEWAY_SECRET": SECRET}, check=True,
                            timeout=60 * PATIENCE, **privileges())
    assert "the environment variable ORGD_GATEWAY_SECRET means nothing" in result.stderr
    assert SECRET not in result.stdout + result.stderr


@pytest.mark.parametrize("secret", ["too-short", "a" * 128, "with a blank in its middle", 'with"quotes"in_its_middle'])
def test_a_faulty_one_is_refused_and_not_shown(database, directory, secret):
    config = database.write_config(directory / "orgd.conf", gateway_secret=secret)
    result = subprocess.run([database.orgd, "--config", config, "--check"], capture_output=True, text=True,
                            env=database.environment, timeout=60 * PATIENCE, **privileges())
    assert result.returncode == 2
    assert "gateway_secret = ...: must be 16 to 127 letters, digits, - and _" in result.stderr
    assert secret not in result.stderr


@pytest.mark.parametrize("mode, is_well", [(0o640, True), (0o644, False)])
def test_check_asks_with_it_and_wants_its_file_closed(pool, database, mode, is_well):
    pool.configure(listen=f"unix:{pool.socket}")
    pool.config_path.parent.chmod(0o711)
    pool.config_path.chmod(mode)
    result = database.run_orgctl("check", config_path=pool.config_path)
    for row in ("pool answers", "pool is ready"):
        assert re.search(rf"(?m)^{row} +ok", result.stdout), result.stdout
    assert (f"everybody may read or change {pool.config_path}" in result.stdout) == (not is_well)
    assert SECRET not in result.stdout + result.stderr
