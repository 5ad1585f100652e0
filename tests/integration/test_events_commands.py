"""Events: every command of orgctl that changes something writes what it did, and no secret."""

import collections
import hashlib
import json
import re
import socket
import uuid
from unittest.mock import ANY

import pytest

from expect import ok, unauthorized, unique, unique_address
from oauth import PASSWORD
from processes import SERVICE_USER
from servers import SOURCE
from test_events import chain, rows
from test_issuers import Issuer, instance_with, keys_file, me, section

SERVICE_CHAIN = "ffffffff-ffff-ffff-ffff-ffffffffffff"
ISSUER = "https://issuer.example.org"
HASH = "$6$rounds=5000$saltsaltsaltsalt$" + "x" * 86

READERS = {"user list", "user show", "user export", "service-account list", "service-account show", "key list", "token list",
           "organization list", "organization show", "member list", "role list", "role show", "team list", "team show", "session list", "grant list",
           "invitation list", "client list", "event list", "event export",
           "event verify", "mail list"}
# What writes, and records nothing.
UNRECORDED = {"event heads": "it signs what is on record; test_events_verify.py has the event of --accept", "event prune": "test_events_verify.py has its event",
              "deliver": "it gives events their order, and sends mails",
              "member repair": "test_orgctl_masks.py has its events", "session end": "test_ways_in.py has its event", "grant end": "likewise",
              "mail test": "test_mail.py has its event", "mail retry": "likewise", "migrate": "it makes the table of the events", "purge": "it removes what an event has ended"}

# A step: the command; its arguments, of what was made before; its standard input; and the events that it writes. Of an
# event: the action, whose chain it is in, the targets and the changes, as before and after.
Step = collections.namedtuple("Step", "command arguments events input", defaults=[None])


class World:
    """What the steps make, by the names that they use. `before` and `after` are values of fields."""

    def __init__(self, instance):
        self.instance = instance
        self.owner = instance.user(limit=10)
        self.names = {kind: unique(kind) for kind in ("user", "renamed", "imported", "service_account", "api_key",
                                                      "personal_token", "organization", "client", "server", "role",
                                                      "team")}
        self.names["invitation"] = unique_address()
        self.address = unique_address()
        self.subject = unique("subject")
        self.ids = {"owner": self.owner.id, "service": SERVICE_CHAIN}
        self.secrets = [PASSWORD, HASH, self.owner.token]

    def run(self, step):
        arguments = [word.format(**self.names, **{f"{kind}_id": id_ for kind, id_ in self.ids.items()}, address=self.address,
                                 subject=self.subject, owner=self.owner.name, new=unique("other"))
                     for word in step.arguments]
        return json.loads(self.instance.installation.orgctl(*step.command.split(), *arguments, "--json", input=step.input)
                          or "null")

    def note(self, said):
        """Keeps secrets; ids are noted from the events."""
        said = said if isinstance(said, dict) else {}
        self.secrets += [said[name] for name in ("key", "token", "client_secret", "link") if name in said]


def made(**fields):
    return {name: (None, value) for name, value in fields.items()}


def gone(**fields):
    return {name: (value, None) for name, value in fields.items()}


OF_KEY = ("--service-account", "{service_account_id}")
OF_ORGANIZATION = ("--organization", "{organization_id}")
OF_MEMBER = (*OF_ORGANIZATION, "--user", "{user}")
IDENTITY = ("{user}", "--issuer", ISSUER, "--subject", "{subject}")
LINKED = {"oauth_provider": ISSUER, "oauth_id": "{subject}"}
FLAGS = {"has_device_grant": False, "is_trusted": False}
PUBLIC = {"name": "{client}", "redirect_uris": "https://a.example/ https://b.example/", "is_confidential": False,
          "is_resource_server": False, **FLAGS}
SERVER = {"name": "{server}", "redirect_uris": "", "is_confidential": True, "is_resource_server": True, **FLAGS}
USER = {"username": "{user}", "email": "{address}", "name": "A \"B\"", "email_verified": True, "is_active": True,
        "is_superuser": False, "organization_limit": 3}
