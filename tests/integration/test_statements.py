"""Every statement that the library holds, on a database full of rows: how MariaDB plans it, and how many rows it reads.

What there is to test tests/unit/statements.c says, which asks the library's symbols, so that no statement can be
forgotten. Each is executed as orgd executes it, prepared and with parameters, for its plan depends on them: a filter
that is NULL is folded away."""

import functools
import json
import secrets
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from built import make_program
from installation import SecondDatabase
from population import name_key, organization_name, populate, user_name

ORGANIZATIONS = 10000
CHOSEN = 6000  # the number of what statements are about: of a user who has one of everything
FEW, BUSY, SUPERUSER = 10, 2, 1  # of a member of a few organizations, of one of about every fourth, of a superuser
OWNER = 3  # of an owner of many
OWNED = 500
PAGE = 101  # orgd asks for one row more than it shows
MANY_NAMES = 5000  # of more names that begin so, a search by created reads no more to know that they are many
BEHIND_ALL = "\U0010ffff"  # what is behind the names that begin with something
PIECE = 100  # how many rows a purge is told to remove
EVENTS = 6000  # of one organization:
FOLLOWED = CHOSEN + 1
WAITING = 50  # of them, for a position
MEMBER_LISTS = ("member_list", "member_list_behind", "member_list_found")
BLOCK = 500  # positions with one row of orgd_event_blocks
ROWS = 12  # what a statement may read that is about one thing: a row or two of each table it joins

# How many rows those may read that are about several things.
MANY = {
    **{f"event_list_{kind}": (PAGE + 1, "a page") for kind in ("all", "all_newest_first", "chain", "chain_newest_first")},
    "event_heads_chains": (15 * PAGE, "the chains of a page, with their oldest event, newest head and its event"),
    "event_heads_newest": (12 * PAGE, "the chains of a page, with their heads"),
    "event_heads_missing": (2000, "counts a chain, for an operator"),
    "event_heads_prune_events": (2000, "a piece; the chain of this test is all of it"),
    "event_heads_prune_targets": (2000, "likewise"),
    **{f"event_heads_prune_{what}": (4000, "the subjects of a piece") for what in ("actions", "actors", "suffered")},
    "event_heads_prune_blocks": (20, "all of this test; none is to go"),
    "event_verify_events": (8 * PAGE, "a page, with a target each, and what finds them"),
    "event_verify_blocks": (20, "a page; this test has fewer"),
    "event_verify_subjects": (3 * PAGE, "a page, with an event each"),
    "event_verify_stray_target": (3100, "the targets of a page, or of all that is behind it, and their events"),
    "event_position_waiting": (WAITING + 2, "those it tells"),
    "event_position_give": (40, "the two events that it is told, by their numbers"),
    **{f"way_in_list{proof}": (30, "what lives of one account, twice") for proof in ("", "_by_user", "_of_grant")},
    **{f"{name}{by}": (120, "a page of one organization, and what belongs to each")
       for name in ("role_list", "service_account_list", "team_list")
       for by in ("", "_by_user", "_of_external", "_of_service", "_by_service", "_of_grant")},
    **{f"invitation_list{by}": (120, "a page of one organization, and what belongs to each")
       for by in ("", "_by_user", "_of_external", "_of_service", "_by_service", "_of_grant", "_as_operator")},
    **{f"{name}{by}": (300, "likewise, invitations too, of which each has more")
       for name in ("assignment_list", *MEMBER_LISTS, "team_list_members")
       for by in ("", "_by_user", "_of_external", "_of_service", "_by_service", "_of_grant")},
    "invitation_insert": (30, "counts what is pending, 1,000 at most"),
    **{f"key_list_in_organization{by}": (16, "the keys of one service account, and what says who may see them")
       for by in ("", "_by_user", "_of_external", "_of_service", "_by_service", "_of_grant")},
    "member_list_all": (60, "the members of one organization, with two joins each"),
    **{f"{name}_count": (30, "those of one organization") for name in ("assignment", "member", "role", "service_account", "team")},
    "team_count_members": (40, "those of one team, who may be invitations"),
    **{f"mask_{holders}": (40, "those who hold the role or are in the team, and all that each holds")
       for holders in ("role_members", "team_members", "role_teams", "give_team_members")},
    "mask_role_team_members": (60, "those who are in the teams that hold the role, and all that each holds"),
    **{f"role_{what}": (100, "those who hold the role, and what else each holds")
       for what in ("use", "end_members", "end_team_members", "leave_teams", "revoke")},
    "team_summaries": (60, "the teams of one organization, and who is in each"),
    "role_summaries": (60, "the roles of one organization, and who has each"),
    "holder_account": (20, "an account, and each role that it has"),
    "mask_wrong_member": (30, "a member, and each role and team that it has, twice"),
    "refusal_list": (101, "a hundred windows that are over"),
    "refusal_forget": (502, "those it removes, at most a piece at once"),
    "mail_list": (PAGE + 1, "a page"),
    **{f"purge_{uses}": (5 * PIECE + 2, "a piece, with its credentials") for uses in ("uses", "client_uses")},
    **{f"purge_{table}": (PIECE + 2, "those it removes, at most a piece at once") for table in (
        "attempts", "mailed_links", "mails", "codes", "credentials", "devices", "client_grants", "client_devices",
        "account_memberships", "organization_invitations")},
}

