"""orgctl check tells the truth: each fault is found by its row, and following the row's sentence to the letter mends it."""

import contextlib
import grp
import http.server
import json
import os
import pwd
import re
import shutil
import socket
import socketserver
import subprocess
import threading

import pytest

from expect import unique
from installation import Installation, Instance
from processes import PATIENCE, SERVICE_USER, free_port, give_to_servers, make_directory, privileges, wait_until
from servers import Pool, TcpPool

IS_ROOT = os.geteuid() == 0
WORKERS = 6
STEP = re.compile(r""""([A-Z][^"]*)"|'orgctl ([\w -]+)'|(/application-role\.sql)""")
SETTING = re.compile(r"'(\w+) = ([^']+)'")
COMMAND = re.compile(r": ((?:chmod|chgrp|chown|install) .+?)(?:, and .*)?$")


class Place:
    """An installation of its own with a pool, which a test spoils and mends again."""

    def __init__(self, installation):
        self.installation = installation
        self.directory = make_directory()
        give_to_servers(self.directory)
        self.config = self.directory / "orgd.conf"
        of_pool = self.directory / "pool"
        of_pool.mkdir()
        give_to_servers(of_pool)
        self.pool = Pool(installation, of_pool, workers=WORKERS)
        self.settings = {"listen": f"unix:{self.pool.socket}", "workers": WORKERS}
        self.configure()

    def configure(self, **settings):
        """Also what the pool reads when it starts."""
        self.settings.update(settings)
        self.pool.workers = self.settings["workers"]
        for path in (self.config, self.pool.config_path):
            self.installation.write_config(path, **self.settings)

    def start(self):
        self.pool.start()
        wait_until(self.pool.is_ready, "the pool")

    def restart(self):
        self.pool.stop()
        self.start()

    def run(self, *arguments):
        return self.installation.run_orgctl("check", *arguments, config_path=self.config)

    def check(self, *arguments):
        """The exit status, and the rows by name, each with its result and its sentence."""
        result = self.run("--json", *arguments)
        assert result.stdout, result.stderr
        return result.returncode, {row["check"]: (row["result"], row["what to do"]) for row in json.loads(result.stdout)}

    def faults(self, *arguments):
        return {what: row for what, row in self.check(*arguments)[1].items() if row[0] != "ok"}

    def run_role_script(self):
        with open(self.installation.sql_directory / "application-role.sql", encoding="utf-8") as script:
            subprocess.run(["mariadb", "--no-defaults", f"--socket={self.installation.mariadb.socket}", "--user=root"],
                           stdin=script, check=True)

    def follow(self, sentence):
        """Does what is written, and no more."""
        if command := COMMAND.search(sentence):
            subprocess.run(["/bin/sh", "-c", command[1]], check=True)
            return
        if "start the pool" in sentence:
            self.start()
        if "restore it from a backup" in sentence:
            sentence = sentence.partition("If what was in it may be lost, run ")[2]
        for statement, command, script in STEP.findall(sentence):
            if statement:
                self.installation.sql(statement)
            if command:
                self.installation.orgctl(*command.split())
            if script:
                self.run_role_script()
        if "orgd.conf" in sentence:
            self.configure(**dict(SETTING.findall(sentence)))
            self.restart()


@pytest.fixture(scope="module")
def place(build_directory, environment, checker):
    with Installation(build_directory, environment, checker) as installation, contextlib.ExitStack() as cleanup:
        installation.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
        made = Place(installation)
        cleanup.callback(lambda: made.pool in made.pool.started and made.pool.stop())
        made.start()
        yield made


@pytest.fixture(autouse=True)
def as_it_was(request):
    """Each test begins and ends with an installation that is well."""
    if "place" not in request.fixturenames:
        yield
        return
    place = request.getfixturevalue("place")
    assert place.faults() == {}
    yield
    assert place.faults() == {}, "the test has not mended everything"


def test_all_is_well(place):
    status, rows = place.check()
    assert status == 0 and {result for result, _ in rows.values()} == {"ok"}
    assert {"configuration", "log", "database", "database version", "clock", "database connections", "schema", "signing keys",
            "rights in the database", "purge", "pool answers", "pool is ready", "access to the socket"} <= rows.keys()
    assert rows["purge"][1].startswith("last done 20")


# What the database says


def sql(*statements):
    return lambda place: [place.installation.sql(statement) for statement in statements]


