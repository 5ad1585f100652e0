"""The authorization endpoint: its parameters, whom it answers, and what it refuses. Points 1-5, 10, 11 and 14 of
RFC 6749, 7636, 8252, 9207 and 9700."""

import secrets
import string
import urllib.parse

import pytest

from expect import UNKNOWN_ID, ok
from installation import Instance
from oauth import (PASSWORD, REDIRECT, Browser, Pkce, RegisteredClient, answer_of, browser, forget_grants,  # noqa: F401
                   is_accepted, page_of, person, person_of, public, sign_in, signed_in, tokens_for)

LOOPBACK = "http://127.0.0.1/callback http://[::1]/callback"


@pytest.fixture(autouse=True)
def unremembered(instance):
    forget_grants(instance)


def back_at_the_client(instance, response, redirect_uri=REDIRECT, state="s t&1"):
    """What the client is told: always by whom (RFC 9207, 2), and its state as it sent it."""
    answer = answer_of(response, redirect_uri)
    assert answer.get("state") == state
    assert answer["iss"] == instance.url
    return answer


@pytest.fixture(scope="module")
def unfiltered(database):
    """Behind a web server that lets any octet through in a query."""
    with Instance(database, "nginx", "", workers=2) as started:
        yield started


def asks(browser, client, **changes):
    """Whether a person who is signed in is asked for consent."""
    browser.get(client.request(Pkce(), **changes))
    return browser.page.status_code == 200 and "Let this application in?" in browser.page.text


# Whom to answer: RFC 6749, 4.1.2.1


@pytest.mark.shows("OAuth 2")
@pytest.mark.parametrize("client_id", [None, "", "x", UNKNOWN_ID, "ÿ" * 36, "0" * 32, "' OR 1=1 --", "\0"])
def test_an_unknown_client_gets_nobody_anywhere(browser, signed_in, public, client_id):
    """RFC 6749, 4.1.2.1: an error page, no redirect, whether somebody is signed in or not."""
    for who in (browser, signed_in):
        response = who.get(public.request(Pkce(), client_id=client_id, redirect_uri="https://evil.example/"))
        if response.status_code == 400 and response.headers["Content-Type"] == "text/html":
            assert client_id == "\0"  # lighttpd itself refuses control characters
            continue
        assert "not registered" in page_of(response, 400)
        assert "evil.example" not in response.text


FOREIGN_URIS = [
    "https://evil.example/callback", "https://app.example.org/", "https://app.example.org", REDIRECT + "/",
    REDIRECT + "/x", REDIRECT + "?", REDIRECT + "?x=1", REDIRECT + "#", REDIRECT + "#x", REDIRECT[:-1],
    # no case folding, neither ASCII's nor Unicode's
    "https://app.example.org/Callback", "https://APP.example.org/callback", "HTTPS://app.example.org/callback",
    "https://app.example.org/callbac\u212a", "https://app.example.org/call\uff42ack",
    "https://app.example.org/callba\u0441k",
    "https://app.example.org/callback\u200b", "https://app.example\u3002org/callback",
    # no normalization
    "https://app.example.org:443/callback", "https://app.example.org/x/../callback",
    "https://app.example.org/./callback",
    "https://app.example.org//callback", "https://app.example.org/%63allback", "https://app.example.org/callback;x",
    "https://app.example.org/callback\\", "https:\\\\app.example.org\\callback", "https:/app.example.org/callback",
    "https:app.example.org/callback", "//app.example.org/callback", "/callback", "callback",
    # another host
    "https://app.example.org@evil.example/callback", "https://user@app.example.org/callback",
    "https://app.example.org:x@evil.example/callback", "https://app.example.org.evil.example/callback",
    "https://evil.example/https://app.example.org/callback", "https://evil.example?" + REDIRECT,
    "https://evil.example#" + REDIRECT, "https://evil.example\\@app.example.org/callback",
    # another scheme
    "http://app.example.org/callback", "javascript:alert(1)//https://app.example.org/callback",
    "data:text/html,https://app.example.org/callback", "http://127.0.0.1/callback", "http://127.0.0.1:8080/callback",
    # something around it
    " " + REDIRECT, REDIRECT + " ", REDIRECT + " https://evil.example/", REDIRECT + "," + REDIRECT, "*",
    "https://*.example.org/callback", REDIRECT + "%00", REDIRECT + "%0d%0aX-Evil:1",
]


