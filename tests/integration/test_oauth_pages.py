"""Pages for people, their sessions and cookies. Points 12-14 and 35 of RFC 6749 and 9700."""

import base64
import hashlib
import re
import urllib.parse
import uuid

import pytest

from oauth import (PASSWORD, REDIRECT, Browser, Device, Pkce, RegisteredClient, answer_of, browser,  # noqa: F401
                   forget_attempts, forget_grants, id_of, page_of, person, person_of, public, sign_in, signed_in)

ALLOWED_ORIGIN = "https://app.example.org"  # cors_origins of the instance


@pytest.fixture(autouse=True)
def unhindered(instance):
    forget_attempts(instance)
    forget_grants(instance)


def session_of(browser):
    return browser.session.cookies["orgd_session"]


def is_signed_in(browser):
    browser.get("/auth/sign-in")
    return "You are signed in" in browser.page.text


def assert_forged(response):
    page_of(response, 403)
    assert "Nothing was done" in response.text and "orgd_session" not in response.headers.get("Set-Cookie", "")


# Every page, also of errors


def pages(instance, signed_in, public):
    """(name, status, response)"""
    anonymous = Browser(instance.url)
    device = Device(instance)
    for name, status, who, path in (
            ("sign in", 200, anonymous, "/auth/sign-in"), ("signed in", 200, signed_in, "/auth/sign-in"),
            ("consent", 200, signed_in, public.request(Pkce())), ("device", 200, signed_in, "/auth/device"),
            ("device question", 200, signed_in, "/auth/device?user_code=" + device.user_code),
            ("no such device", 404, signed_in, "/auth/device?user_code=BBBB-BBBB"),
            ("unknown client", 400, anonymous, "/auth/authorize"),
            ("foreign redirect", 400, anonymous, public.request(Pkce(), redirect_uri="https://evil.example/"))):
        yield name, status, who.get(path)
    for name, status, method, path, form in (
            ("forged sign-in", 403, "POST", "/auth/sign-in", {"username": "x", "password": "y"}),
            ("wrong media type", 415, "POST", "/auth/sign-in", None),
            ("wrong method", 405, "DELETE", "/auth/authorize", None)):
        yield name, status, anonymous.session.request(method, instance.url + path, data=form)
    anonymous.get("/auth/sign-in")
    yield "wrong password", 403, anonymous.submit(username="nobody", password="wrong password")


