"""A large organization in each database: its members, roles, teams, invitations and events; and what is asked of it."""

import json
import uuid
from datetime import datetime, timedelta

from scenarios import Group, Scenario, request

MEMBERS, TEAM, TEAMS, ROLES, INVITATIONS = 10000, 5000, 200, 50, 500
FEW, MANY = 1000, 1000000  # events of an organization
KIND = {"role": "01900000000070008000000a", "team": "01900000000070008000000b", "invitation": "01900000000070008000000c",
        "event": "01900000000070008000000d"}
SINCE = "2020-01-01"


def made(kind, number="seq"):
    """SQL: the id of the one with this number."""
    return f"UNHEX(CONCAT('{KIND[kind]}', LPAD(HEX({number}), 8, '0')))"


def id_of(kind, number):
    return str(uuid.UUID(f"{KIND[kind]}{number:08x}"))


def fill(database, organization_id):
    """The organization gets 10,000 members, of whom each has a role; 50 roles; 200 teams, one of 5,000; 500 invitations."""
    key = f"UNHEX('{uuid.UUID(organization_id).hex}')"
    for statement in (
            "INSERT IGNORE INTO orgd_memberships (organization_id, account_id, own_roles, organization_created, created)"
            f" SELECT o.id, a.id, 'member', o.created, '{SINCE}' + INTERVAL ROW_NUMBER() OVER (ORDER BY a.id) SECOND"
            f" FROM (SELECT id FROM orgd_accounts WHERE kind = 'user' ORDER BY id LIMIT {MEMBERS}) a"
            f" JOIN orgd_organizations o ON o.id = {key}",
            "INSERT INTO orgd_roles (id, organization_id, name, name_key, mask, created, updated) SELECT"
            f" {made('role')}, {key}, CONCAT('role ', seq), CONCAT('role ', seq), 256 << (seq % 8), '{SINCE}', '{SINCE}'"
            f" FROM seq_1_to_{ROLES}",
            "INSERT INTO orgd_teams (id, organization_id, name, name_key, own_roles, created, updated) SELECT"
            f" {made('team')}, {key}, CONCAT('team ', seq), CONCAT('team ', seq), 'viewer', '{SINCE}' + INTERVAL seq SECOND, '{SINCE}'"
            f" FROM seq_1_to_{TEAMS}",
            f"INSERT INTO orgd_role_assignments SELECT {made('role', f'(ROW_NUMBER() OVER (ORDER BY created)) % {ROLES} + 1')},"
            f" account_id, 'account', {key} FROM orgd_memberships WHERE organization_id = {key}",
            f"INSERT INTO orgd_role_assignments SELECT {made('role', 1)}, {made('team')}, 'team', {key} FROM seq_1_to_{TEAMS}",
            f"INSERT INTO orgd_team_members SELECT {made('team', 1)}, account_id, 'account', {key}, created FROM orgd_memberships"
            f" WHERE organization_id = {key} ORDER BY created LIMIT {TEAM}",
            f"UPDATE orgd_teams SET mask = own_roles | 512 WHERE organization_id = {key}",
            "UPDATE orgd_memberships m SET mask = 256 | own_roles | COALESCE((SELECT BIT_OR(r.mask) FROM orgd_role_assignments s JOIN"
            " orgd_roles r ON r.id = s.role_id WHERE s.holder_id = m.account_id AND s.organization_id = m.organization_id), 0)"
            " | COALESCE((SELECT BIT_OR(g.mask) FROM orgd_team_members t JOIN orgd_teams g ON g.id = t.team_id"
            " WHERE t.holder_id = m.account_id AND t.organization_id = m.organization_id), 0)"
            f" WHERE organization_id = {key}",
            "INSERT INTO orgd_invitations (id, organization_id, email, email_key, own_roles, link_digest, mail_digest, days,"
            f" created, expires, kept_until) SELECT {made('invitation')}, {key}, CONCAT('guest-', seq, '@example.org'),"
            " CONCAT('guest-', seq, '@example.org'), 'member', REPEAT('x', 32), REPEAT('x', 32), 30, NOW(6), NOW(6) +"
            f" INTERVAL 30 DAY, NOW(6) + INTERVAL 90 DAY FROM seq_1_to_{INVITATIONS}",
            "ANALYZE TABLE orgd_memberships, orgd_roles, orgd_teams, orgd_role_assignments, orgd_team_members, orgd_invitations"):
        database.sql(statement)


def of(sized):
    return f"/organizations/{sized.large}"


# Each makes the requests to a database of a size.

def members(sized):
    return [request(f"{of(sized)}/members", sized.busy)]


def members_middle(sized):
    return [request(f"{of(sized)}/members?after={sized.member(MEMBERS // 2)}", sized.busy)]


def members_of_role(sized):
    return [request(f"{of(sized)}/members?role_id={id_of('role', 7)}", sized.busy)]


def members_searched(sized):
    return [request(f"{of(sized)}/members?search=nobody", sized.busy)]


def assignments(sized):
    return [request(f"/roles/{id_of('role', 7)}/assignments", sized.busy)]


def roles(sized):
    return [request(f"{of(sized)}/roles", sized.busy)]


def teams(sized):
    return [request(f"{of(sized)}/teams", sized.busy)]


def team_members(sized):
    return [request(f"/teams/{id_of('team', 1)}/members", sized.busy)]


