"""The schema and its migrations, as a database administrator sees them."""

import configparser
import json
import re
import subprocess
import uuid
from pathlib import Path

import pymysql
import pytest

from expect import error, ok
from installation import SecondDatabase
from people import assign, create_role, create_team, join
from processes import write_file

SOURCES = Path(__file__).resolve().parents[2]
MIGRATIONS = sorted((SOURCES / "sql").glob("[0-9]*.sql"))
NEWER_THAN_10_5 = r"""
    \b(UUID|INET4)\b\s*(NOT\ NULL|NULL|DEFAULT|PRIMARY|,|\))   # column types of 10.7 and 10.10
    | JSON_TABLE | SKIP\ LOCKED | FETCH\ (FIRST|NEXT) | IGNORED | utf8mb3 | ADD_MONTHS | TO_CHAR\( | SYS_GUID   # 10.6
    # functions, types and collations of 10.7 to 11.8
    | JSON_EQUALS | JSON_NORMALIZE | JSON_OVERLAPS | JSON_SCHEMA_VALID | JSON_KEY_VALUE | JSON_OBJECT_FILTER_KEYS
    | SFORMAT | NATURAL_SORT_KEY | RANDOM_BYTES | UUID_v[47] | CRC32C | KDF\( | VECTOR | uca1400
    | (KEY|INDEX)\s+\w*\s*\([^)]*\bDESC\b   # descending indexes are of 10.8
    | UPDATE\b[^;]*\bRETURNING
"""


@pytest.fixture
def scratch(database):
    """The name of a second, empty database on the same server, and orgctl for it."""
    with SecondDatabase(database) as second:
        yield second.name, second.run_orgctl


def tables(database, name="orgd"):
    """Each table's name, engine and character set."""
    return set(database.sql("SELECT table_name, engine, SUBSTRING_INDEX(table_collation, '_', 1)"
                            " FROM information_schema.tables"
                            f" WHERE table_schema = '{name}' AND table_type = 'BASE TABLE'"))


def columns(database, condition):
    """Table, name, type and (of an indexed one) non-uniqueness of the columns of tables that are meant."""
    return database.sql("SELECT DISTINCT c.table_name, c.column_name, c.column_type, s.non_unique"
                        " FROM information_schema.columns c"
                        " JOIN information_schema.tables t USING (table_schema, table_name)"
                        " LEFT JOIN information_schema.statistics s USING (table_schema, table_name, column_name)"
                        f" WHERE c.table_schema = 'orgd' AND t.table_type = 'BASE TABLE' AND ({condition})")


def add_future_migration(database, name="orgd", compatible_since="NULL"):
    database.sql(f"INSERT INTO {name}.orgd_schema_migrations (version, name, checksum, applied, compatible_since)"
                 f" VALUES (9999, '9999-future.sql', REPEAT('x', 32), NOW(), {compatible_since})")


def test_a_first_migration_makes_everything_and_a_second_nothing(database, scratch):
    name, orgctl = scratch
    assert orgctl("user", "list").returncode == 1
    first = orgctl("migrate")
    assert first.returncode == 0, first.stderr
    assert tables(database, name) == tables(database)
    before = database.sql(f"SELECT * FROM {name}.orgd_schema_migrations")
    assert len(before) == len(MIGRATIONS)
    second = orgctl("migrate")
    assert second.returncode == 0, second.stderr
    assert database.sql(f"SELECT * FROM {name}.orgd_schema_migrations") == before
    assert orgctl("user", "list", "--json").stdout.strip() == "[]"


def test_a_migration_that_was_cut_off_is_repeated(database, scratch):
    """MariaDB commits each DDL statement by itself: the tables may be there without the record."""
    name, orgctl = scratch
    assert orgctl("migrate").returncode == 0
    database.sql(f"DELETE FROM {name}.orgd_schema_migrations")
    again = orgctl("migrate")
    assert again.returncode == 0, again.stderr
    assert len(database.sql(f"SELECT * FROM {name}.orgd_schema_migrations")) == len(MIGRATIONS)


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
    database.sql(f"UPDATE {name}.orgd_schema_migrations SET checksum = REVERSE(checksum)")
    for command in (("migrate",), ("migrate", "--status")):
        refused = orgctl(*command)
        assert refused.returncode == 1 and "checksum" in refused.stderr and MIGRATIONS[0].name in refused.stderr


