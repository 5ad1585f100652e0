"""The checker against histories of which it is known whether they are right (model.py): it finds nothing in the right
ones, however requests overlap and answers get lost, and something in each that was broken afterwards.

ORGD_HISTORIES says how many right ones, if not 1000."""

import os
import random

import pytest

from attempts import Account, Attempt, Outcome
from checker import Organization, check
from model import Model

HISTORIES = int(os.environ.get("ORGD_HISTORIES", "1000"))
BROKEN = 40  # of each kind
SEEDS_MAX = 2000  # to find so many that can be broken in that way


def test_nothing_is_found_in_a_right_history():
    for seed in range(HISTORIES):
        record, state, accounts = Model(seed).run()
        assert check(record, state, accounts) == [], f"in the history {seed}"


class Unbreakable(Exception):
    """This history has nothing to break in that way."""


class History:
    """A right history, to be broken by a request at its end, or by changing an answer or what the database holds."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.record, self.state, self.accounts = Model(seed, self.random.choice([20, 60, 120])).run()
        self.end = max(attempt.end for attempt in self.record)

    def add(self, action, account, **fields):
        done = {"outcome": Outcome.DONE, "status": 200, "kind": "success"}
        self.record.append(Attempt(**{"account": account, "action": action, "start": self.end + 1, "end": self.end + 2,
                                      **done, **fields}))

    def refuse(self, action, account, status, error, **fields):
        self.add(action, account, outcome=Outcome.REFUSED, status=status, error=error, kind=f"{status} {error}", **fields)

    def pick(self, candidates):
        candidates = list(candidates)
        if not candidates:
            raise Unbreakable
        return self.random.choice(candidates)

    def done(self, *actions):
        return [attempt for attempt in self.record if attempt.action in actions and attempt.outcome is Outcome.DONE]

    def was_tried(self, organization, *actions):
        return any(attempt.organization == organization and attempt.action in actions for attempt in self.record)

    def is_settled(self, organization):
        """It is there, nobody asked to delete it, and no change of it is in doubt."""
        return organization in self.state.organizations and not self.was_tried(organization, "delete") and not any(
            attempt.organization == organization and attempt.outcome is Outcome.UNKNOWN and attempt.tag is not None
            for attempt in self.record)

    def row(self):
        return self.pick(row for row in self.state.organizations.values() if self.is_settled(row.id))

    def creation(self):
        """An acknowledged one, of an organization that is there still."""
        return self.pick(one for one in self.done("create") if self.is_settled(one.organization))

    def last_change(self):
        """The acknowledged update that made a row what it is."""
        return self.pick(one for one in self.done("update") if self.is_settled(one.organization) and
                         self.state.organizations[one.organization].tag == one.tag)

    def deletion(self):
        return self.pick(self.done("delete"))


def an_acknowledged_creation_is_lost(history):
    row = history.state.organizations.pop(history.creation().organization)
    history.state.owned[row.owner] -= 1


def an_acknowledged_change_is_lost(history):
    row = history.state.organizations[history.last_change().organization]
    row.revision -= 1
    row.tag = history.pick(one.shown for one in history.record
                           if one.organization == row.id and one.revision == row.revision)


def a_change_is_made_twice(history):
    history.state.organizations[history.last_change().organization].revision += 1


def a_deletion_is_lost(history):
    id = history.deletion().organization
    sight = history.pick(one for one in history.record if one.organization == id and one.revision is not None)
    owner = history.accounts[0].id
    history.state.organizations[id] = Organization(id, "again", sight.shown, owner, sight.revision, {owner: "admin"})
    history.state.owned[owner] += 1


def what_was_refused_was_done(history):
    change = history.last_change()
    change.outcome, change.status, change.error = Outcome.REFUSED, 503, "ServiceUnavailable"
    change.shown = change.revision = None


def an_organization_is_denied(history):
    row = history.row()
    history.refuse("read", row.owner, 404, "KeyError", organization=row.id)


def a_precondition_fails_that_holds(history):
    row = history.row()
    history.refuse("update", row.owner, 412, "PreconditionFailed", organization=row.id, tag="more", if_match=row.revision)


def a_name_is_taken_that_is_free(history):
    history.refuse("create", history.accounts[0].id, 409, "EntityExistsError", tag="more", name="a name of its own")


def a_limit_is_reached_that_is_not(history):
    history.accounts.append(Account("newcomer", "", 1))
    history.state.owned["newcomer"] = 0
    history.refuse("create", "newcomer", 403, "OrganizationLimitExceeded", tag="more", name="more")


def an_owner_may_not_transfer(history):
    row = history.row()
    if history.was_tried(row.id, "transfer"):
        raise Unbreakable
    history.refuse("transfer", row.owner, 403, "IllegalOperationError", organization=row.id, tag="more", target="newcomer")


def an_old_state_is_shown(history):
    row = history.state.organizations[history.last_change().organization]
    old = history.pick(one for one in history.record if one.organization == row.id and one.revision is not None and
                       one.revision < row.revision)
    history.add("read", row.owner, organization=row.id, shown=old.shown, revision=old.revision)


def a_state_is_shown_that_nobody_made(history):
    row = history.row()
    history.add("read", row.owner, organization=row.id, shown="nobody's", revision=row.revision)


def a_change_is_answered_with_another(history):
    history.last_change().shown = history.pick(one.tag for one in history.done("create"))


def a_precondition_is_overlooked(history):
    history.pick(one for one in history.done("update") if one.if_match is not None).if_match -= 1


def a_list_lacks_an_organization(history):
    creation = history.creation()
    items = [(row.id, row.tag) for row in history.state.organizations.values()
             if creation.account in row.members and row.id != creation.organization]
    history.add("list", creation.account, items=items)


def a_name_is_given_twice(history):
    creation = history.creation()
    history.add("create", creation.account, organization="more", tag="more", shown="more", revision=1, name=creation.name)
    history.state.organizations["more"] = Organization("more", creation.name, "more", creation.account, 1,
                                                       {creation.account: "admin"})
    history.state.owned[creation.account] += 1
    history.accounts[:] = [Account(account.id, "", account.limit + 1) for account in history.accounts]


def an_organization_is_deleted_twice(history):
    deletion = history.deletion()
    history.add("delete", deletion.account, organization=deletion.organization)


def a_deleted_organization_is_seen(history):
    id = history.deletion().organization
    sight = history.pick(one for one in history.record if one.organization == id and one.revision is not None)
    history.add("read", sight.account, organization=id, shown=sight.shown, revision=sight.revision)


def a_limit_is_exceeded(history):
    owner = history.row().owner
    history.accounts[:] = [Account(account.id, "", history.state.owned[owner] - (account.id == owner))
                           for account in history.accounts]


def a_counter_is_wrong(history):
    history.state.owned[history.pick(history.state.owned)] += history.random.choice([-1, 1])


def an_owner_is_no_member(history):
    row = history.row()
    del row.members[row.owner]


def a_stranger_is_a_member(history):
    history.row().members["stranger"] = "admin"


def a_row_is_there_that_nobody_created(history):
    row = history.row()
    history.state.organizations["more"] = Organization("more", "more", row.tag, row.owner, 1, {row.owner: "admin"})
    history.state.owned[row.owner] += 1


KINDS = [an_acknowledged_creation_is_lost, an_acknowledged_change_is_lost, a_change_is_made_twice, a_deletion_is_lost,
         what_was_refused_was_done, an_organization_is_denied, a_precondition_fails_that_holds,
         a_name_is_taken_that_is_free, a_limit_is_reached_that_is_not, an_owner_may_not_transfer, an_old_state_is_shown,
         a_state_is_shown_that_nobody_made, a_change_is_answered_with_another, a_precondition_is_overlooked,
         a_list_lacks_an_organization, a_name_is_given_twice, an_organization_is_deleted_twice,
         a_deleted_organization_is_seen, a_limit_is_exceeded, a_counter_is_wrong, an_owner_is_no_member,
         a_stranger_is_a_member, a_row_is_there_that_nobody_created]


@pytest.mark.parametrize("break_it", KINDS, ids=lambda kind: kind.__name__)
def test_something_is_found_in_a_broken_history(break_it):
    broken = 0
    for seed in range(SEEDS_MAX):
        history = History(seed)
        try:
            break_it(history)
        except Unbreakable:
            continue
        assert check(history.record, history.state, history.accounts) != [], f"in the history {seed}"
        broken += 1
        if broken == BROKEN:
            return
    pytest.fail(f"only {broken} of {SEEDS_MAX} histories could be broken so")
