"""The rules of docs/architecture.md that a program can check."""

import re
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2]
FILES = sorted(path.relative_to(SOURCES) for folder in ("lib", "app") for path in (SOURCES / folder).rglob("*.[ch]"))
HEADERS = [path for path in FILES if path.suffix == ".h"]

# The layers, lowest first: a file includes only headers of its own layer and of those below; lib/db and lib/web do not
# know each other. What a folder of lib/domain or app may include of its own layer is in ROOMS, lowest first.
LAYERS = {
    "lib/base": set(),
    "lib/process": {"base"},
    "lib/db": {"base", "process"},
    "lib/web": {"base", "process"},
    "lib/domain": {"base", "process", "db", "web"},
    "app": {"base", "process", "db", "web", "domain"},
}
ROOMS = {
    "lib/domain": ["", "access", "events", "mail", "accounts", "credentials", "oauth", "organizations"],
    "app/orgd": ["http", "pages", "oauth", "api", "process"],
    "app/orgctl": [""],
}
# What puts together what every room of its layer brings may know all of them.
ASSEMBLIES = {Path("lib/domain/config.c")}
# What stands beside the rooms of lib/domain and is of one of them nevertheless: a call says who asks.
BESIDES = {"lib/domain/call.h": "access"}
# System headers that only some may know.
KNOWN_TO = {"seccomp": ["lib/process"], "fcgi": ["app/orgd/process"], "mysql": ["lib/db", "app"],
            "curl": ["lib/web", "app"], "jose": ["lib/base", "lib/domain", "app/orgd"]}
BANNED = ("strcpy strcat strncat sprintf vsprintf gets strtok alloca atoi atol atoll rand srand tmpnam mktemp"
          " system popen asctime ctime gmtime localtime").split()

# What writes without event_transaction(), and so without an event, and why. All else of lib/domain records what it does.
UNRECORDED = {
    "access/idempotency.c": "keeps an answer, for a day",
    "access/purge.c": "removes what an event has ended, or what has expired",
    "access/rights.c": "tries what the workers may do; no row changes",
    "access/throttle.c": "counts attempts; what is refused is recorded by who refuses it",
    "access/use.c": "notes when a credential was used, once an hour; who uses one changes nothing by that",
    "events/event.c": "is how events are written",
    "events/event_position.c": "gives events that are on record their order",
    "events/refusal.c": "counts refusals, of which one event is made",
    "mail/mail_delivery.c": "sends what was recorded when it was added, and notes what became of it",
    "oauth/code.c": "makes codes, which are nothing until they are redeemed; that is recorded, and proved by its grant",
    "oauth/device.c": "makes codes that strangers may ask for; what comes of them is recorded, and proved by its grant",
    "oauth/refresh.c": "exchanges a token, every hour for each client; only what is used twice is recorded",
    "credentials/event_heads.c": "removes old events, which it records for an operator, and signs where chains end",
}
WRITES = re.compile(r"\b(?:db_transaction|db_change|db_execute)\(")

GENERATED = {"openapi_json.h", "reference_css.h", "reference_html.h", "pages/style_css.h", "pages/templates.h",
             "domain/accounts/common_passwords.h", "domain/mail/mail_templates.h"}

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
    """Leaves out comments and the contents of strings."""
    return STRING.sub('""', without_comments(path))


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=str)


def layer_of(path):
    """The layer of a file, and its room there."""
    for layer in [*ROOMS, *LAYERS]:
        if path.is_relative_to(layer):
            room = BESIDES.get(str(path), str(path.parent.relative_to(layer)).strip("."))
            return next(name for name in LAYERS if layer.startswith(name)), room
    raise AssertionError(f"{path} belongs to no layer")


def target_of(path, included):
    """The file that an #include of this text in this file means."""
    for folder in (path.parent, Path("lib"), Path("app/orgd")):
        if (SOURCES / folder / included).exists():
            return folder / included
    assert included in GENERATED, f"{path} includes {included}, which is nowhere"
    return None


def includes_of(path):
    found = re.findall(r'^#\s*include "([^"]+)"', read(path), re.MULTILINE)
    return [target for target in (target_of(path, included) for included in found) if target]


def rooms_of(path):
    """The rooms of a file's layer, lowest first."""
    return next((rooms for layer, rooms in ROOMS.items() if path.is_relative_to(layer)), [""])


def test_every_file_belongs_to_a_room():
    assert len(FILES) > 50
    for path in FILES:
        assert layer_of(path)[1] in rooms_of(path), path


@each(FILES)
def test_includes_point_down(path):
    layer, room = layer_of(path)
    for target in includes_of(path):
        other, other_room = layer_of(target)
        if other != layer:
            assert other.removeprefix("lib/") in LAYERS[layer], f"{path} includes {target}"
        elif target.suffix == ".h" and path not in ASSEMBLIES:
            rooms = rooms_of(path)
            assert other_room in rooms and rooms.index(other_room) <= rooms.index(room), f"{path} includes {target}"
    for included in re.findall(r"^#\s*include <([^>]+)>", read(path), re.MULTILINE):
        for library, knowing in KNOWN_TO.items():
            assert not included.startswith(library) or str(path).startswith(tuple(knowing)), f"{path} includes {included}"


