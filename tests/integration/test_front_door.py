"""What the address of the service shows: the front page, and the reference of the API, whose lines are pasted into a
shell."""

import base64
import hashlib
import itertools
import json
import os
import re
import subprocess
from pathlib import Path

import html5lib
import pytest
import requests
from selenium.webdriver.common.keys import Keys

from browser import CONTRAST, FOCUS, Chromium
from expect import error, ok, unique_address
from installation import Instance
from mailed_links import CONFIRM, RESET, put_link
from oauth import Pkce, RegisteredClient, code_for, person_of, sign_in
from processes import write_file

SOURCES = Path(__file__).resolve().parents[2]
DOCUMENT = json.loads((SOURCES / "docs/openapi.json").read_text("utf-8"))
OPERATIONS = {operation["operationId"]: (path, method) for path, item in DOCUMENT["paths"].items()
              for method, operation in item.items() if method != "parameters"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
XHTML = "{http://www.w3.org/1999/xhtml}"


def get(instance, path, **headers):
    """Without what requests sends unasked."""
    session = requests.Session()
    session.trust_env = False
    session.headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return session.get(instance.url + path, allow_redirects=False, timeout=30)


def parse(text):
    """A page whose HTML is as it should be."""
    return html5lib.HTMLParser(strict=True).parse(text)


def elements(tree, name=None, **attributes):
    for element in tree.iter():
        if (name is None or element.tag == XHTML + name) and all(element.get(key.rstrip("_")) == value
                                                                 for key, value in attributes.items()):
            yield element


def text_of(element):
    return "".join(element.itertext())


def description_of(tree, term_id):
    """The dd behind the dt of this id."""
    found, = [behind for one in elements(tree, "dl") for term, behind in itertools.pairwise(one)
              if term.get("id") == term_id]
    return found


def links(tree):
    return [element.get("href") for element in elements(tree, "a")]


def check_headers(response):
    """The policy names the one stylesheet of the page."""
    style, = elements(parse(response.text), "style")
    digest = base64.b64encode(hashlib.sha256(text_of(style).encode()).digest()).decode()
    policy = response.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", f"style-src 'sha256-{digest}'", "form-action 'self'", "frame-ancestors 'none'",
            "base-uri 'none'"} == set(policy)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY" and response.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in response.headers and "<script" not in response.text


# The front page


def varies_by(response):
    return set(re.split(", *", response.headers["Vary"]))


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/json, text/html;q=0.9", "image/png",
                                    "text/html;q=0, */*", "text/html, application/json"])
def test_programs_learn_what_this_is(every_server, accept):
    for path in ("", "/"):
        response = get(every_server, path, **({"Accept": accept} if accept else {}))
        assert ok(response) == {"name": "Organizations API", "version": DOCUMENT["info"]["version"],
                                "documentation": every_server.url + "/docs"}
        assert response.headers["Content-Type"] == "application/json"
        assert varies_by(response) >= {"Accept", "Accept-Language"}


@pytest.mark.parametrize("accept", [BROWSER, "text/html", "text/*", "application/json;q=0.5, text/html;q=0.6"])
def test_browsers_get_a_page(every_server, accept):
    for path in ("", "/"):
        response = get(every_server, path, Accept=accept)
        assert response.status_code == 200
        check_headers(response)
        assert varies_by(response) >= {"Accept", "Accept-Language"}
        assert response.headers["Cache-Control"] == "no-cache"
        page = parse(response.text)
        assert every_server.url in text_of(page)
        assert set(links(page)) == {every_server.mount + where for where in ("/", "/auth/sign-in", "/docs")}
        for link in links(page):
            assert get(every_server, link.removeprefix(every_server.mount), Accept=BROWSER).status_code == 200


def test_head_is_get_without_a_body(every_server):
    for path, accept in itertools.product(("/", "/docs"), (BROWSER, "*/*")):
        whole = get(every_server, path, Accept=accept)
        head = every_server.client().request("HEAD", path, headers={"Accept": accept, "Accept-Encoding": "identity"})
        assert (head.status_code, head.text) == (200, "")
        for name in ("Content-Type", "Vary", "Cache-Control", "ETag", "Content-Security-Policy"):
            assert head.headers.get(name) == whole.headers.get(name)


