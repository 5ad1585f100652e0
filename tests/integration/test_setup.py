"""`orgctl setup`: what it asks, what it says when something is wrong, and what it makes as root on a host of one's own."""

import contextlib
import grp
import os
import pty
import pwd
import re
import secrets
import shutil
import socket
import stat
import subprocess
import time

import pymysql
import pytest

import built
from hosting import WEB_GROUP, SharedHost, kill_again_and_again, results
from processes import PATIENCE, SERVICE_USER, make_directory, privileges
from servers import CONF


def everything_in(*directories):
    """All files there, with what would show that they were written again."""
    paths = [path for directory in directories for path in directory.rglob("*") if path.is_file()]
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes()) for path in paths}


# On a shared host


@pytest.fixture(scope="module")
def host(environment):
    with SharedHost(built.build_directory(), environment, tenants=40) as host:
        yield host


@pytest.fixture
def tenant(host):
    return host.tenant()


def fails(result, *sentences):
    assert result.returncode in (1, 2), result.stdout + result.stderr
    for sentence in sentences:
        assert sentence in result.stderr


MISTAKES = {
    "another password": ([], "wrong", "(1045). Correct the user or the password"),
    "another user": (["--database-user", "nobody"], None, "(1045). Correct the user or the password"),
    "another database": (["--database", "mysql"], None, "(1044). Give this user all rights in this database, or correct"),
    "another socket": (["--database-host", "/nowhere.sock"], None, "(2002). Correct the host or the path of the socket"),
    "another port": (["--database-host", "127.0.0.1:1"], None, "(2002). Correct the host"),
    "no URL": (["--url", "example.org/api"], None, "--url example.org/api: must be"),
    "a bare host": (["--url", "https://example.org"], None, "there must be one name"),
    "two names": (["--url", "https://example.org/v1/api"], None, "there must be one name"),
    "a hidden file": (["--url", "https://example.org/.htaccess"], None, "there must be one name"),
    "no web directory": (["--web-directory", "/nowhere"], None, "name the directory of your web site with --web-directory"),
    "a directory with a quote": (["--directory", "it's"], None, "choose a path without quotes"),
    "no password file": (["--database-password-file", "nowhere"], None, "--database-password-file nowhere: No such file"),
}


