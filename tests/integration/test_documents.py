"""Documents that repeat what a table in the source says: configuration sample, manual pages, schema version."""

import re
import subprocess
from pathlib import Path

import pytest

from built import make
from orgctl_fixtures import synopses

SOURCES = Path(__file__).resolve().parents[2]


def read(path):
    return (SOURCES / path).read_text("utf-8")


def rendered(page):
    """A manual page as a reader sees it, without bold and underlining, on lines as long as they like."""
    text = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=1000", SOURCES / "man" / page], check=True,
                          capture_output=True, text=True, encoding="utf-8").stdout
    return re.sub(r".\x08", "", text)


@pytest.mark.shows("API4")
def test_documents_are_what_the_tables_in_the_code_make_of_them(tmp_path):
    make("docs", f"DOCS={tmp_path}")
    made = {str(path.relative_to(tmp_path)): path.read_text("utf-8") for path in tmp_path.rglob("*")
            if path.is_file()}
    assert made.keys() >= {"app/orgd/pages/po/orgd.pot", "conf/completion/orgctl", "conf/orgd.conf", "docs/openapi.json",
                           "man/orgctl.1", "man/orgd.conf.5"}
    assert [path for path, text in made.items() if text != read(path)] == [], "`make docs` makes them anew"


@pytest.mark.parametrize("path", sorted(str(path.relative_to(SOURCES)) for pattern in ("*.md", "docs/*.md")
                                        for path in SOURCES.glob(pattern)))
def test_a_document_is_wrapped(path):
    """But for its tables, its examples and its pictures."""
    assert [line for line in read(path).splitlines() if len(line) > 100 and not line.startswith(("|", "    ", "!"))] == []


def test_the_sample_is_a_configuration_that_orgd_accepts(database):
    sample = database.directory / "sample.conf"
    sample.write_text(read("conf/orgd.conf"), "utf-8")
    environment = {**database.environment, "ORGD_SIGNING_KEYS": str(database.signing_keys)}
    result = subprocess.run([database.orgd, "--config", sample, "--check"], env=environment, capture_output=True,
                            text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_every_default_is_accepted_when_it_is_written_out(database):
    sample = database.directory / "defaults.conf"
    sample.write_text(re.sub(r"(?m)^#(?=\w+ =)", "", read("conf/orgd.conf")), "utf-8")
    environment = {**database.environment, "ORGD_SIGNING_KEYS": str(database.signing_keys)}
    result = subprocess.run([database.orgd, "--config", sample, "--check"], env=environment, capture_output=True,
                            text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("page, program", [("orgd.8", "orgd"), ("orgctl.1", "orgctl_program")])
def test_the_manual_describes_every_option_of_the_help(database, page, program):
    help_text = subprocess.run([getattr(database, program), "--help"], env=database.environment, check=True,
                               capture_output=True, text=True).stdout
    if page == "orgctl.1":
        help_text += " ".join(synopses(database).values())
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", help_text))
    assert len(options) > 4
    text = rendered(page)
    assert [option for option in sorted(options) if option not in text] == []


@pytest.mark.parametrize("page", ["orgd.8", "orgctl.1", "orgd.conf.5"])
def test_the_manual_has_no_faults_of_form(page):
    result = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", SOURCES / "man" / page], capture_output=True,
                            text=True, check=False)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_the_schema_version_is_that_of_the_last_migration(tables):
    numbers = [int(path.name[:4]) for path in sorted((SOURCES / "sql").glob("[0-9][0-9][0-9][0-9]-*.sql"))]
    assert numbers == list(range(1, len(numbers) + 1))
    assert tables["schema_version"] == numbers[-1]


def test_the_contracts_error_names_are_those_of_the_table(tables):
    named = {row["name"]: row["status"] for row in tables["errors"] if row["status"] > 400}
    assert named == {"AuthorizationException": 401, "IllegalOperationError": 403, "OrganizationLimitExceeded": 403,
                     "KeyError": 404, "MethodNotAllowed": 405, "RequestTimeout": 408, "EntityExistsError": 409,
                     "RequestInProgress": 409, "PreconditionFailed": 412, "ContentTooLarge": 413, "UnsupportedMediaType": 415,
                     "ValidationError": 422, "IdempotencyKeyReused": 422, "TooManyRequests": 429, "RuntimeError": 500,
                     "ServiceUnavailable": 503}


def test_the_audits_name_the_tests_that_say_so():
    result = subprocess.run([SOURCES / "tests/shown", "--check"], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_audits_are_complete():
    rows = re.findall(r"^\| (API\d+|V[^|]*) \|", read("docs/security.md"), re.MULTILINE)
    assert rows[:10] == [f"API{number}" for number in range(1, 11)]
    chapters = {int(re.match(r"V(\d+)", name)[1]) for name in rows[10:]}
    assert chapters >= {2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14}
    assert re.findall(r"^\| (\d+) \|", read("docs/oauth.md"), re.MULTILINE) == list(map(str, range(1, 37)))
