"""The pages that people see, in a real browser: by keyboard alone, without scripts, on a phone, in the dark, and as far
as a program can tell for a screen reader."""

import itertools
import os
import re
import urllib.parse
import uuid
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from browser import AUDIT, FOCUS, Callback, Chromium
from expect import ok, unique, unique_address
from installation import Instance as Installed
from mail_server import MailServer
from mailed_links import CONFIRM, RESET, link_of, mails_to, put_link
from oauth import PASSWORD, Pkce

CONSENT = "Let this application in?"
OUT_OF_DATE = "This page is out of date"
STATE = "s t&1"
# An answer with an error is no fault of a page's.
EXPECTED_LOG = re.compile(r"http://[^ ]*/(auth|account)/[^ ]* - Failed to load resource: .* status of 4\d\d")
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def chromium(environment):
    with Chromium(environment) as started:
        yield started


@pytest.fixture(scope="module")
def scriptless_chromium(environment):
    with Chromium(environment, scripts=False) as started:
        yield started


@pytest.fixture(params=["scripts", "no scripts"])
def browser(request):
    """A browser of our own, with scripts turned on and off; its console must stay silent."""
    yield from fresh(request.getfixturevalue("chromium" if request.param == "scripts" else "scriptless_chromium"))


@pytest.fixture
def viewer(chromium):
    """The browser for what does not depend on scripts."""
    yield from fresh(chromium)


def fresh(browser):
    browser.reset()
    yield browser
    complaints = [line for line in browser.console() if not EXPECTED_LOG.match(line)]
    assert not complaints, complaints


@pytest.fixture(autouse=True)
def free_attempts(instance):
    """All tests come from one address. Forgets the attempts, so that no test waits for another test's."""
    instance.installation.sql("DELETE FROM orgd_attempts")


@pytest.fixture
def callback():
    with Callback() as started:
        yield started


class Person:
    """Somebody with a password."""

    def __init__(self, instance, name=None):
        self.user = instance.user(name=name)
        self.id = self.user.id
        self.name = self.user.name
        instance.installation.orgctl("user", "set", self.name, "--password", input=PASSWORD)


@pytest.fixture
def person(instance):
    return Person(instance)


class Application:
    """A public client on the person's own computer, which has asked for a code."""

    def __init__(self, instance, callback, name=None, redirect_uri="http://127.0.0.1/callback"):
        self.instance = instance
        self.callback = callback
        self.name = name or unique("application")
        self.id = instance.installation.orgctl("client", "create", self.name, "--quiet", "--redirect-uri",
                                               redirect_uri)
        self.pkce = Pkce()

    def parameters(self, **changes):
        return {"response_type": "code", "client_id": self.id, "redirect_uri": self.callback.url, "state": STATE,
                "code_challenge": self.pkce.challenge, "code_challenge_method": "S256", **changes}

    def url(self, **changes):
        return f"{self.instance.url}/auth/authorize?{urllib.parse.urlencode(self.parameters(**changes))}"

    def user_of(self, code):
        """Whom the token that the code is good for belongs to."""
        answer = self.instance.client().post("/auth/token", data={
            "grant_type": "authorization_code", "client_id": self.id, "code": code, "redirect_uri": self.callback.url,
            "code_verifier": self.pkce.verifier})
        return ok(self.instance.client(ok(answer)["access_token"]).get("/users/me"))["id"]


@pytest.fixture
def application(instance, callback):
    return Application(instance, callback)


class Device:
    """A program that shows a code and waits."""

    def __init__(self, instance, user_agent="device of the tests"):
        self.client = instance.client()
        self.client_id = str(uuid.uuid4())
        self.url = f"{instance.url}/auth/device"
        started = ok(self.client.post("/auth/device_authorization", data={"client_id": self.client_id},
                                      headers={"User-Agent": user_agent}))
        self.device_code = started["device_code"]
        self.user_code = started["user_code"]
        self.complete_url = started["verification_uri_complete"]

    def poll(self):
        return self.client.post("/auth/login", data={"grant_type": DEVICE_GRANT, "device_code": self.device_code,
                                                     "client_id": self.client_id})


@pytest.fixture
def device(instance):
    return Device(instance)


def sign_in(browser, person, password=PASSWORD):
    """By keyboard: the user name has the focus when the page opens."""
    browser.wait_for("Sign in")
    browser.wait_for_focus("User name or email address")
    browser.press(person.name, Keys.TAB)
    assert browser.focused_name() == "Password"
    browser.press(password, Keys.ENTER)


def choose(browser, button):
    browser.tab_to(button)
    browser.press(Keys.ENTER)