@pytest.mark.parametrize("options, password, sentence", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_and_sets_up_nothing(tenant, options, password, sentence):
    """And once it is mended, the same command goes through."""
    fails(tenant.setup(*options, password=password), sentence)
    assert [path.name for path in everything_in(tenant.orgd, tenant.web)] == []
    assert tenant.sql("SHOW TABLES") == []
    assert tenant.setup().returncode == 0


@pytest.mark.parametrize("left_out", ["--url", "--database"])
def test_without_a_terminal_what_is_missing_is_named(tenant, left_out):
    command = tenant.setup_command()
    place = command.index(left_out)
    result = tenant.run(*command[:place], *command[place + 2:], input=f"{tenant.password}\n")
    fails(result, f"{left_out} is missing")


def test_without_a_password_it_says_where_that_comes_from(tenant):
    fails(tenant.run(*tenant.setup_command(), input=""), "standard input", "--database-password-file")


def test_a_file_of_somebody_else_is_not_overwritten(tenant):
    (tenant.web / "api").write_text("mine", encoding="utf-8")
    fails(tenant.setup(), "api is there already, and setup has not made it: choose another name in --url")
    assert (tenant.web / "api").read_text(encoding="utf-8") == "mine"
    (tenant.web / "api").unlink()
    (tenant.web / "api").mkdir()
    fails(tenant.run(tenant.orgd / "bin/orgctl", "setup", "--hosting"), "api is in the way")


def test_another_url_is_a_matter_of_the_configuration(tenant):
    """However the line there is written."""
    assert tenant.setup().returncode == 0
    fails(tenant.setup("--url", f"{tenant.url}2"), "orgd.conf says", "Change public_url there")
    config = tenant.orgd / "orgd.conf"
    text = config.read_text(encoding="utf-8").replace(f"public_url = {tenant.url}\n", f"public_url: {tenant.url}2\n")
    config.write_text(text, encoding="utf-8")
    result = tenant.run(tenant.orgd / "bin/orgctl", "setup", "--hosting")
    assert results(result.stdout)[f"{tenant.web}/api2"] == "made" and result.returncode == 0
    assert 'Files "api2"' in (tenant.web / ".htaccess").read_text(encoding="utf-8")


def test_a_block_without_an_end_is_left_to_its_owner(tenant):
    tenant.write_htaccess("# BEGIN orgd\nOptions -Indexes\n")
    fails(tenant.setup(), "has no '# END orgd' after it")
    assert (tenant.web / ".htaccess").read_text(encoding="utf-8") == "# BEGIN orgd\nOptions -Indexes\n"


def test_another_superuser_or_a_plain_user_of_the_name_is_respected(tenant):
    assert tenant.setup("--user", "jane").returncode == 0
    again = tenant.setup("--user", "somebody")
    assert again.returncode == 0 and "the user jane, who may do everything" in results(again.stdout)
    assert tenant.orgctl("user", "set", "jane", "--superuser", "no").returncode == 0
    fails(tenant.setup("--user", "jane"), "the user jane is there, but may not do everything")


@pytest.mark.parametrize("index", [0, 1], ids=["an override", "rewriting without links"])
def test_a_site_does_not_end_by_a_line_that_its_host_does_not_allow(host, index):
    restricted = host.restricted[index]
    restricted.make_database()
    restricted.write_htaccess("ErrorDocument 404 gone\n")
    (restricted.web / "index.txt").write_text("the site", encoding="utf-8")
    fails(restricted.setup(), "refuses a line of the block", "AllowOverride AuthConfig FileInfo Options", "SymLinksIfOwnerMatch")
    assert (restricted.web / ".htaccess").read_text(encoding="utf-8") == "ErrorDocument 404 gone\n"
    (restricted.web / ".htaccess").unlink()
    fails(restricted.setup(), "refuses a line of the block")
    assert not (restricted.web / ".htaccess").exists()
    site = restricted.client()
    site.url = site.url.removesuffix("/api")
    assert site.get("/index.txt").text == "the site"


def test_a_directory_that_suexec_would_refuse_is_named(tenant):
    tenant.web.chmod(0o775)
    result = tenant.setup()
    assert f"suexec runs no program there: chmod go-w {tenant.web}" in result.stderr and result.returncode == 1
    tenant.web.chmod(0o755)
    assert tenant.setup().returncode == 0


class Impostor:
    """Sits on a socket that setup might take for the database's, and notes whether anybody comes."""

    def __init__(self, path, uid):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        os.chown(path, uid, uid)
        path.chmod(0o777)
        self.listener.listen()
        self.listener.setblocking(False)

    def was_asked(self):
        with self.listener, contextlib.suppress(BlockingIOError):
            self.listener.accept()
            return True
        return False


def with_mounts(mounts, command):
    """The command with other directories in the place of some of the machine's; directories of the tests stay."""
    lines = "".join(f"mount --rbind '{source}' '{place}' && " for source, place in mounts.items())
    return ["unshare", "--mount", "sh", "-c", f"{lines} exec " + " ".join(f"'{word}'" for word in command)]


@pytest.mark.parametrize("as_root", [False, True], ids=["a tenant", "root"])
def test_a_socket_that_anybody_may_have_made_is_not_the_databases(tenant, root, as_root):
    host = tenant.host
    temporary = host.directory / f"tmp-{tenant.name}"
    (temporary / host.directory.name).mkdir(parents=True)
    (temporary / root.etc.name).mkdir()
    temporary.chmod(0o1777)
    impostor = Impostor(temporary / "mysql.sock", tenant.uid)
    command = ["setpriv", f"--reuid={tenant.uid}", f"--regid={tenant.uid}", "--clear-groups",
               *tenant.setup_command("--database-host", "localhost")]
    if as_root:
        command = [host.kit / "bin/orgctl", "setup", "--directory", root.etc, "--url", "http://127.0.0.1:1/api", "--as",
                   SERVICE_USER]
    mounts = {host.directory: temporary / host.directory.name, root.etc: temporary / root.etc.name, temporary: "/tmp"}
    result = subprocess.run(with_mounts(mounts, command), input=f"{tenant.password}\n", capture_output=True, text=True,
                            timeout=60 * PATIENCE, env={**host.tenant_environment, "HOME": str(tenant.home)}, cwd="/")
    assert result.returncode == 1 and "cannot use the database" in result.stderr
    assert not impostor.was_asked()


def test_a_socket_that_anybody_can_make_is_named(tenant):
    """Its path is an answer, or stands in a my.cnf."""
    shared = tenant.host.directory / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "mysql.sock").symlink_to(tenant.host.mariadb.socket)
    result = tenant.setup("--database-host", shared / "mysql.sock")
    assert re.search(f"socket of the database +FAILED +others may write to {shared}", result.stdout)
    assert result.returncode == 1
    shared.chmod(0o755)
    assert tenant.run(tenant.orgd / "bin/orgctl", "setup", "--hosting").returncode == 0