IMPORTED = {"username": "{imported}", "email_verified": False, "is_active": False, "is_superuser": True, "has_password": True}
SERVICE = {"username": "{service_account}", "role": "viewer", "email_verified": False, "is_active": True,
           "is_superuser": False}


def credential(noun, kind, account, of):
    """What is done to a key or a personal access token."""
    targets = [kind, account]
    chain_of = "organization" if kind == "api_key" else account

    def change(verb, before, after):
        return Step(f"{noun} {verb}", (f"{{{kind}_id}}",), [(f"{kind}.{verb}d", chain_of, targets, {"is_active": (before, after)})])

    yield Step(f"{noun} create", (*of, "--name", f"{{{kind}}}", "--expires-in", "1d"),
               [(f"{kind}.created", chain_of, targets, made(name=f"{{{kind}}}", is_active=True, expires=ANY))])
    yield change("deactivate", True, False)
    yield change("activate", False, True)
    yield Step(f"{noun} rotate", (f"{{{kind}_id}}", "--retain", "5"),
               [(f"{kind}.rotated", chain_of, targets, made(last_rotated=ANY, retained_until=ANY))])
    yield Step(f"{noun} set", (f"{{{kind}_id}}", "--description", "d"),
               [(f"{kind}.updated", chain_of, targets, {"description": (None, "d")})])
    yield Step(f"{noun} delete", (f"{{{kind}_id}}",), [(f"{kind}.deleted", chain_of, targets, gone(
        name=f"{{{kind}}}", description="d", is_active=True, expires=ANY, last_rotated=ANY, retained_until=ANY))])


def of_user(verb, **changes):
    return (f"user.{verb}", "user", ["user"], changes)


def of_service(verb, **changes):
    return (f"service_account.{verb}", "organization", ["service_account"], changes)


def of_organization(verb, changes):
    return (f"organization.{verb}", "organization", ["organization"], changes)


def of_invitation(verb, **changes):
    return (f"invitation.{verb}", "organization", ["invitation"], changes)


def of_member(verb, before, after, target="user"):
    return (f"member.{verb}", "organization", [target], {"role": (before, after)})


def of_role(verb, **changes):
    return (f"role.{verb}", "organization", ["role"], changes)


def of_team(verb, *others, **changes):
    return (f"team.{verb}", "organization", ["team", *others], changes)


PERMITTED = ["organization:read", "team:read"]


