"""Every way in, every end of it, and what of both may be under way at the same moment."""

import json
import threading
import uuid

from expect import ok, unique, unique_address
from installation import Client, stdout_of
from mailed_links import RESET, put_link
from oauth import (PASSWORD, Browser, Device, Pkce, RegisteredClient, answer_of, code_for, forget_attempts, id_of,
                   is_accepted, person_of, sign_in, tokens_for)
from processes import wait_until

WORKERS = 2
TRIES = 2 * WORKERS  # of what can be tried more than once, so that it comes to either worker
PATIENCE_S = 60
CHOSEN = "a password that one chooses"


class World:
    """A person with an open way in of each kind, and a service account of the same organization. The ways lead through
    `instance`; who ends one by a request does so `elsewhere`, if there is another web node."""

    def __init__(self, instance, issuer, elsewhere=None):
        forget_attempts(instance)
        self.instance = instance
        self.elsewhere = elsewhere or instance
        self.orgctl = instance.installation.orgctl
        self.org = instance.organization(instance.admin)["id"]
        self.person = person_of(instance)
        instance.member(self.org, self.person, "viewer")
        self.browser = sign_in(instance, self.person)
        self.cookies = dict(self.browser.session.cookies)
        self.client = RegisteredClient(instance, device=True)
        self.granted = tokens_for(self.browser, self.person, self.client)
        self.address = unique_address()
        self.orgctl("user", "set", self.person.name, "--email", self.address)
        self.subject, self.issuer = unique("subject"), issuer
        self.configured("user", "link", self.person.name, "--issuer", issuer.url, "--subject", self.subject)
        self.service = instance.service_account(self.org, "viewer")
        self.key_id, = [key["id"] for key in json.loads(
            self.orgctl("key", "list", "--service-account", self.service.name, "--json"))]
        self.manager = None
        self.token_id, = [key["id"] for key in json.loads(
            self.orgctl("token", "list", "--user", self.person.name, "--json"))]

    def open_everything(self):
        """What is used up by its use, or made of something else."""
        self.pkce = Pkce()
        self.code = code_for(self.browser, self.person, self.client, self.pkce)
        self.device = Device(self.instance, self.client)
        self.device.decide(self.browser)
        self.reset = put_link(self.instance, RESET, self.person.id, self.address)
        self.of_key = self.token_of(self.service.key)
        self.of_personal = self.token_of(self.person.token)
        return self

    def configured(self, *arguments):
        """orgctl as the workers are configured."""
        return stdout_of(self.instance.installation.run_orgctl(*arguments,
                                                               config_path=self.instance.backend.config_path))

    def exchange(self, secret):
        return self.instance.client().post("/auth/login", data={"password": secret})

    def token_of(self, secret):
        return ok(self.exchange(secret))["access_token"]

    def sees(self, credential):
        """Whether it opens the organization."""
        statuses = {self.instance.client(credential).get(f"/organizations/{self.org}").status_code for _ in range(TRIES)}
        assert statuses <= {200, 401, 404} and len(statuses) == 1, statuses
        return statuses == {200}

    def is_signed_in(self, cookies):
        browser = Browser(self.instance.url)
        browser.session.cookies.update(cookies)
        return {"You are signed in" in browser.get("/auth/sign-in").text for _ in range(TRIES)} == {True}

    def shows_form(self, path):
        """Whether a link that was mailed leads to a form."""
        statuses = {Browser(self.instance.url).get(path).status_code for _ in range(TRIES)}
        assert statuses <= {200, 404} and len(statuses) == 1, statuses
        return statuses == {200}

    def manage(self, method, path, **fields):
        """What a person does to the personal access token, with another one."""
        if self.manager is None:
            self.manager = Client(self.elsewhere.url, self.orgctl("token", "create", "--user", self.person.name, "--quiet"))
        body = {"json": fields} if method != "DELETE" else {}
        ok(self.manager.request(method, f"/users/me/api_keys/{self.token_id}{path}", **body))

    def administer(self, method, **fields):
        """What somebody with the permission does to the service account, at another web node."""
        client = Client(self.elsewhere.url, self.instance.admin.token)
        body = {"json": fields} if method != "DELETE" else {}
        ok(client.request(method, f"/organizations/{self.org}/service_accounts/{self.service.id}", **body))

    def manage_key(self, method, path, **fields):
        """The same to the key."""
        client = Client(self.elsewhere.url, self.instance.admin.token)
        body = {"json": fields} if method != "DELETE" else {}
        ok(client.request(method, f"/organizations/{self.org}/service_accounts/{self.service.id}/api_keys/{self.key_id}{path}",
                          **body))

    def sign_out(self):
        browser = Browser(self.elsewhere.url)
        browser.session.cookies.update(self.cookies)
        browser.get("/auth/sign-in")
        assert browser.submit().status_code == 200

    def revoke(self):
        form = {"client_id": self.client.id, "token": self.granted["refresh_token"]}
        assert self.elsewhere.client().post("/auth/revoke", data=form).status_code == 200


