"""Every statement that the library holds, on a database full of rows: how MariaDB plans it, and how many rows it reads.

What there is to test tests/unit/statements.c says, which asks the library's symbols, so that no statement can be
forgotten. Each is executed as orgd executes it, prepared and with parameters, for its plan depends on them: a filter
that is NULL is folded away."""

import itertools
import json
import re
import secrets
import subprocess
from dataclasses import dataclass

import pytest

from built import make_program
from installation import SecondDatabase
from population import name_key, organization_name, populate, user_name
from servers import SOURCE

ORGANIZATIONS = 10000
CHOSEN = 6000  # the number of what statements are about: of a user who has one of everything
FEW, BUSY, SUPERUSER = 10, 2, 1  # of a member of a few organizations, of one of about every fourth, of a superuser
OWNER = 3  # of an owner of many
OWNED = 500
PAGE = 101  # orgd asks for one row more than it shows
ROWS = 12  # what a statement may read that is about one thing: a row or two of each table it joins
SOURCES = [path.read_text("utf-8") for path in sorted((SOURCE / "lib").rglob("*_sql.c"))]
DECLARED = re.compile(r'^(static )?const struct db_statement (\w+) = {\s*\.name = "(\w+)"', re.MULTILINE)
NAMES = [match[3] for text in SOURCES for match in DECLARED.finditer(text)]

# How many rows those may read that are about several things.
MANY = {
    "admin_member_list": (60, "the members of one organization, with two joins each"),
    "client_delete_grants": (1000, "the grants of one client, which it deletes"),
    "purge_attempts": (1000, "those it deletes, at most a thousand at once"),
    "purge_codes": (1000, "those it deletes, at most a thousand at once"),
    "purge_credentials": (1000, "those it deletes, at most a thousand at once"),
    "purge_devices": (1000, "those it deletes, at most a thousand at once"),
}

# What statements may do although it takes longer with more rows, and why.
EXCEPTIONS = {
    "admin_account_list": ({"scan", "sort", "rows"}, "orgctl lists every account"),
    "admin_member_list": ({"sort", "temporary"}, "sorts the members of one organization by their names"),
    "admin_organization_list": ({"scan", "sort", "rows"}, "orgctl lists every organization"),
    "client_list": ({"scan", "sort", "rows"}, "orgctl lists every client; an administrator registers each by hand"),
    "schema_has_table": ({"scan"}, "reads information_schema, which has no indexes; the table's name is looked up"),
    "schema_list": ({"scan"}, "lists the migrations"),
}

COUNTERS = ("Handler_read_first", "Handler_read_key", "Handler_read_last", "Handler_read_next", "Handler_read_prev",
            "Handler_read_rnd", "Handler_read_rnd_next")


def fresh(size):
    return lambda filled: secrets.token_bytes(size)


def of(kind, number=CHOSEN):
    return lambda filled: filled.id(kind, number)


def digest(kind):
    return lambda filled: bytes.fromhex(filled.population.digest(kind, CHOSEN))


def made(number):
    return lambda filled: filled.population.time(number)


