"""Shared hosting without root: what `orgctl setup --hosting` has set up for a tenant of an Apache with suexec, while it serves,
and what tenants may see of each other."""

import concurrent.futures
import contextlib
import grp
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import time

import pytest

import built
from hosting import WEB_GROUP, SharedHost, kill_again_and_again, results
from installation import METRICS_TOKEN
from oauth import PASSWORD, Browser
from processes import executes, wait_until
from test_metrics import Metrics

# Cron gives its commands next to nothing; here they get nothing.
CRON_ENVIRONMENT = {}
BUSY_CLIENTS = 12
CONNECT = "import socket, sys\nsocket.socket(socket.AF_UNIX).connect(sys.argv[1])"


@pytest.fixture(scope="module")
def host(environment):
    with SharedHost(built.build_directory(), environment, tenants=24) as host:
        yield host


def set_up(tenant, *options, **more):
    result = tenant.setup(*options, **more)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def alice(host):
    """A tenant who has set up the service."""
    tenant = host.tenant()
    start = time.monotonic()
    tenant.output = set_up(tenant)
    tenant.seconds = time.monotonic() - start
    return tenant


@pytest.fixture
def tenant(host):
    """One who has set up nothing."""
    return host.tenant()


# One command


def test_one_command_ends_in_a_green_check(alice):
    print(f"set up in {alice.seconds:.1f} s")
    assert set(results(alice.output).values()) == {"made"}
    assert re.search(r"^workers are ready +ok", alice.output, re.MULTILINE) and "FAILED" not in alice.output
    answer = alice.client(alice.token()).get("/users/me")
    assert answer.status_code == 200 and answer.json()["is_superuser"]


def test_a_program_reads_what_was_done_as_json(alice):
    """The table of the check goes aside."""
    result = alice.orgctl("setup", "--hosting", "--json")
    assert result.returncode == 0 and "workers are ready" in result.stderr
    assert {row["what"]: row["result"] for row in json.loads(result.stdout)} == dict.fromkeys(results(alice.output), "there")


def test_what_only_the_hosts_administrator_can_change_is_no_fault(alice):
    limited = re.findall(r"^(.*?)  +limited", alice.output, re.MULTILINE)
    assert [what for what in limited if what != "innodb_flush_log_at_trx_commit"] == [
        "encoded slashes arrive", "large bodies are refused by orgd"]
    check = alice.orgctl("check", "--url", alice.url)
    assert check.returncode == 1 and len(re.findall("FAILED", check.stdout)) == 2


def test_nobody_else_may_read_what_it_has_written(alice):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (alice.orgd, *alice.orgd.iterdir())}
    assert modes == {"orgd": 0o700, "log": 0o700, "bin": 0o700, "sql": 0o755, "my.cnf": 0o600, "orgd.conf": 0o600,
                     "signing-keys.json": 0o600, "superuser.header": 0o600}
    assert stat.S_IMODE((alice.web / "api").stat().st_mode) == 0o755  # suexec takes no other


def test_the_programs_run_as_the_tenant_and_log_into_its_directory(alice):
    assert alice.client().get("/health").status_code == 200
    assert alice.workers()
    assert "/health" in alice.log_text()


def test_links_and_metadata_name_the_mount(alice):
    created = alice.client(alice.token()).post("/organizations", json={"name": "Example"})
    assert created.status_code == 200 and created.headers["Content-Location"].startswith(f"{alice.url}/organizations/")
    root = alice.url.removesuffix("/api")
    for address in (f"{alice.url}/.well-known/oauth-authorization-server",
                    f"{root}/.well-known/oauth-authorization-server/api"):
        metadata = alice.client().session.get(address, timeout=15)
        assert metadata.status_code == 200 and metadata.json()["issuer"] == alice.url


@pytest.mark.parametrize("command", ["purge", "deliver"])
def test_cron_works_with_next_to_no_environment(alice, command):
    result = alice.run("/bin/sh", "-c", f"{alice.orgd}/bin/orgctl {command} --quiet", env=CRON_ENVIRONMENT)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_site_below_the_users_name_works_like_any_other(tenant):
    """As http://www.example.org/~jane/api, by mod_userdir."""
    tenant.url = tenant.url.replace("/api", f"/~{tenant.name}/api")
    set_up(tenant)
    created = tenant.client(tenant.token()).post("/organizations", json={"name": "Example"})
    assert created.headers["Content-Location"].startswith(f"{tenant.url}/organizations/")
    cookies = tenant.client().get("/auth/sign-in").headers["Set-Cookie"]
    assert re.search(f"Path=/~{tenant.name}/api(;|$)", cookies)