@pytest.mark.shows("V5.1.5", "OAuth 3")
@pytest.mark.parametrize("uri", FOREIGN_URIS)
def test_a_redirect_uri_counts_only_octet_by_octet(browser, signed_in, public, uri):
    """RFC 9700, 2.1 and 4.1.3; RFC 6749, 4.1.2.1: a mismatch is told to the person, not to the address."""
    for who in (browser, signed_in):
        assert "not registered" in page_of(who.get(public.request(Pkce(), redirect_uri=uri)), 400)


@pytest.mark.parametrize("octets",
                         ["https%3A%2F%2Fevil.example%2F%FF", "%FF", "https%3A%2F%2Fapp.example.org%2Fcallback%FF",
                                    "https%3A%2F%2Fapp.example.org%2F%C0%AE%C0%AE%2Fcallback"])
def test_a_redirect_uri_that_is_no_text_is_a_mismatch_not_an_absence(unfiltered, person, public, octets):
    """RFC 6749, 4.1.2.1: it was sent, and it is invalid."""
    page_of(sign_in(unfiltered, person).get(public.request(Pkce(), redirect_uri=None) + "&redirect_uri=" + octets), 400)


@pytest.mark.shows("OAuth 2")
@pytest.mark.parametrize("name, other", [("redirect_uri", "https://evil.example/callback"),
                                         ("client_id", UNKNOWN_ID)])
def test_a_second_client_or_redirect_uri_is_no_valid_one(browser, signed_in, public, name, other):
    """RFC 6749, 3.1 and 4.1.2.1: repeated, it is invalid, so nobody is sent anywhere."""
    good = {"redirect_uri": REDIRECT, "client_id": public.id}[name]
    for who in (browser, signed_in):
        for first, second in ((good, other), (other, good)):
            path = public.request(Pkce(), **{name: first}) + f"&{name}={urllib.parse.quote(second, safe='')}"
            page_of(who.get(path), 400)


def test_without_redirect_uri_the_only_registered_one_counts(instance, signed_in, public):
    """RFC 6749, 3.1.2.3: it must be sent if several are registered."""
    assert asks(signed_in, public, redirect_uri=None)
    pkce = Pkce()
    signed_in.get(public.request(pkce, redirect_uri=None))
    answer = back_at_the_client(instance, signed_in.submit(decision="allow"))
    ok(public.redeem(answer["code"], pkce, redirect_uri=None))
    several = RegisteredClient(instance, REDIRECT + " https://app.example.org/other")
    page_of(signed_in.get(several.request(Pkce(), redirect_uri=None)), 400)
    page_of(signed_in.get(several.request(Pkce(), redirect_uri="")), 400)
    assert asks(signed_in, several, redirect_uri="https://app.example.org/other")
    none = RegisteredClient(instance, None)
    page_of(signed_in.get(none.request(Pkce())), 400)
    page_of(signed_in.get(none.request(Pkce(), redirect_uri=REDIRECT)), 400)


def test_the_query_of_a_registered_uri_is_kept(instance, signed_in):
    """RFC 6749, 3.1.2."""
    uri = "https://app.example.org/callback?tenant=a%20b&x="
    client = RegisteredClient(instance, uri)
    for changes, decision in (({}, "allow"), ({}, "deny"), ({"response_type": "token"}, None)):
        response = signed_in.get(client.request(Pkce(), **changes))
        response = signed_in.submit(decision=decision) if decision else response
        location = response.headers["Location"]
        assert response.status_code == 303 and location.startswith(uri + "&") and location.count("?") == 1
        answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
        assert answer["iss"] == instance.url and ("code" in answer) == (decision == "allow")


# Programs on the person's own machine: RFC 8252


@pytest.mark.shows("OAuth 4")
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_loopback_redirect_may_have_any_port(instance, signed_in, host):
    """RFC 8252, 7.3; the code stays bound to the address that was asked for (RFC 6749, 4.1.3)."""
    client = RegisteredClient(instance, LOOPBACK)
    for port in ("", ":1", ":8080", ":65535"):
        uri = f"http://{host}{port}/callback"
        pkce = Pkce()
        signed_in.get(client.request(pkce, redirect_uri=uri))
        answer = back_at_the_client(instance, signed_in.submit(decision="allow"), uri)
        assert client.redeem(answer["code"], pkce, redirect_uri=f"http://{host}:9/callback").status_code == 400
        ok(client.redeem(answer["code"], pkce, redirect_uri=uri))


