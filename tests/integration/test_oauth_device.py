"""The device grant. Point 34 of RFC 8628."""

import re
import secrets
import time
import urllib.parse
import uuid

import jwt
import pytest

from expect import ok
from installation import Instance
from oauth import (DEVICE_GRANT, Browser, Device, Pkce, RegisteredClient, allowed, at_once, browser,  # noqa: F401
                   confidential, error_of, forget_attempts, id_of, is_accepted, page_of, person, person_of, public,
                   refused_client, sign_in, signed_in, stop_time)

# RFC 8628, 6.1: no vowels, so no words; 20 ** 8 are 34.5 bits
USER_CODE = r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}"


@pytest.fixture(autouse=True)
def unhindered(instance):
    """The codes that these tests look up all come from one address."""
    forget_attempts(instance)
    yield
    forget_attempts(instance)


def granted_to(device, browser):
    device.decide(browser)
    return ok(device.poll())


# Starting: RFC 8628, 3.1 and 3.2


@pytest.mark.shows("OAuth 34")
def test_what_a_device_gets_to_start_with(instance):
    """RFC 8628, 3.2."""
    device = Device(instance)
    assert list(device.started) == ["device_code", "user_code", "verification_uri", "verification_uri_complete",
                                    "expires_in", "interval"]
    assert re.fullmatch(USER_CODE, device.user_code)
    assert re.fullmatch(r"ORG[A-Z]{3}_[A-Za-z0-9_-]{64}", device.started["device_code"])
    assert device.started["verification_uri"] == instance.url + "/auth/device"
    assert device.started["verification_uri_complete"] == f"{instance.url}/auth/device?user_code={device.user_code}"
    assert 0 < device.started["expires_in"] <= 1800 and device.started["interval"] == 5
    response = device.post("/auth/device_authorization")
    assert response.headers["Cache-Control"] == "no-store"
    assert len({Device(instance).user_code for _ in range(20)}) == 20


def test_a_client_says_who_it_is(instance, confidential, public):
    """RFC 8628, 3.1; a registered confidential client proves itself (RFC 6749, 3.2.1)."""
    for client_id in (None, "", " "):
        response = instance.client().post("/auth/device_authorization", data={"x": "y", "client_id": client_id})
        error_of(response, 400, "invalid_request")
    for client_id in ("\u00e9", "a b", "x" * 65):
        refused_client(instance.client().post("/auth/device_authorization", data={"client_id": client_id}))
    for secret in (None, "x", confidential.secret[:-1]):
        refused_client(confidential.post("/auth/device_authorization", client_secret=secret))
    refused_client(public.post("/auth/device_authorization", client_secret="x"))
    for client in (confidential, public):
        ok(client.post("/auth/device_authorization"))


@pytest.mark.parametrize("device_id", ["x", "0" * 31, "\u00e9", "00000000-0000-0000-0000-00000000000g"])
def test_a_device_id_is_a_uuid(instance, device_id):
    form = {"client_id": str(uuid.uuid4()), "device_id": device_id}
    error_of(instance.client().post("/auth/device_authorization", data=form), 400, "invalid_request")


@pytest.mark.shows("API4")
def test_what_strangers_ask_for_does_not_pile_up(instance):
    """It goes an hour after it has expired."""
    for hours, is_left in (("0:59", True), ("1:01", False)):
        device = Device(instance)
        device.sql(f"expires = NOW(6) - INTERVAL '{hours}' HOUR_MINUTE")
        instance.installation.orgctl("purge")
        found = instance.installation.sql(f"SELECT 1 FROM orgd.orgd_device_codes WHERE id = {id_of(device.started['device_code'])}")
        assert (found != []) is is_left


@pytest.mark.shows("API4")
def test_starts_are_limited_by_address(instance):
    """Three hundred at once, and then one a second."""
    starts = [lambda: instance.client().post("/auth/device_authorization", data={"client_id": str(uuid.uuid4())})
              for _ in range(10)]
    begin = time.monotonic()
    statuses = [response.status_code for _ in range(34) for response in at_once(starts)]
    assert set(statuses) == {200, 429} and 300 <= statuses.count(200) <= 301 + time.monotonic() - begin
    stop_time(instance)
    response = starts[0]()
    assert response.status_code == 429 and response.headers["Retry-After"] in ("1", "2")
    instance.installation.sql("UPDATE orgd.orgd_attempts SET last = last - INTERVAL 2 SECOND")
    assert starts[0]().status_code == 200
    instance.installation.sql("UPDATE orgd.orgd_attempts SET last = last - INTERVAL 100 SECOND")
    assert {start().status_code for start in starts} == {200}


