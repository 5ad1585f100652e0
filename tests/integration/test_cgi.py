"""orgd as a plain CGI program, on hosts that have nothing better: one request a process, and the same answers."""

import contextlib
import json
import re
import subprocess
import time
import uuid

import pytest

import installation
from cgi import CGI_SERVERS, MOUNT, ApacheCgiProgram
from expect import error, id_in, logged, ok, unique
from installation import Instance
from many_events import ROWS_OF_A_PART, Deactivation, clear, fill
from processes import PATIENCE, privileges

PUBLIC_URL = f"http://localhost{MOUNT}"
# What the web server, the connection or the moment makes.
OTHERS = {"accept-ranges", "date", "server", "connection", "keep-alive", "transfer-encoding", "x-request-id", "content-length",
          "set-cookie"}


@contextlib.contextmanager
def started(database, kind, **settings):
    with pytest.MonkeyPatch.context() as patch:
        for name, classes in CGI_SERVERS.items():
            patch.setitem(installation.SERVERS, name, classes)
        with Instance(database, kind, MOUNT, settings={"public_url": PUBLIC_URL, **settings}) as instance:
            yield instance


@pytest.fixture(scope="module")
def fastcgi(database):
    with started(database, "lighttpd") as instance:
        yield instance


@pytest.fixture(scope="module", params=CGI_SERVERS)
def cgi(database, request):
    with started(database, request.param) as instance:
        yield instance


@pytest.fixture(scope="module")
def person(fastcgi):
    return fastcgi.user(limit=1000)


@pytest.fixture(scope="module")
def known(fastcgi, person):
    return fastcgi.organization(person)


JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REQUESTS = {
    "json": ("GET", "/users/me", {}, None),
    "list": ("GET", "/organizations?limit=1", {}, None),
    "one": ("GET", "/organizations/{id}", {}, None),
    "head": ("HEAD", "/organizations/{id}", {}, None),
    "head-404": ("HEAD", "/nothing", {}, None),
    "404": ("GET", "/organizations/nobody's", {}, None),
    "encoded": ("GET", "/organizations/a%2Fb%3F%25%C3%BC", {}, None),
    "401": ("GET", "/organizations", {"Authorization": "Bearer ORGPAT_x"}, None),
    "405": ("PUT", "/organizations", JSON, b"{}"),
    "options": ("OPTIONS", "/organizations", {}, None),
    "patch": ("PATCH", "/organizations/{id}", JSON, b'{"description": "same"}'),
    "412": ("PATCH", "/organizations/{id}", {**JSON, "If-Match": '"0"'}, b'{"description": "other"}'),
    "415": ("POST", "/organizations", {"Content-Type": "text/plain"}, b"{}"),
    "422": ("POST", "/organizations", JSON, b'{"name": ""}'),
    "broken": ("POST", "/organizations", JSON, b"{"),
    "413": ("POST", "/organizations", JSON, b" " * 300000),
    "form": ("POST", "/auth/token", FORM, b"grant_type=password"),
    "document": ("GET", "/openapi.json", {}, None),
    "page": ("GET", "/auth/device", {}, None),
    "redirect": ("GET", "/auth/authorize?client_id=nobody", {}, None),
    "metadata": ("GET", "/.well-known/openid-configuration", {}, None),
}


def without_tokens(body):
    """A page's forms hold a fresh token each time."""
    return re.sub(rb'name="form_token" value="[^"]*"', b"", body)


def answer(client, known, name):
    method, path, headers, body = REQUESTS[name]
    response = client.request(method, path.format(**known), headers=headers, data=body)
    names = {key.lower(): value for key, value in response.headers.items()}
    uuid.UUID(names["x-request-id"])
    return response.status_code, {key: value for key, value in names.items() if key not in OTHERS}, without_tokens(response.content)


@pytest.mark.parametrize("name", REQUESTS)
def test_the_answers_are_those_of_fastcgi(cgi, fastcgi, person, known, name):
    ok(fastcgi.client(person.token).patch(f"/organizations/{known['id']}", json={"description": "same"}))
    expected = answer(fastcgi.client(person.token), known, name)
    assert answer(cgi.client(person.token), known, name) == expected
    assert expected[0] < 500


def test_a_creation_and_its_end(cgi, person):
    client = cgi.client(person.token)
    created = client.post("/organizations", json={"name": unique()})
    assert ok(created)["name"] and created.headers["Content-Location"].startswith("http://localhost/api/v1/organizations/")
    assert ok(client.delete(f"/organizations/{created.json()['id']}")) is None


