"""orgd beside the sites that a server has: they answer as before, and it answers at its path or on its host as elsewhere."""

import contextlib
import urllib.parse

import pytest

import sites
from expect import ok
from installation import Instance, unique
from oauth import person_of, sign_in
from processes import write_file
from servers import SAMPLE_HOST, SAMPLE_PATH, SERVERS, Apache, Lighttpd

METADATA = "/.well-known/oauth-authorization-server"

AT_A_PATH = [("lighttpd", sites.lighttpd), ("lighttpd-remote", sites.lighttpd), ("apache-mod_fcgid", sites.apache_path),
             ("apache-mod_proxy_fcgi", sites.apache_path), ("nginx", sites.nginx_path)]
ON_A_HOST = [("lighttpd", sites.lighttpd), ("lighttpd-remote", sites.lighttpd), ("apache-mod_fcgid", sites.apache_host),
             ("apache-mod_proxy_fcgi", sites.apache_host), ("nginx", sites.nginx_host)]


@contextlib.contextmanager
def beside(database, kind, mount, configuration, **settings):
    """The installation behind a server that has sites; `before` is what they answered before it came."""
    instance = Instance(database, kind, mount, workers=2, sites=configuration, settings=settings)
    instance.configuration = configuration
    server = instance.server
    sites.build(server.htdocs)
    php = sites.PhpCgi(instance.directory, database.environment)
    sample = server.sample_path.read_text(encoding="utf-8")
    with contextlib.ExitStack() as cleanup:
        php.start()
        cleanup.callback(php.stop)
        write_file(server.sample_path, "")
        server.start()
        try:
            instance.before = sites.answers(server)
        finally:
            server.stop()
        write_file(server.sample_path, sample)
        with instance:
            yield instance
            cleanup.close()  # its socket is in the directory of the instance


@pytest.fixture(scope="module", params=AT_A_PATH, ids=lambda param: param[0])
def at_a_path(request, database):
    kind, configuration = request.param
    with beside(database, kind, SAMPLE_PATH, configuration) as instance:
        yield instance


@pytest.fixture(scope="module", params=ON_A_HOST, ids=lambda param: param[0])
def on_a_host(request, database):
    kind, configuration = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lighttpd, "host", f'== "{SAMPLE_HOST}"')
        with beside(database, kind, "", configuration, public_url=f"http://{SAMPLE_HOST}") as instance:
            yield instance


def assert_same_sites(instance):
    after = sites.answers(instance.server)
    statuses = {status for status, _, _ in after.values()}
    assert {200, 404} <= statuses and 500 not in statuses
    assert any(b"ORGD_CONFIG=(none)" in body and b"body=100000" in body for _, _, body in after.values()), "PHP has not run"
    assert {request: (instance.before[request], answer) for request, answer in after.items()
            if answer != instance.before[request]} == {}


def test_the_sites_answer_as_before(at_a_path):
    assert_same_sites(at_a_path)


def test_the_sites_answer_as_before_beside_a_host(on_a_host):
    assert_same_sites(on_a_host)


NAMES = ["R&D/Berlin {}", "{}.php", "index.php {}", ".htaccess {}", "{}~", "50% {}", "docs/{}"]


def answers_as_elsewhere(client, instance, owner):
    for name in (template.format(unique("n")) for template in NAMES):
        created = ok(client.post("/organizations", json={"name": name}))
        found = client.get("/organizations/" + urllib.parse.quote(name, safe=""))
        assert ok(found) == created, name
    response = client.get("/organizations?limit=2")
    assert response.links["next"]["url"].startswith(f"{instance.mount}/organizations?")
    for path in ("/organizations/None/x", "/api-docs/", "/index.php", "/nothing.html"):
        response = client.get(path)
        assert response.status_code == 404 and response.json()["detail"][0] == "KeyError", path
    assert client.get("/users/me").json()["username"] == owner.name
    assert client.post("/organizations", json={"name": "x" * 200000}).status_code == 413


def test_the_path_is_the_apis(at_a_path):
    owner = at_a_path.user(limit=100)
    owner.client.session.headers["Host"] = sites.HOST
    answers_as_elsewhere(owner.client, at_a_path, owner)


