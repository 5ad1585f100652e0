"""The cookies of the pages, at each mount. Point 35 of RFC 6749 and 9700."""

import re

import pytest
import requests

from installation import Instance
from oauth import PASSWORD, Browser, person_of, sign_in
from servers import MOUNTS

# What a browser sends to others on the host, or to the service under another name of its mount.
NEIGHBOURS = ["/", "/blog/", "/api", "/api/v10", "/api/v2/auth/sign-in", "/API/V1/auth/sign-in"]


def set_cookies(response):
    return sorted(response.raw.headers.getlist("Set-Cookie"), reverse=True)


@pytest.mark.shows("V3.4.1-3.4.5", "OAuth 35")
def test_the_session_cookie_is_for_the_server_alone(every_server):
    """RFC 6265, 4.1.2; without TLS it cannot be Secure."""
    path = every_server.mount or "/"
    person = person_of(every_server)
    browser = Browser(every_server.url)
    new = set_cookies(browser.get(f"{every_server.mount}/auth/sign-in"))
    assert len(new) == 1
    assert re.fullmatch(rf"orgd_browser=[A-Za-z0-9_-]{{43}}; Path={path}; HttpOnly; SameSite=Lax", new[0])
    session, known = set_cookies(browser.submit(username=person.name, password=PASSWORD))
    assert re.fullmatch(rf"orgd_session=[A-Za-z0-9_-]{{71}}; Path={path}; HttpOnly; SameSite=Lax", session)
    assert re.fullmatch(rf"orgd_known=[A-Za-z0-9_-]{{64}}; Path={path}; HttpOnly; SameSite=Lax; Max-Age=15552000", known)
    browser.get(f"{every_server.mount}/auth/sign-in")
    assert set_cookies(browser.submit()) == [f"orgd_session=; Path={path}; HttpOnly; SameSite=Lax; Max-Age=0"]
    assert "orgd_session" not in browser.session.cookies and "orgd_known" in browser.session.cookies


@pytest.mark.shows("V3.4.1-3.4.5", "V9.1.1, V9.2.1", "OAuth 35")
@pytest.mark.parametrize("mount", MOUNTS)
def test_tls_is_known_from_the_configuration(database, mount):
    """RFC 9700, 2.6 and 4.13: no header of the request turns it on or off. `__Host-` demands the path /."""
    secure_prefix = "__Secure-orgd_" if mount else "__Host-orgd_"
    for settings, prefix in (({"public_url": f"https://orgs.example.org{mount}"}, secure_prefix), ({}, "orgd_")):
        with Instance(database, "lighttpd", mount, workers=2, settings=settings) as other:
            person = person_of(other)
            for forwarded in ({}, {"X-Forwarded-Proto": "http"},
                              {"X-Forwarded-Proto": "https", "Forwarded": "proto=https",
                                                                  "X-Forwarded-Host": "evil.example",
                                                                  "Host": "evil.example"}):
                browser = Browser(other.url)
                browser.session.headers.update(forwarded)
                cookies = set_cookies(browser.get(f"{mount}/auth/sign-in"))
                browser.session.headers["Cookie"] = cookies[0].split(";")[0]
                cookies += set_cookies(browser.submit(username=person.name, password=PASSWORD))
                browser.session.headers["Cookie"] += "; " + cookies[1].split(";")[0]
                browser.get(f"{mount}/auth/sign-in")
                cookies += set_cookies(browser.submit())
                assert len(cookies) == 4 and cookies[3].startswith(f"{prefix}session=;")
                for cookie in cookies:
                    assert cookie.startswith(prefix) and ("; Secure;" in cookie) == bool(settings)
                    assert f"; Path={mount or '/'};" in cookie and "; HttpOnly" in cookie and "Domain" not in cookie
                metadata = other.client().get("/.well-known/oauth-authorization-server", headers=forwarded).json()
                assert metadata["issuer"] == settings.get("public_url", other.url)


def test_what_else_the_host_serves_gets_no_cookie(every_server):
    """At a mount of its own the session goes to every path of the service, and to no other one of its host."""
    session = sign_in(every_server, person_of(every_server)).session

    def is_sent_to(path):
        return "orgd_session" in (session.prepare_request(requests.Request("GET", Browser(every_server.url).origin + path))
                                  .headers.get("Cookie", ""))

    assert all(is_sent_to(every_server.mount + path) for path in ("/auth/authorize", "/organizations", "/", "/x/y"))
    assert [path for path in NEIGHBOURS if is_sent_to(path)] == ([] if every_server.mount else NEIGHBOURS)