def to_consent(browser, person, application):
    browser.open(application.url())
    sign_in(browser, person)
    browser.wait_for(CONSENT)


def end_sessions(instance, person):
    instance.installation.sql("DELETE FROM orgd_credentials WHERE kind = 'session' AND account_id = %s",
                              (uuid.UUID(person.id).bytes,))


# The authorization code flow


def test_a_person_lets_an_application_in_by_keyboard(instance, browser, person, application, callback):
    to_consent(browser, person, application)
    assert application.name in browser.text and person.name in browser.text
    choose(browser, "Allow")
    answer = callback.wait()
    browser.wait_for("Scripts" if browser.scripts else "No scripts")
    assert answer["state"] == STATE and answer["iss"] == instance.url
    assert application.user_of(answer["code"]) == person.id
    assert "Referer" not in callback.headers[0]


def test_space_presses_a_button_too(browser, person, application, callback):
    browser.open(application.url())
    browser.wait_for_focus("User name or email address")
    browser.press(person.name, Keys.TAB, PASSWORD, Keys.TAB)
    assert browser.focused_name() == "Sign in"
    browser.press(Keys.SPACE)
    browser.wait_for(CONSENT)
    browser.tab_to("Allow")
    browser.press(Keys.SPACE)
    assert "code" in callback.wait()


def test_who_has_signed_in_is_asked_at_once(browser, person, application, callback):
    to_consent(browser, person, application)
    browser.open(application.url())
    assert browser.heading == CONSENT
    choose(browser, "Allow")
    assert "code" in callback.wait()


def test_deny(instance, browser, person, application, callback):
    to_consent(browser, person, application)
    choose(browser, "Deny")
    answer = callback.wait()
    assert answer.pop("error_description")
    assert answer == {"error": "access_denied", "state": STATE, "iss": instance.url}


def test_an_error_of_the_application_reaches_it_after_the_sign_in(browser, person, application, callback):
    """The policy of the sign-in page covers the redirects that follow its form."""
    browser.open(application.url(response_type="token"))
    sign_in(browser, person)
    assert callback.wait()["error"] == "unsupported_response_type"


def test_another_person_takes_over(instance, browser, person, application, callback):
    to_consent(browser, person, application)
    choose(browser, "Use another account")
    other = Person(instance)
    sign_in(browser, other)
    browser.wait_for(CONSENT)
    assert other.name in browser.text and person.name not in browser.text
    choose(browser, "Allow")
    assert application.user_of(callback.wait()["code"]) == other.id


def test_wrong_password(browser, person, application, callback):
    browser.open(application.url())
    sign_in(browser, person, "wrong")
    browser.wait_for("Sign in: please try again")
    sentence = "The user name or the password is wrong."
    [alert] = browser.accessible("alert")
    assert alert["live"] == "assertive"
    assert sentence in browser.text
    # Not every screen reader announces an alert that the page opens with; all of them read the field in focus.
    focused = browser.wait_for_focus("Password")
    assert focused["description"] == sentence and focused["invalid"] == "true"
    fields = {node["name"]: node["value"] for node in browser.accessible("textbox")}
    assert fields == {"User name or email address": person.name, "Password": ""}
    browser.press(PASSWORD, Keys.ENTER)
    browser.wait_for(CONSENT)
    choose(browser, "Allow")
    assert application.user_of(callback.wait()["code"]) == person.id


def test_too_many_attempts(browser, person, instance):
    browser.open(f"{instance.url}/auth/sign-in")
    sign_in(browser, person, "wrong")
    for _ in range(6):
        browser.wait_for("Sign in: please try again")
        if "too many attempts" in browser.text:
            break
        browser.wait_for_focus("Password")
        with browser.next_page():
            browser.press("wrong", Keys.ENTER)
    assert re.search(r"Try again in \d+ seconds?\.", browser.wait_for_focus("Password")["description"])


@pytest.mark.parametrize(("redirect_uri", "shown"), [
    ("https://app.example.org/callback?a=1", "https://app.example.org"),
    ("http://[::1]/callback", "a program on this device (http://[::1])"),
    ("org.example.app:/callback", "a program on this device (org.example.app:)"),
])
def test_where_one_is_sent_is_told(instance, viewer, person, callback, redirect_uri, shown):
    """The console would tell if the policy did not understand the address."""
    application = Application(instance, callback, redirect_uri=redirect_uri)
    viewer.open(application.url(redirect_uri=redirect_uri))
    sign_in(viewer, person)
    viewer.wait_for(CONSENT)
    assert shown in viewer.text.split("\n")