def test_a_token_for_a_key(cgi, person):
    token = ok(cgi.client().post("/auth/login", data={"password": person.token}))["access_token"]
    assert ok(cgi.client(token).get("/users/me"))["id"] == person.id


def test_a_body_without_a_length(cgi, person):
    response = cgi.client(person.token).post("/organizations", data=iter([b'{"na', b'me": ""}']), headers=JSON)
    assert response.status_code == 422 and response.json()["detail"][0]["loc"] == ["body", "name"]


@pytest.fixture(scope="module")
def busy(fastcgi, person):
    """An organization with many events."""
    org = fastcgi.organization(person)
    fill(fastcgi.installation.sql, org["id"], person.id, 40 * ROWS_OF_A_PART)
    yield org
    clear(fastcgi.installation.sql, org["id"])


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_file_of_events_is_that_of_fastcgi(cgi, fastcgi, person, busy, form):
    path = f"/organizations/{busy['id']}/events?format={form}"
    expected, got = (instance.client(person.token).get(path) for instance in (fastcgi, cgi))
    assert got.status_code == expected.status_code == 200 and got.text == expected.text
    assert got.headers["Content-Disposition"] == expected.headers["Content-Disposition"]


def test_a_file_is_made_before_its_first_byte_is_sent(cgi, person, busy):
    """Web servers would not tell the client that it broke off."""
    with Deactivation(cgi, person, 10 * ROWS_OF_A_PART):
        response = cgi.client(person.token).get(f"/organizations/{busy['id']}/events?format=csv")
    error(response, 401, "AuthorizationException")


def test_the_access_line_is_complete(database, directory, person):
    log = directory / "orgd.log"
    with started(database, "lighttpd-cgi", log=log) as instance:
        instance.log_text = lambda: log.read_text("utf-8")
        request_id = uuid.uuid4().hex
        ok(instance.client(person.token).get("/users/me", headers={"X-Request-Id": request_id}))
        line, = logged(instance, request_id, 1)
    assert (line["path"], line["status"], line["address"]) == (f"{MOUNT}/users/me", 200, "127.0.0.1")
    assert (line["account_id"], line["credential_id"]) == (person.id, id_in(person.token))


def check(instance):
    result = instance.installation.run_orgctl("check", "--url", instance.url, "--json", config_path=instance.server.config_path)
    return {row["check"]: row for row in json.loads(result.stdout)}


def test_orgctl_check_says_what_it_costs(cgi, fastcgi):
    row = check(cgi)["gateway"]
    assert row["result"] == "limited" and "plain CGI" in row["what to do"]
    assert all(0 < int(ms) < 10000 * PATIENCE for ms in re.findall(r"\((\d+) ms", row["what to do"]))
    assert check(fastcgi)["gateway"]["result"] == "ok"


def run(database, **variables):
    """orgd as a web server starts it, with a body that never comes to its end."""
    environment = {**database.environment, "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "POST",
                   "PATH_INFO": "/organizations", "REQUEST_URI": "/organizations", "CONTENT_TYPE": "application/json",
                   **variables}
    with subprocess.Popen([database.orgd, "--config", database.config_path], env=environment, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **privileges()) as process:
        process.stdin.write(b"{}")
        process.stdin.flush()
        out = process.stdout.read()
        assert process.wait(30 * PATIENCE) == 0
        return out.partition(b"\r\n")[0]


def test_it_does_not_wait_for_a_body_that_nobody_reads(database):
    """Standard input may stay open where there is no body."""
    begin = time.monotonic()
    assert run(database, REQUEST_METHOD="GET", CONTENT_LENGTH="", PATH_INFO="/health", REQUEST_URI="/health").startswith(b"Status: 200 ")
    assert time.monotonic() - begin < 5 * PATIENCE


def test_it_reads_no_further_than_the_length(database):
    """The web server may keep its end open (RFC 3875, 4.2)."""
    assert run(database, CONTENT_LENGTH="2").startswith(b"Status: 401 ")


@pytest.mark.parametrize("length", ["3", ""])
def test_a_body_that_does_not_come_is_waited_for_no_longer_than_any(database, length):
    assert run(database, CONTENT_LENGTH=length, ORGD_TRANSFER_TIMEOUT="1").startswith(b"Status: 408 ")