def test_the_head_of_an_answer_may_be_long(every_server):
    """The redirect of a request that is to go on after signing in repeats it. No web server's buffer is too small."""
    response = every_server.client().get("/auth/device?user_code=" + "x" * 5000, allow_redirects=False)
    assert response.status_code == 303 and len(response.headers["Location"]) > 5000


def test_an_unknown_path_is_json_for_browsers_too(every_server):
    error(get(every_server, "/doc", Accept=BROWSER), 404, "KeyError")


@pytest.fixture(scope="module")
def named(database):
    """An instance whose operator has said who he is."""
    with Instance(database, "lighttpd", "/api/v1", settings={
            "operator_name": "Söhne & <b>Töchter</b> \"Co\"",
            "operator_contact": "mailto:help@example.org?subject=What%20is%20this&cc=b%40example.org"}) as started:
        yield started


def test_it_says_whose_it_is(named):
    response = get(named, "/", Accept=BROWSER)
    page = parse(response.text)
    assert "This is the Organizations API of Söhne & <b>Töchter</b> \"Co\"." in text_of(page)
    contact, = [link for link in elements(page, "a") if link.get("href").startswith("mailto:")]
    assert contact.get("href") == "mailto:help@example.org?subject=What%20is%20this&cc=b%40example.org"
    assert text_of(contact) == "help@example.org"
    assert ok(get(named, "/openapi.json"))["info"]["contact"] == {"name": "Söhne & <b>Töchter</b> \"Co\"",
                                                                  "url": named.url}


@pytest.mark.parametrize("line", ["operator_contact = javascript:alert(1)", "operator_contact = help@example.org",
                                  "operator_name = " + "x" * 101])
def test_what_cannot_be_shown_is_refused_when_the_configuration_is_read(database, directory, line):
    path = write_file(directory / "orgd.conf", f"signing_keys = {database.signing_keys}\n{line}\n")
    result = subprocess.run([database.orgd, "--config", path, "--check"], env=database.environment, capture_output=True,
                            text=True, timeout=60)
    assert result.returncode == 2 and f"orgd.conf:2: {line}: must be" in result.stderr


# The reference


@pytest.fixture(scope="session")
def reference(every_server):
    response = get(every_server, "/docs", Accept=BROWSER)
    assert response.status_code == 200
    return response


def test_the_reference_is_a_page_like_any_other(every_server, reference):
    check_headers(reference)
    page = parse(reference.text)
    root, = elements(page, "html")
    assert root.get("lang") == "en"
    assert not list(elements(page, "script")) and not re.search(r' (on\w+|style)="', reference.text)
    assert [text_of(heading) for heading in elements(page, "h1")] == ["API reference"]
    assert "{{" not in reference.text
    assert len(reference.text) < 5_000 * len(OPERATIONS)


def test_every_operation_has_its_place_in_the_reference(reference):
    page = parse(reference.text)
    ids = [element.get("id") for element in elements(page) if element.get("id")]
    assert len(ids) == len(set(ids))
    sections = {element.get("id"): element for element in elements(page, "section", class_="operation")}
    assert sections.keys() == OPERATIONS.keys() - {"metrics"}, "the service has none"
    contents, = elements(page, "nav")
    assert "#metrics" not in links(contents) and "/metrics" not in reference.text
    for name, (path, method) in OPERATIONS.items():
        if name == "metrics":
            continue
        operation = DOCUMENT["paths"][path][method]
        said = text_of(sections[name])
        assert f"{method.upper()} {path}" in said
        assert operation["description"] in said
        assert f"#{name}" in links(contents)
        for parameter in operation.get("parameters", []):
            assert parameter.get("name", parameter.get("$ref", "").rpartition("/")[2]) in said
        for status in operation["responses"].keys() - {"default"}:
            assert status in said