def gets_tokens(world, response):
    """Whether the answer of the token endpoint opens anything."""
    if response.status_code != 200:
        assert response.status_code in (400, 401, 503), response.text
        return False
    tokens = response.json()
    refreshed = "refresh_token" in tokens and world.client.refresh(tokens["refresh_token"]).status_code == 200
    return any(is_accepted(world.instance, tokens["access_token"]) for _ in range(TRIES)) or refreshed


WAYS = {
    "access token": lambda world: world.sees(world.granted["access_token"]),
    "refresh token": lambda world: world.client.refresh(world.granted["refresh_token"]).status_code == 200,
    "code": lambda world: world.client.redeem(world.code, world.pkce).status_code == 200,
    "device code": lambda world: world.device.poll().status_code == 200,
    "session": lambda world: world.is_signed_in(world.cookies),
    "reset link": lambda world: world.shows_form(world.reset),
    "personal token": lambda world: world.sees(world.person.token),
    "token of the personal token": lambda world: world.sees(world.of_personal),
    "external identity": lambda world: world.sees(world.issuer.token(world.subject)),
    "API key": lambda world: world.sees(world.service.key),
    "token of the API key": lambda world: world.sees(world.of_key),
}

GRANTED = {"access token", "refresh token", "code", "device code"}
SIGNED_IN = {"session", *GRANTED}
PERSONAL = {"personal token", "token of the personal token"}
OF_PERSON = {*SIGNED_IN, "reset link"}
SERVICE = {"API key", "token of the API key"}


def off_and_on(*nouns):
    """Deactivates and activates again."""
    def end(world):
        noun, what = nouns
        for verb in ("deactivate", "activate"):
            world.orgctl(noun, verb, what(world))
    return end


def by(*words):
    """A command of orgctl, of which words may depend on the world."""
    return lambda world: world.orgctl(*(word(world) if callable(word) else word for word in words))


def person(world):
    return world.person.name


def service(world):
    return world.service.name


def set_password(world):
    world.orgctl("user", "set", world.person.name, "--password", input="another password")


def reset_password(world):
    browser = Browser(world.elsewhere.url)
    browser.get(world.reset)
    assert browser.submit(password="another password").status_code == 200, browser.page.text