STRANGERS = 29999  # a group


def make_directory_of(tenant, path, mode, uid=None):
    path.mkdir()
    os.chown(path, uid or tenant.uid, STRANGERS)
    path.chmod(mode)


def test_directories_that_were_open_are_closed(tenant):
    """Others could put another program in the place of the one that runs."""
    for name, mode in {".": 0o777, "log": 0o777, "bin": 0o775, "sql": 0o775}.items():
        make_directory_of(tenant, tenant.orgd / name, mode)
    result = tenant.setup()
    assert result.returncode == 0, result.stdout + result.stderr
    assert results(result.stdout)[str(tenant.orgd)] == results(result.stdout)[f"{tenant.orgd}/log"] == "renewed"
    modes = {name: stat.S_IMODE((tenant.orgd / name).stat().st_mode) for name in (".", "log", "bin", "sql")}
    assert modes == {".": 0o700, "log": 0o700, "bin": 0o700, "sql": 0o755}


@pytest.mark.parametrize("names", [["."], [".", "bin"], [".", "log"]], ids=lambda names: names[-1])
def test_a_directory_of_somebody_else_gets_no_secret(tenant, names):
    for name in names:
        make_directory_of(tenant, tenant.orgd / name, 0o755, STRANGERS if name == names[-1] else None)
    fails(tenant.setup(), "belongs to another user, who may change what is in it: move it away")
    assert [path for path in tenant.orgd.rglob("*") if path.is_file()] == []
    os.chown(tenant.orgd / names[-1], tenant.uid, tenant.uid)
    assert tenant.setup().returncode == 0


def test_a_file_of_somebody_else_is_not_believed(tenant):
    make_directory_of(tenant, tenant.orgd, 0o777)
    (tenant.orgd / "orgd.conf").write_text(f"public_url = {tenant.url}\n", encoding="utf-8")
    os.chown(tenant.orgd / "orgd.conf", STRANGERS, STRANGERS)
    fails(tenant.setup(), f"{tenant.orgd}/./orgd.conf".replace("/./", "/") + " belongs to another user")
    assert not (tenant.orgd / "my.cnf").exists()


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_below_a_directory_that_others_may_write_to_nothing_is_set_up(tenant, mode):
    os.chown(tenant.home, -1, STRANGERS)
    tenant.home.chmod(mode)
    fails(tenant.setup(), f"may replace {tenant.orgd}: chmod go-w {tenant.home}")
    assert [path for path in tenant.orgd.rglob("*") if path.is_file()] == []
    tenant.home.chmod(0o711)
    assert tenant.setup().returncode == 0