STEPS = [
    Step("user create", ("{user}", "--email", "{address}", "--full-name", 'A "B"', "--organization-limit", "3"),
         [of_user("created", **made(**USER))]),
    Step("user set", ("{user}", "--full-name", "C", "--superuser", "yes", "--organization-limit", "default", "--password"),
         [of_user("updated", name=('A "B"', "C"), is_superuser=(False, True), organization_limit=(3, None)),
          of_user("password_changed")], PASSWORD),
    Step("user set", ("{user}", "--password"), [of_user("password_changed")], PASSWORD),
    Step("user set", ("{user}", "--email", "{address}", "--email-unverified"), [of_user("updated", email_verified=(True, False))]),
    Step("user set", ("{user}", "--full-name", "C", "--superuser", "yes"), []),
    Step("user deactivate", ("{user}",), [of_user("deactivated", is_active=(True, False))]),
    Step("user deactivate", ("{user}",), []),
    Step("user activate", ("{user}",), [of_user("activated", is_active=(False, True))]),
    Step("user link", IDENTITY, [of_user("identity_linked", **made(**LINKED))]),
    Step("user unlink", IDENTITY, [of_user("identity_unlinked", **gone(**LINKED))]),
    *credential("token", "personal_token", "user", ("--user", "{user}")),
    Step("organization create", ("{organization}", "--owner", "{owner}"), [of_organization("created", ANY)]),
    Step("organization set", ("{organization_id}", "--description", "D"),
         [of_organization("updated", {"description": (None, "D")})]),
    Step("member add", (*OF_MEMBER, "--role", "viewer"), [of_member("added", None, "viewer")]),
    Step("member set", (*OF_MEMBER, "--role", "manager"), [of_member("role_changed", "viewer", "manager")]),
    Step("member set", (*OF_MEMBER, "--role", "manager"), []),
    Step("member remove", OF_MEMBER, [of_member("removed", "manager", None)]),
    Step("member set", (*OF_MEMBER, "--role", "member"), [of_member("added", None, "member")]),
    Step("role create", ("{role}", *OF_ORGANIZATION, "--permissions", "organization:read"),
         [of_role("created", **made(name="{role}", permissions=PERMITTED[:1]))]),
    Step("role update", ("{role_id}", "--permissions", " ".join(PERMITTED)),
         [of_role("updated", permissions=(PERMITTED[:1], PERMITTED))]),
    Step("role assign", ("{role}", *OF_MEMBER), [("member.role_assigned", "organization", ["user", "role"],
                                                  {"role": (None, "{role}")})]),
    Step("role unassign", ("member", *OF_MEMBER), [("member.role_removed", "organization", ["user", "system_role"],
                                                    {"role": ("Organization Member", None)})]),
    Step("member set", (*OF_MEMBER, "--role", "{role}"), []),
    Step("member set", (*OF_MEMBER, "--role", "manager"), [of_member("role_changed", "{role}", "manager")]),
    Step("member remove", OF_MEMBER, [of_member("removed", "manager", None)]),
    Step("member add", (*OF_MEMBER, "--role", "{role}"), [of_member("added", None, "{role}")]),
    Step("member set", (*OF_MEMBER, "--role", "member"), [of_member("role_changed", "{role}", "member")]),
    Step("team create", ("{team}", *OF_ORGANIZATION), [of_team("created", **made(name="{team}"))]),
    Step("team update", ("{team_id}", "--description", "d"), [of_team("updated", description=(None, "d"))]),
    Step("team add", ("{team}", *OF_MEMBER), [of_team("member_added", "user")]),
    Step("role assign", ("{role_id}", "--team", "{team}"), [of_team("role_assigned", "role", role=(None, "{role}"))]),
    Step("role unassign", ("{role_id}", "--team", "{team_id}"), [of_team("role_removed", "role", role=("{role}", None))]),
    Step("team remove", ("{team}", *OF_MEMBER), [of_team("member_removed", "user")]),
    Step("team delete", ("{team_id}",), [of_team("deleted", **gone(name="{team}", description="d"))]),
    Step("role delete", ("{role_id}",), [of_role("deleted", **gone(name="{role}", permissions=PERMITTED))]),
    Step("invitation create", (*OF_ORGANIZATION, "--email", "{invitation}", "--role", "viewer"),
         [of_invitation("created", **made(email="{invitation}", roles="viewer", expiration_date=ANY))]),
    Step("invitation resend", ("{invitation_id}",), [of_invitation("resent", expiration_date=(ANY, ANY))]),
    Step("invitation revoke", ("{invitation_id}",), [of_invitation("revoked")]),
    Step("organization transfer", ("{organization_id}", "--to", "{user}"),
         [("organization.updated", "organization", ["organization", "owner", "user"], {"owner_id": ("{owner_id}", "{user_id}")})]),
    Step("organization transfer", ("{organization_id}", "--to", "{owner}"),
         [("organization.updated", "organization", ["organization", "user", "owner"], {"owner_id": ("{user_id}", "{owner_id}")})]),
    Step("subscription set", (*OF_ORGANIZATION, "--status", "active"),
         [("subscription.updated", "organization", ["organization"], {"status": ("trialing", "active")})]),
    Step("subscription set", (*OF_ORGANIZATION, "--status", "active"), []),
    Step("subscription set", (*OF_ORGANIZATION, "--status", "trialing", "--trial-days", "3"),
         [("subscription.updated", "organization", ["organization"],
           {"status": ("active", "trialing"), "trial_end": (ANY, ANY)})]),
    Step("service-account create", ("{service_account}", *OF_ORGANIZATION, "--role", "viewer"),
         [of_service("created", **made(**SERVICE))]),
    Step("service-account set", ("{service_account_id}", "--role", "admin"),
         [of_member("role_changed", "viewer", "admin", "service_account")]),
    Step("service-account set", ("{service_account_id}", "--description", "D"), [of_service("updated", description=(None, "D"))]),
    Step("service-account set", ("{service_account_id}", "--description", ""), [of_service("updated", description=("D", None))]),
    Step("service-account set", ("{service_account_id}", "--description", ""), []),
    Step("service-account deactivate", ("{service_account_id}",), [of_service("deactivated", is_active=(True, False))]),
    Step("service-account activate", ("{service_account_id}",), [of_service("activated", is_active=(False, True))]),
    *credential("key", "api_key", "service_account", OF_KEY),
    Step("service-account delete", ("{service_account_id}",), [of_service("deleted", **gone(**{**SERVICE, "role": "admin"}))]),
    Step("organization delete", ("{organization_id}",), [of_organization("deleted", ANY)]),
    Step("user rename", ("{user}", "--to", "{renamed}"), [of_user("updated", username=("{user}", "{renamed}"))]),
    Step("user delete", ("{renamed}",),
         [of_user("deleted", **gone(**{**USER, "username": "{renamed}", "name": "C", "email_verified": False,
                                       "is_superuser": True, "organization_limit": None}))]),
    Step("user import", ("-",), [("user.created", "imported", ["imported"], made(**IMPORTED))],
         f"username,is_active,is_superuser,email_verified,password_hash\n{{imported}},no,yes,no,{HASH}\n"),
    Step("client create", ("{client}", "--redirect-uri", "https://a.example/ https://b.example/"),
         [("client.created", "service", ["client"], made(**PUBLIC))]),
    Step("client delete", ("{client_id}",), [("client.deleted", "service", ["client"], gone(**PUBLIC))]),
    Step("client create", ("{server}", "--resource-server"), [("client.created", "service", ["server"], made(**SERVER))]),
]