def test_the_reference_has_metrics_where_the_service_has(instance):
    page = parse(get(instance, "/docs").text)
    section, = elements(page, "section", id="metrics")
    contents, = elements(page, "nav")
    assert "/metrics" in text_of(section) and "#metrics" in links(contents)
    sections = {element.get("id") for element in elements(page, "section", class_="operation")}
    assert sections == OPERATIONS.keys()


def test_every_error_is_told_with_an_example(reference):
    page = parse(reference.text)
    documented = DOCUMENT["components"]["responses"]
    shared = {(status, response["$ref"].rpartition("/")[2]) for path, method in OPERATIONS.values()
              for status, response in DOCUMENT["paths"][path][method]["responses"].items() if "$ref" in response}
    assert {name for _, name in shared} == documented.keys()
    for status, response in shared:
        for name, shown in documented[response]["content"]["application/json"]["examples"].items():
            told = description_of(page, f"error-{status}-{name}")
            assert json.loads(text_of(told.find(f"{XHTML}pre"))) == shown["value"]


def test_every_link_of_the_reference_leads_somewhere(every_server, reference):
    page = parse(reference.text)
    ids = {element.get("id") for element in elements(page)}
    for link in set(links(page)):
        if link.startswith("#"):
            assert link[1:] in ids
        else:
            assert get(every_server, link.removeprefix(every_server.mount)).status_code == 200


def test_the_reference_is_asked_for_again_without_being_sent_again(every_server, reference):
    assert reference.headers["Cache-Control"] == "no-cache"
    for tag in (reference.headers["ETag"], "*", f"\"x\", {reference.headers['ETag']}"):
        again = get(every_server, "/docs", If_None_Match=tag)
        assert (again.status_code, again.text) == (304, "")
        assert again.headers["ETag"] == reference.headers["ETag"]
    assert get(every_server, "/docs", If_None_Match='"x"').status_code == 200


def test_the_tag_is_that_of_what_is_said(named, instance):
    """Another address makes another page."""
    first, second = (get(one, "/docs") for one in (named, instance))
    assert first.text != second.text and first.headers["ETag"] != second.headers["ETag"]


def test_an_address_of_odd_characters_is_safe_in_a_shell(database):
    with Instance(database, "lighttpd", "/api/v1", settings={"public_url": "http://localhost/it's&$(x)"}) as started:
        page = parse(get(started, "/docs").text)
        line = text_of(next(elements(page, "pre", class_="curl")))
        pasted = subprocess.run(["bash", "-c", line.replace("curl", "printf '%s\\n'", 1)], capture_output=True, text=True)
        assert pasted.stdout.splitlines() == ["-H", "@orgd.header", "http://localhost/it's&$(x)/users/me"]


# The lines of the reference


class Shell:
    """A directory in which somebody follows the reference."""

    def __init__(self, instance, page, directory):
        self.instance = instance
        self.page = page
        self.directory = directory
        write_file(self.directory / ".curlrc", 'silent\nnoproxy = "*"\nwrite-out = "%{stderr}%{http_code}"\n')
        self.user = person_of(instance, limit=10)
        self.key = self.user.token
        self.client = RegisteredClient(instance, "https://app.example.com/callback")
        self.setup, = [text_of(element) for element in elements(page, "pre", class_="setup")]

    def paste(self, text, **options):
        return subprocess.run(["bash", "-c", text], cwd=self.directory, capture_output=True, text=True, timeout=60,
                              env={"PATH": os.environ["PATH"], "HOME": str(self.directory)}, **options)

    def enter_key(self, key):
        """As the reference says, which asks for it."""
        done = self.paste(self.setup, input=key + "\n")
        assert done.returncode == 0, done.stderr
        for name in ("orgd.key", "orgd.header"):
            assert (self.directory / name).stat().st_mode & 0o777 == 0o600

    def file(self, name, text):
        write_file(self.directory / name, text)

    def run(self, operation, instead=None, **own):
        """Pastes the line of an operation, with what is the reader's own in its places, and `instead` of parts of the
        example. Returns the answer."""
        section, = elements(self.page, "section", id=operation)
        line, = elements(section, "pre", class_="curl")
        promised, = elements(section, "b", class_="status")
        text = with_own(line, own)
        for part, other in (instead or {}).items():
            assert part in text
            text = text.replace(part, other)
        done = self.paste(text)
        assert done.returncode == 0, done
        assert done.stderr == text_of(promised), f"{text}\n{done.stderr} {done.stdout}"
        return done.stdout