def test_a_newer_schema_is_refused_with_what_to_do(database, scratch):
    name, orgctl = scratch
    assert orgctl("migrate").returncode == 0
    add_future_migration(database, name)
    for command in (("migrate",), ("check",)):
        refused = orgctl(*command)
        assert refused.returncode == 1 and "newer" in refused.stderr + refused.stdout


def test_orgd_is_not_ready_on_another_schema(instance):
    sql, ready = instance.installation.sql, lambda: instance.client().get("/health/ready")
    assert ok(ready()) == {"status": "ready"}
    add_future_migration(instance.installation)
    try:
        response = ready()
        assert "schema" in error(response, 503, "ServiceUnavailable") and int(response.headers["Retry-After"]) > 0
        assert ok(instance.client().get("/health"))["status"] == "ok"
    finally:
        sql("DELETE FROM orgd.orgd_schema_migrations WHERE version = 9999")
    sql("RENAME TABLE orgd.orgd_schema_migrations TO orgd.hidden")
    try:
        assert "schema" in error(ready(), 503, "ServiceUnavailable")
    finally:
        sql("RENAME TABLE orgd.hidden TO orgd.orgd_schema_migrations")
    assert ok(ready()) == {"status": "ready"}


def test_orgd_serves_a_newer_schema_that_says_so(instance):
    sql, ready = instance.installation.sql, lambda: instance.client().get("/health/ready")
    current = len(MIGRATIONS)
    for since, status in (("1", 200), (str(current), 200), (str(current + 1), 503), ("9999", 503)):
        add_future_migration(instance.installation, compatible_since=since)
        try:
            assert ready().status_code == status, since
        finally:
            sql("DELETE FROM orgd.orgd_schema_migrations WHERE version = 9999")


def test_what_a_migration_says_of_older_programs_is_recorded(database, scratch):
    name, orgctl = scratch
    directory = database.directory / name
    directory.mkdir()
    for migration in MIGRATIONS[:-1]:
        write_file(directory / migration.name, migration.read_text("utf-8"))
    write_file(directory / MIGRATIONS[-1].name, "-- Nothing.\n-- compatible-since: 1\n", mode=0o644)
    directory.chmod(0o755)
    config = database.directory / f"{name}.conf"
    write_file(config, re.sub(r"(?m)^sql_directory = .*$", f"sql_directory = {directory}", config.read_text("utf-8")))
    applied = orgctl("migrate")
    assert applied.returncode == 0, applied.stderr
    assert database.sql(f"SELECT version, compatible_since FROM {name}.orgd_schema_migrations ORDER BY version") == [
        *((number, number) for number in range(1, len(MIGRATIONS))), (len(MIGRATIONS), 1)]
    status = json.loads(orgctl("migrate", "--status", "--json").stdout)
    assert [row["compatible_since"] for row in status] == [*range(1, len(MIGRATIONS)), 1]


@pytest.mark.shows("V14.1.1-14.1.3")
def test_the_application_role_may_read_and_write_rows_and_nothing_else(database):
    grants = [row[0] for row in database.sql("SHOW GRANTS FOR orgd_application")]
    rights = "GRANT INSERT, UPDATE, DELETE ON `orgd`.`{}` TO `orgd_application`"
    of_tables = {rights.format(table[0]) for table in tables(database)}
    of_accounts, = (grant for grant in grants if "`orgd_accounts`" in grant)
    others = {"GRANT USAGE ON *.* TO `orgd_application`", "GRANT SELECT ON `orgd`.* TO `orgd_application`",
              "GRANT INSERT, UPDATE (`position`), DELETE ON `orgd`.`orgd_events` TO `orgd_application`"}
    assert set(grants) - {of_accounts} == others | of_tables - {
        rights.format(table) for table in ("orgd_accounts", "orgd_events", "orgd_schema_migrations")}
    written = {column[1] for column in columns(database, "c.table_name = 'orgd_accounts'")} - {"is_superuser"}
    for right in ("INSERT", "UPDATE"):
        assert set(re.search(rf"\b{right} \(([^)]*)\)", of_accounts)[1].replace("`", "").split(", ")) == written