# The site's own .htaccess


def test_mode_and_group_of_the_htaccess_stay(tenant):
    """Hosts have it so: 0640, in the group of the web server, which the tenant is not in."""
    htaccess = tenant.web / ".htaccess"
    htaccess.write_text("SetEnv DB_PASSWORD hunter2\n", encoding="utf-8")
    shutil.chown(htaccess, tenant.uid, WEB_GROUP)
    htaccess.chmod(0o640)
    before = htaccess.stat()
    assert tenant.setup().returncode == 0
    after = htaccess.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert htaccess.read_text(encoding="utf-8").endswith("# END orgd\n\nSetEnv DB_PASSWORD hunter2\n")


def test_a_link_and_a_draft_of_ones_own_stay(tenant):
    target = tenant.web / "site.conf"
    target.write_text("Options -Indexes\n", encoding="utf-8")
    (tenant.web / ".htaccess").symlink_to(target.name)
    (tenant.web / ".htaccess.new").write_text("mine", encoding="utf-8")
    for path in (target, tenant.web / ".htaccess"):
        os.chown(path, tenant.uid, tenant.uid, follow_symlinks=False)
    assert tenant.setup().returncode == 0
    assert (tenant.web / ".htaccess").is_symlink() and target.read_text(encoding="utf-8").endswith("Options -Indexes\n")
    assert (tenant.web / ".htaccess.new").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("way", [[], ["--cgi"], ["--pool"]], ids=["mod_fcgid", "cgi", "pool"])
def test_a_file_of_the_same_name_elsewhere_is_none_of_orgds(tenant, way):
    tenant.setup(*way)
    assert 'Files "api"' in (tenant.web / ".htaccess").read_text(encoding="utf-8")
    for name in ("uploads/api", "uploads/deep/api"):
        path = tenant.web / name
        path.parent.mkdir()
        path.write_text("of somebody who may upload files", encoding="utf-8")
        path.chmod(0o755)
        site = tenant.client()
        site.url = tenant.url.removesuffix("/api")
        assert site.get(f"/{name}").text == "of somebody who may upload files"


def test_root_is_told_that_a_site_has_an_owner(host):
    result = subprocess.run([host.kit / "bin/orgctl", "setup", "--hosting"], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL, env=host.tenant_environment, timeout=60)
    assert result.returncode == 1 and "as the user whose web site it is" in result.stderr


class Terminal:
    """A program of the tenant's at a terminal of its own."""

    def __init__(self, tenant, *command):
        self.controller, terminal = pty.openpty()
        self.process = subprocess.Popen(list(map(str, command)), stdin=terminal, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=tenant.home,
                                        env={**tenant.host.tenant_environment, "HOME": str(tenant.home)},
                                        **tenant.privileges())
        os.close(terminal)

    def answer(self, question, line):
        seen = ""
        while not seen.endswith(": "):
            character = self.process.stderr.read(1)
            assert character, f"the end, and not the question {question}: {seen}"
            seen += character
        assert question in seen
        time.sleep(0.1 * PATIENCE)  # what is typed before the echo is off would be thrown away
        os.write(self.controller, f"{line}\n".encode())

    def shown(self):
        return os.read(self.controller, 65536).decode()


def test_at_a_terminal_it_asks(tenant):
    terminal = Terminal(tenant, tenant.host.kit / "bin/orgctl", "setup", "--hosting")
    terminal.answer("URL", tenant.url)
    terminal.answer("Database server (a host, or the path of its socket) [localhost]", tenant.host.mariadb.socket)
    terminal.answer("Name of the database", f"{tenant.name}_db")
    terminal.answer(f"User of the database [{tenant.name}_db]", tenant.name)
    terminal.answer("Password of that user", tenant.password)
    terminal.answer("Name of the first user, who may do everything [admin]", "")
    output, errors = terminal.process.communicate(timeout=60 * PATIENCE)
    assert terminal.process.returncode == 0, output + errors
    assert tenant.password not in terminal.shown() + output + errors
    os.close(terminal.controller)
    assert tenant.client(tenant.token()).get("/users/me").json()["username"] == "admin"


