"""The schema and its migrations, as a database administrator sees them."""

import json
import re
import uuid
from pathlib import Path

import pytest

from expect import error, ok, unique
from processes import write_file

SOURCES = Path(__file__).resolve().parents[2]
MIGRATIONS = sorted((SOURCES / "sql").glob("[0-9]*.sql"))
NEWER_THAN_10_5 = r"""
    \b(UUID|INET4)\b\s*(NOT\ NULL|NULL|DEFAULT|PRIMARY|,|\))   # column types of 10.7 and 10.10
    | JSON_TABLE | SKIP\ LOCKED | FETCH\ (FIRST|NEXT) | IGNORED | utf8mb3 | ADD_MONTHS | TO_CHAR\( | SYS_GUID   # 10.6
    | JSON_EQUALS | JSON_NORMALIZE | JSON_OVERLAPS | JSON_SCHEMA_VALID | SFORMAT | NATURAL_SORT_KEY | RANDOM_BYTES | uca1400   # 10.7 to 10.10
    | JSON_KEY_VALUE | JSON_OBJECT_FILTER_KEYS | UUID_v[47] | CRC32C | DES_ENCRYPT | KDF\( | VECTOR   # 10.8 to 11.8
    | (KEY|INDEX)\s+\w*\s*\([^)]*\bDESC\b   # descending indexes are of 10.8
    | UPDATE\b[^;]*\bRETURNING
"""


@pytest.fixture
def scratch(database):
    """A second, empty database on the same server, and orgctl for it."""
    name = "scratch_" + uuid.uuid4().hex[:8]
    database.sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    database.sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.* TO orgd_application")
    options = database.directory / f"{name}.cnf"
    write_file(options, re.sub(r"(?m)^database\s*=.*$", f"database = {name}", database.option_file.read_text("utf-8")))
    config = database.directory / f"{name}.conf"
    database.write_config(config, database_option_file=options)
    yield name, lambda *arguments: database.run_orgctl(*arguments, config_path=config)
    database.sql(f"REVOKE ALL ON {name}.* FROM orgd_application")
    database.sql(f"DROP DATABASE {name}")