def test_the_application_role_is_renewed_after_a_migration(database):
    def run_script():
        with open(SOURCES / "sql/application-role.sql", encoding="utf-8") as script:
            subprocess.run(["mariadb", "--no-defaults", f"--socket={database.mariadb.socket}", "--user=root"],
                           stdin=script, check=True)
        return set(database.sql("SHOW GRANTS FOR orgd_application"))
    before = set(database.sql("SHOW GRANTS FOR orgd_application"))
    database.sql("GRANT INSERT, UPDATE, DELETE ON orgd.* TO orgd_application")  # as earlier versions of the file did
    database.sql("CREATE TABLE orgd.orgd_novelties (id INT)")
    try:
        assert run_script() - before == {("GRANT INSERT, UPDATE, DELETE ON `orgd`.`orgd_novelties` TO `orgd_application`",)}
    finally:
        database.sql("DROP TABLE orgd.orgd_novelties")
        database.sql("REVOKE ALL ON orgd.orgd_novelties FROM orgd_application")
    assert run_script() == before


@pytest.mark.parametrize("statement", [
    "UPDATE orgd_accounts SET is_superuser = TRUE",
    "INSERT INTO orgd_accounts (id, kind, name, name_key, is_superuser, created, updated)"
    " VALUES (UUID_SHORT(), 'user', 'x', 'x', TRUE, NOW(), NOW())",
    "REPLACE INTO orgd_accounts (id, is_superuser) VALUES ('x', TRUE)",
    "DELETE FROM orgd_schema_migrations", "UPDATE orgd_schema_migrations SET version = 9",
    "INSERT INTO orgd_schema_migrations (version) VALUES (9)", "TRUNCATE TABLE orgd_schema_migrations",
    "UPDATE orgd_events SET actor_name = 'somebody else'", "UPDATE orgd_events SET hash = UNHEX(REPEAT('00', 32))",
    "DROP TABLE orgd_attempts", "CREATE TABLE orgd_x (x INT)", "ALTER TABLE orgd_accounts DROP COLUMN email",
])
@pytest.mark.shows("V14.1.1-14.1.3")
def test_workers_make_no_superuser_and_change_no_schema_and_no_event(database, statement):
    options = configparser.ConfigParser()
    options.read(database.option_file)
    worker = options["orgd"]
    arguments = ["mariadb", "--no-defaults", f"--socket={worker['socket']}", f"--user={worker['user']}",
                 f"--password={worker['password']}", "orgd", "-e"]
    assert subprocess.run([*arguments, "UPDATE orgd_accounts SET email = email"], check=False).returncode == 0
    refused = subprocess.run([*arguments, statement], check=False, capture_output=True, text=True)
    assert refused.returncode == 1 and re.search(r"ERROR 114[23] ", refused.stderr), refused.stderr


def test_ids_are_sixteen_bytes(database):
    found = columns(database, "c.column_name = 'id' OR c.column_name LIKE '%\\_id'")
    assert len(found) >= 8 and {column[:2] for column in found if column[2] != "binary(16)"} == \
        {("orgd_events", "request_id"), ("orgd_event_refusals", "request_id")}  # the client may have chosen it


def test_every_table_is_innodb_in_utf8mb4(database):
    assert {table[1:] for table in tables(database)} == {("InnoDB", "utf8mb4")}


def test_every_table_says_whose_it_is(database):
    """Else a migration could not tell it from one of another program."""
    assert database.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'orgd'"
                        " AND table_type = 'BASE TABLE' AND table_comment <> 'orgd'") == [("orgd_schema_migrations",)]