@pytest.fixture(scope="module")
def installed(host):
    """The programs as `make install` puts them."""
    built.make("install", f"DESTDIR={host.directory}/installed")
    return host.directory / "installed/usr/local"


def test_what_root_has_installed_can_be_set_up_by_a_tenant(tenant, installed):
    result = tenant.setup(kit=installed)
    assert result.returncode == 0, result.stdout + result.stderr
    assert sorted(path.name for path in (tenant.orgd / "bin").iterdir()) == ["orgctl", "orgd"]
    assert tenant.client(tenant.token()).get("/users/me").status_code == 200


# As root


@pytest.fixture
def etc():
    """A directory as /etc/orgd is, at first without anything in it."""
    directory = make_directory("orgd-etc-")
    os.chown(directory, 0, 0)
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


class Root:
    """`orgctl setup` as root, with the socket of a server that knows root."""

    def __init__(self, host, etc):
        self.host = host
        self.etc = etc
        self.name = f"own_{secrets.token_hex(4)}"

    def run(self, *arguments, as_user=None, kit=None):
        return subprocess.run([(kit or self.host.kit) / "bin/orgctl", *arguments], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60 * PATIENCE, env=self.host.tenant_environment,
                              **(privileges() if as_user else {}))

    def setup(self, *options, **more):
        return self.run("setup", "--directory", self.etc, "--database-host", str(self.host.mariadb.socket), "--database",
                        self.name, "--database-user", self.name, "--url", "http://127.0.0.1:1/api", "--as", SERVICE_USER,
                        *options, **more)

    def modes(self):
        return {path.name: (oct(stat.S_IMODE(path.stat().st_mode)), path.owner(), path.group())
                for path in self.etc.iterdir()}


@pytest.fixture
def root(host, etc):
    return Root(host, etc)


def test_root_gets_all_that_a_web_server_needs(root):
    result = root.setup()
    assert result.returncode == 0, result.stdout + result.stderr
    assert set(results(result.stdout).values()) == {"made", "there"} and "FAILED" not in result.stdout
    group = grp.getgrgid(pwd.getpwnam(SERVICE_USER).pw_gid).gr_name
    assert root.modes() == {"my.cnf": ("0o640", "root", group), "signing-keys.json": ("0o640", "root", group),
                            "orgd.conf": ("0o644", "root", "root"), "superuser.header": ("0o600", "root", "root")}
    check = subprocess.run([root.host.kit / "bin/orgd", "--config", root.etc / "orgd.conf", "--check"], text=True,
                           capture_output=True, env=root.host.tenant_environment, **privileges())
    assert (check.returncode, check.stderr) == (0, "")
    assert "examples" in result.stdout and "orgctl check --url http://127.0.0.1:1/api" in result.stdout


