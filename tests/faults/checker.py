"""Compares what clients were told (workload.py) with each other and with the database at the end.

A violation is a sentence. What the rules are is said at each function; together they say: no acknowledged write is lost,
none is applied twice, what was refused changed nothing, no limit or uniqueness is broken at any time, and no answer
contradicts one that had been given before the question was asked.
"""

import bisect
import collections
import itertools
import math
import uuid
from dataclasses import dataclass, field

from attempts import Outcome

OWNING = ("create", "transfer")
CHANGING = ("update", "transfer", "delete")
EXPECTED_REFUSALS = {"OrganizationLimitExceeded": OWNING, "IllegalOperationError": ("transfer",),
                     "KeyError": ("read", *CHANGING), "EntityExistsError": ("create",), "PreconditionFailed": CHANGING,
                     "validation": ("transfer",)}  # to somebody who is no member


@dataclass
class Organization:
    """A row of the database, with the roles of its members by account."""

    id: str
    name: str
    tag: str
    owner: str
    revision: int
    members: dict = field(default_factory=dict)


ASSIGNED = """(SELECT BIT_OR(r.mask) FROM orgd_role_assignments s JOIN orgd_roles r ON r.id = s.role_id
    WHERE s.holder_id = {0}.{1} AND s.organization_id = {0}.organization_id)"""
# What members and teams hold, what they should hold, and whether they have a role of their own.
HELD = f"""
    SELECT m.organization_id, m.account_id, m.mask, 256 | m.own_roles | {ASSIGNED.format("m", "account_id")}
        | (SELECT BIT_OR(g.mask) FROM orgd_team_members t JOIN orgd_teams g ON g.id = t.team_id
           WHERE t.holder_id = m.account_id AND t.organization_id = m.organization_id),
        m.own_roles <> '' OR EXISTS (SELECT 1 FROM orgd_role_assignments s
           WHERE s.holder_id = m.account_id AND s.organization_id = m.organization_id)
    FROM orgd_memberships m JOIN orgd_organizations o ON o.id = m.organization_id WHERE o.ended IS NULL
    UNION ALL SELECT g.organization_id, g.id, g.mask, g.own_roles | {ASSIGNED.format("g", "id")}, TRUE
    FROM orgd_teams g JOIN orgd_organizations o ON o.id = g.organization_id WHERE o.ended IS NULL"""
THINGS = """
    SELECT id, organization_id FROM orgd_roles UNION ALL SELECT id, organization_id FROM orgd_teams
    UNION ALL SELECT id, organization_id FROM orgd_invitations WHERE status = 'pending'"""


@dataclass
class State:
    """What the database holds. Organizations by id; the accounts' counters of organizations by account."""

    organizations: dict
    owned: dict
    duplicate_names: list
    wrong_masks: list = field(default_factory=list)  # of who holds something else than roles and teams give, or has no role
    held: dict = field(default_factory=dict)  # the masks of members and teams
    things: dict = field(default_factory=dict)  # roles, teams and invitations, and their organizations

    @classmethod
    def read(cls, connection):
        def rows(statement):
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall()

        def text(value):
            return str(uuid.UUID(bytes=value))

        organizations = {text(row[0]): Organization(text(row[0]), *row[1:3], text(row[3]), row[4]) for row in rows(
            "SELECT id, name, description, owner_id, revision FROM orgd_organizations WHERE ended IS NULL")}
        for organization, account, role in rows("SELECT organization_id, account_id, own_roles FROM orgd_memberships m"
                                                " JOIN orgd_organizations o ON o.id = m.organization_id WHERE ended IS NULL"):
            organizations[text(organization)].members[text(account)] = role
        owned = {text(row[0]): row[1] for row in rows("SELECT id, organizations_owned FROM orgd_accounts")}
        duplicates = rows("SELECT MIN(name) FROM orgd_organizations GROUP BY name_key HAVING COUNT(*) > 1")
        held = [(text(organization), text(holder), *more) for organization, holder, *more in rows(HELD)]
        masks = [f"{holder} in {organization}" for organization, holder, mask, expected, has_role in held
                 if mask != expected or not has_role]
        return cls(organizations, owned, [row[0] for row in duplicates], masks, {row[:2]: row[2] for row in held},
                   {text(id): text(organization) for id, organization in rows(THINGS)})


@dataclass
class Sighting:
    """An organization was seen, at some time between start and end, in a state that the write `tag` made."""

    organization: str
    tag: str
    revision: int  # None: a list shows none
    start: float
    end: float
    is_own_write: bool = False