@pytest.mark.shows("OAuth 4")
def test_many_libraries_have_localhost_built_in(instance, signed_in):
    """RFC 8252, 8.3 advises against it, so the manual does too; the port is the program's."""
    client = RegisteredClient(instance, "http://localhost/callback")
    for port in ("", ":1", ":8080"):
        uri = f"http://localhost{port}/callback"
        signed_in.get(client.request(Pkce(), redirect_uri=uri))
        back_at_the_client(instance, signed_in.submit(decision="allow"), uri)
    for uri in ("http://127.0.0.1/callback", "http://localhost.evil.example/callback",
                "http://localhost:80@evil.example/", "http://LOCALHOST/callback", "https://localhost/callback",
                "http://localhost:1/other"):
        page_of(signed_in.get(client.request(Pkce(), redirect_uri=uri)), 400)


@pytest.mark.parametrize("uri", [
    "http://localhost/callback", "http://localhost:8080/callback", "http://localhost", "http://127.0.0.2:8080/callback",
    "https://127.0.0.1:8080/callback", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/callback2",
    "http://127.0.0.1:8080/callback?x=1", "http://127.0.0.1:8080/callback#x",
    "http://127.0.0.1:8080@evil.example/callback",
    "http://127.0.0.1@evil.example/callback", "http://127.0.0.1:80:80/callback",
    "http://127.0.0.1.evil.example/callback",
    "http://127.0.0.1:80a/callback", "http://127.0.0.1:-1/callback", "http://127.0.0.1:+80/callback",
    "http://127.1/callback", "http://0x7f000001/callback", "http://[::1]x:80/callback",
    "http://[::1]:80@evil.example/callback",
    "http://[0:0:0:0:0:0:0:1]:80/callback", "http://[::2]:80/callback", "http://[::ffff:127.0.0.1]/callback",
    "http://user@127.0.0.1:80/callback", "http://127.0.0.1:\u0661/callback",
])
def test_but_the_rest_of_it_is_exact(instance, signed_in, uri):
    """RFC 8252, 7.3 and 8.3; RFC 9700, 2.1."""
    client = RegisteredClient(instance, LOOPBACK)
    page_of(signed_in.get(client.request(Pkce(), redirect_uri=uri)), 400)


@pytest.mark.shows("OAuth 4")
@pytest.mark.parametrize("uri", [
    "http://app.example.org/callback", "http://localhost.evil.example/callback", "http://127.0.0.1.evil.example/",
    "//evil.example/x:y", "java.script:alert(1)", "jav.ascript:alert(1)",
    "http://127.0.0.1@evil.example/", "http://127.0.0.2/", "http://[::2]/", "https://app.example.org/callback#x",
    "https://app.example.org/#", "https://user@app.example.org/callback", "https://user:secret@app.example.org/",
    "https://", "https:///callback", "https:app.example.org", "https://app.example.org/\u00e9",
    "https://app.example.org/\u212a",
    "https://app.example.org/\t", "javascript:alert(1)", "data:text/html,x", "callback", "/callback",
    "//app.example.org/",
    "ftp://app.example.org/", "myapp:/callback", "https://app.example.org/" + "x" * 2100,
])
def test_no_unsafe_redirect_uri_can_be_registered(instance, uri):
    """RFC 6749, 3.1.2 (no fragment); RFC 9700, 2.6 (https, or loopback); RFC 8252, 7.1 (a scheme with a period)."""
    result = instance.installation.run_orgctl("client", "create", "unsafe" + uri[:20], "--redirect-uri", uri)
    assert result.returncode != 0 and "redirect" in result.stderr, result.stdout
    assert uri[:20] not in result.stdout


def test_a_private_scheme_can_be_registered(instance, signed_in):
    """RFC 8252, 7.1."""
    client = RegisteredClient(instance, "org.example.app:/callback")
    signed_in.get(client.request(Pkce()))
    back_at_the_client(instance, signed_in.submit(decision="allow"), "org.example.app:/callback")