def with_own(line, own):
    """The line as a reader changes it: what is marked is named by what stands before it. Ids of the path are a list, or
    there is one."""
    code, = line
    ids = iter([own["id"]] if isinstance(own.get("id"), str) else own.get("id", []))
    text = code.text or ""
    for mark in code:
        assert mark.tag == XHTML + "var"
        name = re.search(r"(\w+)=$", text)
        text += (own.get(name[1], mark.text) if name else next(ids, mark.text)) + (mark.tail or "")
    return text


def try_invitations(instance, shell, run, organization):
    role, example = instance.role_id(organization["id"], "member"), "01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a82"
    made = json.loads(run("createInvitation", {example: role}, id=organization["id"]))
    assert made["email"] in run("listInvitations", id=organization["id"])
    bulk = {"alice@example.com": unique_address(), "bob@example.com": unique_address(), example: role}
    assert [one["status"] for one in json.loads(run("createInvitations", bulk, id=organization["id"]))] == [200, 200]
    assert json.loads(run("resendInvitation", id=[organization["id"], made["id"]]))["link"] != made["link"]
    page = json.loads(shell.run("resendInvitation", id=[organization["id"], made["id"]]))["link"]
    assert made["email"] in run("invitationPage", secret=page.partition("secret=")[2])
    guest = instance.user()
    instance.installation.orgctl("user", "set", guest.name, "--email", made["email"])
    shell.enter_key(guest.token)
    assert made["id"] in run("getInvitation", id=made["id"])
    assert made["id"] in run("listOwnInvitations")
    assert json.loads(run("decideInvitation", id=made["id"])) == organization["id"]
    instance.installation.orgctl("user", "set", guest.name, "--email", "")
    shell.enter_key(shell.key)
    other = {"alice@example.com": unique_address(), example: role}
    again = json.loads(shell.run("createInvitation", other, id=organization["id"]))
    run("revokeInvitation", id=[organization["id"], again["id"]])


def try_links(instance, run):
    """Those that are mailed to people."""
    for page, operation, options in ((RESET, "resetPasswordPage", []), (CONFIRM, "confirmAddressPage", ["--email-unverified"])):
        user, address = instance.user(), unique_address()
        instance.installation.orgctl("user", "set", user.name, "--email", address, *options)
        link = put_link(instance, page, user.id, address)
        assert user.name in run(operation, secret=link.partition("secret=")[2])


def try_people(instance, shell, run, organization):
    of, example = organization["id"], "01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a87"
    member, someone = instance.user(), "01932d2f-1b40-7c11-9d02-5be3a0f4c6d1"
    instance.member(of, member, "member")
    role = json.loads(run("createRole", {example: of}))["id"]
    assert role in run("listRoles", id=of) and role in run("getRole", id=role)
    assert "member:read" in run("updateRole", id=role)
    assert member.id in run("assignRole", {someone: member.id}, id=role)
    assert member.id in run("listRoleAssignments", id=role)
    run("unassignRole", {someone: member.id}, id=role)
    team = json.loads(run("createTeam", {example: of}))["id"]
    assert team in run("listTeams", id=of) and team in run("getTeam", id=team)
    run("updateTeam", id=team)
    assert member.id in run("addTeamMember", {someone: member.id}, id=team)
    assert member.id in run("listTeamMembers", id=team)
    assert member.id in run("listMembers", id=of)
    run("removeTeamMember", {someone: member.id}, id=team)
    run("removeMember", {someone: member.id}, id=of)
    run("deleteTeam", id=team)
    run("deleteRole", id=role)