# Again, and after an interruption


def everything(tenant):
    """All files of the tenant with what would show that they were written again."""
    paths = [path for top in (tenant.orgd, tenant.web) for path in top.rglob("*")
             if path.is_file() and path.parent.name != "log"]
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes()) for path in paths}


def test_a_second_run_changes_nothing_and_tells_what_is_there(alice):
    before = everything(alice)
    again = alice.run(alice.orgd / "bin/orgctl", "setup", "--hosting")
    assert again.returncode == 0, again.stderr
    assert results(again.stdout) == dict.fromkeys(results(alice.output), "there")
    assert everything(alice) == before
    assert alice.sql("SELECT COUNT(*) FROM orgd_accounts") == [(1,)]


def test_a_run_that_is_killed_is_completed_by_the_next(tenant):
    killed = kill_again_and_again(tenant.setup_command(), input=f"{tenant.password}\n", cwd=tenant.home,
                                  env={**tenant.host.tenant_environment, "HOME": str(tenant.home)}, **tenant.privileges())
    assert killed > 3
    set_up(tenant)
    assert tenant.client(tenant.token()).get("/users/me").json()["is_superuser"]
    assert tenant.sql("SELECT COUNT(*) FROM orgd_accounts") == [(1,)]
    assert [path for path in everything(tenant) if path.suffix in (".trial", ".begun") or ".setup-" in path.name] == []


# What was there before


SITE = """# The site's own.
RewriteEngine On
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule . /index.html [L]
"""


def test_the_site_that_was_there_goes_on(tenant):
    (tenant.web / "index.html").write_text("The site", encoding="utf-8")
    tenant.write_htaccess(SITE)
    site = tenant.client()
    site.url = tenant.url.removesuffix("/api")
    before = [(site.get(path).status_code, site.get(path).text) for path in ("/", "/some/page", "/apix")]
    assert before[0] == (200, "The site")
    set_up(tenant)
    assert [(site.get(path).status_code, site.get(path).text) for path in ("/", "/some/page", "/apix")] == before
    text = (tenant.web / ".htaccess").read_text(encoding="utf-8")
    assert text.startswith("# BEGIN orgd") and text.endswith(SITE) and text.count("# END orgd") == 1


def test_tables_of_another_program_stay_as_they_are(tenant):
    for table in ("attempts", "passwords", "clients", "accounts"):
        tenant.sql(f"CREATE TABLE {table} (note VARCHAR(20))")
        tenant.sql(f"INSERT INTO {table} VALUES ('not of orgd')")
    set_up(tenant)
    for table in ("attempts", "passwords", "clients", "accounts"):
        assert tenant.sql(f"SELECT * FROM {table}") == [("not of orgd",)]


# Few connections


def test_five_connections_serve_twelve_busy_clients(host):
    bob = host.tenant(MAX_USER_CONNECTIONS=5)
    set_up(bob)
    assert "\ndatabase_idle_timeout = 0\n" in (bob.orgd / "orgd.conf").read_text(encoding="utf-8")
    token = bob.token()

    def ask(_):
        client = bob.client(token)
        return [client.get("/users/me").status_code for _ in range(20)]

    with concurrent.futures.ThreadPoolExecutor(BUSY_CLIENTS) as pool:
        statuses = sum(pool.map(ask, range(BUSY_CLIENTS)), [])
    assert len(bob.workers()) > 5
    assert statuses == [200] * BUSY_CLIENTS * 20


def test_without_a_limit_connections_are_kept(alice):
    assert "database_idle_timeout" not in (alice.orgd / "orgd.conf").read_text(encoding="utf-8")


# While it serves


def execute(tenant, program):
    """Whether each worker runs this very file."""
    answers = []
    for pid in tenant.workers():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            answers.append(executes(pid, program))
    return answers