# The whole flow


@pytest.mark.shows("OAuth 18")
@pytest.mark.parametrize("endpoint", ["/auth/token", "/auth/login"])
def test_the_original_command_line_signs_in(instance, person, browser, endpoint):
    """It posts a form with a client_id of its own making, registered nowhere, and polls /auth/login."""
    given = str(uuid.uuid4())
    device = Device(instance, device_id=given)
    error_of(device.poll(endpoint), 400, "authorization_pending")
    browser.get(urllib.parse.urlsplit(device.started["verification_uri_complete"]).path + "?"
                + urllib.parse.urlsplit(device.started["verification_uri_complete"]).query)
    assert browser.page.status_code == 303
    browser.follow()
    browser.sign_in(person.name)
    for text in (device.user_code, person.name, "python-requests", "127.0.0.1", "not registered"):
        assert text in browser.page.text
    page_of(browser.submit(decision="allow"), 200)
    response = device.poll(endpoint)
    tokens = ok(response)
    assert (response.headers["Cache-Control"], response.headers["Pragma"]) == ("no-store", "no-cache")
    assert tokens["token_type"] == "bearer" and tokens["expires_in"] == 3600 and tokens["device_id"] == given
    assert tokens["device_metadata"]["ip_address"] == "127.0.0.1"
    assert tokens["device_metadata"]["user_agent"].startswith("python-requests")
    assert ok(instance.client(tokens["access_token"]).get("/users/me"))["id"] == person.id
    error_of(device.poll(endpoint), 400, "invalid_grant")
    assert is_accepted(instance, tokens["access_token"])


def test_a_device_without_an_id_gets_one(instance, signed_in):
    ids = {granted_to(Device(instance), signed_in)["device_id"] for _ in range(2)}
    assert len(ids) == 2 and all(str(uuid.UUID(device_id)) == device_id for device_id in ids)


@pytest.mark.parametrize("kind", ["public", "confidential"])
def test_a_registered_client_is_called_by_its_name(instance, signed_in, request, kind):
    client = request.getfixturevalue(kind)
    device = Device(instance, client)
    assert client.name in device.ask(signed_in).text and "not registered" not in signed_in.page.text
    tokens = granted_to(device, signed_in)
    assert is_accepted(instance, ok(client.refresh(tokens["refresh_token"]))["access_token"])