# What statements may do although it takes longer with more rows, and why.
EXCEPTIONS = {
    "account_export": ({"scan", "sort", "rows"}, "orgctl exports every user"),
    "event_heads_newest": ({"scan", "sort"}, "takes each chain of a page in turn"),
    "event_heads_piece": ({"scan", "rows"}, "counts the events of a piece"),
    "event_list_account": ({"scan", "sort", "rows"}, "orgctl lists what is known of one account, from two tables"),
    "event_verify_next_chain": ({"scan", "sort"}, "takes the least of three ids"),
    "account_list": ({"scan", "sort", "rows"}, "orgctl lists every account"),
    "event_position_give": ({"scan"}, "counts from 1 to the number of events, at most a piece"),
    **{f"invitation_list{by}": ({"scan", "sort"}, "sorts what is pending, 1,000 at most, and takes each of a page in turn")
       for by in ("", "_by_user", "_of_grant", "_as_operator")},
    "mail_list": ({"scan"}, "reads the newest in the order of the ids, a page of them"),
    "mail_waiting": ({"rows"}, "counts what waits, for a courier and an operator, from the index alone"),
    "mail_retry_all": ({"scan", "rows"}, "an operator sends again all that waits or has failed"),
    **{f"way_in_list{proof}": ({"scan", "sort", "temporary"}, "sorts what lives of one account, which is bounded")
       for proof in ("", "_by_user", "_of_grant")},
    **{f"key_list_{whose}{proof}": ({"sort", "temporary"}, "sorts the keys of one account, 100 at most")
       for whose in ("own", "in_organization") for proof in ("", "_by_user", "_of_grant")},
    **{f"purge_{uses}": ({"scan"}, "goes through those that it has found")
       for uses in ("uses", "uses_single", "organization_uses", "client_uses", "invitation_assignments",
                    "invitation_team_members")},
    **{f"invitation_pass_{what}": ({"temporary"}, "keeps what it has found, since it writes to the same table")
       for what in ("roles", "teams")},
    "member_list_all": ({"sort", "temporary"}, "sorts the members of one organization by their names"),
    **{f"{name}{by}": ({"scan", "sort"}, "merges what it has found along indexes, and takes each row of a page in turn")
       for name in ("assignment_list", *MEMBER_LISTS, "role_list")
       for by in ("", "_by_user", "_of_external", "_of_service", "_by_service", "_of_grant")},
    **{f"team_list{which}{by}": ({"scan"}, "takes each row of a page in turn") for which in ("", "_members")
       for by in ("", "_by_user", "_of_grant")},
    **{f"service_account_list{by}": ({"scan"}, "likewise") for by in ("", "_by_user", "_of_grant")},
    "role_count": ({"scan"}, "counts from 1 to 5"),
    "mask_role_team_members": ({"scan", "temporary"}, "takes each member of the teams once, and each of those in turn"),
    "mask_wrong_members": ({"rows"}, "looks at a piece of all, for an operator"),
    "mask_wrong_teams": (set(), "likewise"),
    "mask_end_of_members": ({"scan", "sort", "rows"}, "takes the last of a piece"),
    "mask_end_of_teams": ({"scan", "sort"}, "likewise"),
    "role_summaries": ({"scan", "sort"}, "orgctl lists the roles of one organization, of which five are numbers"),
    "team_members": ({"sort", "temporary"}, "orgctl lists who is in a team, by name"),
    "way_in_list_all": ({"sort"}, "sorts what lives of one account, which is bounded"),
    **{f"organization_summaries{order}": ({"scan", "sort", "rows"}, "orgctl lists every organization")
       for order in ("", "_newest", "_by_name", "_by_name_down")},
    **{name: ({"scan", "sort"}, "sorts what lives of one account, which is bounded, and scans the one row that it found")
       for name in ("session_end_oldest", "grant_end_oldest", "grant_end_oldest_of_client")},
    "client_list": ({"scan", "sort", "rows"}, "orgctl lists every client; an administrator registers each by hand"),
    "client_find_named_in": ({"scan"}, "looks for each client's name in a text; as many as are registered by hand"),
    "purge_client_codes": ({"rows"}, "passes others' codes where one client has many of them all, each once in a round"),
    "schema_has_table": ({"scan"}, "reads information_schema, which has no indexes; the table's name is looked up"),
    "schema_is_foreign": ({"scan"}, "likewise"),
    "schema_is_foreign_record": ({"scan"}, "likewise, and the table's columns are few"),
    "schema_list": ({"scan"}, "lists the migrations"),
    "server_read": ({"scan", "rows"}, "asks information_schema, for an operator"),
}

# Of these, what they do or not, as the statistics of the tables happen to be.
OPEN = {"event_list_account": {"sort"}}

COUNTERS = ("Handler_read_first", "Handler_read_key", "Handler_read_last", "Handler_read_next", "Handler_read_prev",
            "Handler_read_rnd", "Handler_read_rnd_next")


def fresh(size):
    return lambda filled: secrets.token_bytes(size)


def of(kind, number=CHOSEN):
    return lambda filled: filled.id(kind, number)


def digest(kind):
    return lambda filled: bytes.fromhex(filled.population.digest(kind, CHOSEN))


def time_of_event(number):
    return datetime(2026, 1, 1) + timedelta(seconds=number)


def new_name(_):
    return "new " + secrets.token_hex(4)


def made(number):
    return lambda filled: filled.population.time(number)


NOW, EARLY = "2026-11-25 00:00:00", "2024-01-01 00:00:00"  # later than everything that ends, and earlier
ANY = {"int": 1, "bool": True, "time": NOW, "text": "text", "digest": fresh(32)}