# By statement and parameter; the first that fits.
PARAMETERS = [
    (r"issuer_insert\.name_key$", name_key(user_name(CHOSEN))),
    (r"account_(insert|list)\.account\.organization_id$", None),
    (r"insert_owner_membership\.org\.id$", of("o")),
    (r"(_insert\w*|^org_create)\.((org|account|client)\.)?id$|_insert\.(device|credential_id)$", fresh(16)),
    (r"_insert\w*\.(digest|user_digest|secret)$|remember_used\.old_digest$|checksum$", fresh(32)),
    (r"(_insert\w*|^org_create)\.(\w+\.)?(name|name_key)$", lambda filled: "new " + secrets.token_hex(4)),
    (r"org_\w+\.(id|org\.id)$|admin_(organization|member|subscription)\w+\.id$|organization_id$", of("o")),
    (r"admin_(credential|key)\w+\.id$", of("k")),
    (r"session_\w+\.id$|\.session_id$", of("w")),
    (r"^code_\w+\.id$", of("p")),
    (r"(grant|refresh)_\w+\.id$|\.grant_id$", of("g")),
    (r"device_\w+\.id$", of("d")),
    (r"\.client\.id$|\.client_id$", of("c")),
    (r"\.(client|id_text)$", lambda filled: filled.population.id("c", CHOSEN)),
    (r"\.(credential(_id)?|caller\.id)$", of("t")),
    (r"\.caller\.is_external$", True),
    (r"admin_service_delete\.account\.id$", of("s")),
    (r"admin_service_member\.account\.id$", of("s", FEW)),
    (r"admin_member_(set|remove)\.account_id$", of("u", BUSY)),
    (r"org_(list|count)\w*\.(owner_id|owner_key|name_key|after|after_time)$", None),
    (r"\.(account_id|owner_id|account\.id|org\.owner_id)$", of("u")),
    (r"(org|admin_organization)_\w+\.(org\.)?name_key$", name_key(organization_name(CHOSEN))),
    (r"\.name_key$", name_key(user_name(CHOSEN))),
    (r"device_\w+\.user_digest$", digest("y")),
    (r"\.old_digest$", digest("r")),
    (r"\.bucket$", digest("a")),
    (r"\.(digest|secret)$", fresh(32)),
    (r"_account_\w+\.kind$", "user"),
    (r"_credential_\w+\.kind$", "api_key"),
    (r"\.role$", "admin"),
    (r"device_decide\.status$", 2),
    (r"\.status$", "active"),
    (r"^purge_\w+\.expires$", "2024-02-01 00:00:00"),
    (r"(session_find|device_\w+)\.now$", "2024-01-01 00:00:00"),
    (r"\.(now|expires|applied|trial_end|retained_until|(\w+\.)?(created|updated))$|\.org\.trial_end$",
     "2026-11-25 00:00:00"),
    (r"\.org\.links$", None),
    (r"\.limit$", PAGE),
    (r"\.offset$", 0),
    (r"^schema_\w+\.(version|compatible_since|program)$", 9999),
    (r"^schema_incompatible\.version$", 1),
    (r"\.(\w+\.)?(revision|previous_revision|organization_limit|default_limit|interval_s|failures|seconds|is_\w+)$", 1),
    (r"\.(\w+\.)?(name|email|full_name|description|logo_url|redirect_uris?|user_agent|address|challenge|(old_)?hash)$",
     "text"),
]


@dataclass
class Step:
    """A line of EXPLAIN."""

    select_type: str
    table: str
    type: str
    Extra: str

    def faults(self):
        # A row that is inserted has the type ALL as well.
        found = {"scan"} if self.type in ("ALL", "index") and self.select_type != "INSERT" else set()
        return found | {fault for fault, words in (("sort", "filesort"), ("temporary", "Using temporary"))
                        if words in self.Extra}


@dataclass
class Seen:
    """What became of a statement."""

    steps: list
    rows: int
    sorted_rows: int

    def faults(self, rows):
        found = set().union(*(step.faults() for step in self.steps))
        return found | ({"rows"} if self.rows > rows else set()) | ({"sort"} if self.sorted_rows else set())

    def __str__(self):
        return "\n".join([f"{self.rows} rows read, {self.sorted_rows} sorted", *map(str, self.steps)])


def parts_of(statement):
    """What a transaction in one statement is made of; any other statement is its only part."""
    compound = re.fullmatch("BEGIN NOT ATOMIC START TRANSACTION; (.*); COMMIT; END", statement["sql"])
    if compound is None:
        return [statement]
    parts = [sql for sql in compound[1].split("; ") if not re.match("(END )?IF", sql)]
    params = iter(statement["params"])
    return [{**statement, "sql": sql, "params": list(itertools.islice(params, sql.count("?")))} for sql in parts]