@pytest.mark.parametrize("client_id", ["x", "zenml", "my-tool/1.0 (Linux)".replace(" ", "_"), "x" * 64])
def test_an_unregistered_client_chooses_its_id(instance, signed_in, client_id):
    """RFC 6749, 2.2 and appendix A.1: any visible characters."""
    device = Device(instance, client_id=client_id)
    tokens = granted_to(device, signed_in)
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["client_id"] == client_id
    response = device.post("/auth/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert is_accepted(instance, ok(response)["access_token"])


@pytest.mark.shows("OAuth 34")
@pytest.mark.parametrize("confidential", [False, True])
def test_the_device_grant_is_allowed_to_each_client_alone(instance, signed_in, confidential):
    """Whoever knows the id of a browser's application (it stands in URLs) could ask under its name."""
    without = RegisteredClient(instance, confidential=confidential)
    for changes in ({}, {"client_id": without.id.upper()}, {"client_id": without.id.replace("-", "")}):
        response = without.post("/auth/device_authorization", **changes)
        error_of(response, 400, "unauthorized_client")
    device = Device(instance)
    device.decide(signed_in)
    for path in ("/auth/token", "/auth/login"):
        error_of(without.post(path, grant_type=DEVICE_GRANT, device_code=device.started["device_code"]), 400,
                 "unauthorized_client")
    for allowed_one in (RegisteredClient(instance, confidential=confidential, device=True),
                        RegisteredClient(instance, redirect_uris=None, confidential=confidential)):
        assert allowed_one.name in Device(instance, allowed_one).ask(signed_in).text


def test_a_client_that_is_not_registered_shows_no_registered_name(instance, signed_in):
    """Neither as its id, nor as what it calls itself."""
    known = RegisteredClient(instance, name="Acme Dashboard " + secrets.token_hex(4))
    changed = known.name.upper().replace("ACME", "\uff21\uff23\uff2d\uff25").encode().decode("latin-1")
    for agent in (known.name, f"Mozilla/5.0 ({known.name.lower()}) x", changed):
        device = Device(instance, headers={"User-Agent": agent.encode("latin-1")},
                        client_id=known.name.replace(" ", "_"))
        page = device.ask(signed_in).text
        assert device.user_code in page and "not registered" in page
        assert known.name.lower() not in page.lower() and "DASHBOARD" not in page.upper()
    honest = Device(instance, headers={"User-Agent": "orgtool/1.0"})
    assert "orgtool/1.0" in honest.ask(signed_in).text


def test_another_person_takes_over(instance, signed_in):
    """The question leads to the sign-in page and back."""
    first, second = person_of(instance), person_of(instance)
    browser = sign_in(instance, first)
    device = Device(instance)
    assert first.name in device.ask(browser).text
    browser.submit(1)
    browser.follow()
    browser.sign_in(second.name)
    assert second.name in browser.page.text and device.user_code in browser.page.text
    browser.submit(decision="allow")
    assert ok(instance.client(ok(device.poll())["access_token"]).get("/users/me"))["id"] == second.id


def test_refresh_tokens_of_devices_rotate_too(instance, signed_in):
    device = Device(instance)
    first = granted_to(device, signed_in)

    def refresh(token, client_id=device.client_id):
        return instance.client().post("/auth/token", data={"grant_type": "refresh_token", "refresh_token": token,
                                                           "client_id": client_id})

    second = ok(refresh(first["refresh_token"]))
    error_of(refresh(second["refresh_token"], str(uuid.uuid4())), 400, "invalid_grant")
    third = ok(refresh(second["refresh_token"]))
    for used in (first, third):
        error_of(refresh(used["refresh_token"]), 400, "invalid_grant")
    assert not any(is_accepted(instance, tokens["access_token"]) for tokens in (first, second, third))


def test_the_code_may_be_typed_in_as_people_do(instance, signed_in):
    """RFC 8628, 6.1: case and punctuation do not count."""
    device = Device(instance)
    letters = device.user_code.replace("-", "")
    for typed in (device.user_code, letters, letters.lower(), " " + " ".join(letters) + " ", device.user_code.lower(),
                  device.user_code.replace("-", "\u2013"), device.user_code.replace("-", "\u00a0\u2014\u2011"),
                  f"{letters[:4]}.{letters[4:]}", f"#{letters}/0189", f"\u200e{letters}\t\r\n"):
        signed_in.get("/auth/device")
        assert "python-requests" in signed_in.submit(user_code=typed).text
    signed_in.get("/auth/device")
    page_of(signed_in.submit(user_code=letters[:-1]), 404)
    signed_in.get("/auth/device")
    page_of(signed_in.submit(user_code=""), 400)
    device.ask(signed_in)
    page_of(signed_in.submit(decision="allow", user_code=letters.lower()), 200)
    ok(device.poll())


def test_codes_do_not_mix(instance, signed_in):
    one, other = Device(instance), Device(instance)
    one.decide(signed_in)
    error_of(other.poll(), 400, "authorization_pending")
    error_of(other.poll(device_code=one.started["device_code"]), 400, "invalid_grant")  # another client's
    ok(one.poll())
    error_of(other.poll(device_code=other.user_code), 400, "invalid_grant")


# Refusals: RFC 8628, 3.5


@pytest.mark.shows("OAuth 34")
def test_who_asks_too_often_is_told_to_slow_down(instance, signed_in):
    """RFC 8628, 3.5: by five seconds more each time, and it counts for the rest."""
    device = Device(instance)
    error_of(device.poll(), 400, "authorization_pending")
    error_of(device.poll(), 400, "slow_down")
    device.sql("polled = polled - INTERVAL 6 SECOND")
    error_of(device.poll(), 400, "slow_down")  # after 10 seconds, not 5
    device.sql("polled = polled - INTERVAL 11 SECOND")
    error_of(device.poll(), 400, "slow_down")  # now 15
    device.sql("polled = polled - INTERVAL 20 SECOND")
    error_of(device.poll(), 400, "authorization_pending")
    device.sql("polled = polled - INTERVAL 20 SECOND")
    error_of(device.poll(), 400, "authorization_pending")
    device.decide(signed_in)
    ok(device.poll())


def test_asking_at_the_interval_is_fine(instance):
    device = Device(instance)
    for _ in range(4):
        error_of(device.poll(), 400, "authorization_pending")
        device.sql("polled = polled - INTERVAL 5 SECOND")


@pytest.mark.shows("API6", "OAuth 34")
def test_a_person_denies(instance, signed_in):
    device = Device(instance)
    assert "not let in" in device.decide(signed_in, "deny").text
    for _ in range(2):
        error_of(device.poll(), 400, "access_denied")
    page_of(device.ask(signed_in), 404)


def test_only_allow_allows(instance, signed_in):
    for decision in ("x", "ALLOW", "allow "):
        device = Device(instance)
        device.decide(signed_in, decision)
        assert device.poll().json()["error"] == "access_denied"


@pytest.mark.shows("OAuth 34")
def test_the_code_expires(instance, signed_in):
    """RFC 8628, 3.5: expired_token; approving it too late, or fetching it too late, changes nothing."""
    device = Device(instance)
    device.sql("expires = UTC_TIMESTAMP(6)")
    error_of(device.poll(), 400, "expired_token")
    page_of(device.ask(signed_in), 404)
    approved, late = Device(instance), Device(instance)
    approved.decide(signed_in)
    approved.sql("expires = UTC_TIMESTAMP(6)")
    error_of(approved.poll(), 400, "expired_token")
    late.ask(signed_in)
    late.sql("expires = UTC_TIMESTAMP(6)")
    page_of(signed_in.submit(decision="allow"), 404)
    error_of(late.poll(), 400, "expired_token")


def test_a_decision_is_final(instance, signed_in):
    device = Device(instance)
    device.ask(signed_in)
    form = signed_in.forms()[0]
    signed_in.submit(decision="deny")
    page_of(signed_in.post(form.action, {**form.fields, "decision": "allow"}), 404)
    error_of(device.poll(), 400, "access_denied")


@pytest.mark.parametrize("many", [2, 8])
def test_of_concurrent_polls_one_wins(instance, signed_in, many):
    device = Device(instance)
    device.decide(signed_in)
    responses = at_once([device.poll] * many)
    assert sorted(response.status_code for response in responses) == [200] + [400] * (many - 1)


def test_a_made_up_device_code_is_invalid(instance):
    device = Device(instance)
    code = device.started["device_code"]
    for wrong in ("x", code[:-1], code + "A", code[:-1] + ("A" if code[-1] != "A" else "B"), code[:7] + "A" * 64,
                  "\u00e9"):
        error_of(device.poll(device_code=wrong), 400, "invalid_grant")
    for missing in (None, ""):
        error_of(device.poll(device_code=missing), 400, "invalid_request")
    error_of(device.poll(), 400, "authorization_pending")


@pytest.mark.parametrize("what", ["sign-out", "password", "deactivation"])
def test_an_approval_ends_with_what_it_stands_on(instance, what):
    person = person_of(instance)
    browser = sign_in(instance, person)
    device, done = Device(instance), Device(instance)
    tokens = granted_to(done, browser)
    device.decide(browser)
    if what == "sign-out":
        browser.get("/auth/sign-in")
        browser.submit()
    elif what == "password":
        instance.installation.orgctl("user", "set", person.name, "--password", input="another password")
    else:
        instance.installation.orgctl("user", "deactivate", person.name)
    response = device.poll()
    assert response.status_code == 400 and response.json()["error"] in ("access_denied", "invalid_grant")
    assert not is_accepted(instance, tokens["access_token"])


# Clients that nobody registered


def test_an_unregistered_client_may_use_no_other_grant(instance, signed_in):
    """Nothing is known of it, so nobody is sent to it, and it gets no code."""
    device = Device(instance)
    tokens = granted_to(device, signed_in)
    client_id = device.client_id
    page_of(signed_in.get(f"/auth/authorize?response_type=code&client_id={client_id}&redirect_uri=https://evil.example/"
                          f"&code_challenge={Pkce().challenge}&code_challenge_method=S256"), 400)
    for form in ({"grant_type": "authorization_code", "code": "x"}, {"grant_type": "client_credentials"},
                 {"grant_type": "client_credentials", "client_secret": "x"},
                 {"grant_type": "client_credentials", "client_secret": tokens["refresh_token"]}):
        refused_client(device.post("/auth/token", **form))
    for path in ("/auth/introspect", "/auth/revoke"):
        refused_client(device.post(path, token=tokens["access_token"], client_secret="x"))
    refused_client(device.post("/auth/introspect", token=tokens["access_token"]))
    refused_client(device.poll(client_secret="x"))


@pytest.fixture(scope="module")
def registered_only(database):
    with Instance(database, "lighttpd", "", workers=2, settings={"device_clients": "registered"}) as started:
        yield started


def test_unregistered_clients_can_be_turned_off(instance, registered_only, signed_in):
    stranger = Device(instance)
    tokens = granted_to(stranger, signed_in)
    pending = Device(instance)
    pending.decide(signed_in)
    form = {"client_id": stranger.client_id}
    refused_client(registered_only.client().post("/auth/device_authorization", data=form))
    for more in ({"grant_type": DEVICE_GRANT, "device_code": pending.started["device_code"],
                  "client_id": pending.client_id},
                 {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}):
        for path in ("/auth/token", "/auth/login"):
            refused_client(registered_only.client().post(path, data={**form, **more}))


def test_registered_clients_then_go_on(registered_only, person):
    client = RegisteredClient(registered_only, redirect_uris=None)
    device = Device(registered_only, client)
    device.decide(sign_in(registered_only, person))
    tokens = ok(device.poll("/auth/login"))
    assert is_accepted(registered_only, ok(client.refresh(tokens["refresh_token"]))["access_token"])


# Guessing at user codes: RFC 8628, 5.1


def guess(instance, browser, number):
    code = "BCDFGHJKLMNPQRSTVWXZ"
    letters = "".join(code[number // 20 ** place % 20] for place in range(8))
    return browser.session.get(f"{instance.url}/auth/device", params={"user_code": letters}, allow_redirects=False)


def test_what_cannot_be_a_code_is_no_attempt_at_one(instance, signed_in):
    for typed in ("BCDF-GHJ", "BCDF-GHJKL", "x", "\u2014", "1234 5678") * 4:
        signed_in.get("/auth/device")
        page_of(signed_in.submit(user_code=typed), 404)
    page_of(Device(instance).ask(signed_in), 200)


@pytest.mark.shows("OAuth 24", "OAuth 34")
def test_guessing_at_codes_is_slowed(instance, person, signed_in):
    """RFC 8628, 5.1: by address, whoever is signed in, and a right code does not help then."""
    statuses = [guess(instance, signed_in, number).status_code for number in range(10)]
    assert statuses == [404] * 10
    device = Device(instance)
    others = sign_in(instance, person)
    for another in (lambda: guess(instance, signed_in, 99), lambda: guess(instance, others, 98),
                    lambda: device.ask(signed_in)):
        stop_time(instance)
        response = another()
        page_of(response, 429)
        assert 1 <= int(response.headers["Retry-After"]) <= 900
    assert "Try again" in signed_in.page.text and "python-requests" not in signed_in.page.text
    forget_attempts(instance)
    page_of(device.ask(signed_in), 200)


def test_guessing_at_once_gains_nothing(instance, signed_in):
    """Across all workers."""
    cookies = dict(signed_in.session.cookies)

    def attempt(number):
        browser = Browser(instance.url)
        browser.session.cookies.update(cookies)
        return guess(instance, browser, number)

    start = time.monotonic()
    statuses = [response.status_code
                for response in at_once([lambda number=number: attempt(number) for number in range(30)])]
    assert set(statuses) == {404, 429} and 10 <= statuses.count(404) <= allowed(10, time.monotonic() - start)


def test_ones_own_device_does_not_wash_away_guesses(instance, signed_in):
    """Else everybody with an account could guess on for ever."""
    start, statuses = time.monotonic(), []
    for round_ in range(3):
        statuses += [guess(instance, signed_in, 100 * round_ + number).status_code for number in range(5)]
        if 429 not in statuses:
            Device(instance).decide(signed_in)
    assert 10 <= statuses.count(404) <= allowed(10, time.monotonic() - start) and 429 in statuses


def test_who_is_not_signed_in_learns_nothing_of_codes(instance, browser):
    device = Device(instance)
    for code in (device.user_code, "BBBB-BBBB"):
        response = browser.get("/auth/device?user_code=" + code)
        assert response.status_code == 303 and response.headers["Location"].startswith("/auth/sign-in?next=")


def test_honest_people_of_one_address_do_not_lock_each_other_out(instance, signed_in):
    """What is counted is guessing: a right code is no attempt at one."""
    for _ in range(12):
        granted_to(Device(instance), signed_in)