@pytest.mark.shows("V14.4.1-14.4.7", "OAuth 13")
def test_every_page_protects_the_person(instance, signed_in, public):
    """RFC 9700, 4.16 (no frames), 4.2.4 (no referrer), 4.2 (no third-party content); RFC 6749, 10.13."""
    for name, status, response in pages(instance, signed_in, public):
        page_of(response, status)
        policy = dict((directive.split(" ", 1) + [""])[:2]
                      for directive in response.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'", name
        assert not {"script-src", "img-src", "connect-src", "frame-src"} & set(policy), name
        style, = re.findall(r"<style>(.*?)</style>", response.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert policy["style-src"] == f"'sha256-{digest}'", name
        expected = "'self' https://app.example.org" if name == "consent" else "'self'"
        assert policy["form-action"] == expected, name
        for header, value in (("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
                              ("X-Content-Type-Options", "nosniff")):
            assert response.headers[header] == value, name
        assert name == "wrong method" or "no-store" in response.headers["Cache-Control"], name
        without_links = re.sub(r'<a href="/(auth/[a-z-]+|docs)?">', "<a>", response.text)  # to pages of ours
        assert not re.search(r"\s(?:src|href|style|on\w+)=", without_links), name
        assert "://" not in re.sub(r"value=\"[^\"]*\"|<strong>[^<]*</strong>|<dd>[^<]*</dd>", "", response.text), name
        assert '<html lang="en">' in response.text and "<h1>" in response.text and "<title>" in response.text


def test_pages_with_a_session_are_never_cached(instance, signed_in, public):
    for name, _, response in pages(instance, signed_in, public):
        assert name == "wrong method" or response.headers["Cache-Control"] == "no-store", name


@pytest.mark.shows("OAuth 14")
def test_no_script_of_another_origin_reads_a_page(instance, signed_in, public):
    """RFC 9700, 2.6: no CORS on the authorization endpoint, not even for origins that may call the API. They may read
    which methods a path takes, in a 405 without a page."""
    for origin in (ALLOWED_ORIGIN, "https://evil.example", "null"):
        for path in (public.request(Pkce()), "/auth/authorize", "/auth/sign-in", "/auth/device", "/auth/sign-out"):
            for method in ("GET", "POST", "OPTIONS"):
                response = signed_in.session.request(method, instance.url + path, allow_redirects=False, headers={
                    "Origin": origin, "Access-Control-Request-Method": "POST",
                    "Content-Type": "application/x-www-form-urlencoded"})
                allowed = {name for name in response.headers if name.lower().startswith("access-control-allow")}
                assert allowed <= ({"Access-Control-Allow-Origin"} if response.status_code in (204, 405) else set())


def test_scripts_of_allowed_origins_may_call_the_token_endpoint(instance, public):
    """Else no application in a browser could redeem a code."""
    paths = ("/auth/token", "/auth/revoke", "/auth/device_authorization")
    for path in (*paths, "/.well-known/oauth-authorization-server", "/.well-known/jwks.json"):
        method = "POST" if path in paths else "GET"
        for origin in (ALLOWED_ORIGIN, "https://evil.example"):
            headers = {"Origin": origin, "Access-Control-Request-Method": method}
            preflight = instance.client().options(path, headers=headers)
            response = instance.client().request(method, path, data={"x": "y"} if method == "POST" else None,
                                                 headers={"Origin": origin})
            for answer in (preflight, response):
                expected = "*" if method == "GET" else origin if origin == ALLOWED_ORIGIN else None
                assert answer.headers.get("Access-Control-Allow-Origin") == expected
                assert "Access-Control-Allow-Credentials" not in answer.headers
            assert preflight.status_code == 204


# Forms: RFC 6749, 10.12


@pytest.mark.shows("V4.2.2", "OAuth 12")
def test_a_form_counts_only_from_our_own_page(instance, person, browser, public):
    """No token, a made-up one, that of another browser, that of before signing in: nothing is done."""
    browser.get("/auth/sign-in")
    before = browser.forms()[0].fields["form_token"]
    stranger = Browser(instance.url)
    stranger.get("/auth/sign-in")
    tokens = [None, "", "x", "A" * 43, "A" * 5000, "\u00e9" * 43, stranger.forms()[0].fields["form_token"]]
    for token in tokens:
        form = {"username": person.name, "password": PASSWORD, "form_token": token}
        assert_forged(browser.post("/auth/sign-in", {key: value for key, value in form.items() if value is not None}))
    browser.get("/auth/sign-in")
    browser.sign_in(person.name)
    device = Device(instance)
    for path, fields in (("/auth/authorize", {"decision": "allow"}), ("/auth/authorize", {"decision": "deny"}),
                         ("/auth/device", {"user_code": device.user_code, "decision": "allow"}),
                         ("/auth/sign-out", {})):
        browser.get(public.request(Pkce()))
        form = browser.forms()[0].fields if path == "/auth/authorize" else {}
        for token in (*tokens, before):
            sent = {**form, **fields, "form_token": token}
            response = browser.post(path, {key: value for key, value in sent.items() if value is not None}
                                    or {"x": "y"})
            assert_forged(response)
    assert is_signed_in(browser)
    assert device.poll().json()["error"] == "authorization_pending"


def test_a_form_needs_its_browser(instance, signed_in, public):
    """The token alone, without the cookies it was made for."""
    signed_in.get(public.request(Pkce()))
    form = signed_in.forms()[0]
    assert_forged(Browser(instance.url).post(form.action, {**form.fields, "decision": "allow"}))
    thief = Browser(instance.url)
    thief.session.cookies["orgd_session"] = session_of(signed_in)
    assert_forged(thief.post(form.action, {**form.fields, "decision": "allow"}))


@pytest.mark.shows("V4.2.2")
def test_forms_are_sent_by_post_alone(browser, signed_in, person, public):
    """A link or an image must not be able to do what a form does."""
    browser.get("/auth/sign-in")
    token = browser.forms()[0].fields["form_token"]
    browser.get(f"/auth/sign-in?form_token={token}&username={person.name}&password={PASSWORD}")
    assert not is_signed_in(browser)
    assert signed_in.get("/auth/sign-out").status_code == 405
    signed_in.get(public.request(Pkce()))
    token = signed_in.forms()[0].fields["form_token"]
    assert "Let this application in?" in signed_in.get(public.request(Pkce(), decision="allow", form_token=token)).text


# Redirects


@pytest.mark.shows("OAuth 12")
def test_after_a_form_comes_303(instance, person, browser, public):
    """RFC 9700, 4.12: 307 would send the password on."""
    browser.get(public.request(Pkce()))
    assert browser.page.status_code == 303
    browser.get(browser.page.headers["Location"])
    assert browser.submit(username=person.name, password=PASSWORD).status_code == 303
    browser.get(browser.page.headers["Location"])
    for decision in ("allow", "deny"):
        browser.get(public.request(Pkce()))
        response = browser.submit(decision=decision)
        assert response.status_code == 303 and response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"


FOREIGN_PAGES = [
    "https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "evil.example", "/", "",
    "/organizations", "/auth/authorizex", "/auth/authorize/x", "/auth/authorize@evil.example/",
    "/auth/authorize/../../x",
    "/auth/devices", "/auth/sign-out", "/auth/sign-in", "javascript:alert(1)", " /auth/device", "/AUTH/DEVICE",
    "/auth/device#x", "/auth/device\r\nSet-Cookie: orgd_session=evil", "/auth//device", "http:/auth/device",
]


@pytest.mark.shows("V5.1.5")
@pytest.mark.parametrize("page", FOREIGN_PAGES)
def test_after_signing_in_one_is_sent_to_our_own_pages_only(instance, person, browser, signed_in, page):
    """RFC 9700, 4.11: no open redirector."""
    for path in ("/auth/sign-in", "/auth/sign-out"):
        who = sign_in(instance, person) if path == "/auth/sign-out" else browser
        who.get("/auth/sign-in")
        fields = {"username": person.name, "password": PASSWORD} if path == "/auth/sign-in" else {}
        response = who.submit(next=page, **fields)
        assert response.headers.get("Location", "/auth/sign-in") == "/auth/sign-in"
        assert response.status_code == (303 if path == "/auth/sign-in" else 200)
    response = signed_in.session.get(instance.url + "/auth/sign-in", params={"next": page}, allow_redirects=False)
    assert "Location" not in response.headers


@pytest.mark.parametrize("page", ["/auth/device?x=\r\nSet-Cookie: orgd_session=evil", "/auth/authorize?\nX-Evil: 1"])
def test_no_header_can_be_smuggled_in(instance, person, browser, page):
    browser.get("/auth/sign-in")
    response = browser.submit(username=person.name, password=PASSWORD, next=page)
    assert "X-Evil" not in response.headers and "evil" not in response.headers["Set-Cookie"]
    assert response.status_code != 303 or response.headers.get("Location", "nowhere").startswith("/auth/")


@pytest.mark.parametrize("body", ["client_id=x\r\nX-Evil: 1", "client_id=x\rX-Evil: 1", "\n", "a=b\x7f", "a=\u00e9"])
def test_a_posted_request_never_ends_in_a_blank_page(browser, instance, body):
    response = browser.session.post(instance.url + "/auth/authorize", data=body.encode(), allow_redirects=False,
                                    headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert "X-Evil" not in response.headers
    if response.status_code == 303:
        assert response.headers.get("Location", "nowhere").startswith("/auth/authorize")
    else:
        page_of(response, 400)


# Sessions


@pytest.mark.shows("V3.2.1-3.2.2", "OAuth 35")
def test_every_sign_in_makes_a_session_of_its_own(instance, person):
    """No session that somebody planted is filled (session fixation)."""
    browser = sign_in(instance, person)
    planted = session_of(browser)
    browser.get("/auth/sign-in")
    browser.submit()
    assert not is_signed_in(browser)
    victim = Browser(instance.url)
    victim.session.cookies["orgd_session"] = planted
    victim.get("/auth/sign-in")
    victim.submit(username=person.name, password=PASSWORD)
    assert 'orgd_session=' in victim.page.headers["Set-Cookie"] and planted not in victim.page.headers["Set-Cookie"]
    assert not is_signed_in(browser)


@pytest.mark.shows("V3.3.1-3.3.3")
def test_a_session_ends_where_the_person_signs_out(instance, person):
    browser, other = sign_in(instance, person), sign_in(instance, person)
    stolen = session_of(browser)
    browser.get("/auth/sign-in")
    response = browser.submit()
    assert "Max-Age=0" in response.headers["Set-Cookie"] and "signed out" in response.text
    thief = Browser(instance.url)
    thief.session.cookies["orgd_session"] = stolen
    assert not is_signed_in(thief) and is_signed_in(other)


@pytest.mark.shows("V3.2.1-3.2.2")
@pytest.mark.parametrize("change", ["", "x", "A" * 71, None])
def test_a_session_cookie_must_be_right(instance, person, change):
    cookie = session_of(sign_in(instance, person))
    browser = Browser(instance.url)
    wrong = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")
    browser.session.cookies["orgd_session"] = wrong if change is None else change
    assert not is_signed_in(browser)


@pytest.mark.shows("V3.3.1-3.3.3")
@pytest.mark.parametrize("what", ["expiry", "password", "deactivation"])
def test_a_session_ends_with_what_it_stands_on(instance, public, what):
    person = person_of(instance)
    browser = sign_in(instance, person)
    browser.get(public.request(Pkce()))
    if what == "expiry":
        instance.installation.sql("UPDATE orgd.orgd_credentials SET expires = UTC_TIMESTAMP(6) WHERE id = "
                                  + id_of(session_of(browser)))
    elif what == "password":
        instance.installation.orgctl("user", "set", person.name, "--password", input="another password")
    else:
        instance.installation.orgctl("user", "deactivate", person.name)
    response = browser.submit(decision="allow")
    assert response.status_code == 303 and response.headers["Location"].startswith("/auth/sign-in?next=")
    assert "code=" not in response.headers["Location"].replace("response_type=code", "")
    assert not is_signed_in(browser)


def test_a_request_survives_signing_out_as_somebody_else(instance, person, public):
    """The consent page's button for another account."""
    other = person_of(instance)
    browser = sign_in(instance, other)
    pkce = Pkce()
    browser.get(public.request(pkce))
    assert other.name in browser.page.text
    browser.submit(1)
    browser.follow()
    browser.sign_in(person.name)
    assert person.name in browser.page.text and other.name not in browser.page.text
    assert answer_of(browser.submit(decision="allow"), REDIRECT)["state"] == "s t&1"


@pytest.mark.shows("V5.2.6, V5.3.3")
def test_what_a_person_types_comes_back_as_text(browser):
    browser.get("/auth/sign-in")
    response = browser.submit(username='"><script>alert(1)</script>', password="wrong password")
    assert "<script" not in response.text and "&quot;&gt;&lt;script" in response.text
    assert "wrong password" not in response.text


def test_the_device_page_shows_what_it_was_told_as_text(instance, signed_in):
    client = RegisteredClient(instance, redirect_uris=None, name=f"<i>{uuid.uuid4()}</i>")
    started = instance.client().post("/auth/device_authorization", data={"client_id": client.id},
                                     headers={"User-Agent": "<script>alert(1)</script>"}).json()
    page = signed_in.get("/auth/device?user_code=" + started["user_code"]).text
    assert "<script" not in page and "<i>" not in page and "&lt;script&gt;alert(1)" in page and "&lt;i&gt;" in page


@pytest.mark.parametrize("around", [" {}", "{} ", "\u00a0{}\u3000", "{}\t"])
def test_blanks_around_a_user_name_are_not_part_of_it(instance, browser, person, around):
    """Keyboards of phones put one behind what they complete."""
    browser.get("/auth/sign-in")
    browser.sign_in(around.format(person.name))
    assert "You are signed in" in browser.page.text


# Ways on


def test_a_second_tab_with_the_sign_in_page_is_no_dead_end(instance, browser, person, public):
    for next_ in (None, public.request(Pkce())):
        browser.session.cookies.clear()
        path = "/auth/sign-in" + ("" if next_ is None else "?" + urllib.parse.urlencode({"next": next_}))
        browser.get(path)
        form = browser.forms()[0]
        browser.sign_in(person.name)
        response = browser.post(form.action, {**form.fields, "username": person.name, "password": PASSWORD})
        assert (response.status_code, response.headers["Location"]) == (303, next_ or "/auth/sign-in")
        browser.follow()
        assert person.name in browser.page.text


def test_every_page_leads_somewhere(instance, person):
    browser = sign_in(instance, person)
    assert 'href="/auth/device"' in browser.page.text and "lose their access" in browser.page.text
    browser.submit()
    assert 'href="/auth/sign-in"' in browser.page.text and "have no access any more" in browser.page.text
    browser.post("/auth/sign-in", {"username": person.name, "password": PASSWORD, "form_token": "x"})
    assert browser.page.status_code == 403 and 'href="/auth/sign-in"' in browser.page.text