# What is wrong with a request is told to the client


NO_CHALLENGE = {"code_challenge": None, "code_challenge_method": None}
FAULTS = [
    # RFC 6749, 3.1.1, 4.1.2.1; RFC 9700, 2.1.2: nothing but the code
    ({"response_type": None}, "invalid_request"), ({"response_type": ""}, "invalid_request"),
    *(({"response_type": value}, "unsupported_response_type")
      for value in ("token", "id_token", "code token", "token code", "code id_token", "none", "CODE", "x")),
    # RFC 7636, 4.3, 4.4.1; RFC 9700, 2.1.1; RFC 8252, 8.1: PKCE, and S256 alone
    (NO_CHALLENGE, "invalid_request"), ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge": ""}, "invalid_request"), ({"code_challenge_method": None}, "invalid_request"),
    *(({"code_challenge_method": value}, "invalid_request")
      for value in ("", "plain", "s256", "S512", "S256 ", "none")),
    *(({"code_challenge": value}, "invalid_request")
      for value in ("x", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "+", "A" * 42 + "/", "A" * 42 + " ", "A" * 128,
                    "\u00e9" * 43)),
    # RFC 9101, 7 (also OpenID Connect Core, 6)
    ({"request": "x"}, "request_not_supported"),
    ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
]


@pytest.mark.shows("OAuth 5", "OAuth 11")
@pytest.mark.parametrize("changes, code", FAULTS, ids=str)
def test_a_wrong_request_is_answered_with_its_error_issuer_and_state(instance, signed_in, public, changes, code):
    response = signed_in.get(public.request(Pkce(), **changes))
    answer = back_at_the_client(instance, response)
    assert answer["error"] == code and "code" not in answer
    assert set(answer["error_description"]) <= set(string.printable[:95]) - set('"\\')
    assert "#" not in response.headers["Location"]


@pytest.mark.shows("OAuth 1")
@pytest.mark.parametrize("name", ["response_type", "state", "code_challenge", "code_challenge_method"])
def test_a_repeated_parameter_is_an_invalid_request(instance, signed_in, public, name):
    """RFC 6749, 3.1, also if one of the two is empty or they are the same."""
    pkce = Pkce()
    good = {"response_type": "code", "state": "s t&1", "code_challenge": pkce.challenge,
            "code_challenge_method": "S256"}
    for value in (good[name], "", "x"):
        response = signed_in.get(public.request(pkce) + f"&{name}={urllib.parse.quote(value)}")
        assert answer_of(response, REDIRECT)["error"] == "invalid_request"
        assert answer_of(response)["iss"] == instance.url


@pytest.mark.shows("OAuth 1")
def test_unknown_and_empty_parameters_are_ignored(instance, signed_in, public):
    """RFC 6749, 3.1."""
    assert asks(signed_in, public, prompt="none", nonce="x", resource="https://evil.example/", scope="",
                unknown="\u00e9")
    signed_in.get(public.request(Pkce(), state=""))
    back_at_the_client(instance, signed_in.submit(decision="allow"), state=None)
    signed_in.get(public.request(Pkce(), state=None))
    back_at_the_client(instance, signed_in.submit(decision="deny"), state=None)


STATES = {
    "every visible character": "".join(map(chr, range(0x20, 0x7f))), "text": "\u00e9\u20ac\U0001f600",
    "markup": "'\"><b>&amp;",
    "plus and percent": "a+b%20c%2B", "another parameter": "x&code=evil&iss=https://evil.example#x",
    "CRLF": "a\r\nX-Evil: 1",
}


@pytest.mark.shows("OAuth 10")
@pytest.mark.parametrize("state", STATES)
def test_the_state_comes_back_unchanged(instance, person, browser, public, state):
    """RFC 6749, 4.1.2; through signing in, consent and refusal."""
    value = STATES[state]
    browser.get(public.request(Pkce(), state=value))
    if state == "CRLF" and browser.page.status_code == 400:
        return  # lighttpd itself refuses control characters
    browser.follow()
    browser.sign_in(person.name, PASSWORD)
    answer = back_at_the_client(instance, browser.submit(decision="allow"), state=value)
    assert set(answer) == {"code", "state", "iss"}
    browser.get(public.request(Pkce(), state=value))
    answer = back_at_the_client(instance, browser.submit(decision="deny"), state=value)
    assert answer["error"] == "access_denied"
    back_at_the_client(instance, browser.get(public.request(Pkce(), state=value, response_type="x")), state=value)


