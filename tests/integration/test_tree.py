"""The house rules of docs/architecture.md that a machine can hold."""

import re
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2]
FILES = sorted(path.relative_to(SOURCES) for folder in ("lib", "app") for path in (SOURCES / folder).rglob("*.[ch]"))
HEADERS = [path for path in FILES if path.suffix == ".h"]

# What each folder may include, besides its own.
LAYERS = {
    "lib/base": set(),
    "lib/db": {"base"},
    "lib/web": {"base"},
    "lib/domain": {"base", "db", "web"},
    "app/orgd": {"base", "db", "web", "domain"},
    "app/orgctl": {"base", "db", "web", "domain"},
}
# System headers that only some may know.
KNOWN_TO = {"seccomp": ["lib/base"], "fcgi": ["app/orgd"], "mysql": ["lib/db", "app"], "curl": ["lib/base", "lib/web", "app"],
            "jose": ["lib/base", "lib/domain", "app/orgd"]}
BANNED = ("strcpy strcat strncat sprintf vsprintf gets strtok alloca atoi atol atoll rand srand tmpnam mktemp"
          " system popen asctime ctime gmtime localtime").split()

STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|("(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')', re.DOTALL)
SQL = re.compile(r"\b(SELECT|INSERT (IGNORE )?INTO|UPDATE \w+ SET|DELETE (\w+ )?FROM|FROM \w+ \w+|JOIN \w+ \w+ ON"
                 r"|WHERE \w+(\.\w+)? ?(=|<|>|IS|IN)|(CREATE|ALTER|DROP) (TABLE|VIEW|ROLE|USER|DATABASE|INDEX)|GRANT"
                 r"|START TRANSACTION|COMMIT|ROLLBACK|SET (SESSION|NAMES|GLOBAL))")


def read(path):
    return (SOURCES / path).read_text("utf-8")


def without_comments(path):
    return COMMENT_OR_STRING.sub(lambda match: match[1] or " ", read(path))


def code_of(path):
    """Neither comments nor what strings hold."""
    return STRING.sub('""', without_comments(path))


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=str)


def test_every_file_belongs_to_a_layer():
    assert len(FILES) > 50
    assert {str(path.parent) for path in FILES} == set(LAYERS)


@each(FILES)
def test_includes_point_to_the_own_layer_or_below(path):
    folder = str(path.parent)
    for included in re.findall(r'^#\s*include "([^"]+)"', read(path), re.MULTILINE):
        if "/" in included:
            assert included.split("/")[0] in LAYERS[folder], f"{path} includes {included}"
        else:
            assert (SOURCES / folder / included).exists() or included == "openapi_json.h", f"{path} includes {included}"
    for included in re.findall(r"^#\s*include <([^>]+)>", read(path), re.MULTILINE):
        for library, knowing in KNOWN_TO.items():
            assert not included.startswith(library) or folder.startswith(tuple(knowing)), f"{path} includes {included}"


@each([path for path in FILES if not re.search(r"_sql\.[ch]$", path.name)
       and path.name not in ("db.c", "db_connect.c", "db_transaction.c")])
def test_sql_lives_only_in_its_own_files(path):
    text = " ".join(string[1:-1] for string in STRING.findall(without_comments(path)))
    assert [match[0] for match in SQL.finditer(text)] == []


def test_the_search_for_sql_finds_some():
    for path in FILES:
        if path.name in ("org_sql.c", "account_sql.c", "admin_sql.c", "db_schema_sql.c"):
            assert SQL.search(" ".join(STRING.findall(without_comments(path))))


@each(FILES)
def test_no_struct_is_hidden_behind_a_typedef(path):
    assert not re.search(r"\btypedef\s+(struct|union|enum)\b", code_of(path))


@each(FILES)
def test_no_banned_function_is_called(path):
    assert re.findall(rf"(?<![\w>.])(?:{'|'.join(BANNED)})\s*\(", code_of(path)) == []


@each(FILES)
def test_nothing_is_left_to_do(path):
    assert re.findall(r"\b(?:TODO|FIXME|XXX|HACK)\b|^\s*#\s*if 0", read(path), re.MULTILINE) == []


@each(HEADERS)
def test_headers_are_guarded_by_their_name(path):
    guard = "ORG(D|CTL)_" + path.stem.upper() + "_H"
    directives = re.findall(r"^#.*$", read(path), re.MULTILINE)
    assert re.fullmatch(rf"#ifndef {guard}", directives[0])
    assert directives[1] == directives[0].replace("#ifndef", "#define") and directives[-1] == "#endif"


@each([path for path in FILES if path.suffix == ".c" and path.with_suffix(".h") in FILES])
def test_a_source_includes_its_own_header_first(path):
    assert re.search(r'^#include ["<]([^">]+)[">]', read(path), re.MULTILINE)[1] == path.with_suffix(".h").name


@each(FILES)
def test_lines_and_files_end_as_they_should(path):
    text = read(path)
    assert text.endswith("\n") and not text.endswith("\n\n") and "\t" not in text and "\r" not in text
    assert not re.search(r" $", text, re.MULTILINE)
