"""Fixtures of the integration tests. ORGD_BUILD_DIR names the build directory with app/orgd/orgd and app/orgctl/orgctl.
With ORGD_VALGRIND=1 both run under valgrind; the build must then be one without sanitizers."""

import contextlib
import json
import os
import shutil
import signal
import subprocess

import pytest

import built
from installation import METRICS_TOKEN, Installation, Instance
from processes import IS_UNDER_VALGRIND, Server, leave_nothing, make_directory, remove_directory
from servers import MOUNTS, SERVERS, Pool

LOG_TAIL = 20000
# valgrind has no seccomp(), and sixteen of it at once need longer for a request than mod_fcgid sleeps.
collect_ignore = ["test_confinement.py", "test_mod_fcgid.py"] if IS_UNDER_VALGRIND else []
if os.geteuid() != 0:
    collect_ignore += ["test_debian.py", "test_hosting.py", "test_portable.py", "test_setup.py"]  # they make hosts and tenants


@pytest.fixture(scope="session")
def build_directory():
    return built.build_directory()


@pytest.fixture(scope="session")
def tables():
    """The tables in the code that documents repeat."""
    return json.loads(subprocess.run([built.make_program("docs/tables"), "json"], check=True, capture_output=True).stdout)


@pytest.fixture(scope="session")
def sanitizer_reports():
    """The directory where sanitizers, or valgrind, leave their reports about every process under test."""
    directory = make_directory("orgd-reports-")
    yield directory
    reports = _read_reports(directory)
    shutil.rmtree(directory)
    assert not reports, f"sanitizers complained:\n{reports}"


def _read_reports(directory):
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in sorted(_reports(directory)))


def _reports(directory):
    """valgrind's files are empty if it found nothing."""
    return {path for path in directory.iterdir() if path.stat().st_size > 0}


@pytest.fixture(scope="session")
def environment(sanitizer_reports):
    """The environment of every process under test. It has nothing of the caller's, especially no ORGD_ settings."""
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "ASAN_OPTIONS": f"log_path={sanitizer_reports}/asan:detect_stack_use_after_return=1",
        "UBSAN_OPTIONS": f"log_path={sanitizer_reports}/ubsan:print_stacktrace=1",
    }


@pytest.fixture(scope="session")
def checker(sanitizer_reports):
    """What the programs under test run under."""
    if not IS_UNDER_VALGRIND:
        return []
    return ["/usr/bin/valgrind", "--quiet", "--tool=memcheck", "--leak-check=full", "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite", "--num-callers=25", "--trace-children=yes", "--child-silent-after-fork=no",
            f"--log-file={sanitizer_reports}/valgrind.%p"]


@pytest.fixture(scope="session")
def database(build_directory, environment, checker):
    """The installation: programs, a MariaDB of its own with the schema, the workers' account, signing keys."""
    with Installation(build_directory, environment, checker) as installation:
        yield installation


@pytest.fixture
def views(database):
    """The views of sql/views.sql, which people make who want them."""
    database.run_script("views.sql", "orgd")
    yield
    names = database.sql("SELECT table_name FROM information_schema.views WHERE table_schema = 'orgd'")
    database.sql(f"DROP VIEW {', '.join(f'orgd.{name}' for name, in names)}")


@pytest.fixture(scope="session")
def instance(database):
    """The installation behind lighttpd, which spawns the workers, at the mount /, open to the scripts of one origin and to
    a monitoring system."""
    settings = {"cors_origins": "https://app.example.org", "metrics_token": METRICS_TOKEN, "metrics_file": "metrics"}
    with Instance(database, "lighttpd", "", workers=6, settings=settings) as started:
        yield started


@pytest.fixture
def sql(instance):
    """Runs a statement as the database's administrator."""
    return instance.installation.sql


@pytest.fixture
def purge(instance):
    return lambda: instance.installation.orgctl("purge")


@pytest.fixture(scope="session", params=[(kind, mount) for kind in SERVERS for mount in MOUNTS],
                ids=lambda param: f"{param[0]}{param[1] or '/'}")
def every_server(request, database):
    """The installation behind each web server, spawn mode and mount in turn."""
    with Instance(database, *request.param) as started:
        yield started


@pytest.fixture
def directory():
    """A temporary one, for servers."""
    directory = make_directory()
    yield directory
    remove_directory(directory)


@pytest.fixture
def start(database, directory):
    """Starts a Pool or SpawnFcgi there with these settings; it is stopped at the end."""
    with contextlib.ExitStack() as cleanup:
        def start(kind=Pool, **options):
            server = kind(database, directory, **options)
            server.start()
            cleanup.callback(lambda: server in server.started and server.stop())
            return server
        yield start


@pytest.fixture(autouse=True)
def no_sanitizer_report(request):
    """Fails the test during which a sanitizer complained. sanitizer_reports finds later complaints."""
    if "environment" not in request.fixturenames:
        yield
        return
    directory = request.getfixturevalue("sanitizer_reports")
    before = _reports(directory)
    yield
    new = sorted(_reports(directory) - before)
    assert not new, "sanitizers complained:\n" + "\n".join(path.read_text(errors="replace") for path in new)


def pytest_configure(config):
    """SIGTERM ends the tests as Ctrl-C does, with all servers."""
    config.addinivalue_line("markers", "shows(row, ...): what this test shows of the audits in docs/ (tests/shown)")
    config.addinivalue_line("markers", "alone: while this test runs, no other one does: it measures time, or needs the"
                            " whole machine")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        from sharding import Controller, Worker  # not everybody has pytest-xdist

        config.pluginmanager.register(Worker(config) if hasattr(config, "workerinput") else Controller())


def pytest_unconfigure():
    leave_nothing()


def pytest_runtest_setup():
    for server in Server.started:
        server.mark_log()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """Stops the last of every_server when no test needs it any more: its courier would purge what other tests look at."""
    yield
    if "every_server" in item.fixturenames and "every_server" not in getattr(nextitem, "fixturenames", ()):
        item._request._arg2fixturedefs["every_server"][-1].finish(item._request)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for server in Server.started:
            report.sections.append((f"log of {server.name} in {server.directory}", server.logs_since_mark()[-LOG_TAIL:]))