def test_the_workers_account_has_the_role_and_no_more(root):
    assert root.setup().returncode == 0
    password = re.search(r'^password = "(.*)"$', (root.etc / "my.cnf").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert len(password) == 48
    connection = root.host.mariadb.connect(user=root.name, password=password, database=root.name)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM orgd_accounts")
        assert cursor.fetchall() == ((1,),)
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            cursor.execute("UPDATE orgd_accounts SET is_superuser = 1")
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            cursor.execute("CREATE TABLE anything (a INT)")


@pytest.mark.parametrize("command", ["purge", "deliver"])
def test_what_timers_run_as_the_workers_user_uses_the_workers_account(root, command):
    """The account for administration is root's, by the socket: nobody else gets in with it."""
    assert root.setup().returncode == 0
    run = subprocess.run([root.host.kit / "bin/orgctl", command, "--config", root.etc / "orgd.conf"], text=True,
                         capture_output=True, env=root.host.tenant_environment, **privileges())
    assert (run.returncode, run.stderr) == (0, "")


def test_no_account_is_without_a_password_even_for_a_moment(root):
    root.host.sql("SET GLOBAL log_output = 'TABLE', general_log = 1")
    try:
        assert root.setup().returncode == 0
    finally:
        root.host.sql("SET GLOBAL general_log = 0")
    statements = [str(row[0]) for row in root.host.sql("SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log")]
    made = [text for text in statements if re.search("(CREATE|ALTER) USER", text) and root.name in text]
    assert any("CREATE USER" in text for text in made)
    for text in made:
        for statement in text.split(";"):
            assert "USER" not in statement or "IDENTIFIED BY" in statement


def test_a_second_run_as_root_changes_nothing(root):
    assert root.setup().returncode == 0
    before = everything_in(root.etc)
    again = root.run("setup", "--directory", root.etc, "--as", SERVICE_USER)
    assert again.returncode == 0, again.stderr
    assert set(results(again.stdout).values()) == {"there"} and everything_in(root.etc) == before


def test_a_run_as_root_that_is_killed_is_completed_by_the_next(root):
    command = ["setup", "--directory", root.etc, "--database-host", root.host.mariadb.socket, "--database", root.name,
               "--database-user", root.name, "--url", "http://127.0.0.1:1/api", "--as", SERVICE_USER]
    killed = kill_again_and_again([root.host.kit / "bin/orgctl", *command], env=root.host.tenant_environment)
    assert killed > 3
    result = root.setup()
    assert result.returncode == 0, result.stderr
    assert root.modes().keys() == {"my.cnf", "signing-keys.json", "orgd.conf", "superuser.header"}


def test_the_samples_that_make_install_has_left_are_filled_in(root):
    for name in ("orgd.conf", "my.cnf"):
        shutil.copy(CONF / name, root.etc)
    config = root.etc / "orgd.conf"
    sample = config.read_text(encoding="utf-8")
    paths = f"database_option_file = my.cnf\nsigning_keys = signing-keys.json\nsql_directory = {root.host.kit}/sql\n"
    config.write_text(paths + sample, encoding="utf-8")
    result = root.setup()
    assert result.returncode == 0, result.stdout + result.stderr
    assert results(result.stdout)[str(config)] == "renewed" and results(result.stdout)[f"{root.etc}/my.cnf"] == "made"
    assert config.read_text(encoding="utf-8") == paths + sample.replace("#public_url = http://localhost\n",
                                                                        "public_url = http://127.0.0.1:1/api\n")


def test_the_installed_programs_find_what_belongs_to_them(root, installed):
    result = root.setup(kit=installed)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"sql_directory = {installed}/share/orgd/sql\n" in (root.etc / "orgd.conf").read_text(encoding="utf-8")


def test_another_user_may_run_the_workers_from_now_on(root):
    assert root.setup().returncode == 0
    again = root.run("setup", "--directory", root.etc, "--as", "nobody")
    assert again.returncode == 0, again.stderr
    assert {name for name, (_, _, group) in root.modes().items() if group == "nogroup"} == {"my.cnf", "signing-keys.json"}
    assert len([what for what, result in results(again.stdout).items() if result == "renewed"]) == 2


def test_somebody_else_is_told_what_to_run(root):
    result = root.setup(as_user=SERVICE_USER)
    assert result.returncode == 1 and "run this as root" in result.stderr and "orgctl setup --hosting" in result.stderr


def test_names_that_would_be_sql_are_refused(root):
    result = root.setup("--database", "x`; DROP DATABASE mysql")
    assert result.returncode == 2 and "ASCII letters, digits and _" in result.stderr