def test_a_web_server_that_does_not_read_is_waited_for_no_longer(database):
    """The answer is longer than a pipe holds."""
    environment = {**database.environment, "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH_INFO": "/docs",
                   "ORGD_TRANSFER_TIMEOUT": "1"}
    with subprocess.Popen([database.orgd, "--config", database.config_path], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **privileges()) as process:
        try:
            assert process.wait(30 * PATIENCE) == 0
        finally:
            process.kill()
        assert "the web server did not take the answer: Connection timed out" in process.stderr.read()


# Arguments: a web server adds the words of a query without `=` to them (RFC 3875, 4.4)

def start_with(database, arguments, query):
    environment = {**database.environment, "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH_INFO": "/health",
                   "QUERY_STRING": query}
    return subprocess.run([database.orgd, *arguments], env=environment, cwd=database.directory, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60 * PATIENCE, **privileges())


@pytest.mark.parametrize("query", ["", "limit=1", "foo", "foo+bar", "--listen", "--listen+unix:x", "--config+other.conf",
                                   "+", "%", "-x=1+orgd.con"])
def test_a_script_names_the_configuration_whatever_the_query_is(database, query):
    for arguments in (["--config", database.config_path], [f"--config={database.config_path}"], ["-c", database.config_path]):
        result = start_with(database, arguments, query)
        assert result.stdout.startswith("Status: 200 "), result.stderr


@pytest.mark.parametrize("words", [["foo"], ["foo", "bar"], ["a b", "c"], [""], ["", ""], ["a\\;b"]])
def test_words_of_the_query_are_no_arguments(database, words):
    query = {"a b": "a%20b", "a\\;b": "a;b"}
    result = start_with(database, ["--config", database.config_path, *words], "+".join(query.get(word, word) for word in words))
    assert result.stdout.startswith("Status: 200 "), result.stderr


@pytest.mark.parametrize("words, query", [
    (["--config", "other.conf"], "--config+other.conf"), (["--config=other.conf"], "--config%3Dother.conf"),
    (["--config", "other.conf"], "--config++other.conf"), (["--config", "a\\;b"], "--config+a;b"),
    (["--config", "%41"], "--config+%2541"), (["--config", "%2541"], "--config+%2541"), (["--config", "x"], "--config+x%00y"),
    (["-cother.conf"], "-cother.conf"), (["--version"], "--version"), (["--help"], "--hel%70"),
    (["--listen", "unix:x"], "--listen+unix:x"), (["--config", "other.conf"] * 2, "--config+other.conf+" * 3 + "cut-off")])
def test_the_query_of_a_request_chooses_no_option(database, words, query):
    """`other.conf` would write a log: a file of any name, with text of a stranger in it."""
    log = database.directory / "written.php"
    for name in ("other.conf", "%41", "%2541", "a\\;b", "x"):
        database.write_config(database.directory / name, log=log, nonsense="<?php")
    for arguments in (words, ["--config", database.config_path, *words]):
        result = start_with(database, arguments, query)
        assert result.returncode == 2 and result.stdout == ""
        assert "no option from the query of a request" in result.stderr or "option" in result.stderr
        assert not log.exists()


def test_apache_starts_the_program_itself(database, directory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(installation.SERVERS, "apache-mod_cgi", (ApacheCgiProgram, None))
        with Instance(database, "apache-mod_cgi", MOUNT) as instance:
            client = instance.client()
            for query in ("", "?foo", "?foo+%3Cbar%3E%5C+%24x", "?limit=1"):
                assert ok(client.get(f"/health{query}"))["status"] == "ok"
            log = directory / "written.php"
            content = f"log = {log}\n{''.join(f'{key} = {value}' for key, value in database.settings().items())}\nnonsense"
            assert client.post("/health?--config+/dev/stdin", data=content).status_code == 500
            assert not log.exists()
            assert client.get(f"/health?--listen+unix:{directory}/stranger.sock").status_code == 500
            assert not (directory / "stranger.sock").exists()
            assert client.get("/health?--version").status_code == 500


@pytest.mark.parametrize("others", [["--listen", "unix:none/orgd.sock"], ["--workers", "1"], ["--check", "--check"]])
def test_a_cgi_program_takes_no_other_option(database, others):
    result = start_with(database, ["--config", database.config_path, *others], "")
    assert result.returncode == 2 and result.stdout == "" and "a CGI program takes --config FILE alone" in result.stderr


def test_a_configuration_is_a_file(database):
    """Standard input is what a client sends, and a pipe may have no end."""
    for path in ("/dev/stdin", "/dev/null"):
        result = start_with(database, ["--config", path], "")
        assert result.returncode == 2 and f"cannot read the configuration {path}: it is no file" in result.stderr