# Sessions and forms that are not what they were


def test_session_expired_before_the_answer(instance, browser, person, application, callback):
    to_consent(browser, person, application)
    end_sessions(instance, person)
    choose(browser, "Allow")
    sign_in(browser, person)
    browser.wait_for(CONSENT)
    assert not callback.answers
    choose(browser, "Allow")
    answer = callback.wait()
    assert answer["state"] == STATE and application.user_of(answer["code"]) == person.id


def test_forged_token_of_the_consent_form(browser, person, application, callback):
    to_consent(browser, person, application)
    browser.script("document.getElementsByName('form_token')[0].value = 'A'.repeat(43)")
    choose(browser, "Allow")
    browser.wait_for(OUT_OF_DATE)
    assert browser.accessible("alert")
    assert not callback.answers


def test_forged_token_of_the_sign_in_form(instance, browser, person):
    browser.open(f"{instance.url}/auth/sign-in")
    browser.script("document.getElementsByName('form_token')[0].value = ''")
    sign_in(browser, person)
    browser.wait_for(OUT_OF_DATE)
    browser.open(f"{instance.url}/auth/sign-in")
    assert browser.heading == "Sign in"


def test_form_of_another_site(instance, browser, person, application, callback):
    """The cookies go along, since another port is the same site: the token alone keeps the form out."""
    to_consent(browser, person, application)
    fields = "".join(f'<input type="hidden" name="{name}" value="{value}">'
                     for name, value in {**application.parameters(state="x"), "decision": "allow"}.items())
    callback.pages["/prize"] = ('<link rel="icon" href="data:,"><h1>A prize</h1>'
                                f'<form method="post" action="{instance.url}/auth/authorize">{fields}'
                                "<button>Claim it</button></form>")
    browser.open(callback.url.replace("/callback", "/prize"))
    choose(browser, "Claim it")
    browser.wait_for(OUT_OF_DATE)
    assert not callback.answers


def test_consent_form_of_a_session_that_another_tab_has_ended(instance, browser, person, application, callback):
    to_consent(browser, person, application)
    with browser.another_tab():
        browser.open(f"{instance.url}/auth/sign-in")
        choose(browser, "Sign out")
        browser.wait_for("You are signed out")
    choose(browser, "Allow")
    browser.wait_for(OUT_OF_DATE)
    assert not callback.answers


def test_back_to_the_consent_page(browser, person, application, callback):
    to_consent(browser, person, application)
    choose(browser, "Allow")
    first = callback.wait()["code"]
    browser.wait_for("Scripts" if browser.scripts else "No scripts")
    browser.back()
    browser.wait_for(CONSENT)
    choose(browser, "Allow")
    second = callback.wait(2)["code"]
    assert second != first
    assert application.user_of(second) == person.id


def test_back_to_the_sign_in_page(browser, person, application, callback):
    """Whoever has signed in is not asked for a password again, and sees none."""
    to_consent(browser, person, application)
    browser.back()
    browser.wait_for(CONSENT)
    choose(browser, "Allow")
    assert "code" in callback.wait()


def test_back_to_the_consent_page_after_signing_out(instance, browser, person, application, callback):
    to_consent(browser, person, application)
    browser.open(f"{instance.url}/auth/sign-in")
    choose(browser, "Sign out")
    browser.wait_for("You are signed out")
    browser.back()
    browser.wait_for("Sign in")
    browser.back()
    if browser.heading == CONSENT:  # as the browser has kept it in memory
        choose(browser, "Allow")
        browser.wait_for(OUT_OF_DATE)
    else:
        browser.wait_for("Sign in")
        assert person.name not in browser.text
    assert not callback.answers


# The device grant


@pytest.mark.parametrize("typed", [
    lambda code: code,
    lambda code: code.replace("-", "").lower(),
    lambda code: f" {code[:4]} {code[5:].lower()} ",
], ids=["as shown", "lower", "blanks"])
def test_a_person_lets_a_device_in(instance, browser, person, device, typed):
    browser.open(device.url)
    sign_in(browser, person)
    browser.wait_for("Sign in on a device")
    browser.wait_for_focus("The code that your device shows")
    browser.press(typed(device.user_code), Keys.ENTER)
    browser.wait_for("Let this device in?")
    assert device.user_code in browser.text, "the code is to be compared with what the device shows"
    for shown in (person.name, "device of the tests", "127.0.0.1", "not registered"):
        assert shown in browser.text
    choose(browser, "Allow")
    browser.wait_for("The device is let in")
    assert browser.accessible("status")
    assert ok(instance.client(ok(device.poll())["access_token"]).get("/users/me"))["id"] == person.id