class History:
    """The record, sorted for the questions below."""

    def __init__(self, record, state, limits):
        self.record = sorted(record, key=lambda attempt: attempt.start)
        self.limits = limits
        self.writers = {attempt.tag: attempt for attempt in self.record if attempt.tag is not None}
        self.by_organization = collections.defaultdict(list)
        self.by_name = collections.defaultdict(list)
        self.gains = collections.defaultdict(list)  # what may have made this account an owner
        for attempt in self.record:
            if attempt.organization is not None:
                self.by_organization[attempt.organization].append(attempt)
            if attempt.action == "create":
                self.by_name[attempt.name.casefold()].append(attempt)
            if attempt.action in OWNING and attempt.status != 403:
                self.gains[attempt.target or attempt.account].append(attempt)
        # The database may hold what other loads left behind: of no concern here.
        self.final = {id: organization for id, organization in state.organizations.items()
                      if id in self.by_organization or organization.owner in limits or organization.tag in self.writers}
        self.sightings = collections.defaultdict(list)
        self.appearances = collections.defaultdict(list)  # the same by tag
        for sighting in itertools.chain(self._answers(), self._items(), self._rows()):
            self.sightings[sighting.organization].append(sighting)
            self.appearances[sighting.tag].append(sighting)
        self._complete_revisions()

    def _answers(self):
        for attempt in self.record:
            if attempt.revision is not None:
                yield Sighting(attempt.organization, attempt.shown, attempt.revision, attempt.start, attempt.end,
                               attempt.tag is not None)

    def _items(self):
        for attempt in self.record:
            for organization, tag in attempt.items:
                yield Sighting(organization, tag, None, attempt.start, attempt.end)

    def _rows(self):
        for row in self.final.values():
            yield Sighting(row.id, row.tag, row.revision, math.inf, math.inf)

    def _complete_revisions(self):
        """Items of lists tell no revision, but their tag does, once it was seen elsewhere."""
        for sightings in self.sightings.values():
            known = {sighting.tag: sighting.revision for sighting in sightings if sighting.revision is not None}
            for sighting in sightings:
                if sighting.revision is None:
                    sighting.revision = known.get(sighting.tag)

    def attempts(self, organization, *actions):
        """Those that happened, or may have, in the order of their start."""
        return [attempt for attempt in self.by_organization[organization]
                if attempt.action in actions and _may_have_happened(self, attempt)]

    def done(self, *actions):
        return [attempt for attempt in self.record
                if attempt.action in actions and attempt.outcome is Outcome.DONE]


def check(record, state, accounts):
    """The violations, as sentences. `accounts` are those of the load."""
    history = History(record, state, {account.id: account.limit for account in accounts})
    rules = (unexpected_answers, own_answers, untrue_refusals, authors, order, revisions_without_writer, preconditions, lives,
             lists, rows, limits, limits_in_time, names, names_in_time, members, masks)
    return [violation for rule in rules for violation in rule(history, state)]


def unexpected_answers(history, _):
    """Nobody asks for what is answered otherwise than with success, one of a few refusals, or trouble."""
    for attempt in history.record:
        if attempt.status is not None and 300 <= attempt.status < 500:
            if attempt.action not in EXPECTED_REFUSALS.get(attempt.error, ()):
                yield f"{attempt.action} was answered with {attempt.kind}"


def own_answers(history, _):
    """A write is answered with the state that it made."""
    for attempt in history.record:
        if attempt.tag is not None and attempt.outcome is Outcome.DONE and attempt.shown != attempt.tag:
            yield f"{attempt.action} of {attempt.organization} as {attempt.tag} was answered with {attempt.shown}"


def _is_undone(history, writer, sighting):
    """Somebody else saw what was written, and deleted it before the writer was told that nothing is there."""
    return sighting.start < writer.end and any(
        deletion.start < writer.end for deletion in history.attempts(sighting.organization, "delete"))


def _may_have_happened(history, attempt):
    """Also if it was refused in the end: its answer was lost, and before the worker could ask what became of it, somebody
    else deleted the organization."""
    if attempt.outcome is not Outcome.REFUSED:
        return True
    if attempt.action == "create":
        return attempt.status == 503 and any(_is_undone(history, attempt, sighting)
                                             for sighting in history.appearances.get(attempt.tag, ()))
    return attempt.action in ("update", "transfer") and attempt.status == 404


def _others(history, attempt, candidates):
    """Those that may have happened before this attempt ended."""
    return [other for other in candidates
            if other is not attempt and other.start < attempt.end and _may_have_happened(history, other)]


def untrue_refusals(history, _):
    """Every refusal has its cause in another request: a worker that does something twice and answers with
    what it finds the second time lies."""
    for attempt in history.record:
        excuse = EXCUSES.get((attempt.status, attempt.error))
        if excuse is not None and not excuse(history, attempt):
            yield f"{attempt.action} of {attempt.organization or attempt.name} was answered with {attempt.kind} for no reason"