def test_a_question_mark_in_the_query_is_data(instance, signed_in, public):
    """RFC 3986, 3.4: a query may hold "?", and some clients send redirect_uri or state so."""
    response = signed_in.get(public.request(Pkce(), state=None, response_type="x") + "&state=a?b")
    back_at_the_client(instance, response, state="a?b")


def test_a_long_state_passes_the_sign_in_page_too(instance, person, browser, public):
    """RFC 6749 sets no limit; a kilobyte of what grows most in a URL is enough for everybody."""
    state = "%" * 1024
    browser.get(public.request(Pkce(), state=state))
    browser.follow()
    browser.sign_in(person.name)
    back_at_the_client(instance, browser.submit(decision="allow"), state=state)


@pytest.mark.parametrize("octets", ["%FFx", "x%00"])
def test_a_state_that_is_no_text_is_not_dropped_silently(unfiltered, person, public, octets):
    """RFC 6749, A.5: such a state is invalid; a client whose state does not come back would not know what hit it."""
    response = sign_in(unfiltered, person).get(public.request(Pkce(), state=None) + "&state=" + octets)
    assert answer_of(response, REDIRECT)["error"] == "invalid_request"


def test_a_request_may_be_posted(instance, person, browser, public):
    """RFC 6749, 3.1. It ends where the same GET does, by 303."""
    pkce = Pkce()
    query = urllib.parse.urlsplit(public.request(pkce)).query
    response = browser.post("/auth/authorize", dict(urllib.parse.parse_qsl(query)))
    assert response.status_code == 303 and response.headers["Location"].startswith("/auth/authorize?")
    browser.follow()
    browser.sign_in(person.name)
    answer = back_at_the_client(instance, browser.submit(decision="allow"))
    ok(public.redeem(answer["code"], pkce))
    for form in ({"client_id": public.id, "redirect_uri": "https://evil.example/"}, {"x": "y"}):
        browser.post("/auth/authorize", form)
        page_of(browser.follow(), 400)


# Nobody is sent on unseen


@pytest.mark.shows("OAuth 14")
@pytest.mark.parametrize("changes", [{}, {"scope": "x"}, {"response_type": "token"}, NO_CHALLENGE, {"prompt": "none"}],
                         ids=str)
def test_who_is_not_signed_in_meets_a_page_first(browser, public, changes):
    """RFC 9700, 4.11.2: an error, too, is no way to redirect somebody who has not signed in."""
    response = browser.get(public.request(Pkce(), **changes))
    assert response.status_code == 303 and response.headers["Location"].startswith("/auth/sign-in?next=")
    page_of(browser.follow(), 200)


def test_a_code_comes_only_from_the_persons_own_click(instance, signed_in, public):
    """RFC 6749, 10.2: every request is asked about, however often it was allowed before."""
    for _ in range(2):
        assert asks(signed_in, public)
        answer = back_at_the_client(instance, signed_in.submit(decision="allow"))
        assert set(answer) == {"code", "state", "iss"} and len(answer["code"]) > 60
    for decision in ("deny", "x", "ALLOW"):
        assert asks(signed_in, public)
        answer = back_at_the_client(instance, signed_in.submit(decision=decision))
        assert answer["error"] == "access_denied" and "code" not in answer


@pytest.mark.parametrize("changes", [{"redirect_uri": "https://evil.example/"}, {"client_id": UNKNOWN_ID}])
def test_a_changed_consent_form_is_checked_again(signed_in, public, changes):
    assert asks(signed_in, public)
    page_of(signed_in.submit(decision="allow", **changes), 400)


@pytest.mark.parametrize("changes", [{"code_challenge": ""}, {"code_challenge_method": "plain"},
                                     {"response_type": "token"}])
def test_a_changed_consent_form_cannot_downgrade(instance, signed_in, public, changes):
    """RFC 9700, 4.8.2."""
    assert asks(signed_in, public)
    answer = back_at_the_client(instance, signed_in.submit(decision="allow", **changes))
    assert "error" in answer and "code" not in answer