def invitations(sized):
    return [request(f"{of(sized)}/invitations", sized.busy)]


def users(sized):
    return [request("/users", sized.root)]


def user_by_name(sized):
    return [request(f"/users?username={one.owner_name}", sized.busy) for one in sized.chosen]


def team_roles(sized):
    """A role of all teams, to and fro."""
    return [request(f"/roles/{id_of('role', 1)}", sized.root, method="PATCH", body=json.dumps({"permissions": [permission]}))
            for permission in ("member:read", "team:read")]


SAME = {
    "members": ("members of an organization of 10,000", members),
    "members_middle": ("… after the 5,000th", members_middle),
    "members_of_role": ("… with one of 50 roles", members_of_role),
    "members_searched": ("… whose names have what none has", members_searched),
    "assignments": ("who has one of 50 roles", assignments),
    "roles": ("its roles, 55", roles),
    "teams": ("its teams, 200", teams),
    "team_members": ("the members of a team of 5,000", team_members),
    "invitations": ("its pending invitations, 500", invitations),
    "users": ("a superuser's page of users", users),
    "user_by_name": ("a user by name, by who shares an organization", user_by_name),
    "team_roles": ("a role of 200 teams, one of 5,000, is changed", team_roles),
}


PAGES = "pages"


def pages(sized, organizations):
    """Pages of 100: of organizations, which is the base, and of others."""
    first, *others = [Scenario(name, sized.label, {"requests": make(sized)}) for name, make in (
        ("organizations", organizations), *((name, SAME[name][1]) for name in (
            "members", "members_middle", "team_members", "teams", "invitations", "users")))]
    return Group(PAGES, f"pages of 100, of {sized.label} organizations", first, others)


# Events

def fill_events(database, organization_id, count, actor):
    """So many events of the organization, a second apart and from tomorrow on, so that they are behind all others and none is
    too old; 200 of them are rare. Returns when half of them will have happened."""
    key, someone = f"UNHEX('{uuid.UUID(organization_id).hex}')", f"UNHEX('{uuid.UUID(actor).hex}')"
    last = int(database.sql("SELECT COALESCE(MAX(position), 0) FROM orgd_events")[0][0])
    is_rare = f"seq % {count // 200} = 0"
    start = datetime.utcnow().replace(microsecond=0) + timedelta(days=1, seconds=last)
    moment = f"'{start}' + INTERVAL seq SECOND"
    database.sql(
        "INSERT INTO orgd_events (chain_id, occurred_at, sequence, id, action, actor_type, actor_id, organization_id, targets, changes,"
        f" count, version, hash, position) SELECT {key}, {moment}, seq, {made('event', f'{last} + seq')},"
        f" IF({is_rare}, 'test.rare', 'test.done'), 'user', IF({is_rare}, {someone}, {key}), {key}, '[]', '{{}}', 1, 1, REPEAT('h', 32),"
        f" {last} + seq FROM seq_1_to_{count}")
    database.sql(f"INSERT INTO orgd_event_targets (target_id, chain_id, occurred_at) SELECT IF({is_rare}, {someone}, {key}), {key},"
                 f" {moment} FROM seq_1_to_{count}")
    for kind, subject in ((1, f"IF({is_rare}, 'test.rare', 'test.done')"), (2, f"IF({is_rare}, {someone}, {key})"),
                          (3, f"IF({is_rare}, {someone}, {key})")):
        database.sql(f"INSERT INTO orgd_event_subjects SELECT {kind}, {subject}, {last} + seq FROM seq_1_to_{count}")
    database.sql(f"REPLACE INTO orgd_event_chains (id, sequence, occurred_at, hash) SELECT {key}, {count},"
                 f" '{start}' + INTERVAL {count} SECOND, REPEAT('h', 32)")
    database.sql("REPLACE INTO orgd_event_blocks SELECT position DIV 500, MIN(occurred_at), MAX(occurred_at) FROM orgd_events"
                 " WHERE position > 0 GROUP BY 1")
    database.sql("ANALYZE TABLE orgd_events, orgd_event_targets, orgd_event_chains, orgd_event_blocks")
    return start + timedelta(seconds=count // 2)


EVENT_FILTERS = {"all": "", "action": "action=test.rare", "actor_id": "actor_id={actor}", "target_id": "target_id={actor}",
                 "since": "since={since}"}
ORDERS = {"newest": "-occurred_at", "oldest": "occurred_at"}


def events(sized, which):
    """Pages of 100 of an organization with a thousand events, and of one with a million, or of all there are in its place;
    half of the events are since the time that is asked for."""
    few, many = sized.with_events[FEW], sized.with_events[MANY]

    def page(chain, path, name, order):
        query = EVENT_FILTERS[name].format(actor=chain.actor, since=chain.middle)
        return request(f"{path}?order_by={ORDERS[order]}&{query}", sized.root)

    name, order = which.split("_", 1)[1].rsplit("_", 1)
    scenarios = [Scenario(title, sized.label, {"requests": [page(chain, path, name, order)]}) for title, chain, path in (
        ("1,000", few, f"/organizations/{few.id}/events"), ("1,000,000", many, f"/organizations/{many.id}/events"),
        ("all", many, "/events"))]
    return Group(which, f"a page of 100 events: {name}, the {order} first", scenarios[0], scenarios[1:])


EVENTS = [f"events_{name}_{order}" for name in EVENT_FILTERS for order in ORDERS]