@pytest.fixture(scope="module")
def world(instance):
    return World(instance)


def new_rows(instance, seen):
    """The rows that were not there when it was asked before."""
    found = [row for row in rows(instance, "SELECT * FROM orgd_events ORDER BY id") if row["id"] not in seen]
    seen.update(row["id"] for row in found)
    return sorted(found, key=lambda row: (row["chain_id"], row["sequence"]))


def filled(world, value):
    """A value of the tables above, with what it stands for."""
    if isinstance(value, str):
        return value.format(**world.names, **{f"{kind}_id": id_ for kind, id_ in world.ids.items()}, address=world.address,
                            subject=world.subject)
    return value


def differences(world, changes):
    """As an event has them: what does not change is left out."""
    if changes is ANY:
        return ANY
    changes = {name: tuple(filled(world, value) for value in values) for name, values in changes.items()}
    return {name: {"before": before, "after": after} for name, (before, after) in changes.items()
            if before is ANY or after is ANY or before != after}


def operator():
    return {"type": "operator", "id": None, "name": f"{SERVICE_USER}@{socket.gethostname()}", "credential_id": None}


def test_every_command_that_writes_has_a_step():
    """A new one needs a row in STEPS, or a reason in UNRECORDED."""
    definitions = (SOURCE / "app/orgctl/commands.def").read_text("utf-8")
    commands = {f"{noun} {verb}".strip() for noun, verb in
                re.findall(r'^COMMAND\("([a-z-]+)", (?:"([a-z-]+)"|NULL), [^,]+, (?:NEEDS_DATABASE|WORKS_AS_WORKERS),',
                           definitions, re.MULTILINE)}
    assert commands == {step.command for step in STEPS} | READERS | set(UNRECORDED)