class Filled:
    """The database, and parameters that mean something in it."""

    def __init__(self, database):
        self.population = populate(database, ORGANIZATIONS)
        self.cursor = database.connect().cursor()
        for statement, values in (
                ("UPDATE orgd_accounts SET is_superuser = TRUE WHERE id = %s", self.id("u", SUPERUSER)),
                ("INSERT IGNORE INTO orgd_memberships SELECT id, %s, 'viewer', created FROM orgd_organizations"
                 " WHERE CONV(RIGHT(HEX(id), 1), 16, 10) %% 4 = 0", self.id("u", BUSY)),
                ("UPDATE orgd_organizations SET owner_id = %s ORDER BY name_key LIMIT %s", (self.id("u", OWNER), OWNED)),
                ("ANALYZE TABLE orgd_accounts, orgd_organizations, orgd_memberships", ())):
            self.cursor.execute(statement, values)

    def close(self):
        self.cursor.connection.close()

    def id(self, kind, number=CHOSEN):
        return bytes.fromhex(self.population.id(kind, number))

    def _parameter(self, statement, name):
        """The value for a parameter by this name, if a test does not say otherwise."""
        where = f"{statement}.{name}"
        for pattern, value in PARAMETERS:
            if re.search(pattern, where):
                return value(self) if callable(value) else value
        raise AssertionError(f"{where}: PARAMETERS should say what to put there")

    def _values(self, statement, chosen):
        """Of all its parameters, by name."""
        given = {name: value(self) if callable(value) else value for name, value in chosen.items()}
        names = {param["name"] for param in statement["params"]}
        return {name: given[name] if name in given else self._parameter(statement["name"], name) for name in names}

    def _literals(self, statement, values):
        """Its parameters as SQL, of the types that orgd gives them."""
        for param in statement["params"]:
            value = values[param["name"]]
            literal = self.cursor.mogrify("%s", (value,))
            yield f"TIMESTAMP {literal}" if param["type"] == "time" and value is not None else literal

    def _execute(self, statement, prefix, values):
        """Prepared, with parameters."""
        literals = ", ".join(self._literals(statement, values))
        self.cursor.execute("PREPARE tested FROM %s", (prefix + statement["sql"],))
        self.cursor.execute("EXECUTE tested" + (f" USING {literals}" if literals else ""))

    def _steps(self, statement, values):
        self._execute(statement, "EXPLAIN ", values)
        names = [column[0] for column in self.cursor.description]
        rows = [dict(zip(names, row)) for row in self.cursor.fetchall()]
        return [Step(*(row[name] or "" for name in ("select_type", "table", "type", "Extra"))) for row in rows]

    def look(self, statement, **values):
        """What it does, in a transaction that is rolled back."""
        values = self._values(statement, values)
        try:
            steps = [step for part in parts_of(statement) for step in self._steps(part, values)]
            self.cursor.execute("FLUSH STATUS")
            self.cursor.execute("START TRANSACTION")
            for part in parts_of(statement):
                self._execute(part, "", values)
            self.cursor.execute("SHOW SESSION STATUS")
            status = dict(self.cursor.fetchall())
        finally:
            self.cursor.execute("ROLLBACK")
        return Seen(steps, sum(int(status[name]) for name in COUNTERS), int(status["Sort_rows"]))


@pytest.fixture(scope="module")
def statements():
    """Name to statement, from a program that is linked with the library."""
    said = subprocess.run([make_program("tests/unit/statements")], check=True, capture_output=True, text=True).stdout
    return {one["name"]: one for one in json.loads(said)}


@pytest.fixture(scope="module")
def filled(database):
    with SecondDatabase(database) as second:
        second.orgctl("migrate")
        filled = Filled(second)
        yield filled
        filled.close()


def test_every_statement_of_the_sources_is_tested(statements):
    assert set(statements) == set(NAMES) and len(NAMES) == len(set(NAMES)) > 80
    assert sum(text.count("const struct db_statement ") for text in SOURCES) == len(NAMES)
    assert set(MANY) | set(EXCEPTIONS) <= set(NAMES)


# Lists and totals have tests of their own; what ends a session reads no table.
@pytest.mark.parametrize("name", [name for name in NAMES if not re.match("org_(list|count)|connection_end$", name)])
def test_a_statement_reads_what_it_needs(filled, statements, name):
    seen = filled.look(statements[name])
    allowed, _ = EXCEPTIONS.get(name, (set(), ""))
    rows, _ = MANY.get(name, (ROWS, ""))
    assert seen.faults(rows) == allowed, str(seen)