# What each end ends; it leaves all other ways open.
ENDS = {
    "set-password": (set_password, OF_PERSON | {"token of the personal token"}),
    "password reset": (reset_password, OF_PERSON | {"token of the personal token"}),
    "deactivate": (by("user", "deactivate", person), OF_PERSON | PERSONAL | {"external identity"}),
    "deactivate and activate": (off_and_on("user", person), OF_PERSON | {"token of the personal token"}),
    "user delete": (by("user", "delete", person), OF_PERSON | PERSONAL | {"external identity"}),
    "sign-out": (World.sign_out, SIGNED_IN),
    "revocation": (World.revoke, {"access token", "refresh token"}),
    "client delete": (by("client", "delete", lambda world: world.client.id), GRANTED),
    "user unlink": (lambda world: world.configured("user", "unlink", person(world), "--issuer", world.issuer.url,
                                                   "--subject", world.subject), {"external identity"}),
    "token deactivate and activate": (off_and_on("token", lambda world: world.token_id), {"token of the personal token"}),
    "token rotate": (by("token", "rotate", lambda world: world.token_id), PERSONAL),
    "token rotated by the API": (lambda world: world.manage("POST", "/rotate"), PERSONAL),
    "token deactivated by the API": (lambda world: world.manage("PATCH", "", is_active=False), PERSONAL),
    "token deactivated and activated by the API": (
        lambda world: [world.manage("PATCH", "", is_active=is_active) for is_active in (False, True)],
        {"token of the personal token"}),
    "token deleted by the API": (lambda world: world.manage("DELETE", ""), PERSONAL),
    "token delete": (by("token", "delete", lambda world: world.token_id), PERSONAL),
    "key rotate": (by("key", "rotate", lambda world: world.key_id), SERVICE),
    "key deactivate and activate": (off_and_on("key", lambda world: world.key_id), {"token of the API key"}),
    "key delete": (by("key", "delete", lambda world: world.key_id), SERVICE),
    "key rotated by the API": (lambda world: world.manage_key("POST", "/rotate"), SERVICE),
    "key deactivated by the API": (lambda world: world.manage_key("PATCH", "", is_active=False), SERVICE),
    "key deactivated and activated by the API": (
        lambda world: [world.manage_key("PATCH", "", is_active=is_active) for is_active in (False, True)],
        {"token of the API key"}),
    "key deleted by the API": (lambda world: world.manage_key("DELETE", ""), SERVICE),
    "service account deactivate": (by("service-account", "deactivate", service), SERVICE),
    "service account deactivate and activate": (off_and_on("service-account", service), {"token of the API key"}),
    "service account delete": (by("service-account", "delete", service), SERVICE),
    "service account deactivated by the API": (lambda world: world.administer("PATCH", is_active=False), SERVICE),
    "service account deactivated and activated by the API": (
        lambda world: [world.administer("PATCH", is_active=is_active) for is_active in (False, True)],
        {"token of the API key"}),
    "service account deleted by the API": (lambda world: world.administer("DELETE"), SERVICE),
    "signing key compromised": (lambda world: world.configured("signing-key", "rotate", "--compromised"),
                                {"access token", "refresh token", "token of the personal token", "token of the API key"}),
    "member removed": (by("member", "remove", "--organization", lambda world: world.org, "--user", person),
                       {"access token", "external identity"} | PERSONAL),
    "organization deleted": (by("organization", "delete", lambda world: world.org),
                             {"access token", "external identity"} | PERSONAL | SERVICE),
}


# Under way


class Flow:
    """A way in on its way: what is prepared, the request, and whether its answer opens anything."""

    def __init__(self, prepare, opened):
        self.prepare = prepare
        self.opened = opened


def signing_in(world):
    browser = Browser(world.instance.url)
    browser.get("/auth/sign-in")
    world.new_browser = browser
    return lambda: browser.submit(username=world.person.name, password=PASSWORD)


def allowing(world):
    """Another client than the one that the person has let in, since nobody is asked twice."""
    world.client = RegisteredClient(world.instance)
    world.pkce = Pkce()
    world.browser.get(world.client.request(world.pkce))
    return lambda: world.browser.submit(decision="allow")


def passing(world):
    """The person has let the client in before, and is not asked."""
    world.pkce = Pkce()
    return lambda: world.browser.get(world.client.request(world.pkce))


def redeems(world, response):
    if response.status_code != 303 or not response.headers["Location"].startswith(world.client.redirect_uri):
        return False
    code = answer_of(response).get("code")
    return code is not None and gets_tokens(world, world.client.redeem(code, world.pkce))


def redeeming(world):
    pkce = Pkce()
    code = code_for(world.browser, world.person, world.client, pkce)
    return lambda: world.client.redeem(code, pkce)


def refreshing(world):
    return lambda: world.client.refresh(world.granted["refresh_token"])


def allowing_a_device(world):
    world.device = Device(world.instance, world.client)
    world.device.ask(world.browser)
    return lambda: world.browser.submit(decision="allow")


def polling(world):
    device = Device(world.instance, world.client)
    device.decide(world.browser)
    return device.poll


def resetting(world):
    """Chooses a password that nobody else sets."""
    browser = Browser(world.instance.url)
    browser.get(put_link(world.instance, RESET, world.person.id, world.address))
    return lambda: browser.submit(password=CHOSEN)


