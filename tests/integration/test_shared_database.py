"""A database that holds more than orgd's tables, as the one that a shared host gives: nothing of others is touched."""

import contextlib
import json
import re
import secrets
import subprocess
from pathlib import Path

import pytest

import fastcgi
from installation import SecondDatabase
from processes import wait_until, write_file
from servers import Pool

SQL = Path(__file__).resolve().parents[2] / "sql"
OURS = sorted({"orgd_schema_migrations", *re.findall(r"(?m)^CREATE TABLE IF NOT EXISTS (\w+)",
                                                     "".join(path.read_text("utf-8") for path in SQL.glob("0*.sql")))})
# As other programs have them; the last two only look like ours.
THEIRS = {
    "attempts": "id INT PRIMARY KEY, failures INT, last DATETIME, expires DATETIME",
    "passwords": "account_id BINARY(16) PRIMARY KEY, hash VARBINARY(512), cost INT",
    "clients": "id BINARY(16) PRIMARY KEY, name VARCHAR(64), ended DATETIME(6)",
    "organizations": "id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(50), owner_id INT",
    "accounts": "id INT PRIMARY KEY, name VARCHAR(64) UNIQUE, is_active INT",
    "schema_migrations": "version VARCHAR(14) PRIMARY KEY",
    "orgd_notes": "id INT PRIMARY KEY, ended DATETIME(6), expires DATETIME(6)",
    "orgd": "id INT PRIMARY KEY",
}


@pytest.fixture
def shared(database):
    """An empty database, but for the tables of others."""
    with SecondDatabase(database) as second:
        for name, columns in THEIRS.items():
            second.sql(f"CREATE TABLE {name} ({columns})")
            key = columns.split()[0]
            second.sql(f"INSERT INTO {name} ({key}) VALUES (1)")
        yield second


def state(second, names=tuple(THEIRS)):
    """Definition and rows of tables."""
    return {name: (second.sql(f"SHOW CREATE TABLE {name}"), second.sql(f"SELECT * FROM {name}")) for name in names}


def migrated(second):
    result = second.run_orgctl("migrate")
    assert result.returncode == 0, result.stderr
    return result


def test_the_tables_of_others_stay_as_they_are(database, shared, start, directory):
    """While people and organizations come and go, and what has ended is removed."""
    before = state(shared)
    migrated(shared)
    token = shared.orgctl("user", "create", "owner", "--quiet") and shared.orgctl("token", "create", "--user", "owner", "--quiet")
    pool = start(lambda *_: Pool(shared, directory, workers=1))
    created = fastcgi.request(pool.socket, "POST", "/organizations", token, {"name": "ours"})
    assert created.status == 200
    assert fastcgi.request(pool.socket, "DELETE", f"/organizations/{created.json()['id']}", token).status == 200
    shared.orgctl("purge")
    wait_until(lambda: shared.sql("SELECT COUNT(*) FROM orgd_organizations") == [(0,)], "it to be removed", timeout=30)
    assert shared.run_orgctl("migrate").returncode == 0
    assert state(shared) == before


@pytest.mark.parametrize("name", OURS)
def test_a_table_in_the_place_of_ours_is_refused_by_name(shared, name):
    """And so soon that nothing has been made; out of the way, it disturbs nobody."""
    shared.sql(f"CREATE TABLE {name} (id INT PRIMARY KEY, ended DATETIME(6))")
    shared.sql(f"INSERT INTO {name} VALUES (1, NULL)")
    before = state(shared, [*THEIRS, name])
    refused = shared.run_orgctl("migrate")
    assert refused.returncode == 1
    assert f"the table {name} of this database is not orgd's" in refused.stderr and "rename the table" in refused.stderr
    assert state(shared, [*THEIRS, name]) == before
    shared.sql(f"RENAME TABLE {name} TO {name}_of_others")
    migrated(shared)
    assert shared.sql(f"SELECT * FROM {name}_of_others") == [(1, None)]


def test_a_view_in_the_place_of_a_table_is_refused_too(shared):
    shared.sql("CREATE VIEW orgd_clients AS SELECT * FROM clients")
    refused = shared.run_orgctl("migrate")
    assert refused.returncode == 1 and "the table orgd_clients of this database is not orgd's" in refused.stderr


# Dumps


class Tenant:
    """A database user who has all rights on one database, and no others."""

    def __init__(self, second):
        self.second = second
        self.name = f"t{secrets.token_hex(4)}"
        self.password = secrets.token_hex(8)

    def __enter__(self):
        server = self.second.installation
        server.sql(f"CREATE USER {self.name}@localhost IDENTIFIED BY '{self.password}'")
        server.sql(f"GRANT ALL ON {self.second.name}.* TO {self.name}@localhost")
        text = self.second.option_file.read_text("utf-8").partition("[orgctl]")[0]
        for key, value in (("user", self.name), ("password", self.password)):
            text = re.sub(rf"(?m)^{key}\s*=.*$", f"{key} = {value}", text)
        write_file(self.second.option_file, text)
        return self

    def __exit__(self, *_):
        self.second.installation.sql(f"DROP USER {self.name}@localhost")

    def client(self, program, *arguments, **options):
        return subprocess.run([program, "--no-defaults", f"--socket={self.second.installation.mariadb.socket}",
                               f"--user={self.name}", f"--password={self.password}", *arguments, self.second.name],
                              check=True, **options)


def rows(second):
    return {name: sorted(second.sql(f"SELECT * FROM {name}"), key=repr) for name in OURS}


def test_a_dump_is_restored_as_another_user(database):
    """One who may do everything in another database, and nothing beside it."""
    with contextlib.ExitStack() as cleanup:
        old, new = (cleanup.enter_context(SecondDatabase(database)) for _ in range(2))
        before, after = (cleanup.enter_context(Tenant(second)) for second in (old, new))
        migrated(old)
        old.orgctl("user", "create", "somebody", "--quiet")
        old.orgctl("token", "create", "--user", "somebody", "--quiet")
        dump = before.client("mariadb-dump", "--single-transaction", "--hex-blob", stdout=subprocess.PIPE).stdout
        after.client("mariadb", input=dump)
        assert rows(new) == rows(old)
        assert "0 migrations applied" in migrated(new).stdout
        assert [user["username"] for user in json.loads(new.orgctl("user", "list", "--json"))] == ["somebody"]


def test_whoever_wants_the_views_makes_them(database):
    with SecondDatabase(database) as second, Tenant(second) as tenant:
        migrated(second)
        assert second.sql("SHOW FULL TABLES WHERE table_type = 'VIEW'") == []
        tenant.client("mariadb", input=(SQL / "views.sql").read_bytes())
        second.orgctl("user", "create", "somebody", "--quiet")
        assert second.sql("SELECT name FROM orgd_readable_accounts") == [("somebody",)]