FAULTS = {
    "schema": (sql("DELETE FROM orgd.orgd_schema_migrations ORDER BY version DESC LIMIT 1"), "FAILED"),
    "read_only": (sql("SET GLOBAL read_only = 1"), "FAILED"),
    "max_allowed_packet": (sql("SET GLOBAL max_allowed_packet = 65536"), "FAILED"),
    "max_prepared_stmt_count": (sql("SET GLOBAL max_prepared_stmt_count = 200"), "FAILED"),
    "innodb_flush_log_at_trx_commit": (sql("SET GLOBAL innodb_flush_log_at_trx_commit = 2"), "warning"),
    "max_connections": (sql("SET GLOBAL max_connections = 10"), "FAILED"),
    "signing keys": (lambda place: place.installation.signing_keys.unlink(), "FAILED"),
    "pool answers": (lambda place: place.pool.stop(), "FAILED"),
    "access to the socket": (lambda place: (place.configure(listen_mode="0666"), place.restart()), "FAILED"),
}
RIGHTS = {
    "too few": (["REVOKE UPDATE ON orgd.orgd_leases FROM orgd_application"], "FAILED"),
    "none to insert": (["REVOKE INSERT ON orgd.orgd_passwords FROM orgd_application"], "FAILED"),
    "no table": (["DROP TABLE orgd.orgd_attempts"], "FAILED"),
    "too many": (["GRANT ALL ON orgd.* TO orgd@localhost"], "warning"),
    "on all databases": (["GRANT FILE, RELOAD ON *.* TO orgd@localhost"], "warning"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_following_the_sentence_mends_the_fault(place, what):
    spoil, result = FAULTS[what]
    spoil(place)
    status, rows = place.check()
    assert rows[what][0] == result, rows
    assert status == (1 if result == "FAILED" else 0)
    place.follow(rows[what][1])
    assert place.faults() == {}, rows[what]


@pytest.mark.parametrize("case", RIGHTS)
def test_rights_too_few_and_too_many(place, case):
    statements, result = RIGHTS[case]
    sql(*statements)(place)
    status, rows = place.check()
    found, sentence = rows["rights in the database"]
    assert (found, status) == (result, 1 if result == "FAILED" else 0)
    place.follow(sentence)
    assert place.faults() == {}, sentence


def test_every_table_is_looked_at(place):
    tables = {name for name, in place.installation.sql(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'orgd' AND table_type = 'BASE TABLE'")}
    for table in sorted(tables - {"orgd_accounts", "orgd_schema_migrations"}):
        for right in ("INSERT", "UPDATE", "DELETE"):
            place.installation.sql(f"REVOKE {right} ON orgd.{table} FROM orgd_application")
            result, sentence = place.check()[1]["rights in the database"]
            assert result == "FAILED" and table in sentence and right in sentence
            place.installation.sql(f"GRANT {right} ON orgd.{table} TO orgd_application")


def test_where_one_account_does_all_its_rights_are_no_fault(place):
    """As a hosting panel gives it; there is no group [orgctl] then."""
    options = place.installation.option_file.read_text("utf-8")
    place.installation.sql("GRANT ALL ON orgd.* TO orgd@localhost")
    place.installation.option_file.write_text(options.partition("[orgctl]")[0], "utf-8")
    assert place.faults() == {}
    place.installation.option_file.write_text(options, "utf-8")
    place.installation.sql("REVOKE ALL ON orgd.* FROM orgd@localhost")


@pytest.mark.parametrize("pattern, replacement, words", [
    (r"(?m)^password = .*$", "password = wrong", "correct 'user' and 'password'"),
    (r"(?m)^database = .*$", "database = nothing", "correct 'database'"),
    (r"(?m)^database = .*$", "", "database = "), (r"(?m)^socket = .*$", "socket = /nonexistent", "correct 'socket'"),
], ids=["password", "unknown database", "no database", "socket"])
def test_what_is_wrong_in_the_option_file(place, pattern, replacement, words):
    """Only the group [orgd] counts. Whoever corrects what the sentence names has mended it."""
    options = place.installation.option_file.read_text("utf-8")
    orgd, group, orgctl = options.partition("[orgctl]")
    place.installation.option_file.write_text(re.sub(pattern, replacement, orgd) + group + orgctl, "utf-8")
    status, rows = place.check()
    assert status == 1 and rows["database"][0] == "FAILED"
    assert words in rows["database"][1] and str(place.installation.option_file) in rows["database"][1]
    place.installation.option_file.write_text(options, "utf-8")


def test_an_option_file_that_is_not_there(place):
    hidden = place.installation.option_file.rename(place.directory / "hidden.cnf")
    status, rows = place.check()
    assert status == 1 and f"there is no option file {place.installation.option_file}: copy" in rows["database"][1]
    hidden.rename(place.installation.option_file)


def test_a_database_that_is_away(place):
    place.installation.mariadb.stop()
    status, rows = place.check()
    assert status == 1 and "start MariaDB" in rows["database"][1] and rows["pool is ready"][0] == "FAILED"
    place.installation.mariadb.start()
    place.installation.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
    wait_until(lambda: place.faults() == {}, "the workers to be back", timeout=10 * PATIENCE)


def test_a_role_that_nobody_has(place):
    place.installation.sql("REVOKE orgd_application FROM orgd@localhost")
    status, rows = place.check()
    assert status == 1 and "as the first lines of application-role.sql" in rows["database"][1]
    script = (place.installation.sql_directory / "application-role.sql").read_text("utf-8")
    for statement in re.findall(r"^-- +((?:GRANT|SET DEFAULT ROLE) .*);$", script, re.MULTILINE):
        place.installation.sql(statement)
    wait_until(lambda: place.faults() == {}, "the workers to be back", timeout=10 * PATIENCE)


@pytest.mark.parametrize("seconds, result", [(100, "FAILED"), (-100, "FAILED"), (10, "warning")])
def test_a_clock_that_is_off(place, seconds, result):
    place.installation.sql(f"SET GLOBAL init_connect = 'SET timestamp = UNIX_TIMESTAMP() + {seconds}'")
    status, rows = place.check()
    assert rows["clock"][0] == result and status == (1 if result == "FAILED" else 0)
    assert ("ahead of" if seconds > 0 else "behind") in rows["clock"][1]
    place.installation.sql("SET GLOBAL init_connect = ''")


def test_an_account_that_may_connect_too_seldom(place):
    place.installation.sql("ALTER USER orgd@localhost WITH MAX_USER_CONNECTIONS 5")
    status, rows = place.check()
    assert status == 0 and rows["database connections"][0] == "warning"
    place.follow(rows["database connections"][1])
    assert place.faults() == {} and place.settings["database_idle_timeout"] == "0"
    place.installation.sql("ALTER USER orgd@localhost WITH MAX_USER_CONNECTIONS 0")
    place.settings.pop("database_idle_timeout")
    place.configure()
    place.restart()


@pytest.mark.parametrize("over", [False, True], ids=["nothing to do", "something to do"])
def test_nobody_purges(place, over):
    """The courier would, so there is no pool."""
    place.pool.stop()
    place.configure(listen="")
    place.installation.sql("UPDATE orgd.orgd_leases SET done = UTC_TIMESTAMP(6) - INTERVAL 2 HOUR")
    if over:
        place.installation.sql("INSERT INTO orgd.orgd_attempts VALUES (UNHEX(SHA2('x', 256)), 1, NOW(6) - INTERVAL 2 DAY)")
    result = place.run("--nagios")
    assert result.returncode == 2 and "purge: " in result.stdout
    place.follow(result.stdout)
    result = place.run("--nagios")
    assert result.returncode == 3 and "purge:" not in result.stdout
    place.configure(listen=f"unix:{place.pool.socket}")
    place.start()


# Files


def test_a_log_without_a_directory(place):
    place.configure(log=place.directory / "log" / "orgd.log")
    status, rows = place.check()
    assert status == 1 and "there is no directory" in rows["log"][1]
    place.follow(rows["log"][1])
    assert place.faults() == {}
    place.configure(log="stderr")


def test_a_log_that_cannot_be_written(place):
    directory = place.directory / unique("log")
    directory.mkdir(mode=0o500)
    if not IS_ROOT:
        directory.chmod(0o500)
    place.configure(log=directory / "orgd.log")
    status, rows = place.check()
    assert status == 1 and f"may not write to {directory}: ch" in rows["log"][1]
    place.follow(rows["log"][1])
    assert place.faults() == {}
    log = directory / "orgd.log"
    log.write_text("", "utf-8")
    log.chmod(0o400)
    status, rows = place.check()
    assert status == 1 and f"may not write to {log}: ch" in rows["log"][1]
    place.follow(rows["log"][1])
    assert place.faults() == {}
    place.configure(log="stderr")


@pytest.mark.parametrize("what, attribute", [("access to the option file", "option_file"),
                                             ("access to the signing keys", "signing_keys")])
def test_a_file_that_the_workers_may_not_read(place, what, attribute):
    path = getattr(place.installation, attribute)
    owner = path.stat()
    path.chmod(0o000)
    if IS_ROOT:
        os.chown(path, 0, 0)
        path.chmod(0o600)
    status, rows = place.check()
    assert status == 1 and rows[what][0] == "FAILED" and f"may not read {path}: ch" in rows[what][1]
    place.follow(rows[what][1])
    assert place.faults() == {}
    os.chown(path, owner.st_uid, owner.st_gid)
    path.chmod(0o600)


def test_a_directory_that_the_workers_may_not_enter(place):
    directory = place.directory / unique("closed")
    directory.mkdir()
    keys = directory / "keys.json"
    keys.write_bytes(place.installation.signing_keys.read_bytes())
    keys.chmod(0o600)
    give_to_servers(keys)
    directory.chmod(0o700 if IS_ROOT else 0o600)
    place.configure(signing_keys=keys)
    status, rows = place.check()
    assert status == 1 and f"may not enter {directory}: ch" in rows["access to the signing keys"][1]
    place.follow(rows["access to the signing keys"][1])
    assert place.faults() == {}
    place.settings.pop("signing_keys")
    place.configure()


def test_a_file_of_somebody_else(place):
    """Whoever owns a file may change it. Who is not root cannot give one away, and has none of somebody else's."""
    keys = place.installation.signing_keys
    owner = keys.stat()
    if not IS_ROOT:
        assert place.check()[1]["access to the signing keys"][0] == "ok"
        return
    os.chown(keys, pwd.getpwnam("daemon").pw_uid, owner.st_gid)
    keys.chmod(0o640)
    status, rows = place.check()
    assert status == 1 and f"daemon may change {keys}" in rows["access to the signing keys"][1]
    place.follow(rows["access to the signing keys"][1])
    assert place.faults() == {}
    os.chown(keys, owner.st_uid, owner.st_gid)
    keys.chmod(0o600)


@pytest.mark.parametrize("depth", [0, 1], ids=["its directory", "one above"])
@pytest.mark.parametrize("mode", [0o777, 0o775], ids=["everybody", "a group"])
@pytest.mark.parametrize("what", ["access to the signing keys", "log"])
def test_a_directory_that_others_may_write_to(place, what, mode, depth):
    """They can put another file in the place of what is there."""
    directories = [place.directory / unique("above"), None]
    directories[1] = directories[0] / "below"
    for directory in directories:
        directory.mkdir()
        give_to_servers(directory)
        directory.chmod(0o755)
    place.directory.chmod(0o711)
    keys = directories[1] / "keys.json"
    shutil.copy(place.installation.signing_keys, keys)
    keys.chmod(0o600)
    give_to_servers(keys)
    place.configure(**{"signing_keys": keys} if what != "log" else {"log": directories[1] / "orgd.log"})
    place.restart()
    directory = directories[1 - depth]
    directory.chmod(mode)
    if IS_ROOT:
        os.chown(directory, -1, grp.getgrnam("daemon").gr_gid)
    else:
        mode |= 0o002  # a group of one's own is no stranger
        directory.chmod(mode)
    status, rows = place.check()
    assert status == 1 and "may replace" in rows[what][1] and f"chmod go-w '{directory}'" in rows[what][1]
    place.follow(rows[what][1])
    assert place.faults() == {}
    place.settings.pop("log", None)
    place.configure(signing_keys=place.installation.signing_keys)
    place.directory.chmod(0o700)
    place.restart()


def test_a_directory_of_somebody_else(place):
    """Whoever owns it can give himself the right to write to it."""
    if not IS_ROOT:
        assert place.check()[1]["access to the signing keys"][0] == "ok"
        return
    place.directory.chmod(0o711)
    owner = place.directory.stat()
    os.chown(place.directory, pwd.getpwnam("daemon").pw_uid, -1)
    status, rows = place.check()
    assert status == 1 and f"daemon owns {place.directory}" in rows["access to the configuration"][1]
    os.chown(place.directory, owner.st_uid, owner.st_gid)
    place.directory.chmod(0o700)


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
        assert urls(place, instance.url + url)["public_url"][0] == result
        place.settings.pop("public_url")
        place.configure()
