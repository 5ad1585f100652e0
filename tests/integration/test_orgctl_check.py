"""orgctl check tells the truth: each fault of the database and of files is found by its row, and following the row's sentence
to the letter mends it."""

import grp
import os
import pwd
import re
import shutil

import pytest

from check_fixtures import IS_ROOT, as_it_was, place, sql
from expect import unique
from installation import METRICS_TOKEN
from processes import PATIENCE, give_to_servers, wait_until


def test_all_is_well(place):
    status, rows = place.check()
    assert status == 0 and {result for result, _ in rows.values()} == {"ok"}
    assert {"configuration", "log", "database", "database version", "clock", "database connections", "schema", "signing keys",
            "rights in the database", "purge", "pool answers", "pool is ready", "access to the socket"} <= rows.keys()
    assert rows["purge"][1].startswith("last done within 10 minutes of 20")


# What the database says


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


@pytest.mark.parametrize("right", ["CREATE USER", "SUPER", "ALL"])
def test_an_administrator_of_the_server_keeps_its_rights(place, right):
    """The server would have none any more: the workers need an account of their own."""
    place.installation.sql(f"GRANT {right} ON *.* TO orgd@localhost")
    status, rows = place.check()
    result, sentence = rows["rights in the database"]
    assert (status, result) == (0, "warning") and "'orgd'@'localhost' is an administrator of the server" in sentence
    assert "REVOKE" not in sentence and f"[orgd] of {place.installation.option_file}" in sentence
    place.installation.sql(f"REVOKE {right} ON *.* FROM orgd@localhost")


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


def test_what_purges_and_delivers_uses_the_workers_account(place):
    """As check does, so its rows are true of both. Where there is a group [orgctl], other commands use that."""
    options = place.installation.option_file.read_text("utf-8")
    place.installation.option_file.write_text(options.replace("[orgctl]", "[orgctl]\npassword = wrong\nprotocol = tcp"), "utf-8")
    for command, status in (("purge", 0), ("deliver", 0), ("user list", 1)):
        assert place.installation.run_orgctl(*command.split()).returncode == status, command
    place.installation.sql("REVOKE UPDATE ON orgd.orgd_leases FROM orgd_application")
    assert place.check()[1]["rights in the database"][0] == "FAILED"
    assert place.installation.run_orgctl("purge").returncode == 1
    place.follow(place.check()[1]["rights in the database"][1])
    place.installation.option_file.write_text(options, "utf-8")


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


def no_directory(path):
    """Nothing is there."""


def directory_of_others(path):
    path.parent.mkdir(mode=0o500)
    path.parent.chmod(0o500)


def file_of_others(path):
    path.parent.mkdir()
    give_to_servers(path.parent)
    path.write_text("", "utf-8")


@pytest.mark.parametrize("spoil, words", [(no_directory, "there is no directory"), (directory_of_others, "may not make"),
                                          *([(file_of_others, "is not a file of")] if IS_ROOT else [])])
def test_a_file_of_metrics_that_workers_cannot_make(place, spoil, words):
    path = place.directory / unique("metrics").replace(" ", "") / "counters"
    spoil(path)
    place.configure(metrics_token=METRICS_TOKEN, metrics_file=path)
    status, rows = place.check()
    assert status == 1 and rows["metrics"][0] == "FAILED" and words in rows["metrics"][1]
    place.follow(rows["metrics"][1])
    status, rows = place.check()
    assert (status, rows["metrics"][0]) == (0, "ok"), rows
    place.configure(metrics_token="", metrics_file="")
    assert "metrics" not in place.check()[1]


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