def test_the_document_says_of_every_table_what_bounds_it(database):
    rows = re.findall(r"(?m)^\| `(orgd_\w+)` \|(?: [^|]+ \|){3}$", (SOURCES / "docs/scaling.md").read_text("utf-8"))
    assert rows == sorted(table[0] for table in tables(database))


def test_names_are_unique_by_a_binary_key(database):
    assert set(columns(database, "c.column_name = 'name_key'")) == {
        ("orgd_accounts", "name_key", "varbinary(1041)", 0), ("orgd_clients", "name_key", "varbinary(1024)", 0),
        ("orgd_organizations", "name_key", "varbinary(1024)", 0), ("orgd_roles", "name_key", "varbinary(1024)", 0),
        ("orgd_teams", "name_key", "varbinary(1024)", 0)}


# What ends by itself is removed by itself, each table apart: a code may outlive the row of its session, a kept answer the
# account. Events outlive all that they name.
MAY_BE_GONE = {("orgd_authorization_codes", "session_id"), ("orgd_authorization_codes", "grant_id"),
               ("orgd_credentials", "session_id"), ("orgd_credential_uses", "credential_id"), ("orgd_device_codes", "session_id"),
               ("orgd_idempotency", "account_id"), ("orgd_invitations", "account_id"), ("orgd_invitations", "inviter_id"),
               *{("orgd_events", f"{column}_id") for column in ("chain", "actor", "actor_credential", "organization",
                                                                "request")},
               ("orgd_mails", "organization_id"), ("orgd_role_assignments", "holder_id"), ("orgd_team_members", "holder_id"),
               ("orgd_event_heads", "chain_id"), ("orgd_event_targets", "chain_id"), ("orgd_event_targets", "target_id"),
               *{("orgd_event_refusals", f"{column}_id") for column in ("subject", "account", "organization", "request")}}


def test_every_reference_is_a_foreign_key(database):
    references = set(database.sql("SELECT table_name, column_name FROM information_schema.key_column_usage"
                                  " WHERE table_schema = 'orgd' AND referenced_table_name IS NOT NULL"))
    standing = {("orgd_credentials", "account_is_active"), ("orgd_credentials", "account_is_superuser")}
    found = {column[:2] for column in columns(database, "c.column_name LIKE '%\\_id'")}
    assert references == found - MAY_BE_GONE | standing and MAY_BE_GONE <= found


def test_credentials_follow_their_account_whoever_changes_it(instance):
    user = instance.user()
    theirs = instance.organization(instance.user())
    change = "UPDATE orgd.orgd_accounts SET is_active = %s, is_superuser = %s WHERE name = %s"
    for is_active, is_superuser, status in ((1, 0, 404), (1, 1, 200), (0, 1, 401), (0, 0, 401), (1, 0, 404)):
        instance.installation.sql(change, (is_active, is_superuser, user.name))
        assert user.client.get(f"/organizations/{theirs['id']}").status_code == status


def test_a_credential_cannot_claim_more_than_its_account(database, instance):
    user = instance.user()
    with pytest.raises(pymysql.err.IntegrityError):
        database.sql("UPDATE orgd.orgd_credentials c JOIN orgd.orgd_accounts a ON a.id = c.account_id SET c.account_is_superuser = TRUE"
                     " WHERE a.name = %s", (user.name,))