# What to put in place of a parameter, if not any value of its type: by its name, for the statements whose names begin so.
# The longest beginning counts.
PARAMETERS = {
    "": {
        "account_id": of("u"), "owner_id": of("u"), "caller_account_id": of("u"), "organization_id": of("o"),
        "caller_id": of("t"), "caller_is_limited": False, "credential_id": of("t"),
        "session_id": of("w"), "grant_id": of("g"), "client_id": of("c"),
        "client": lambda filled: filled.population.id("c", CHOSEN), "parent": of("o"), "count": PIECE,
        "name_key": name_key(user_name(CHOSEN)), "owner_key": None,
        "after": None, "after_time": None, "limit": PAGE, "offset": 0, "links": None, "wants_subscription": False,
        "bucket": digest("a"), "user_digest": digest("y"),
        "kind": "user", "role": "admin", "status": 2,
        "role_id": of("r"), "team_id": of("b"), "holder_id": of("u"), "user_id": None, "service_account_id": None,
        "invitation_id": None, "invitation_readers": 1023,
        "own_id": of("u"), "actor_id": of("u"), "search": None, "end": PAGE, "system_roles": 31,
    },
    "account": {"id": of("u")},
    "account_change": {"name": new_name, "name_key": new_name, "revision": 2, "email_key": None},
    "account_set_profile": {"metadata": "{}"},
    "account_insert_service": {"id": fresh(16), "name": new_name, "name_key": new_name, "maximum": 1000},
    "account_insert": {"id": fresh(16), "name": new_name, "name_key": new_name, "organization_id": None},
    "account_find_services": {"name_key": f"service-{CHOSEN}", "organization_id": None},
    "account_find_service": {"id": of("s")},
    "account_list": {"organization_id": None},
    "account_end": {"id": of("s")},
    "client": {"id": of("c")},
    "client_find_named_in": {"claimed_name": "nobody's"},
    "client_insert": {"id": fresh(16), "name": new_name, "name_key": new_name, "is_resource_server": False},
    "code": {"id": of("p")},
    "code_insert": {"id": fresh(16), "now": EARLY},
    "device": {"id": of("d"), "now": EARLY},
    "device_insert": {"id": fresh(16), "device": fresh(16), "user_digest": fresh(32)},
    "event": {"id": fresh(16), "chain_id": of("o"), "target_id": fresh(16), "actor_id": of("u"),
              "actor_credential_id": of("t"), "targets": "[]", "changes": "{}", "version": 1, "hash_head": "01"},
    "event_begin_chain": {"chain_id": fresh(16)},
    "event_heads": {"chain_id": of("o"), "holder": fresh(16), "before": NOW, "pruned_occurred_at": EARLY, "occurred_at": EARLY,
                    "count": PAGE},
    "event_list": {"id": lambda filled: filled.event_id(), "occurred_at": EARLY, "count": PAGE},
    "event_list_all_newest_first": {"id": b"\xff" * 16},
    "event_list_chain_newest_first": {"occurred_at": NOW},
    "event_list_account": {"id": b"\xff" * 16},
    "event_verify": {"from": EARLY, "to": NOW, "count": PAGE},
    "event_verify_blocks": {"block": 0, "count": PAGE},
    "event_verify_subjects": {"kind": 1, "subject": "", "position": 0, "count": PAGE},
    "grant": {"id": of("g")},
    "grant_insert": {"id": fresh(16), "now": EARLY},
    "event_feed": {"organization_id": of("o", FOLLOWED),
                   "action": None, "resource": None, "actor_id": None, "target_id": None, "since": None, "until": None,
                   "is_newest_first": True, "after_position": 0, "end": PAGE,
                   "caller_id": lambda filled: filled.id("t", SUPERUSER)},
    "event_position": {"holder": fresh(16), "count": 2, "keys": lambda filled: filled.told(), "last": 10 * EVENTS},
    **{f"event_position_add_{what}": {"last": EVENTS - WAITING - 2} for what in ("actions", "actors", "targets")},
    "event_position_widen": {"earliest": "2026-01-01 01:35:00"},
    "event_position_note": {"first_block": EVENTS // BLOCK, "last_block": EVENTS // BLOCK + 1},
    "identity": {"digest": fresh(32), "id": fresh(16)},
    "identity_insert": {"id": fresh(16)},
    "key": {"id": of("k"), "kind": "api_key"},
    **{f"key_{verb}_in_organization": {"account_id": None, "name_key": f"service-{CHOSEN}"} for verb in ("see", "list")},
    "invitation": {"id": fresh(16), "after": None, "email_key": None},
    "service_account": {"name_key": f"service-{CHOSEN}"},
    "service_account_list": {"name_key": None, "search_key": None},
    "service_account_count": {"name_key": None, "search_key": None},
    "invitation_give_role": {"id": fresh(16)},
    "assignment_give_invitation": {"holder_id": fresh(16)},
    "assignment_take_invitation": {"holder_id": fresh(16)},
    "holder_invitation": {"holder_id": fresh(16)},
    "head_lock_of_invitation": {"invitation_id": fresh(16)},
    "invitation_insert": {"id": fresh(16), "email_key": fresh(8)},
    "invitation_list_own": {"email_key": None},
    "mail": {"id": of("m"), "claim": of("m"), "due": NOW, "state": "waiting", "count": PAGE, "claim_s": 60, "wait_s": 60},
    "mail_insert": {"id": fresh(16), "since": NOW, "most": 1000, "most_to_one": 5},
    "mailed_link": {"id": of("u"), "kind": "password"},
    "mailed_link_insert": {"id": fresh(16)},
    "mail_list": {"state": None},
    "key_insert": {"id": fresh(16), "name": new_name, "hint": "hint", "kind": "api_key", "maximum": 100},
    "key_update": {"id": of("t"), "name": new_name},
    "use": {"credential_id": of("k")},
    "member": {"account_id": of("u", BUSY), "role_id": None, "search": None, "search_key": None},
    "member_list_all": {"account_id": None},
    "member_give_role": {"account_id": fresh(16), "role_id": of("r")},
    "member_enter": {"account_id": of("u", SUPERUSER), "own_roles": 4},
    "assignment_insert": {"holder_id": fresh(16), "holder": "account", "maximum": 100},
    **{f"assignment_{change}_team": {"holder_id": of("b")} for change in ("give", "take", "add_to")},
    "holder_team": {"holder_id": of("b")},
    "mask_team": {"holder_id": of("b")},
    **{f"mask_wrong_{kind}": {"last_organization_id": b"\xff" * 16, "last_holder_id": b"\xff" * 16}
       for kind in ("members", "teams")},
    **{f"mask_{what}": {"holder_id": of("b")} for what in ("end_of_teams", "wrong_team")},
    "mask_give": {"holder_id": of("b")},
    "role": {"id": of("r")},
    "role_insert": {"id": fresh(16), "name": new_name, "name_key": new_name, "maximum": 1000},
    "role_list": {"name_key": None, "is_own": False},
    "role_count": {"name_key": None, "is_own": False},
    "role_summaries": {"name_key": None, "is_own": False},
    "team_summaries": {"name_key": None},
    "team": {"id": of("b")},
    "team_insert": {"id": fresh(16), "name": new_name, "name_key": new_name, "maximum": 1000},
    "team_list": {"name_key": None},
    "team_count": {"name_key": None},
    "team_add_member": {"holder_id": fresh(16), "holder": "account", "maximum": 100},
    "account_rename": {"name": new_name, "name_key": new_name},
    "member_set": {"own_roles": 1},
    "organization": {"id": of("o"), "name_key": name_key(organization_name(CHOSEN))},
    "organization_count": {"owner_id": None, "name_key": None},
    **{f"organization_{what}": {"from": "", "end": BEHIND_ALL}
       for what in ("count_search", "count_both", "list_search", "list_both", "list_by_name", "summaries")},
    "organization_insert": {"id": fresh(16), "name": new_name, "name_key": new_name},
    "organization_insert_owner": {"id": of("o"), "owner_id": of("u", SUPERUSER)},
    "organization_list": {"owner_id": None, "name_key": None},
    "purge": {"before": "2024-02-01 00:00:00", "from_time": "2024-01-01 00:00:00", "from_id": bytes(15) + b"\1",
              "holder": fresh(16)},
    "purge_client": {"parent": of("c")},
    "refresh": {"id": of("g")},
    "refusal": {"subject_id": of("u"), "action": "user.sign_in_refused", "since": NOW},
    "refusal_count": {"since": EARLY},
    "refusal_credential": {"id": of("k"), "digest": digest("k"), "is_token": False},
    "schema_record": {"version": 9999, "compatible_since": 9999},
    "way_in": {"id": of("g"), "kind": "grant", "now": EARLY},
    "user": {"id": of("u", FEW), "member_readers": 1023, "user_id": None, "username_key": None, "email": None, "standing": 0,
             "oauth_provider": None, "oauth_id": None, "key_pattern": None, "pattern": None, "end": PAGE},
    "session": {"id": of("w")},
    "session_find": {"now": EARLY},
    "session_insert": {"id": fresh(16)},
    "session_take_over_grants": {"id": of("w"), "previous_id": of("w")},
    "session_use_password": {"verified_hash": f"$y$j9T${CHOSEN}"},
}


def value_of(statement, parameter):
    """What the tables above say, in the words of the statement's name, the most first."""
    words = statement["name"].split("_")
    for count in range(len(words), -1, -1):
        values = PARAMETERS.get("_".join(words[:count]), {})
        if parameter["name"] in values:
            return values[parameter["name"]]
    assert parameter["type"] in ANY, f"{statement['name']}: PARAMETERS should say which {parameter['name']} to put there"
    return ANY[parameter["type"]]


@dataclass
class Step:
    """A line of EXPLAIN."""

    select_type: str
    table: str
    type: str
    Extra: str

    def faults(self):
        # A row that is inserted has the type ALL as well.
        found = {"scan"} if self.type in ("ALL", "index") and self.select_type != "INSERT" else set()
        return found | {fault for fault, words in (("sort", "filesort"), ("temporary", "Using temporary"))
                        if words in self.Extra}


@dataclass
class Seen:
    """What became of a statement."""

    steps: list
    rows: int
    sorted_rows: int

    def faults(self, rows):
        found = set().union(*(step.faults() for step in self.steps))
        return found | ({"rows"} if self.rows > rows else set()) | ({"sort"} if self.sorted_rows else set())

    def __str__(self):
        return "\n".join([f"{self.rows} rows read, {self.sorted_rows} sorted", *map(str, self.steps)])


class Filled:
    """The database, and parameters that mean something in it."""

    def __init__(self, database):
        self.population = populate(database, ORGANIZATIONS)
        self.cursor = database.connect().cursor()
        for statement, values in (
                ("UPDATE orgd_accounts SET is_superuser = TRUE WHERE id = %s", self.id("u", SUPERUSER)),
                ("INSERT IGNORE INTO orgd_memberships (organization_id, account_id, own_roles, organization_created)"
                 " SELECT id, %s, 'viewer', created FROM orgd_organizations"
                 " WHERE CONV(RIGHT(HEX(id), 1), 16, 10) %% 4 = 0", self.id("u", BUSY)),
                ("INSERT INTO orgd_roles (id, organization_id, name, name_key, mask, created, updated)"
                 " VALUES (%s, %s, 'auditor', 'auditor', 1024, NOW(6), NOW(6))", (self.id("r"), self.id("o"))),
                ("INSERT INTO orgd_teams (id, organization_id, name, name_key, created, updated)"
                 " VALUES (%s, %s, 'team', 'team', NOW(6), NOW(6))", (self.id("b"), self.id("o"))),
                ("INSERT INTO orgd_role_assignments (role_id, holder_id, holder, organization_id) VALUES"
                 " (%s, %s, 'account', %s), (%s, %s, 'team', %s)",
                 (self.id("r"), self.id("u"), self.id("o"), self.id("r"), self.id("b"), self.id("o"))),
                ("INSERT INTO orgd_team_members (team_id, holder_id, holder, organization_id, created)"
                 " VALUES (%s, %s, 'account', %s, NOW(6))", (self.id("b"), self.id("u"), self.id("o"))),
                *self._invitations(),
                ("UPDATE orgd_organizations SET owner_id = %s ORDER BY name_key LIMIT %s", (self.id("u", OWNER), OWNED)),
                (f"INSERT INTO orgd_events (chain_id, occurred_at, sequence, id, action, actor_type, actor_id, targets, changes,"
                 f" count, version, hash) SELECT o.id, '{EARLY}' + INTERVAL n.n SECOND, n.n, UNHEX(MD5(CONCAT(o.id, n.n))),"
                 " 'organization.updated', 'user', o.owner_id, '[]', '{}', 1, 1, REPEAT('h', 32) FROM orgd_organizations o"
                 " JOIN (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3) n", ()),
                (f"INSERT INTO orgd_events (chain_id, occurred_at, sequence, id, action, actor_type, targets, changes,"
                 f" count, version, hash) SELECT %s, '{EARLY}' + INTERVAL ROW_NUMBER() OVER (ORDER BY id) + 3 SECOND,"
                 " ROW_NUMBER() OVER (ORDER BY id) + 3, UNHEX(MD5(id)), 'organization.updated', 'user', '[]', '{}', 1, 1,"
                 " REPEAT('h', 32) FROM orgd_accounts LIMIT 1000", self.id("o")),
                (f"INSERT INTO orgd_credential_uses SELECT id, '{EARLY}' FROM orgd_credentials", ()),
                ("ANALYZE TABLE orgd_credential_uses", ()),
                ("INSERT INTO orgd_event_targets (target_id, chain_id, occurred_at)"
                 " SELECT chain_id, chain_id, occurred_at FROM orgd_events", ()),
                ("INSERT INTO orgd_event_chains (id, sequence, occurred_at, hash)"
                 " SELECT chain_id, MAX(sequence), MAX(occurred_at) + INTERVAL 1 DAY, REPEAT('h', 32) FROM orgd_events GROUP BY chain_id", ()),
                ("INSERT INTO orgd_event_heads (chain_id, month, sequence, occurred_at, hash, signed_at, signature)"
                 " SELECT c.id, 202600 + m.m, 1, c.occurred_at, c.hash, c.occurred_at, 's' FROM orgd_event_chains c"
                 " JOIN (SELECT 1 AS m UNION SELECT 2) m", ()),
                ("ANALYZE TABLE orgd_events, orgd_event_targets, orgd_event_chains, orgd_event_heads", ()),
                ("INSERT INTO orgd_event_refusals (subject_id, action, began, pending)"
                 " SELECT id, 'user.sign_in_refused', created, 0 FROM orgd_accounts", ()),
                ("INSERT INTO orgd_mails (id, kind, recipient, language, subject, text_body, html_body, state, created, give_up,"
                 f" due, claim, attempts, done) SELECT id, 'test', 'a@example.org', 'en', 's', 't', 'h', 'waiting', '{EARLY}',"
                 f" '{NOW}', '{EARLY}', id, 1, created FROM orgd_accounts", ()),
                ("INSERT INTO orgd_mails (id, kind, recipient, language, subject, text_body, html_body, state, created, give_up,"
                 f" due, claim, attempts) VALUES (%s, 'test', 'a@example.org', 'en', 's', 't', 'h', 'waiting', '{EARLY}',"
                 f" '{NOW}', '{NOW}', %s, 1)", (self.id("m"), self.id("m"))),
                ("INSERT INTO orgd_mailed_links (account_id, kind, id, email, email_key, digest, expires) SELECT id, 'password', id,"
                 " 'a@example.org', 'a@example.org', REPEAT('d', 32), created FROM orgd_accounts", ()),
                ("ANALYZE TABLE orgd_mailed_links, orgd_mails, orgd_event_refusals, orgd_accounts, orgd_organizations, orgd_memberships", ())):
            self.cursor.execute(statement, values)
        self._fill_events()

    def _invitations(self):
        """A pending one to each organization; to one of them many that have ended, and a few with a role and a team."""
        columns = ("INSERT INTO orgd_invitations (id, organization_id, email, email_key, own_roles, status, is_open, link_digest,"
                   " mail_digest, days, created, expires, kept_until) SELECT UNHEX(MD5(CONCAT(o.id, n.seq))), o.id,"
                   " CONCAT(n.seq, '@example.org'), CONCAT(n.seq, '@example.org'), 'viewer', {status}, {is_open}, '', '', 1,"
                   f" '{EARLY}' + INTERVAL n.seq SECOND, '2027-01-01', '2027-04-01' FROM orgd_organizations o JOIN {{numbers}} n")
        other = secrets.token_bytes(16)
        return [
            (columns.format(status="'pending'", is_open="TRUE", numbers="seq_1_to_1"), ()),
            (columns.format(status="'pending'", is_open="TRUE", numbers="seq_2_to_10") + " WHERE o.id = %s", self.id("o")),
            (columns.format(status="'accepted'", is_open="NULL", numbers="seq_11_to_300") + " WHERE o.id = %s", self.id("o")),
            *self._given(self.id("r"), self.id("b"), "organization_id = %s AND is_open LIMIT 5"),
            ("INSERT INTO orgd_roles (id, organization_id, name, name_key, mask, created, updated)"
             " VALUES (%s, %s, 'other', 'other', 1024, NOW(6), NOW(6))", (other, self.id("o", FEW))),
            ("INSERT INTO orgd_teams (id, organization_id, name, name_key, created, updated)"
             " VALUES (%s, %s, 'other', 'other', NOW(6), NOW(6))", (other, self.id("o", FEW))),
            *self._given(other, other, "organization_id <> %s"),
            ("ANALYZE TABLE orgd_invitations, orgd_role_assignments, orgd_team_members", ())]

    def _given(self, role, team, condition):
        """Gives both to those invitations; %s is an organization."""
        return [("INSERT INTO orgd_role_assignments (role_id, holder_id, holder, organization_id)"
                 " SELECT %s, id, 'invitation', organization_id FROM orgd_invitations WHERE " + condition, (role, self.id("o"))),
                ("INSERT INTO orgd_team_members (team_id, holder_id, holder, organization_id, created)"
                 " SELECT %s, id, 'invitation', organization_id, NOW(6) FROM orgd_invitations WHERE " + condition,
                 (team, self.id("o")))]

    def _fill_events(self):
        """Of one organization: many changes by somebody, and a few of another kind by another; and some without a
        position yet."""
        events, targets = [], []
        for number in range(EVENTS):
            is_rare, time = number % 20 == 0, time_of_event(number)
            position = number + 1 if number < EVENTS - WAITING else 0
            events.append((self.id("o", FOLLOWED), time, number + 1, number.to_bytes(16, "big"),
                           "test.rare" if is_rare else "test.often", self.id("u", OWNER if is_rare else CHOSEN), position))
            targets.append((self.id("u", FEW) if is_rare else self.id("o", FOLLOWED), self.id("o", FOLLOWED), time))
        self.cursor.executemany(
            "INSERT INTO orgd_events (chain_id, occurred_at, sequence, id, action, actor_type, actor_id, targets, changes,"
            " count, version, hash, position) VALUES (%s, %s, %s, %s, %s, 'user', %s, '[]', '{}', 1, 1, '', %s)", events)
        self.cursor.executemany("INSERT INTO orgd_event_targets VALUES (%s, %s, %s)", targets)
        for kind, subject, targets in ((1, "e.action", ""), (2, "e.actor_id", ""), (
                3, "t.target_id", " JOIN orgd_event_targets t USING (chain_id, occurred_at)")):
            self.cursor.execute(f"INSERT INTO orgd_event_subjects SELECT %s, {subject}, e.position FROM orgd_events e{targets}"
                                " WHERE e.position > 0", (kind,))
        self.cursor.execute("INSERT INTO orgd_event_blocks SELECT position DIV %s, MIN(occurred_at), MAX(occurred_at) FROM orgd_events"
                            " WHERE position > 0 GROUP BY 1", (BLOCK,))
        self.cursor.execute("ANALYZE TABLE orgd_events, orgd_event_targets, orgd_event_blocks, orgd_event_subjects")
        self.cursor.execute("SELECT CAST(%s AS BINARY) INTO @orgd_keys", (self.told(),))  # as the statement before it does

    def told(self):
        """The keys of two events that wait."""
        return "".join(f"{self.id('o', FOLLOWED).hex()}{time_of_event(EVENTS - number).isoformat(timespec='microseconds')}"
                       for number in (2, 1))

    def event_id(self):
        """The id of some event."""
        return b"\x80" + bytes(15)

    def close(self):
        self.cursor.connection.close()

    def id(self, kind, number=CHOSEN):
        return bytes.fromhex(self.population.id(kind, number))

    def _values(self, statement, chosen):
        """Of all its parameters, by name."""
        values = {one["name"]: chosen.get(one["name"], value_of(statement, one)) for one in statement["params"]}
        return {name: value(self) if callable(value) else value for name, value in values.items()}

    def _literals(self, statement, values):
        """Its parameters as SQL, of the types that orgd gives them."""
        for param in statement["params"]:
            value = values[param["name"]]
            literal = self.cursor.mogrify("%s", (value,))
            yield f"TIMESTAMP {literal}" if param["type"] == "time" and value is not None else literal

    def _execute(self, statement, prefix, values):
        """Prepared, with parameters."""
        literals = ", ".join(self._literals(statement, values))
        self.cursor.execute("PREPARE tested FROM %s", (prefix + statement["sql"],))
        self.cursor.execute("EXECUTE tested" + (f" USING {literals}" if literals else ""))

    def _steps(self, statement, values):
        self._execute(statement, "EXPLAIN ", values)
        names = [column[0] for column in self.cursor.description]
        rows = [dict(zip(names, row)) for row in self.cursor.fetchall()]
        return [Step(*(row[name] or "" for name in ("select_type", "table", "type", "Extra"))) for row in rows]

    def look(self, statement, **values):
        """What it does, in a transaction that is rolled back."""
        values = self._values(statement, values)
        try:
            steps = self._steps(statement, values)
            self.cursor.execute("FLUSH STATUS")
            self.cursor.execute("START TRANSACTION")
            self._execute(statement, "", values)
            self.cursor.execute("SHOW SESSION STATUS")
            status = dict(self.cursor.fetchall())
        finally:
            self.cursor.execute("ROLLBACK")
        return Seen(steps, sum(int(status[name]) for name in COUNTERS), int(status["Sort_rows"]))


@functools.cache
def statements():
    """Name to statement, from a program that is linked with the library."""
    said = subprocess.run([make_program("tests/unit/statements")], check=True, capture_output=True, text=True).stdout
    return {one["name"]: one for one in json.loads(said)}


def pytest_generate_tests(metafunc):
    """Lists and totals have tests of their own, and what ends a session reads no table."""
    if "statement" in metafunc.fixturenames:
        metafunc.parametrize("statement", [name for name in statements() if name != "connection_end" and
                                           not name.startswith(("organization_list", "organization_count", "event_feed", "user_list",
                                                                "user_count"))])


@pytest.fixture(scope="module")
def filled(database):
    with SecondDatabase(database) as second:
        second.orgctl("migrate")
        # The plans are those of the statistics that the test makes. What it rolls back would count as changes.
        database.sql("SET GLOBAL innodb_stats_auto_recalc = OFF")
        filled = Filled(second)
        yield filled
        filled.close()
        database.sql("SET GLOBAL innodb_stats_auto_recalc = ON")


def test_what_is_excepted_is_there():
    assert set(MANY) | set(EXCEPTIONS) <= set(statements())


def test_a_statement_reads_what_it_needs(filled, statement):
    seen = filled.look(statements()[statement])
    allowed, _ = EXCEPTIONS.get(statement, (set(), ""))
    rows, _ = MANY.get(statement, (ROWS, ""))
    open_ones = OPEN.get(statement, set())
    assert seen.faults(rows) | open_ones == allowed | open_ones, str(seen)


@pytest.mark.parametrize("sql, faults", [
    ("SELECT name FROM orgd_organizations WHERE logo_url = 'x'", {"scan", "rows"}),
    ("SELECT id FROM orgd_organizations ORDER BY ended, created", {"scan", "rows"}),
    ("SELECT name FROM orgd_organizations ORDER BY description LIMIT 1", {"scan", "sort", "rows"}),
    ("SELECT DISTINCT own_roles FROM orgd_memberships", {"scan", "temporary", "rows"}),
    ("UPDATE orgd_accounts SET is_active = TRUE WHERE organization_limit = 7", {"scan", "rows"}),
    ("SELECT name FROM orgd_organizations WHERE name_key = 'x'", set()),
])
def test_a_statement_that_reads_too_much_is_found(filled, sql, faults):
    assert filled.look({"name": "made up", "sql": sql, "params": []}).faults(ROWS) == faults


# Lists and totals: every statement that knows the parameters in question

CALLERS = {"few": of("t", FEW), "busy": of("t", BUSY), "superuser": of("t", SUPERUSER)}
FILTERS = {
    "none": {},
    "name": {"name_key": name_key(organization_name(CHOSEN))},
    "own-name": {"name_key": name_key(organization_name(FEW))},
    "owner": {"owner_id": of("u")},
    "username": {"owner_key": name_key(user_name(CHOSEN))},
    "owner-of-many": {"owner_id": of("u", OWNER)},
    "username-of-many": {"owner_key": name_key(user_name(OWNER))},
    "unknown-username": {"owner_key": "nobody"},
    "two-filters": {"owner_id": of("u", OWNER), "owner_key": name_key(user_name(OWNER))},
}
PLACES = {
    "start": {},
    "offset": {"offset": 3000},
    "after-first": {"after": of("o", 0), "after_time": made(0)},
    "after-middle": {"after": of("o", ORGANIZATIONS // 2), "after_time": made(ORGANIZATIONS // 2)},
    "after-last": {"after": of("o", ORGANIZATIONS - 5), "after_time": made(ORGANIZATIONS - 5)},
    "after-unknown": {"after": b"0" * 16, "after_time": "2025-06-01 00:00:00"},
}


IN_ANOTHER_WAY = ("organization_list_by_name", "organization_list_search")  # they have tests of their own


def those_that_know(prefix, values):
    found = [one for name, one in statements().items() if name.startswith(prefix) and not name.startswith(IN_ANOTHER_WAY) and
             set(values) <= {param["name"] for param in one["params"]}]
    assert found
    return found


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("caller", CALLERS)
def test_a_page_reads_what_it_shows_and_what_it_skips(filled, caller, filters, place):
    """It is read along an index, of which EXPLAIN says that it is scanned. Only where one owner's organizations are
    fewer than a member's, they are looked through and sorted instead."""
    values = {"caller_id": CALLERS[caller], **FILTERS[filters], **PLACES[place]}
    allowed, rows = {"scan"}, 4 * PAGE + 2 * values.get("offset", 0) + 3 * ROWS
    if caller != "superuser" and {"owner_id", "owner_key"} & set(values):
        allowed, rows = {"scan", "sort", "temporary"}, 2 * ORGANIZATIONS // 4
    for statement in those_that_know("organization_list", values):
        seen = filled.look(statement, **values)
        assert seen.faults(rows) <= allowed, f"{statement['name']}: {seen}"


@pytest.mark.parametrize("caller", CALLERS)
def test_who_wants_subscriptions_reads_a_membership_more_for_each(filled, caller):
    more = {}
    for statement in those_that_know("organization_list", {"wants_subscription": True}):
        without, seen = (filled.look(statement, caller_id=CALLERS[caller], wants_subscription=wanted) for wanted in (False, True))
        more[statement["name"]] = seen.rows - without.rows
        assert more[statement["name"]] <= PAGE, f"{statement['name']}: {seen}"
    assert more["organization_list_all"] > 0


@pytest.mark.parametrize("name, callers", [("all", ("busy", "superuser")), ("all_newest", ("busy", "superuser")),
                                           ("by_name", ("superuser",)), ("by_name_down", ("superuser",))])
def test_what_an_offset_skips_is_read_from_the_index_alone(filled, name, callers):
    for caller in callers:
        seen = filled.look(statements()[f"organization_list_{name}"], **{"caller_id": CALLERS[caller], "offset": 3000})
        assert seen.rows <= 3000 + 3 * PAGE + ROWS
        assert any("Using index" in step.Extra for step in seen.steps if step.table in ("m", "o")), str(seen)


def beginning(text):
    return {"from": name_key(text), "end": name_key(text) + BEHIND_ALL}


# Names in turn begin with one of twenty places.
RANGES = {"all": ({}, ORGANIZATIONS), "one-in-20": (beginning("Nordic"), ORGANIZATIONS // 20),
          "few": (beginning("Nordic Logistics GmbH 400"), 2), "none": (beginning("nowhere"), 0)}
NAMES = {"behind-half": {"from": name_key("Nordic")}, "behind-most": {"from": name_key("東京")},
         "before-half": {"end": name_key("Nordic")}, "before-few": {"end": name_key("Dublin Archiv")}}


@pytest.mark.parametrize("values", [*(values for values, _ in RANGES.values()), *NAMES.values(), {"offset": 3000}],
                         ids=[*RANGES, *NAMES, "offset"])
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", ["by_name", "by_name_down"])
def test_a_page_by_name_reads_what_it_shows_or_what_a_member_has(filled, name, caller, values):
    """A superuser's along the index of names; a member's is sorted of all that the member has."""
    seen = filled.look(statements()[f"organization_list_{name}"], **{"caller_id": CALLERS[caller], **values})
    allowed, rows = {"scan"}, 4 * PAGE + values.get("offset", 0) + ROWS
    if caller != "superuser":
        allowed, rows = {"scan", "sort", "temporary"}, 4 * PAGE + ORGANIZATIONS + ROWS  # a fourth of all, each four times
    assert seen.faults(rows) <= allowed, str(seen)


@pytest.mark.parametrize("owner, owned", [({"owner_id": of("u", OWNER)}, OWNED), ({"owner_id": of("u")}, 1),
                                          ({"owner_key": name_key(user_name(OWNER))}, OWNED), ({"owner_key": "nobody"}, 0)],
                         ids=["of-many", "of-one", "username-of-many", "unknown-username"])
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", ["by_name_of_owner", "by_name_of_owner_down"])
def test_a_page_by_name_of_an_owner_reads_what_it_owns(filled, name, caller, owner, owned):
    seen = filled.look(statements()[f"organization_list_{name}"], **{"caller_id": CALLERS[caller], **owner})
    rows = 4 * PAGE + 4 * owned + 2 * ROWS if caller == "superuser" else 4 * PAGE + 3 * ORGANIZATIONS // 4
    assert seen.faults(rows) <= {"scan", "sort", "temporary"}, str(seen)


@pytest.mark.parametrize("place", [place for place in PLACES if place != "offset"])
@pytest.mark.parametrize("names", RANGES)
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", ["search", "search_newest"])
def test_a_search_by_created_reads_what_it_shows_or_what_begins_so(filled, name, caller, names, place):
    """However deep the page is. It never passes what is before it."""
    (values, matching) = RANGES[names]
    seen = filled.look(statements()[f"organization_list_{name}"],
                       **{"caller_id": CALLERS[caller], **values, **PLACES[place]})
    rows = 4 * PAGE + 3 * ORGANIZATIONS // 4
    if caller == "superuser":
        rows = 4 * PAGE + (2 * MANY_NAMES if matching > MANY_NAMES else 4 * matching) + 3 * ROWS
    assert seen.faults(rows) <= {"scan", "sort", "temporary"}, str(seen)


@pytest.mark.parametrize("names", RANGES)
@pytest.mark.parametrize("caller", CALLERS)
def test_a_total_of_a_search_reads_what_it_counts(filled, caller, names):
    values, matching = RANGES[names]
    seen = filled.look(statements()["organization_count_search"], **{"caller_id": CALLERS[caller], **values})
    rows = matching + ROWS if caller == "superuser" else 2 * ORGANIZATIONS // 3
    assert seen.faults(rows) <= {"scan"}, str(seen)


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("caller", CALLERS)
def test_a_total_reads_what_it_counts(filled, caller, filters):
    """What a member has, or an owner, or, of a superuser without filters, all there is."""
    values = {"caller_id": CALLERS[caller], **FILTERS[filters]}
    if {"owner_id", "owner_key"} & set(values):
        rows = 2 * OWNED + ROWS
    else:
        rows = {"few": 2 * ROWS, "busy": 2 * ORGANIZATIONS // 3, "superuser": ORGANIZATIONS + ROWS}[caller]
    if "name_key" in values:
        rows = ROWS
    for statement in those_that_know("organization_count", values):
        seen = filled.look(statement, **values)
        assert seen.faults(rows) <= ({"scan"} if caller == "superuser" and filters == "none" else set()), str(seen)


# Feeds of events

FEEDS = {
    "event_feed_chain": {}, "event_feed_all": {}, "event_feed_own": {},
    "event_feed_chain_action": {"action": "test.rare"}, "event_feed_all_action": {"action": "test.rare"},
    "event_feed_chain_actor": {"actor_id": of("u", OWNER)}, "event_feed_all_actor": {"actor_id": of("u", OWNER)},
    "event_feed_chain_target": {"target_id": of("u", FEW)}, "event_feed_all_target": {"target_id": of("u", FEW)},
}
SINCE = {"since": "2026-01-01 01:00:00", "until": "2026-01-01 01:20:00"}


def event(number):
    return {"after": number.to_bytes(16, "big"), "after_time": datetime(2026, 1, 1) + timedelta(seconds=number)}


EVENT_PLACES = {"start": {}, "middle": event(EVENTS // 2), "end": event(EVENTS - WAITING - 3), "unknown": {
    "after": (2 * EVENTS).to_bytes(16, "big"), "after_time": NOW}, "since": SINCE}


@pytest.mark.parametrize("is_newest_first", [True, False])
@pytest.mark.parametrize("name, place", [(name, place) for name in FEEDS for place in EVENT_PLACES])
def test_a_page_of_events_reads_what_it_shows(filled, name, is_newest_first, place):
    """At either end, however long the feed is. What spans chains begins to look for a time at a block's beginning."""
    values = {**FEEDS[name], **EVENT_PLACES[place], "is_newest_first": is_newest_first}
    allowed = {"scan", "sort", "temporary"} if name == "event_feed_own" else {"scan"}
    seen = filled.look(statements()[name], **values)
    rows = 6 * PAGE + 4 * ROWS + (BLOCK if place == "since" and "chain" not in name else 0)
    assert seen.faults(rows) <= allowed, str(seen)
    for step in seen.steps:
        assert "scan" not in step.faults() or step.table.startswith(("<derived", "<union")), str(seen)


@pytest.mark.parametrize("name", [name for name in FEEDS if name != "event_feed_own"])
def test_who_may_not_see_events_makes_nobody_read_them(filled, name):
    seen = filled.look(statements()[name], caller_id=CALLERS["few"], **FEEDS[name])
    assert seen.rows <= 2 * ROWS, str(seen)


@pytest.mark.parametrize("name", ["event_feed_total_of_chain", "event_feed_total_of_all", "event_feed_total_of_own"])
def test_a_total_of_events_reads_no_more_than_there_are(filled, name):
    seen = filled.look(statements()[name])
    assert seen.rows <= 3 * ORGANIZATIONS + 1000 + EVENTS + ROWS, str(seen)  # those that wait included
    seen = filled.look(statements()[name], **SINCE)
    assert seen.rows <= 3 * (1200 + 2 * BLOCK) + ROWS, str(seen)


# Users

def beginning(name, address=None):
    return {"key_pattern": name_key(name) + "%", "pattern": (address or name) + "%"}


USERS = {
    "everybody": ("", {}, ORGANIZATIONS),
    "active": ("", {"standing": 1}, ORGANIZATIONS),
    "inactive": ("", {"standing": 2}, 20),
    "id": ("_found", {"user_id": of("u")}, 1),
    "name": ("_found", {"username_key": name_key(user_name(CHOSEN))}, 1),
    "service": ("_found", {"username_key": f"service-{CHOSEN}"}, 1),
    "address": ("_found", {"email": f"U{CHOSEN}@example.org"}, 1),
    "beginning": ("_searched", beginning(f"anna.{CHOSEN}"), 1),
    "beginning-of-address": ("_searched", beginning(f"u{CHOSEN}@"), 1),
    "beginning-of-many": ("_searched", beginning("ann"), ORGANIZATIONS // 20),
    "nobody": ("_searched", beginning("~"), 0),
    "issuer": ("_external", {"oauth_provider": "https://id.example.org"}, 1000),
    "subject": ("_external", {"oauth_id": "subject 7"}, 1),
    "identity": ("_external", {"oauth_provider": "https://id.example.org", "oauth_id": "subject 7"}, 1),
}


@pytest.fixture(scope="module")
def with_users(filled):
    """Some are known to an issuer, and some deactivated."""
    filled.cursor.execute("INSERT INTO orgd_identities (id, digest, issuer, subject, account_id, linked)"
                          " SELECT UNHEX(MD5(a.id)), UNHEX(SHA2(a.id, 256)), 'https://id.example.org',"
                          " CONCAT('subject ', ROW_NUMBER() OVER (ORDER BY a.id)), a.id, a.created FROM orgd_accounts a"
                          " WHERE a.kind = 'user' ORDER BY a.id LIMIT 1000")
    filled.cursor.execute("UPDATE orgd_accounts SET is_active = FALSE WHERE kind = 'user' ORDER BY name_key LIMIT 20")
    filled.cursor.execute("ANALYZE TABLE orgd_accounts, orgd_identities")
    yield filled
    filled.cursor.execute("DELETE FROM orgd_identities")
    filled.cursor.execute("UPDATE orgd_accounts SET is_active = TRUE")
    filled.cursor.execute("ANALYZE TABLE orgd_accounts, orgd_identities")


def ways(kind, way):
    found = [one for name, one in statements().items() if name in {
        f"user_{kind}{way}{proof}" for proof in ("", "_by_user", "_of_external", "_of_service", "_by_service", "_of_grant")}]
    assert len(found) == 6
    return found


def reads_no_more(seen, rows):
    """Of the steps, only those look at each row that read what another has found."""
    assert seen.rows <= rows, str(seen)
    for step in seen.steps:
        assert "scan" not in step.faults() or step.table.startswith(("<derived", "<union", "a")), str(seen)


@pytest.mark.parametrize("place", ["start", "middle", "end"])
@pytest.mark.parametrize("wanted", USERS)
def test_a_page_of_users_reads_what_it_shows(with_users, wanted, place):
    way, values, matches = USERS[wanted]
    after = {"start": None, "middle": of("u", ORGANIZATIONS // 2), "end": of("u", ORGANIZATIONS - 5)}[place]
    values = {**values, "after": after, "caller_id": CALLERS["superuser"]}
    # Of what begins so, all are looked at, in each of three indexes; of the rest, the page alone. Ten reads show one.
    rows = 10 * min(matches, PAGE) + (4 * matches if way == "_searched" else 0) + 5 * ROWS
    for statement in ways("list", way):
        reads_no_more(with_users.look(statement, **values), rows)


@pytest.mark.parametrize("caller", ["few", "busy"])
@pytest.mark.parametrize("wanted", USERS)
def test_a_page_of_whom_others_find(with_users, wanted, caller):
    """It looks at those who are meant, and for what the caller shares with them: at most at all that the caller has."""
    way, values, _ = USERS[wanted]
    mine = {"few": 5, "busy": ORGANIZATIONS // 3}[caller] if way == "_found" else 0
    for kind in ("list", "count"):
        for statement in ways(kind, way):
            reads_no_more(with_users.look(statement, **values, caller_id=CALLERS[caller]), 3 * mine + 4 * ROWS)


@pytest.mark.parametrize("wanted", USERS)
def test_a_total_of_users_reads_what_it_counts(with_users, wanted):
    way, values, matches = USERS[wanted]
    for statement in ways("count", way):
        seen = with_users.look(statement, **values, caller_id=CALLERS["superuser"])
        assert seen.rows <= 4 * (matches + ORGANIZATIONS // 10 * (wanted in ("everybody", "active"))) + 3 * ROWS, str(seen)


# A large organization

MEMBERS, TEAM, TEAMS, ROLES, INVITATIONS = 8000, 4000, 400, 40, 2000
LARGE = CHOSEN + 2
PROOFS = ("", "_by_user", "_of_external", "_of_service", "_by_service", "_of_grant")


def numbered(kind, number):
    return f"UNHEX(CONCAT('{kind * 24}', LPAD(HEX({number}), 8, '0')))"


def numbered_id(kind, number):
    return bytes.fromhex(kind * 24 + f"{number:08x}")


@pytest.fixture(scope="module")
def large(filled):
    """Each member has one of the roles, and half of them are in one team; the caller sees it all."""
    key = f"UNHEX('{filled.population.id('o', LARGE)}')"
    for statement in (
            "INSERT IGNORE INTO orgd_memberships (organization_id, account_id, own_roles, organization_created, created)"
            f" SELECT o.id, a.id, 'member', o.created, '{EARLY}' + INTERVAL ROW_NUMBER() OVER (ORDER BY a.id) SECOND FROM orgd_organizations o"
            f" JOIN (SELECT id FROM orgd_accounts WHERE kind = 'user' ORDER BY id LIMIT {MEMBERS}) a WHERE o.id = {key}",
            "INSERT INTO orgd_roles (id, organization_id, name, name_key, mask, created, updated) SELECT"
            f" {numbered('a', 'seq')}, {key}, CONCAT('role ', seq), CONCAT('role ', seq), 256, '{EARLY}', '{EARLY}' FROM seq_1_to_{ROLES}",
            "INSERT INTO orgd_teams (id, organization_id, name, name_key, own_roles, created, updated) SELECT"
            f" {numbered('b', 'seq')}, {key}, CONCAT('team ', seq), CONCAT('team ', seq), 'viewer', '{EARLY}' + INTERVAL seq SECOND,"
            f" '{EARLY}' FROM seq_1_to_{TEAMS}",
            f"INSERT INTO orgd_role_assignments SELECT {numbered('a', f'ROW_NUMBER() OVER (ORDER BY created) % {ROLES} + 1')}, account_id,"
            f" 'account', {key} FROM orgd_memberships WHERE organization_id = {key}",
            f"INSERT INTO orgd_role_assignments SELECT {numbered('a', 1)}, {numbered('b', 'seq')}, 'team', {key} FROM seq_1_to_{TEAMS}",
            f"INSERT INTO orgd_team_members SELECT {numbered('b', 1)}, account_id, 'account', {key}, created FROM orgd_memberships"
            f" WHERE organization_id = {key} ORDER BY created LIMIT {TEAM}",
            "INSERT INTO orgd_invitations (id, organization_id, email, email_key, own_roles, link_digest, mail_digest, days, created,"
            f" expires, kept_until) SELECT {numbered('c', 'seq')}, {key}, CONCAT('guest-', seq), CONCAT('guest-', seq), 'member',"
            f" REPEAT('x', 32), REPEAT('x', 32), 30, '2025-06-01' + INTERVAL seq SECOND, '2099-01-01', '2099-01-01' FROM seq_1_to_{INVITATIONS}",
            "ANALYZE TABLE orgd_memberships, orgd_roles, orgd_teams, orgd_role_assignments, orgd_team_members, orgd_invitations"):
        filled.cursor.execute(statement)
    yield filled
    for table in ("orgd_invitations", "orgd_team_members", "orgd_role_assignments", "orgd_teams", "orgd_roles", "orgd_memberships"):
        filled.cursor.execute(f"DELETE FROM {table} WHERE organization_id = {key}")


def in_middle(kind, number):
    return {"after": numbered_id(kind, number), "after_time": datetime(2024, 1, 1) + timedelta(seconds=number)}


def user_in_middle(filled):
    return filled.id("u", ORGANIZATIONS // 2)


LARGE_PAGES = {
    "members": ("member_list", {"search": None}, PROOFS),
    "members-middle": ("member_list_behind", {"search": None, "after": user_in_middle}, PROOFS),
    "members-found": ("member_list_found", {"search": "", "search_key": "", "after": user_in_middle}, PROOFS),
    "teams": ("team_list", {}, PROOFS),
    "teams-middle": ("team_list", in_middle("b", TEAMS // 2), PROOFS),
    "team-members": ("team_list_members", {"team_id": numbered_id("b", 1)}, PROOFS),
    "team-members-middle": ("team_list_members", {"team_id": numbered_id("b", 1), "after": user_in_middle}, PROOFS),
    "roles": ("role_list", {}, PROOFS),
    "assignments": ("assignment_list", {"role_id": numbered_id("a", 1)}, PROOFS),
    "assignments-middle": ("assignment_list", {"role_id": numbered_id("a", 1), "after": user_in_middle}, PROOFS),
    "invitations": ("invitation_list", {"status": 0}, ("", "_by_user", "_of_grant")),
    "invitations-middle": ("invitation_list", {**in_middle("c", INVITATIONS // 2), "status": 0}, ("", "_by_user", "_of_grant")),
}


@pytest.mark.parametrize("wanted", LARGE_PAGES)
def test_a_page_of_a_large_organization_reads_what_it_shows(large, wanted):
    """However many members, teams, roles and invitations it has."""
    name, values, proofs = LARGE_PAGES[wanted]
    values = {"organization_id": of("o", LARGE), "role_id": None, "user_id": None, "team_id": None, "service_account_id": None,
              "holder_id": None, **values, "caller_id": CALLERS["superuser"]}
    for proof in proofs:
        seen = large.look(statements()[name + proof], **values)
        counted = MEMBERS + 1 if name in ("invitation_list", *MEMBER_LISTS) else 0  # members, once a page with invitations
        branches = 3 if name in MEMBER_LISTS else 2
        assert seen.rows <= 20 * PAGE + counted, f"{name}{proof}: {seen}"
        assert seen.sorted_rows <= branches * PAGE, f"{name}{proof}: {seen}"


@pytest.mark.parametrize("name, rows", [("mask_team_members", 10 * TEAM + ROWS), ("mask_give_team_members", 4 * TEAM + ROWS),
                                        ("mask_role_team_members", 12 * TEAM + 5 * TEAMS)])
def test_a_team_changes_its_roles_by_reading_its_members(large, name, rows):
    seen = large.look(statements()[name], holder_id=numbered_id("b", 1), role_id=numbered_id("a", 1), organization_id=of("o", LARGE))
    assert TEAM < seen.rows <= rows, str(seen)