def _is_name_taken(history, attempt):
    return _others(history, attempt, history.by_name[attempt.name.casefold()])


def _is_deleted(history, attempt):
    return _others(history, attempt, history.attempts(attempt.organization, "delete"))


def _is_transferred(history, attempt):
    return _others(history, attempt, history.attempts(attempt.organization, "transfer"))


def _is_changed(history, attempt):
    return [other for other in _others(history, attempt, history.attempts(attempt.organization, *CHANGING))
            if other.revision is None or other.revision > attempt.if_match]


def _is_at_limit(history, attempt):
    owner = attempt.target or attempt.account
    possible = (gain for gain in reversed(history.gains[owner])
                if gain.start < attempt.end and _may_have_happened(history, gain) and
                not _is_surely_gone(history, gain, attempt.start))
    enough = itertools.islice(possible, history.limits[owner])
    return len(list(enough)) == history.limits[owner]


EXCUSES = {
    (409, "EntityExistsError"): _is_name_taken,
    (404, "KeyError"): _is_deleted,
    (403, "IllegalOperationError"): _is_transferred,
    (403, "OrganizationLimitExceeded"): _is_at_limit,
    (412, "PreconditionFailed"): _is_changed,
}


def _is_surely_gone(history, gain, time):
    return gain.organization is not None and any(
        other.end < time and other.outcome is Outcome.DONE for other in history.attempts(gain.organization, "delete"))


def authors(history, _):
    """Every state was made by a write that was not refused, of that organization, once."""
    places = collections.defaultdict(set)
    tags = collections.defaultdict(set)
    for sighting in itertools.chain.from_iterable(history.sightings.values()):
        if sighting.revision is not None:
            places[sighting.tag].add((sighting.organization, sighting.revision))
            tags[sighting.organization, sighting.revision].add(sighting.tag)
        writer = history.writers.get(sighting.tag)
        if writer is None:
            yield f"{sighting.organization} shows {sighting.tag}, which nobody wrote"
        elif writer.outcome is Outcome.REFUSED and not _is_undone(history, writer, sighting):
            yield f"{sighting.organization} shows {sighting.tag}, which was refused with {writer.kind}"
        elif writer.organization not in (None, sighting.organization):
            yield f"{sighting.organization} shows {sighting.tag}, which was written to {writer.organization}"
    yield from (f"{tag} was applied several times: {sorted(found)}" for tag, found in places.items() if len(found) > 1)
    yield from (f"{organization} had several states of revision {revision}: {sorted(found)}"
                for (organization, revision), found in tags.items() if len(found) > 1)


def order(history, _):
    """Whatever begins after a state was shown sees that state or a later one; a write makes a later one."""
    for organization, sightings in history.sightings.items():
        known = [sighting for sighting in sightings if sighting.revision is not None]
        ended = sorted(known, key=lambda sighting: sighting.end)
        highest = list(itertools.accumulate((sighting.revision for sighting in ended), max))
        ends = [sighting.end for sighting in ended]
        for sighting in known:
            before = bisect.bisect_left(ends, sighting.start)
            if before and sighting.revision < highest[before - 1] + sighting.is_own_write:
                yield f"{organization} was at revision {highest[before - 1]}, and later at {sighting.revision} ({sighting.tag})"


def revisions_without_writer(history, _):
    """Each revision of an organization has a writer of its own: so many that were not acknowledged, so many in doubt."""
    for row in history.final.values():
        writes = history.attempts(row.id, "update", "transfer")
        seen = {sighting.tag: sighting.revision for sighting in history.sightings[row.id] if sighting.revision is not None}
        missing = row.revision - 1 - len(set(seen.values()) - {1})
        doubts = sum(write.outcome is Outcome.UNKNOWN and write.tag not in seen for write in writes)
        if missing > doubts:
            yield f"{row.id} is at revision {row.revision}; {missing} of them have no writer, with {doubts} in doubt"


def preconditions(history, _):
    """A write with If-Match makes the very next revision."""
    for attempt in history.record:
        if attempt.if_match is not None and attempt.revision is not None and attempt.revision != attempt.if_match + 1:
            yield f"{attempt.organization}: {attempt.tag} asked for revision {attempt.if_match} and made {attempt.revision}"