def test_views_show_readable_ids(instance, views):
    user = instance.user()
    org = instance.organization(user)
    service = instance.service_account(org["id"], "viewer")
    sql = instance.installation.sql
    assert sql(f"SELECT id, owner FROM orgd.orgd_readable_organizations WHERE name = '{org['name']}'") == [
        (org["id"], user.name)]
    assert sql(f"SELECT id, kind, organization FROM orgd.orgd_readable_accounts WHERE name = '{service.name}'") == [
        (service.id, "service", org["name"])]
    role, team = create_role(user.client, org, ["team:read"]), create_team(user.client, org)
    ok(assign(user.client, role["id"], user_id=service.id))
    ok(join(user.client, team, user_id=user.id))
    assert set(sql(f"SELECT account, roles, teams FROM orgd.orgd_readable_memberships WHERE organization = '{org['name']}'")) == {
        (user.name, "admin", team["name"]), (service.name, f"viewer,{role['name']}", None)}
    (key_id, kind), = sql(f"SELECT id, kind FROM orgd.orgd_readable_credentials WHERE account = '{service.name}'")
    assert (str(uuid.UUID(key_id)), kind) == (key_id, "api_key")


def test_views_show_what_people_say_about_themselves_and_their_keys(instance, views):
    user = instance.user()
    ok(user.client.patch(f"/users/{user.id}", json={"company": "ACME", "job_title": "Smith", "metadata": {"a": 1},
                                                     "language": "de", "time_zone": "Europe/Berlin"}))
    sql = instance.installation.sql
    assert sql("SELECT company, job_title, language, time_zone, metadata, avatar_url FROM orgd.orgd_readable_accounts"
               f" WHERE id = '{user.id}'") == [("ACME", "Smith", "de", "Europe/Berlin", '{"a":1}', None)]
    made = ok(user.client.post("/users/me/api_keys", json={"name": "laptop", "description": "At home", "expires_in_minutes": 60}))
    (name, description, hint, expires, client), = sql(
        f"SELECT name, description, hint, expires, client FROM orgd.orgd_readable_credentials WHERE id = '{made['id']}'")
    assert (name, description, hint, client) == ("laptop", "At home", made["key"][-4:], None)
    assert expires.strftime("%Y-%m-%dT%H:%M:%S.%fZ") == made["expires"]


@pytest.mark.parametrize("path", sorted({*(SOURCES / "sql").glob("*.sql"), *(SOURCES / "lib").rglob("*_sql.c")}),
                         ids=lambda path: path.name)
def test_nothing_newer_than_mariadb_10_5_is_used(path):
    assert re.findall(NEWER_THAN_10_5, path.read_text("utf-8"), re.VERBOSE | re.IGNORECASE) == []


@pytest.mark.parametrize("newer", ["id UUID NOT NULL", "KEY k (a, b DESC)", "FOR UPDATE SKIP LOCKED",
                                   "COLLATE utf8mb4_uca1400_ai_ci"])
def test_the_search_for_newer_sql_finds_it(newer):
    assert re.search(NEWER_THAN_10_5, newer, re.VERBOSE | re.IGNORECASE)


@pytest.mark.parametrize("index, statement", [
    ("orgd_organizations_created", "SELECT id FROM orgd.orgd_organizations WHERE ended IS NULL ORDER BY created, id LIMIT 101"),
    ("orgd_organizations_owner", "SELECT id FROM orgd.orgd_organizations WHERE owner_id = 'x'"
                                 " AND ended IS NULL ORDER BY created, id LIMIT 101"),
    ("orgd_memberships_account", "SELECT organization_id FROM orgd.orgd_memberships WHERE account_id = 'x'"
                            " ORDER BY organization_created, organization_id LIMIT 101"),
])
def test_the_list_queries_have_their_indexes(instance, index, statement):
    """MariaDB sorts neither a superuser's nor a member's page."""
    plan, = instance.installation.sql("EXPLAIN " + statement)
    assert index in plan and "Using filesort" not in plan[-1]


def test_the_database_itself_refuses_a_second_name(instance):
    org = instance.organization(instance.user())
    with pytest.raises(Exception, match="orgd_organizations_name_key"):
        instance.installation.sql(
            "INSERT INTO orgd.orgd_organizations (id, name, name_key, owner_id, subscription_status, created, updated)"
            f" SELECT UNHEX('{uuid.uuid4().hex}'), 'another', name_key, owner_id, 'canceled', created, updated"
            f" FROM orgd.orgd_organizations WHERE name = '{org['name']}'")