def test_the_host_is_the_apis(on_a_host):
    owner = on_a_host.user(limit=100)
    owner.client.session.headers["Host"] = SAMPLE_HOST
    answers_as_elsewhere(owner.client, on_a_host, owner)
    assert ok(owner.client.get(METADATA))["issuer"] == f"http://{SAMPLE_HOST}"


def test_the_metadata_are_in_front_of_the_path(at_a_path):
    """RFC 8414, 3.1."""
    status, _, body = sites.ask(at_a_path.server, "GET", METADATA + SAMPLE_PATH, {}, None)
    document = at_a_path.client().get(METADATA)
    assert status == 200 and body == document.content and ok(document)["issuer"] == at_a_path.url
    assert sites.ask(at_a_path.server, "GET", f"{METADATA}{SAMPLE_PATH}0", {}, None)[2] != body


def test_a_session_is_for_the_path_alone(at_a_path):
    browser = sign_in(at_a_path, person_of(at_a_path))
    assert {cookie.path for cookie in browser.session.cookies} == {SAMPLE_PATH}
    assert "HTTP_COOKIE=(none)" in browser.session.get(at_a_path.url.replace(SAMPLE_PATH, "/index.php"), timeout=15).text


def test_check_is_content_beside_sites(at_a_path):
    result = at_a_path.installation.run_orgctl("check", "--url", at_a_path.url, config_path=at_a_path.server.config_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_other_site_has_the_path_only_where_the_sample_is_for_all(at_a_path):
    status, _, _ = sites.ask(at_a_path.server, "GET", f"{SAMPLE_PATH}/health", {}, None, sites.OTHER_HOST)
    assert status == (200 if at_a_path.configuration is sites.lighttpd else 404)


# What a site has for all its URLs


def asking_for_a_password(server):
    """A site that asks everybody for one."""
    users = write_file(server.directory / "users", "a:$1$x$WITHOUT-ONE\n")
    if isinstance(server, Lighttpd):
        return (f'server.modules += ( "mod_auth", "mod_authn_file" )\nauth.backend = "htpasswd"\n'
                f'auth.backend.htpasswd.userfile = "{users}"\n'
                f'auth.require = ( "" => ( "method" => "basic", "realm" => "x", "require" => "valid-user" ) )\n'
                f'{server.no_sites()}')
    if isinstance(server, Apache):
        return sites.apache_path(server).replace("DirectoryIndex", f"""<Location "/">
            AuthType Basic
            AuthName x
            AuthUserFile "{users}"
            Require valid-user
        </Location>
        DirectoryIndex""", 1)
    return sites.nginx_path(server).replace("root", f"auth_basic x; auth_basic_user_file {users}; root", 1)


def proxying(server):
    """A site that another server behind this one has."""
    return sites.apache_path(server).replace("DirectoryIndex", 'ProxyPass "/" "http://127.0.0.1:9/"\nDirectoryIndex', 1)


FOR_ALL = [("lighttpd", asking_for_a_password, 401), ("lighttpd-remote", asking_for_a_password, 401),
           ("nginx", asking_for_a_password, 401), ("apache-mod_fcgid", asking_for_a_password, 401),
           ("apache-mod_proxy_fcgi", asking_for_a_password, 401), ("apache-mod_fcgid", proxying, 503),
           ("apache-mod_proxy_fcgi", proxying, 503)]


@pytest.mark.parametrize("kind, configuration, status", FOR_ALL, ids=lambda value: getattr(value, "__name__", str(value)))
def test_what_a_site_has_for_all_its_urls_is_not_for_the_api(database, kind, configuration, status, monkeypatch):
    server = SERVERS[kind][0]
    if issubclass(server, Apache):
        monkeypatch.setattr(server, "modules", " ".join(dict.fromkeys(
            f"{server.modules} proxy proxy_http authn_core authn_file auth_basic authz_user".split())))
    changes = {"#auth.require": "auth.require"} if issubclass(server, Lighttpd) else {}
    with Instance(database, kind, SAMPLE_PATH, workers=2, sites=configuration, changes=changes) as instance:
        owner = instance.user()
        assert ok(owner.client.get("/users/me"))["username"] == owner.name
        assert sites.ask(instance.server, "GET", "/docs/", {}, None)[0] == status