def lives(history, _):
    """An organization is deleted once, and never seen again afterwards, nor after it was missed. (Of two who delete it
    at the same time both may be told that it is gone: the one whose COMMIT was in doubt cannot know who did it. That it was
    not done twice, the counters show.)"""
    for organization, attempts in history.by_organization.items():
        done = sorted((attempt for attempt in attempts if attempt.action == "delete" and
                       attempt.outcome is Outcome.DONE), key=lambda attempt: attempt.end)
        if done and done[-1].start > done[0].end:
            yield f"{organization} was deleted twice"
        gone = min((attempt.end for attempt in [*done, *(one for one in attempts if one.status == 404)]), default=math.inf)
        for sighting in history.sightings[organization]:
            if sighting.start > gone and sighting.start != math.inf:
                yield f"{organization} was gone, and later seen again ({sighting.tag})"


def lists(history, _):
    """A list shows all that its reader had created before and nobody has begun to delete."""
    created = collections.defaultdict(list)
    for creation in history.done("create"):
        deletions = history.attempts(creation.organization, "delete")
        created[creation.account].append((creation.end, min((one.start for one in deletions), default=math.inf),
                                          creation.organization))
    for attempt in history.done("list"):
        items = {organization for organization, _ in attempt.items}
        for born, dies, organization in created[attempt.account]:
            if born < attempt.start and attempt.end < dies and organization not in items:
                yield f"a list lacks {organization}"


def rows(history, _):
    """The database holds what was created and not deleted, and nothing else."""
    for creation in history.done("create"):
        if creation.organization not in history.final and not history.attempts(creation.organization, "delete"):
            yield f"{creation.organization} ({creation.tag}) was acknowledged and is lost"
    for deletion in history.done("delete"):
        if deletion.organization in history.final:
            yield f"{deletion.organization} was deleted and is still there"
    created = {creation.organization for creation in history.done("create")}
    doubts = {attempt.name for attempt in history.record
              if attempt.action == "create" and attempt.outcome is Outcome.UNKNOWN}
    for row in history.final.values():
        if row.id not in created and row.name not in doubts:
            yield f"{row.id} ({row.name}) was created by nobody"


def limits(history, state):
    """The counters are what they count, and nobody is above the limit."""
    owned = collections.Counter(row.owner for row in history.final.values())
    for account, limit in history.limits.items():
        if owned[account] != state.owned.get(account):
            yield f"{account} owns {owned[account]} organizations, its counter says {state.owned.get(account)}"
        if owned[account] > limit:
            yield f"{account} owns {owned[account]} organizations, the limit is {limit}"


def _sure_ownership(history, gain):
    """From when until when the owner by this creation or transfer surely was one; None if that cannot be said."""
    losses = [other.start for other in history.attempts(gain.organization, "delete", "transfer")
              if other is not gain and (other.end > gain.start or other.outcome is Outcome.UNKNOWN)]
    until = min(losses, default=math.inf)
    return (gain.end, until) if gain.end < until else None


def limits_in_time(history, _):
    """At no time did anybody surely own more than the limit allows."""
    changes = collections.defaultdict(list)
    for gain in history.done(*OWNING):
        span = _sure_ownership(history, gain)
        if span is not None:
            changes[gain.target or gain.account] += [(span[0], 1), (span[1], -1)]
    for account, found in changes.items():
        most = max(itertools.accumulate(change for _, change in sorted(found)))
        if most > history.limits[account]:
            yield f"{account} owned {most} organizations at a time, the limit is {history.limits[account]}"


def names(_, state):
    """No name is in the database twice."""
    yield from (f"several organizations are called {name}" for name in state.duplicate_names)


def names_in_time(history, _):
    """A name that was given is not given again before somebody begins to delete its organization. Which of two creations
    came first, their answers do not tell: others may have seen the first one, and deleted it, before its answer arrived."""
    def may_precede(first, second):
        return any(one.start < second.end for one in history.attempts(first.organization, "delete"))

    for name, attempts in history.by_name.items():
        done = sorted((attempt for attempt in attempts if attempt.outcome is Outcome.DONE), key=lambda one: one.end)
        for first, second in itertools.pairwise(done):
            if not may_precede(first, second) and not may_precede(second, first):
                yield f"{name} was given to {second.organization} while {first.organization} had it"


def members(history, _):
    """The owner is an admin, and so is everyone who ever was; nobody else is a member."""
    for row in history.final.values():
        gains = history.attempts(row.id, *OWNING)
        sure = {gain.target or gain.account for gain in gains if gain.outcome is Outcome.DONE} | {row.owner}
        possible = sure | {gain.target for gain in gains}
        if row.id not in {gain.organization for gain in gains if gain.action == "create"}:
            possible |= set(history.limits)  # who created it is in doubt
        if not all(row.members.get(account) == "admin" for account in sure) or not set(row.members) <= possible:
            yield f"{row.id} has the members {row.members}, and should have {sorted(sure)} as admins"


def masks(_, state):
    """What members hold is what their roles and teams give."""
    for member in state.wrong_masks:
        yield f"the mask of {member} is not what its roles and teams give"