def test_no_module_needs_itself():
    """A module is a header and its source, its statements (x_sql), and what only its own files share (x_private.h)."""
    def module(path):
        return str(path.with_suffix("")).removesuffix("_private").removesuffix("_sql")

    needs = {}
    for path in FILES:
        needs.setdefault(module(path), set()).update(module(target) for target in includes_of(path))
    done = set()

    def visit(name, way):
        assert name not in way, " -> ".join([*way, name])
        if name not in done:
            for other in needs.get(name, set()) - {name}:
                visit(other, [*way, name])
            done.add(name)

    for name in needs:
        visit(name, [])


@pytest.mark.shows("V5.3.4-5.3.5")
@each([path for path in FILES if not re.search(r"_sql\.[ch]$", path.name)
       and path.name not in ("db.c", "db_connect.c", "db_session.c", "db_unit.c")])
def test_sql_lives_only_in_its_own_files(path):
    text = " ".join(string[1:-1] for string in STRING.findall(without_comments(path)))
    assert [match[0] for match in SQL.finditer(text)] == []


def test_the_search_for_sql_finds_some():
    for path in FILES:
        if path.name in ("organization_sql.c", "account_sql.c", "admin_sql.c", "db_schema_sql.c"):
            assert SQL.search(" ".join(STRING.findall(without_comments(path))))


@each(FILES)
def test_no_struct_is_hidden_behind_a_typedef(path):
    assert not re.search(r"\btypedef\s+(struct|union|enum)\b", code_of(path))


@pytest.mark.shows("V5.3.8")
@each(FILES)
def test_no_banned_function_is_called(path):
    assert re.findall(rf"(?<![\w>.])(?:{'|'.join(BANNED)})\s*\(", code_of(path)) == []


@each(FILES)
def test_nothing_is_left_to_do(path):
    assert re.findall(r"\b(?:TODO|FIXME|XXX|HACK)\b|^\s*#\s*if 0", read(path), re.MULTILINE) == []


def test_what_writes_records_it():
    """A reason in UNRECORDED is taken out when the file needs it no more."""
    found = {str(path.relative_to("lib/domain")) for path in FILES
             if path.is_relative_to("lib/domain") and WRITES.search(code_of(path))}
    assert found == set(UNRECORDED)


@each(HEADERS)
def test_headers_are_guarded_by_their_name(path):
    guard = "ORG(D|CTL)_" + path.stem.upper() + "_H"
    directives = re.findall(r"^#.*$", read(path), re.MULTILINE)
    assert re.fullmatch(rf"#ifndef {guard}", directives[0])
    assert directives[1] == directives[0].replace("#ifndef", "#define") and directives[-1] == "#endif"


def calls_in(code):
    """What stands before a parenthesis, and the arguments within."""
    for found in re.finditer(r"\b([a-z]\w*)\(", code):
        arguments, depth = [""], 1
        for letter in code[found.end():]:
            depth += (letter in "([{") - (letter in ")]}")
            if depth == 0:
                break
            if letter == "," and depth == 1:
                arguments.append("")
            else:
                arguments[-1] += letter
        yield found[1], [argument.strip() for argument in arguments if argument.strip()]


def examples_of(path):
    """The lines of code in the comments of a header."""
    comments = "".join(re.findall(r"/\*.*?\*/", read(path), re.DOTALL))
    return STRING.sub('""', "\n".join(re.findall(r"^ \* {5}(.*?)(?: \*/)?$", comments, re.MULTILINE)))


def test_examples_call_functions_as_they_are_declared():
    declared = {name: parameters for path in HEADERS
                for name, parameters in calls_in(re.sub(r"^#(?:\\\n|.)*", "", code_of(path), flags=re.MULTILINE))}
    wrong = [(str(path), name, arguments) for path in HEADERS for name, arguments in calls_in(examples_of(path))
             if arguments and name in declared and declared[name][-1] != "..." and "..." not in arguments
             and len(arguments) != len(declared[name])]
    assert not wrong


@each([path for path in FILES if path.suffix == ".c" and path.with_suffix(".h") in FILES])
def test_a_source_includes_its_own_header_first(path):
    assert re.search(r'^#include ["<]([^">]+)[">]', read(path), re.MULTILINE)[1] == path.with_suffix(".h").name


@each(FILES)
def test_lines_and_files_end_as_they_should(path):
    text = read(path)
    assert text.endswith("\n") and not text.endswith("\n\n") and "\t" not in text and "\r" not in text
    assert not re.search(r" $", text, re.MULTILINE)