def test_what_commands_write(world):
    instance = world.instance
    seen = set()
    new_rows(instance, seen)
    for step in STEPS:
        step = step._replace(input=step.input.replace("{imported}", world.names["imported"]) if step.input else None)
        world.note(world.run(step))
        found = [(row, *chain(instance, str(uuid.UUID(bytes=row["chain_id"])))[row["sequence"] - 1:row["sequence"]])
                 for row in new_rows(instance, seen)]
        assert [event["action"] for _, event in found] == [event[0] for event in step.events], step
        for (row, event), (_, whose, targets, changes) in zip(found, step.events):
            world.ids |= {kind: target["id"] for kind, target in zip(targets, event["targets"]) if kind not in world.ids}
            assert str(uuid.UUID(bytes=row["chain_id"])) == world.ids[whose]
            assert event["actor"] == operator() and event["context"] == {"request_id": None, "address": None,
                                                                         "user_agent": None}
            assert (event["organization"] or {"id": None})["id"] == (world.ids[whose] if whose == "organization" else None)
            assert [target["id"] for target in event["targets"]] == [world.ids[kind] for kind in targets]
            assert all(target["name"] for target in event["targets"])
            assert event["changes"] == differences(world, changes), step


def test_other_issuers_provision(database):
    """Who comes for the first time is let in by the issuer, who is the actor; and by nobody a second time."""
    issuer = Issuer("https://events.example.org")
    with instance_with(database, section(issuer, keys_file(database, "events", issuer), provision="yes",
                                         match_users="yes")) as instance:
        known, stranger = instance.user(), unique("stranger")
        seen = set()
        new_rows(instance, seen)
        ids = [ok(me(instance, issuer.token(name)))["id"] for name in (known.name, stranger, known.name, stranger)]
        unauthorized(me(instance, issuer.token("no\nname")), "invalid_token")
        actions = {}
        for row in new_rows(instance, seen):
            actions.setdefault(str(uuid.UUID(bytes=row["chain_id"])), []).append(row["action"])
            assert row["actor_type"] == "issuer" and row["actor_name"] == issuer.url and row["actor_id"] is None
            assert row["request_id"] and row["address"] == "127.0.0.1"
        assert actions == {known.id: ["user.identity_linked"], ids[1]: ["user.created", "user.identity_linked"]}
        linked = chain(instance, ids[1])[-1]
    assert linked["changes"] == {"oauth_provider": {"before": None, "after": issuer.url},
                                 "oauth_id": {"before": None, "after": stranger}}
    assert linked["targets"] == [{"type": "user", "id": ids[1], "name": stranger}]


def traces(secret):
    """A secret, and what could be made of it."""
    body = secret.split("_", 1)[-1]
    for text in {secret, body}:
        digest = hashlib.sha256(text.encode())
        yield from (text.encode(), digest.digest(), digest.hexdigest().encode(), digest.hexdigest().upper().encode())


def test_no_secret_stands_in_an_event(world):
    """Nor a digest or hash that the database keeps, of whatever was made in this run."""
    assert len(world.secrets) >= 6
    kept = [value for table, column in (("orgd_credentials", "secret_digest"), ("orgd_credentials", "retained_digest"),
                                        ("orgd_passwords", "hash"), ("orgd_clients", "secret_digest"))
            for value, in world.instance.installation.sql(
                f"SELECT DISTINCT {column} FROM orgd.{table} WHERE {column} <> UNHEX(REPEAT('00', 32))")]
    kept = [value.encode() if isinstance(value, str) else value for value in kept]
    forbidden = {trace for secret in world.secrets for trace in traces(secret)} | set(kept)
    forbidden |= {value.hex().encode() for value in kept} | {value.hex().upper().encode() for value in kept}
    for row in rows(world.instance, "SELECT * FROM orgd_events"):
        text = b"\0".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())
        assert [trace for trace in forbidden if trace in text] == []


def test_the_actions_are_documented():
    page = (SOURCE / "docs/events.md").read_text("utf-8")
    for action in {event[0] for step in STEPS for event in step.events}:
        assert f"`{action}`" in page