def test_the_clients_name_is_text(instance, signed_in):
    name = f"<b>&\"'{secrets.token_hex(4)}</b>"
    client = RegisteredClient(instance, name=name)
    assert asks(signed_in, client)
    assert "<b>" not in signed_in.page.text and "&lt;b&gt;&amp;&quot;&#39;" in signed_in.page.text


def test_the_page_says_who_asks_and_where_it_leads(instance, person, browser):
    client = RegisteredClient(instance)
    browser.get(client.request(Pkce()))
    browser.follow()
    browser.sign_in(person.name)
    for text in (person.name, client.name, "https://app.example.org"):
        assert text in browser.page.text


def test_a_forms_token_never_gets_into_a_url(instance, browser, signed_in, public):
    """URLs get into logs and histories."""
    assert asks(signed_in, public)
    form = signed_in.forms()[0]
    for who in (browser, signed_in):
        page = who.post(form.action, form.fields)  # without a decision it is a request, whatever else is in it
        while page.status_code == 303:
            assert "form_token" not in page.headers["Location"]
            page = who.get(page.headers["Location"])
        assert form.fields["form_token"] not in page.url


# Consent that is given already


def unasked(browser, client, **changes):
    """The answer that comes without a page; None if the person is asked."""
    browser.get(client.request(Pkce(), **changes))
    return answer_of(browser.page) if browser.page.status_code == 303 else None


def test_consent_is_remembered_until_the_grant_is_ended(instance):
    person, client = person_of(instance), RegisteredClient(instance)
    browser = sign_in(instance, person)
    assert unasked(browser, client) is None
    browser.submit(decision="allow")  # the code is not exchanged, so nothing is granted yet
    assert unasked(browser, client) is None
    tokens = tokens_for(browser, person, client)
    assert "code" in unasked(browser, client)
    again = tokens_for(browser, person, client)
    assert "error" in unasked(browser, client, response_type="token")
    for other in (RegisteredClient(instance), RegisteredClient(instance, confidential=True)):
        assert unasked(browser, other) is None
    another = sign_in(instance, person_of(instance))
    assert unasked(another, client) is None
    ok(client.revoke(tokens["refresh_token"]))
    assert "code" in unasked(browser, client)
    ok(client.revoke(again["refresh_token"]))
    assert unasked(browser, client) is None


def test_consent_ends_with_the_sign_out_and_with_time(instance):
    person, client = person_of(instance), RegisteredClient(instance, confidential=True)
    browser = sign_in(instance, person)
    tokens_for(browser, person, client)
    assert "code" in unasked(browser, client)
    instance.installation.sql("UPDATE orgd.orgd_credentials SET expires = UTC_TIMESTAMP(6) WHERE kind = 'grant'"
                              f" AND client = '{client.id}'")
    assert unasked(browser, client) is None
    browser.submit(decision="allow")
    tokens_for(browser, person, client)
    browser.get("/auth/sign-in")
    browser.submit()
    assert unasked(sign_in(instance, person), client) is None


@pytest.mark.parametrize("uri", ["http://127.0.0.1/callback", "http://localhost/callback", "org.example.app:/callback"])
def test_on_ones_own_machine_people_are_asked_each_time(instance, uri):
    """RFC 8252, 8.6: whoever listens there may be somebody else."""
    person, client = person_of(instance), RegisteredClient(instance, uri)
    browser = sign_in(instance, person)
    tokens_for(browser, person, client)
    assert unasked(browser, client) is None


@pytest.mark.parametrize("uri", [REDIRECT, "http://127.0.0.1/callback"])
def test_a_trusted_client_asks_nobody(instance, uri):
    person, client = person_of(instance), RegisteredClient(instance, uri, trusted=True)
    browser = sign_in(instance, person)
    pkce = Pkce()
    browser.get(client.request(pkce))
    tokens = ok(client.redeem(answer_of(browser.page)["code"], pkce))
    assert is_accepted(instance, tokens["access_token"])
    stranger = Browser(instance.url)
    assert stranger.get(client.request(Pkce())).headers["Location"].startswith("/auth/sign-in?next=")