def signs_in_with_what_was_chosen(world, _):
    browser = Browser(world.instance.url)
    browser.get("/auth/sign-in")
    return "You are signed in" in browser.sign_in(world.person.name, CHOSEN).text


def exchanging_a_key(world):
    return lambda: world.exchange(world.service.key)


def take_into_use(world, secret):
    """So that nothing comes behind the next answer."""
    world.sees(secret)
    wait_until(lambda: world.instance.installation.sql(
        f"SELECT 1 FROM orgd.orgd_credential_uses WHERE credential_id = {id_of(secret)}"), "the use to be noted")


def making_a_token(world):
    take_into_use(world, world.person.token)
    return lambda: world.instance.client(world.person.token).post("/users/me/api_keys", json={"name": unique("token")})


def last_action(world, chain):
    """By the order of events, which is that of the commits."""
    (last,), = world.instance.installation.sql(
        "SELECT action FROM orgd.orgd_events WHERE chain_id = %s ORDER BY sequence DESC LIMIT 1", (uuid.UUID(chain).bytes,))
    return last


def opens_what_was_made_behind_the_end(world, response):
    """What was made before stays when only the token ends that made it."""
    assert response.status_code in (200, 401, 503), response.text
    return (response.status_code == 200 and world.sees(response.json()["key"])
            and last_action(world, world.person.id) == "personal_token.created")


def changing(world):
    """A service account changes its organization, by a key."""
    take_into_use(world, world.service.key)
    ok(world.instance.admin.client.post(f"/roles/{world.instance.role_id(world.org, 'manager')}/assignments",
                                        params={"user_id": world.service.id}))
    return lambda: world.instance.client(world.service.key).patch(f"/organizations/{world.org}", json={"description": unique()})


def changed_behind_the_end(world, response):
    assert response.status_code in (200, 401, 503), response.text
    return last_action(world, world.org) == "organization.updated"


FLOWS = {
    "signing in": Flow(signing_in, lambda world, _: world.is_signed_in(dict(world.new_browser.session.cookies))),
    "allowing": Flow(allowing, redeems),
    "passing": Flow(passing, redeems),
    "redeeming": Flow(redeeming, gets_tokens),
    "refreshing": Flow(refreshing, gets_tokens),
    "allowing a device": Flow(allowing_a_device, lambda world, _: gets_tokens(world, world.device.poll())),
    "polling": Flow(polling, gets_tokens),
    "making a token": Flow(making_a_token, opens_what_was_made_behind_the_end),
    "changing": Flow(changing, changed_behind_the_end),
    "resetting": Flow(resetting, signs_in_with_what_was_chosen),
    "exchanging a key": Flow(exchanging_a_key, gets_tokens),
}
OF_A_GRANT = ("set-password", "deactivate", "deactivate and activate", "user delete", "sign-out", "client delete")
MEETINGS = [
    *[("signing in", end) for end in ("set-password", "deactivate", "user delete")],
    *[("resetting", end) for end in ("set-password", "deactivate", "user delete")],
    *[(flow, end) for flow in ("allowing", "passing", "redeeming", "refreshing", "allowing a device", "polling")
      for end in OF_A_GRANT],
    ("refreshing", "signing key compromised"),
    *[("making a token", end) for end in ("deactivate", "user delete", "token delete", "token rotated by the API")],
    *[("changing", end) for end in ("key delete", "key rotated by the API", "service account deactivated by the API")],
    *[("exchanging a key", end) for end in ("key rotate", "key delete", "key rotated by the API",
                                            "service account deactivate", "service account deleted by the API",
                                            "organization deleted")],
]


class Running(threading.Thread):
    """Something that is done meanwhile."""

    def __init__(self, function):
        super().__init__(daemon=True)
        self.function = function
        self.result = self.error = None
        self.start()

    def run(self):
        try:
            self.result = self.function()
        except BaseException as error:  # for whoever waits for it
            self.error = error

    def finish(self):
        self.join(PATIENCE_S)
        assert not self.is_alive()
        if self.error is not None:
            raise self.error
        return self.result