def tables(database, name="orgd"):
    return {row[0] for row in database.sql(f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{name}' AND table_type = 'BASE TABLE'")}


def test_a_first_migration_makes_everything_and_a_second_nothing(database, scratch):
    name, orgctl = scratch
    assert orgctl("user", "list").returncode == 1
    first = orgctl("migrate")
    assert first.returncode == 0, first.stderr
    assert tables(database, name) == tables(database)
    before = database.sql(f"SELECT * FROM {name}.schema_migrations")
    assert len(before) == len(MIGRATIONS)
    second = orgctl("migrate")
    assert second.returncode == 0, second.stderr
    assert database.sql(f"SELECT * FROM {name}.schema_migrations") == before
    assert orgctl("user", "list", "--json").stdout.strip() == "[]"


def test_a_migration_that_was_cut_off_is_repeated(database, scratch):
    """MariaDB commits each DDL statement by itself: the tables may be there without the record."""
    name, orgctl = scratch
    assert orgctl("migrate").returncode == 0
    database.sql(f"DELETE FROM {name}.schema_migrations")
    again = orgctl("migrate")
    assert again.returncode == 0, again.stderr
    assert len(database.sql(f"SELECT * FROM {name}.schema_migrations")) == len(MIGRATIONS)


def test_the_status_names_every_migration(database, scratch):
    _, orgctl = scratch
    for applied in (False, True):
        status = orgctl("migrate", "--status")
        assert status.returncode == 0, status.stderr
        for migration in MIGRATIONS:
            assert migration.name in status.stdout
        listed = json.loads(orgctl("migrate", "--status", "--json").stdout)
        assert [bool(row["applied"]) for row in listed] == [applied] * len(MIGRATIONS)
        assert orgctl("migrate").returncode == 0


def test_a_migration_that_changed_since_is_refused(database, scratch):
    name, orgctl = scratch
    assert orgctl("migrate").returncode == 0
    database.sql(f"UPDATE {name}.schema_migrations SET checksum = REVERSE(checksum)")
    for command in (("migrate",), ("migrate", "--status")):
        refused = orgctl(*command)
        assert refused.returncode == 1 and "checksum" in refused.stderr and MIGRATIONS[0].name in refused.stderr


def test_a_newer_schema_is_refused_with_what_to_do(database, scratch):
    name, orgctl = scratch
    assert orgctl("migrate").returncode == 0
    database.sql(f"INSERT INTO {name}.schema_migrations (version, name, checksum, applied) VALUES (9999, '9999-future.sql', REPEAT('x', 32), NOW())")
    for command in (("migrate",), ("check",)):
        refused = orgctl(*command)
        assert refused.returncode == 1 and "newer" in refused.stderr + refused.stdout


def test_orgd_is_not_ready_on_another_schema(instance):
    sql, ready = instance.installation.sql, lambda: instance.client().get("/health/ready")
    assert ok(ready()) == {"status": "ready"}
    sql("INSERT INTO orgd.schema_migrations (version, name, checksum, applied) VALUES (9999, '9999-future.sql', REPEAT('x', 32), NOW())")
    try:
        response = ready()
        assert "schema" in error(response, 503, "ServiceUnavailable") and int(response.headers["Retry-After"]) > 0
        assert ok(instance.client().get("/health"))["status"] == "ok"
    finally:
        sql("DELETE FROM orgd.schema_migrations WHERE version = 9999")
    sql("RENAME TABLE orgd.schema_migrations TO orgd.hidden")
    try:
        assert "schema" in error(ready(), 503, "ServiceUnavailable")
    finally:
        sql("RENAME TABLE orgd.hidden TO orgd.schema_migrations")
    assert ok(ready()) == {"status": "ready"}


def test_the_application_role_may_read_and_write_rows_and_nothing_else(database):
    grants = [row[0] for row in database.sql("SHOW GRANTS FOR orgd_application")]
    assert sorted(grants) == ["GRANT SELECT, INSERT, UPDATE, DELETE ON `orgd`.* TO `orgd_application`", "GRANT USAGE ON *.* TO `orgd_application`"]


def test_ids_are_sixteen_bytes(database):
    columns = database.sql("SELECT c.table_name, c.column_name, c.column_type FROM information_schema.columns c JOIN information_schema.tables t"
                           " USING (table_schema, table_name) WHERE c.table_schema = 'orgd' AND t.table_type = 'BASE TABLE'"
                           " AND (c.column_name = 'id' OR c.column_name LIKE '%\\_id')")
    assert len(columns) >= 8 and {row[2] for row in columns} == {"binary(16)"}


def test_every_table_is_innodb_in_utf8mb4(database):
    assert set(database.sql("SELECT engine, LEFT(table_collation, 8) FROM information_schema.tables WHERE table_schema = 'orgd' AND table_type = 'BASE TABLE'")) \
        == {("InnoDB", "utf8mb4_")}


def test_names_are_unique_by_a_binary_key(database):
    unique_keys = database.sql("SELECT s.table_name, c.data_type FROM information_schema.statistics s JOIN information_schema.columns c"
                               " USING (table_schema, table_name, column_name) WHERE s.table_schema = 'orgd' AND s.column_name = 'name_key' AND s.non_unique = 0")
    assert sorted(unique_keys) == [("accounts", "varbinary"), ("organizations", "varbinary")]


def test_every_reference_is_a_foreign_key(database):
    references = {row[:2] for row in database.sql("SELECT table_name, column_name FROM information_schema.key_column_usage"
                                                  " WHERE table_schema = 'orgd' AND referenced_table_name IS NOT NULL")}
    columns = {row[:2] for row in database.sql("SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t"
                                               " USING (table_schema, table_name) WHERE c.table_schema = 'orgd' AND t.table_type = 'BASE TABLE'"
                                               " AND c.column_name LIKE '%\\_id'")}
    assert references == columns


def test_views_show_readable_ids(instance):
    user = instance.user()
    org = instance.organization(user)
    service = instance.service_account(org["id"], "viewer")
    sql = instance.installation.sql
    assert sql(f"SELECT id, owner FROM orgd.readable_organizations WHERE name = '{org['name']}'") == [(org["id"], user.name)]
    assert sql(f"SELECT id, kind, organization FROM orgd.readable_accounts WHERE name = '{service.name}'") == [(service.id, "service", org["name"])]
    assert sql(f"SELECT account, role FROM orgd.readable_memberships WHERE organization = '{org['name']}' ORDER BY role") == [
        (user.name, "admin"), (service.name, "viewer")]
    (key_id, kind), = sql(f"SELECT id, kind FROM orgd.readable_credentials WHERE account = '{service.name}'")
    assert (str(uuid.UUID(key_id)), kind) == (key_id, "api_key")


@pytest.mark.parametrize("path", sorted({*(SOURCES / "sql").glob("*.sql"), *SOURCES.glob("lib/*/*_sql.c")}), ids=lambda path: path.name)
def test_nothing_newer_than_mariadb_10_5_is_used(path):
    assert re.findall(NEWER_THAN_10_5, path.read_text("utf-8"), re.VERBOSE | re.IGNORECASE) == []


def test_the_list_queries_have_their_indexes(instance):
    """At the database as it is used, neither a member's nor a superuser's page is sorted or scanned."""
    sql = instance.installation.sql
    for statement, index in (
            ("SELECT id FROM orgd.organizations ORDER BY created, id LIMIT 101", "organizations_created"),
            ("SELECT id FROM orgd.organizations WHERE owner_id = 'x' ORDER BY created, id LIMIT 101", "organizations_owner"),
            ("SELECT organization_id FROM orgd.memberships WHERE account_id = 'x' ORDER BY organization_created, organization_id LIMIT 101", "memberships_account")):
        plan, = sql("EXPLAIN " + statement)
        assert index in plan and "Using filesort" not in plan[-1]


def test_unique_name(instance):
    """The database itself refuses a second name, whoever writes."""
    org = instance.organization(instance.user())
    with pytest.raises(Exception, match="organizations_name_key"):
        instance.installation.sql(f"INSERT INTO orgd.organizations SELECT UNHEX('{uuid.uuid4().hex}'), '{unique()}', name_key, NULL, NULL, NULL, owner_id,"
                                  f" 'canceled', NULL, 1, created, updated FROM orgd.organizations WHERE name = '{org['name']}'")