def test_a_person_keeps_a_device_out(browser, person, device):
    browser.open(device.complete_url)
    sign_in(browser, person)
    browser.wait_for("Let this device in?")
    choose(browser, "Deny")
    browser.wait_for("The device is not let in")
    assert device.poll().json()["error"] == "access_denied"


def test_unknown_user_code(browser, person, device):
    browser.open(device.url)
    sign_in(browser, person)
    browser.wait_for("Sign in on a device")
    browser.wait_for_focus("The code that your device shows")
    browser.press("bcdfghjk", Keys.ENTER)
    browser.wait_for("Sign in on a device: please try again")
    [alert] = browser.accessible("alert")
    assert alert["live"] == "assertive"
    focused = browser.wait_for_focus("The code that your device shows")
    assert focused["value"] == "bcdfghjk" and focused["invalid"] == "true"
    assert focused["description"].startswith("There is no such code.")
    browser.press(Keys.END, Keys.BACKSPACE * 8, device.user_code, Keys.ENTER)
    browser.wait_for("Let this device in?")


def test_session_expired_before_the_device_is_let_in(instance, browser, person, device):
    browser.open(device.complete_url)
    sign_in(browser, person)
    browser.wait_for("Let this device in?")
    end_sessions(instance, person)
    choose(browser, "Allow")
    sign_in(browser, person)
    browser.wait_for("Let this device in?")
    assert device.poll().json()["error"] == "authorization_pending"
    choose(browser, "Allow")
    browser.wait_for("The device is let in")


# A forgotten password


@pytest.fixture(scope="module")
def mail_server():
    with MailServer() as started:
        yield started


@pytest.fixture(scope="module")
def mailing(database, mail_server):
    with Installed(database, "nginx", "", workers=2, settings=mail_server.settings()) as started:
        yield started
    database.sql("DELETE FROM orgd.orgd_mails")


def test_who_has_forgotten_a_password_chooses_another_by_keyboard(mailing, mail_server, browser):
    person, address = Person(mailing), unique_address()
    mailing.installation.orgctl("user", "set", person.name, "--email", address)
    browser.open(mailing.url + "/auth/sign-in")
    browser.wait_for("Sign in")
    choose(browser, "Forgotten your password?")
    browser.wait_for("Forgotten password")
    browser.wait_for_focus("User name or email address")
    browser.press(address, Keys.ENTER)
    browser.wait_for("Look into your mail")
    message, = mails_to(mail_server, address)
    browser.open(mailing.url + link_of(message, RESET))
    browser.wait_for("Choose a new password")
    browser.wait_for_focus("New password")
    browser.press("a password that nobody guesses", Keys.ENTER)
    browser.wait_for("Your password is changed")
    choose(browser, "Sign in")
    sign_in(browser, person, "a password that nobody guesses")
    browser.wait_for("You are signed in")


# How every page looks, in every light

LOOKS = [("desktop", 1280, 800, False), ("phone", 360, 640, True), ("small", 320, 568, True)]
SCHEMES = ["light", "dark"]