def test_an_upgrade_loses_no_request(alice):
    """The new version differs from the old one in some bytes that mean nothing."""
    kit = alice.host.make_kit(built.build_directory(), "kit-of-next-version")
    with open(kit / "bin/orgd", "ab") as program:
        program.write(b"of the next version")
    client = alice.client(alice.token())
    client.get("/health")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        upgrade = pool.submit(set_up, alice, kit=kit)
        statuses = []
        while not upgrade.done() or len(statuses) < 20:
            statuses.append(client.get("/users/me").status_code)
    shutil.rmtree(kit)
    assert set(statuses) == {200}
    news = {what for what, result in results(upgrade.result()).items() if result == "renewed"}
    assert news == {f"{alice.orgd}/bin/orgd", f"{alice.web}/api"}
    wait_until(lambda: client.get("/health").status_code == 200
               and any(execute(alice, alice.orgd / "bin/orgd")), "workers of the new version")


def test_a_log_that_is_renamed_is_begun_anew(alice):
    log = alice.orgd / "log/orgd.log"
    client = alice.client()
    client.get("/health")
    log.rename(log.with_suffix(".log.1"))
    wait_until(lambda: client.get("/health").status_code == 200 and log.exists() and "/health" in alice.log_text(),
               "lines in a new log")


# Workers of one's own behind mod_proxy_fcgi


@pytest.fixture
def pool(tenant):
    """A tenant whose web server connects to workers that the tenant has started."""
    early = tenant.setup("--pool")
    assert early.returncode == 1 and "Start the workers" in early.stderr
    start = re.search(r"^ +setsid (.*) &$", early.stdout, re.MULTILINE)[1]
    process = subprocess.Popen([start], env=CRON_ENVIRONMENT, start_new_session=True, **tenant.privileges())
    try:
        wait_until(lambda: (tenant.orgd / "run/orgd.sock").exists(), "the pool")
        set_up(tenant, "--pool")
        yield tenant
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_a_pool_of_the_tenants_own_serves_behind_mod_proxy_fcgi(pool, alice):
    answer = pool.client(pool.token()).get("/users/me")
    assert answer.status_code == 200 and answer.json()["is_superuser"]
    refused = alice.run("python3", "-c", CONNECT, pool.orgd / "run/orgd.sock")
    assert "PermissionError" in refused.stderr


def test_a_pool_of_the_tenants_own_is_upgraded_by_a_signal(pool):
    kit = pool.host.make_kit(built.build_directory(), "kit-of-the-pools-next-version")
    with open(kit / "bin/orgd", "ab") as program:
        program.write(b"of the next version")
    output = set_up(pool, "--pool", kit=kit)
    shutil.rmtree(kit)
    assert not all(execute(pool, pool.orgd / "bin/orgd"))
    assert pool.run("/bin/sh", "-c", re.search("^ +(pkill .*)$", output, re.MULTILINE)[1]).returncode == 0
    wait_until(lambda: pool.client().get("/health").status_code == 200 and all(execute(pool, pool.orgd / "bin/orgd")),
               "workers of the new version")


NEIGHBOUR = """<Files "x">
SetHandler "proxy:unix:{socket}|fcgi://localhost/"
ProxyFCGISetEnvIf "true" REMOTE_ADDR "203.0.113.66"
ProxyFCGISetEnvIf "true" SCRIPT_NAME "/api"
ProxyFCGISetEnvIf "true" PATH_INFO "/health"
ProxyFCGISetEnvIf "true" REQUEST_URI "/api/health"
{more}
</Files>
"""


def test_a_neighbour_who_reaches_the_pool_by_the_web_server_is_refused(pool):
    """Both have the same Apache, and it reaches both their sockets."""
    neighbour = pool.host.tenant()
    (neighbour.web / "x").write_text("", encoding="utf-8")
    neighbour.url = neighbour.url.replace("/api", "/x")
    for more in ("", "SetEnv ORGD_GATEWAY_SECRET 0123456789abcdef0123456789abcdef0123456789abcdef"):
        neighbour.write_htaccess(NEIGHBOUR.format(socket=pool.orgd / "run/orgd.sock", more=more))
        answer = neighbour.client().get("", headers={"ORGD_GATEWAY_SECRET": "x", "ORGD-GATEWAY-SECRET": "x"})
        assert answer.status_code == 403 and answer.json()["detail"][0] == "IllegalOperationError"
    assert "203.0.113.66" in pool.log_text()  # it was the pool that refused
    assert pool.client().get("/health").status_code == 200