@pytest.mark.parametrize("sql, faults", [
    ("SELECT name FROM orgd_organizations WHERE logo_url = 'x'", {"scan", "rows"}),
    ("SELECT id FROM orgd_organizations ORDER BY created", {"scan", "rows"}),
    ("SELECT name FROM orgd_organizations ORDER BY description LIMIT 1", {"scan", "sort", "rows"}),
    ("SELECT DISTINCT role FROM orgd_memberships", {"scan", "temporary", "rows"}),
    ("UPDATE orgd_accounts SET is_active = TRUE WHERE email = 'x'", {"scan", "rows"}),
    ("SELECT name FROM orgd_organizations WHERE name_key = 'x'", set()),
])
def test_a_statement_that_reads_too_much_is_found(filled, sql, faults):
    assert filled.look({"name": "made up", "sql": sql, "params": []}).faults(ROWS) == faults


# Lists and totals: every statement that knows the parameters in question

CALLERS = {"few": of("t", FEW), "busy": of("t", BUSY), "superuser": of("t", SUPERUSER)}
FILTERS = {
    "none": {},
    "name": {"name_key": name_key(organization_name(CHOSEN))},
    "own-name": {"name_key": name_key(organization_name(FEW))},
    "owner": {"owner_id": of("u")},
    "username": {"owner_key": name_key(user_name(CHOSEN))},
    "owner-of-many": {"owner_id": of("u", OWNER)},
    "username-of-many": {"owner_key": name_key(user_name(OWNER))},
    "unknown-username": {"owner_key": "nobody"},
    "two-filters": {"owner_id": of("u", OWNER), "owner_key": name_key(user_name(OWNER))},
}
PLACES = {
    "start": {},
    "offset": {"offset": 3000},
    "after-first": {"after": of("o", 0), "after_time": made(0)},
    "after-middle": {"after": of("o", ORGANIZATIONS // 2), "after_time": made(ORGANIZATIONS // 2)},
    "after-last": {"after": of("o", ORGANIZATIONS - 5), "after_time": made(ORGANIZATIONS - 5)},
    "after-unknown": {"after": b"0" * 16, "after_time": "2025-06-01 00:00:00"},
}
def those_that_know(statements, prefix, values):
    found = [one for name, one in statements.items() if name.startswith(prefix) and
             set(values) <= {param["name"] for param in one["params"]}]
    assert found
    return found


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("caller", CALLERS)
def test_a_page_reads_what_it_shows_and_what_it_skips(filled, statements, caller, filters, place):
    """It is read along an index, of which EXPLAIN says that it is scanned. Only where one owner's organizations are
    fewer than a member's, they are looked through and sorted instead."""
    values = {"caller.id": CALLERS[caller], **FILTERS[filters], **PLACES[place]}
    allowed, rows = {"scan"}, 4 * PAGE + 2 * values.get("offset", 0) + 3 * ROWS
    if caller != "superuser" and {"owner_id", "owner_key"} & set(values):
        allowed, rows = {"scan", "sort", "temporary"}, 2 * ORGANIZATIONS // 4
    for statement in those_that_know(statements, "org_list", values):
        seen = filled.look(statement, **values)
        assert seen.faults(rows) <= allowed, f"{statement['name']}: {seen}"


def test_what_an_offset_skips_is_read_from_the_index_alone(filled, statements):
    for caller in ("busy", "superuser"):
        seen = filled.look(statements["org_list_all"], **{"caller.id": CALLERS[caller], "offset": 3000})
        assert seen.rows <= 3000 + 3 * PAGE + ROWS
        assert any("Using index" in step.Extra for step in seen.steps if step.table in ("m", "o")), str(seen)


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("caller", CALLERS)
def test_a_total_reads_what_it_counts(filled, statements, caller, filters):
    """What a member has, or an owner, or, of a superuser without filters, all there is."""
    values = {"caller.id": CALLERS[caller], **FILTERS[filters]}
    if {"owner_id", "owner_key"} & set(values):
        rows = 2 * OWNED + ROWS
    else:
        rows = {"few": 2 * ROWS, "busy": 2 * ORGANIZATIONS // 3, "superuser": ORGANIZATIONS + ROWS}[caller]
    if "name_key" in values:
        rows = ROWS
    for statement in those_that_know(statements, "org_count", values):
        seen = filled.look(statement, **values)
        assert seen.faults(rows) <= ({"scan"} if caller == "superuser" and filters == "none" else set()), str(seen)