class Visit:
    """What is needed to get to any page. The names have no place to break a line at."""

    def __init__(self, instance, browser, callback):
        self.instance = instance
        self.browser = browser
        self.person = Person(instance, name=unique("W" * 40).replace(" ", "-"))
        self.application = Application(instance, callback, name=unique("M" * 40).replace(" ", "-"))

    def open(self, path):
        self.browser.open(self.instance.url + path)

    def front_page(self):
        self.open("/")
        return "Welcome"

    def sign_in_page(self):
        self.open("/auth/sign-in")
        return "Sign in"

    def wrong_password(self):
        self.open("/auth/sign-in")
        sign_in(self.browser, self.person, "wrong")
        return "Sign in: please try again"

    def signed_in(self):
        self.open("/auth/sign-in")
        sign_in(self.browser, self.person)
        return "You are signed in"

    def signed_out(self):
        self.browser.wait_for(self.signed_in())
        choose(self.browser, "Sign out")
        return "You are signed out"

    def consent(self):
        to_consent(self.browser, self.person, self.application)
        return CONSENT

    def out_of_date(self):
        self.open("/auth/sign-in")
        self.browser.devtools("Network.clearBrowserCookies")
        sign_in(self.browser, self.person)
        return OUT_OF_DATE

    def unknown_application(self):
        self.open("/auth/authorize?client_id=nobody")
        return "This application cannot sign you in"

    def device_code(self):
        self.open("/auth/device")
        sign_in(self.browser, self.person)
        return "Sign in on a device"

    def unknown_device_code(self):
        self.browser.wait_for(self.device_code())
        self.browser.wait_for_focus("The code that your device shows")
        self.browser.press("AAAA-AAAA", Keys.ENTER)
        return "Sign in on a device: please try again"

    def device_question(self):
        device = Device(self.instance, user_agent="W" * 200)
        self.browser.open(device.complete_url)
        sign_in(self.browser, self.person)
        return "Let this device in?"

    def _address(self, *options):
        address = f"{self.person.name}@example.org"
        self.instance.installation.orgctl("user", "set", self.person.name, "--email", address, *options)
        return address

    def new_password(self):
        self.browser.open(self.instance.server.url.removesuffix(self.instance.mount)
                          + put_link(self.instance, RESET, self.person.id, self._address()))
        return "Choose a new password"

    def refused_password(self):
        self.browser.wait_for(self.new_password())
        self.browser.wait_for_focus("New password")
        self.browser.press("passwordpassword", Keys.ENTER)
        return "Choose a new password: please try again"

    def changed_password(self):
        self.browser.wait_for(self.new_password())
        self.browser.wait_for_focus("New password")
        self.browser.press("a password that nobody guesses", Keys.ENTER)
        return "Your password is changed"

    def own_address(self):
        self.browser.open(self.instance.server.url.removesuffix(self.instance.mount)
                          + put_link(self.instance, CONFIRM, self.person.id, self._address("--email-unverified")))
        return "Is this your address?"

    def confirmed_address(self):
        self.browser.wait_for(self.own_address())
        choose(self.browser, "Confirm")
        return "Your address is confirmed"

    def dead_link(self):
        self.open("/account/reset-password?secret=x")
        return "This did not work"

    def no_mails(self):
        self.open("/account/forgotten-password")
        return "Forgotten password"

    def device_let_in(self):
        self.browser.wait_for(self.device_question())
        choose(self.browser, "Allow")
        return "The device is let in"


PAGES = [name for name in vars(Visit) if not name.startswith("_") and name != "open"]


@pytest.fixture
def visit(instance, viewer, callback):
    return Visit(instance, viewer, callback)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_in_every_light(viewer, visit, page):
    viewer.wait_for(getattr(visit, page)())
    faults = []
    for (look, width, height, mobile), scheme in itertools.product(LOOKS, SCHEMES):
        viewer.look(width, height, scheme, mobile)
        faults += [f"{look}, {scheme}: {fault}" for fault in viewer.script(AUDIT)]
        keep_screenshot(viewer, f"{page}-{look}-{scheme}")
    assert not faults, "\n".join(faults)


def keep_screenshot(viewer, name):
    """For whoever wants to look: ORGD_SCREENSHOTS names a directory."""
    if os.environ.get("ORGD_SCREENSHOTS"):
        viewer.screenshot(Path(os.environ["ORGD_SCREENSHOTS"]) / f"{name}.png")


@pytest.mark.parametrize("page", PAGES)
def test_text_twice_as_large_fits_a_phone(viewer, visit, page):
    viewer.look(360, 640, mobile=True)
    viewer.wait_for(getattr(visit, page)())
    viewer.script("document.documentElement.style.fontSize = '200%'")
    assert viewer.script("return document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("page", PAGES)
def test_the_focus_goes_through_the_page_in_its_order_and_is_seen(viewer, visit, page):
    viewer.wait_for(getattr(visit, page)())
    expected, _ = viewer.script(FOCUS)
    for scheme in SCHEMES:
        viewer.look(360, 640, scheme, mobile=True)
        order = []
        while len(order) < len(expected):
            viewer.press(Keys.TAB)
            _, focused = viewer.script(FOCUS)
            if focused is not None:
                order.append(focused["place"])
                assert focused["contrast"] >= 3 and focused["width"] >= 2, focused
                assert -1 <= focused["top"] and focused["bottom"] <= focused["height"] + 1, focused
        start = order.index(expected[0]) if expected else 0
        assert order[start:] + order[:start] == expected


@pytest.mark.parametrize("page", PAGES)
def test_what_a_screen_reader_is_told(viewer, visit, page):
    heading = getattr(visit, page)()
    viewer.wait_for(heading)
    nodes = viewer.accessible()
    assert nodes[0]["name"].startswith(heading), "the title is the first thing heard"
    assert [node["name"] for node in nodes if node["role"] == "heading"] == [heading]
    assert len([node for node in nodes if node["role"] == "main"]) == 1
    for node in nodes:
        if node.get("focusable"):
            assert node["name"], node