def test_a_home_that_everybody_may_enter_is_no_place_for_a_pool(pool):
    pool.home.chmod(0o711)
    check = pool.orgctl("check", "--hosting", "--url", pool.url)
    assert re.search(f"access to the pool +FAILED +everybody may come to {pool.orgd}/run/orgd.sock: chmod o-x {pool.home}",
                     check.stdout)
    again = pool.setup("--pool")
    assert again.returncode == 1 and f"chmod o-x {pool.home}" in again.stderr
    pool.home.chmod(0o710)
    set_up(pool, "--pool")
    config = pool.orgd / "orgd.conf"
    config.write_text(config.read_text(encoding="utf-8").replace("gateway_secret", "#gateway_secret"), encoding="utf-8")
    check = pool.orgctl("check", "--hosting", "--url", pool.url)
    assert re.search("access to the pool +FAILED +who comes to .*: run 'orgctl setup --hosting --pool'", check.stdout)


def test_the_secret_comes_and_goes_with_the_pool(tenant):
    """No other way can send it."""
    def secrets():
        found = [re.search(pattern, (directory / name).read_text(encoding="utf-8"), re.MULTILINE)
                 for directory, name, pattern in ((tenant.orgd, "orgd.conf", r"^gateway_secret = ([0-9a-f]{48})$"),
                                                  (tenant.web, ".htaccess", r"SetEnv ORGD_GATEWAY_SECRET ([0-9a-f]{48})$"))]
        return [match and match[1] for match in found]

    set_up(tenant)
    first = (tenant.orgd / "orgd.conf").read_text(encoding="utf-8")
    assert secrets() == [None, None]
    tenant.setup("--pool")
    made = secrets()
    assert made[0] and made[0] == made[1]
    assert stat.S_IMODE((tenant.orgd / "orgd.conf").stat().st_mode) == 0o600
    tenant.setup("--pool")
    assert secrets() == made
    set_up(tenant)
    assert (tenant.orgd / "orgd.conf").read_text(encoding="utf-8") == first and secrets() == [None, None]
    assert tenant.client(tenant.token()).get("/users/me").status_code == 200


def test_the_secret_is_closed_where_everybody_may_come_to_it(tenant):
    """A web directory of the web server's group, outside of the home: the tenant may be in that group, or not."""
    site = tenant.host.directory / f"site-{tenant.name}"
    site.mkdir()
    os.chown(site, tenant.uid, grp.getgrnam(WEB_GROUP).gr_gid)
    site.chmod(0o755)
    assert tenant.setup("--pool", "--web-directory", site).returncode == 1  # no workers yet
    assert stat.S_IMODE((site / ".htaccess").stat().st_mode) == 0o644
    groups = {**tenant.privileges(), "extra_groups": [grp.getgrnam(WEB_GROUP).gr_gid]}
    subprocess.run([tenant.orgd / "bin/orgctl", "setup", "--hosting", "--pool", "--web-directory", site], check=False,
                   env={**tenant.host.tenant_environment, "HOME": str(tenant.home)}, cwd=tenant.home, **groups)
    status = (site / ".htaccess").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_gid) == (0o640, grp.getgrnam(WEB_GROUP).gr_gid)


# No FastCGI at all


def test_plain_cgi_gives_the_same_answers(tenant):
    assert "plain CGI" in set_up(tenant, "--cgi")  # and what it costs
    client = tenant.client(tenant.token())
    created = client.post("/organizations", json={"name": "R&D/Berlin"})
    assert created.status_code == 200 and created.headers["Content-Location"].startswith(f"{tenant.url}/organizations/")
    changed = client.patch(f"/organizations/{created.json()['id']}", json={"description": "by CGI"},
                           headers={"If-Match": created.headers["ETag"]})
    assert changed.status_code == 200
    assert [row["description"] for row in client.get("/organizations").json()] == ["by CGI"]
    assert client.get("/nowhere").status_code == 404 and "/nowhere" in tenant.log_text()
    wait_until(lambda: not tenant.workers(), "the processes to end with their requests")