def try_service_accounts(instance, run, organization):
    of, example = organization["id"], "01932d3a-5c00-7a3b-8f4e-2f6d1c0b9a84"
    made = json.loads(run("createServiceAccount", {example: instance.role_id(of, "member")}, id=of))
    own = [of, made["id"]]
    assert made["id"] in run("listServiceAccounts", id=of)
    assert json.loads(run("getServiceAccount", id=own)) == made
    key = json.loads(run("createServiceAccountKey", id=own))
    assert key["id"] in run("listServiceAccountKeys", id=own)
    one = [*own, key["id"]]
    assert json.loads(run("getServiceAccountKey", id=one))["hint"] == key["key"][-4:]
    assert json.loads(run("rotateServiceAccountKey", id=one))["key"] != key["key"]
    assert json.loads(run("updateServiceAccountKey", id=one))["is_active"] is False
    run("deleteServiceAccountKey", id=one)
    assert json.loads(run("updateServiceAccount", id=own))["is_active"] is False
    run("deleteServiceAccount", id=own)


def test_every_line_of_the_reference_gives_what_it_promises(every_server, reference, directory):
    page = parse(reference.text)
    shell = Shell(every_server, page, directory)
    for organization in ok(every_server.admin.client.get("/organizations", params={"name": "Acme"})):
        ok(every_server.admin.client.delete(f"/organizations/{organization['id']}"))
    shell.enter_key(shell.key)
    done = shell.paste(text_of(next(elements(page, "pre", class_="curl"))))
    assert (done.stderr, json.loads(done.stdout)["username"]) == ("200", shell.user.name)
    left = set(OPERATIONS)

    def run(operation, *instead, **own):
        left.remove(operation)
        return shell.run(operation, *instead, **own)

    created = json.loads(run("createOrganization"))
    assert created["name"] in run("listOrganizations")
    assert json.loads(run("getOrganization")) == created
    service = every_server.service_account(created["id"], "viewer")
    assert json.loads(run("updateOrganization", id=created["id"]))["id"] == created["id"]
    assert "access_token" in run("login")
    assert json.loads(run("getUser", id=shell.user.id))["username"] == shell.user.name
    assert json.loads(run("updateUser", id=shell.user.id))["id"] == shell.user.id
    pkce = Pkce("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    code = code_for(sign_in(every_server, shell.user), shell.user, shell.client, pkce)
    own = {"client_id": shell.client.id}
    granted = json.loads(run("token", code=code, **own))
    shell.file("orgd.token", granted["refresh_token"])
    run("endGrant", id=json.loads(run("listGrants"))[0]["id"])
    run("revoke", **own)
    assert "Sign in" in run("authorize", **own)
    run("decide", **own)
    run("endSession", id=json.loads(run("listSessions"))[0]["id"])
    run("startDevice")
    shell.enter_key(service.key)
    shell.file("orgd.token", json.loads(shell.run("login"))["access_token"])
    assert json.loads(run("introspect", client_id=service.id))["active"]
    shell.enter_key(shell.key)
    assert created["id"] in run("listOrganizationEvents", id=created["id"])
    try_invitations(every_server, shell, run, created)
    made = json.loads(run("createOwnKey"))
    assert made["id"] in run("listOwnKeys") and json.loads(run("getOwnKey", id=made["id"]))["hint"] == made["key"][-4:]
    assert json.loads(run("rotateOwnKey", id=made["id"]))["key"] != made["key"]
    assert json.loads(run("updateOwnKey", id=made["id"]))["is_active"] is False
    run("deleteOwnKey", id=made["id"])
    try_people(every_server, shell, run, created)
    try_service_accounts(every_server, run, created)
    try_links(every_server, run)
    run("deleteOrganization", id=created["id"])
    shell.enter_key(every_server.admin.token)  # the service's events are for superusers
    run("listEvents")
    for user in ok(every_server.admin.client.get("/users", params={"username": "wile"})):
        ok(every_server.admin.client.delete("/users/" + user["id"]))
    run("deleteUser", id=json.loads(run("createUser"))["id"])
    shell.enter_key(shell.key)
    left.remove("metrics")  # bears a token of its own, and is there only where it is switched on (test_metrics.py)
    for operation in sorted(left):
        run(operation)


# In a browser


@pytest.fixture(scope="module")
def chromium(environment):
    with Chromium(environment) as started:
        yield started


WIDTHS = [320, 360, 768, 1024, 1280, 1920, 2560]
FITS = """
const {scrollWidth, clientWidth} = document.documentElement;
const wide = [...document.querySelectorAll('body *')].filter(element => element.checkVisibility() &&
    element.getBoundingClientRect().right > clientWidth + 1 && element.getBoundingClientRect().width > 0);
const small = [...document.querySelectorAll('nav a, .errors a, .endpoints a, header a')].filter(element =>
    element.checkVisibility() && element.getClientRects().length > 0 && element.getBoundingClientRect().height < 24);
return [scrollWidth - clientWidth, [...wide, ...small].map(element => element.outerHTML.slice(0, 120))];
"""


@pytest.mark.parametrize("path", ["/docs", "/"])
def test_it_fits_every_screen_in_every_light(named, chromium, path):
    chromium.reset()
    for width, scheme in itertools.product(WIDTHS, ["light", "dark"]):
        chromium.look(width, 800, scheme, mobile=width < 500)
        chromium.open(named.url + path)
        assert chromium.script(FITS) == [0, []], width
        assert chromium.script(CONTRAST) == [], (width, scheme)
        if os.environ.get("ORGD_SCREENSHOTS"):
            name = f"{path.strip('/') or 'front'}-{width}-{scheme}.png"
            chromium.screenshot(Path(os.environ["ORGD_SCREENSHOTS"]) / name)
    assert chromium.console() == []


def test_text_twice_as_large_fits_a_phone(named, chromium):
    chromium.reset()
    chromium.look(360, 640, mobile=True)
    chromium.open(named.url + "/docs")
    chromium.script("document.documentElement.style.fontSize = '200%'")
    assert chromium.script("return document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_whoever_goes_through_the_reference_by_keyboard_sees_where_he_is(named, chromium, width, scheme):
    chromium.reset()
    chromium.look(width, 800, scheme, mobile=width < 500)
    chromium.open(named.url + "/docs")
    for expected in range(60):
        chromium.press(Keys.TAB)
        _, focused = chromium.script(FOCUS)
        assert focused["place"] == expected
        assert focused["contrast"] >= 3 and focused["width"] >= 2, focused
        assert -1 <= focused["top"] and focused["bottom"] <= focused["height"] + 1, focused


def test_the_contents_can_be_skipped(named, chromium):
    chromium.reset()
    chromium.look(1280, 800)
    chromium.open(named.url + "/docs")
    chromium.press(Keys.TAB, Keys.ENTER, Keys.TAB)
    assert chromium.focused_name() == "Getting started"
    assert chromium.script("return document.activeElement.closest('#text') !== null")


def test_it_is_printed_in_black_on_white_and_whole(named, chromium):
    chromium.reset()
    chromium.look(1280, 800, "dark")
    chromium.open(named.url + "/docs")
    chromium.devtools("Emulation.setEmulatedMedia", media="print",
                      features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert chromium.script("return getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert chromium.script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert chromium.script("return getComputedStyle(document.querySelector('nav')).position") == "static"
    assert chromium.script(CONTRAST) == []


def test_every_page_leads_to_the_front_page(named, chromium):
    chromium.reset()
    chromium.look(1280, 800)
    for path in ("/auth/sign-in", "/auth/authorize?client_id=nobody"):
        chromium.open(named.url + path)
        chromium.tab_to("Organizations API")
        chromium.press(Keys.ENTER)
        chromium.wait_for("Welcome")
    chromium.tab_to("API reference")
    chromium.press(Keys.ENTER)
    chromium.wait_for("API reference")