def test_a_tenant_can_change_over_to_cgi_and_back(tenant):
    for options, handler in (([], "fcgid-script"), (["--cgi"], "cgi-script"), ([], "fcgid-script")):
        set_up(tenant, *options)
        assert f"SetHandler {handler}\n" in (tenant.web / ".htaccess").read_text(encoding="utf-8")
        assert tenant.client(tenant.token()).get("/users/me").status_code == 200


def test_metrics_count_in_a_file_of_the_home(tenant):
    """Whether mod_fcgid keeps the processes or each request has one, all of them count together."""
    set_up(tenant)
    config = tenant.orgd / "orgd.conf"
    config.write_text(config.read_text(encoding="utf-8") + f"metrics_token = {METRICS_TOKEN}\nmetrics_file = run/metrics\n",
                      encoding="utf-8")
    (tenant.orgd / "run").mkdir(exist_ok=True)
    os.chown(tenant.orgd / "run", config.stat().st_uid, config.stat().st_gid)
    for worker in tenant.workers():  # of the check, which know no metrics yet
        os.kill(worker, signal.SIGTERM)
    wait_until(lambda: not tenant.workers(), "the workers to end")
    for count, options in ((5, []), (10, ["--cgi"])):
        set_up(tenant, *options)
        for _ in range(5):
            tenant.client().get("/nowhere")
        metrics = Metrics(tenant.client(METRICS_TOKEN).get("/metrics").text)
        assert metrics.value("orgd_http_requests_total", route="unknown", method="any", status="404") == count
    file = (tenant.orgd / "run/metrics").stat()
    assert stat.S_IMODE(file.st_mode) == 0o600 and file.st_uid == config.stat().st_uid


# Neighbours


def test_a_neighbour_can_read_no_file(alice, tenant):
    paths = [path for path in everything(alice) if path.is_relative_to(alice.orgd)]
    assert len(paths) > 6
    for path in paths:
        assert "Permission denied" in tenant.run("cat", path).stderr
        assert "Permission denied" in tenant.run("sh", "-c", f"echo >> '{path}'").stderr


def test_a_neighbour_can_reach_no_socket_and_no_process(alice, tenant):
    alice.client().get("/health")
    sockets = [path for path in alice.host.directory.rglob("*") if path.is_socket() and "mariadb" not in path.parts]
    assert sockets
    for path in sockets:
        assert "PermissionError" in tenant.run("python3", "-c", CONNECT, path).stderr
    for pid in alice.workers():
        for name in ("mem", "environ", "fd"):
            assert "Permission denied" in tenant.run("ls" if name == "fd" else "cat", f"/proc/{pid}/{name}").stderr


def test_a_neighbour_can_use_neither_database_nor_credentials(alice, tenant):
    set_up(tenant)
    option_file = (tenant.orgd / "my.cnf").read_text(encoding="utf-8")
    (tenant.home / "theirs.cnf").write_text(option_file.replace(f"{tenant.name}_db", f"{alice.name}_db"), encoding="utf-8")
    os.chown(tenant.home / "theirs.cnf", tenant.uid, tenant.uid)
    result = tenant.orgctl("user", "list", env={**tenant.host.tenant_environment,
                                                "ORGD_DATABASE_OPTION_FILE": str(tenant.home / "theirs.cnf")})
    assert result.returncode == 1 and "(1044)" in result.stderr
    assert alice.client(tenant.token()).get("/users/me").status_code == 401


def test_a_session_is_good_for_its_own_site_alone(alice, tenant):
    """Both are at the same address here, so the browser shows alice's cookies to the other site."""
    set_up(tenant)
    assert alice.orgctl("user", "set", "admin", "--password", input=PASSWORD).returncode == 0
    browser = Browser(alice.url)
    cookies = browser.get("/api/auth/sign-in").headers["Set-Cookie"]
    assert re.search("Path=/api(;|$)", cookies) and "Domain" not in cookies
    browser.sign_in("admin", PASSWORD)
    assert "You are signed in" in browser.page.text
    assert "You are signed in" in browser.get(f"{alice.url}/auth/sign-in").text
    assert "You are signed in" not in browser.get(f"{tenant.url}/auth/sign-in").text
