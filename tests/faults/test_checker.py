"""The checker finds each violation: every test adds one violation to a record that is otherwise correct."""

import copy
import re

import pytest

from attempts import Account, Attempt, Outcome, error_name, outcome_of
from checker import Organization, State, check
from keepers import check_things

ANN, BOB = Account("ann", "", 2), Account("bob", "", 2)
UNAVAILABLE = {"outcome": Outcome.REFUSED, "status": 503, "error": "ServiceUnavailable", "kind": "503 ServiceUnavailable"}
BROKEN = {"outcome": Outcome.UNKNOWN, "kind": "ConnectionResetError"}


def refused(status, error):
    return {"outcome": Outcome.REFUSED, "status": status, "error": error, "kind": f"{status} {error}"}


class Story:
    """A record, and the database that belongs to it. Each attempt takes one second, unless it says otherwise."""

    def __init__(self):
        self.record = []
        self.state = State({}, {"ann": 0, "bob": 0}, [])
        self.now = 0

    def tell(self, action, account=ANN, **fields):
        start, self.now = self.now, self.now + 2
        done = {"outcome": Outcome.DONE, "status": 200, "kind": "success"}
        attempt = Attempt(**{"account": account.id, "action": action, "start": start, "end": start + 1, **done, **fields})
        self.record.append(attempt)
        return attempt

    def create(self, id, account=ANN, **fields):
        attempt = self.tell("create", account, **{"organization": id, "tag": f"{id}.1", "name": id, "shown": f"{id}.1",
                                                  "revision": 1, **fields})
        self.state.organizations[id] = Organization(id, attempt.name, attempt.tag, account.id, 1, {account.id: "admin"})
        self.state.owned[account.id] += 1
        return attempt

    def update(self, id, **fields):
        row = self.state.organizations[id]
        row.revision += 1
        row.tag = f"{id}.{row.revision}"
        return self.tell("update", organization=id, **{"tag": row.tag, "shown": row.tag, "revision": row.revision, **fields})

    def transfer(self, id, target):
        attempt = self.update(id)
        attempt.action, attempt.target = "transfer", target.id
        row = self.state.organizations[id]
        self.state.owned[row.owner] -= 1
        self.state.owned[target.id] += 1
        row.owner = target.id
        row.members[target.id] = "admin"
        return attempt

    def delete(self, id, **fields):
        self.state.owned[self.state.organizations.pop(id).owner] -= 1
        return self.tell("delete", organization=id, **fields)

    def read(self, id, **fields):
        row = self.state.organizations[id]
        return self.tell("read", organization=id, **{"shown": row.tag, "revision": row.revision, **fields})

    def list(self, account=ANN):
        rows = [row for row in self.state.organizations.values() if account.id in row.members]
        return self.tell("list", account, items=[(row.id, row.tag) for row in rows])

    def violations(self):
        return check(self.record, self.state, [ANN, BOB])


@pytest.fixture
def story():
    """What goes well: two organizations, changed, transferred, read, and a third that was deleted."""
    story = Story()
    story.create("one")
    story.create("two", BOB)
    story.update("one", if_match=1)
    story.read("one")
    story.list()
    story.create("three")
    story.delete("three")
    story.transfer("one", BOB)
    story.tell("read", organization="three", **refused(404, "KeyError"))
    story.tell("create", BOB, tag="x", name="x", **refused(403, "OrganizationLimitExceeded"))
    story.tell("create", tag="y", name="two", **refused(409, "EntityExistsError"))
    story.tell("update", organization="one", tag="z", if_match=1, **refused(412, "PreconditionFailed"))
    story.tell("delete", organization="one", **UNAVAILABLE)
    return story


def assert_found(story, pattern):
    found = story.violations()
    assert any(re.search(pattern, violation) for violation in found), f"{pattern!r} is not in {found}"


def test_a_true_story_has_no_violation(story):
    assert story.violations() == []


def test_what_is_in_doubt_may_have_happened_or_not(story):
    before = copy.deepcopy(story)
    story.update("one", revision=None, shown=None, **BROKEN)
    story.create("four", organization=None, revision=None, shown=None, **BROKEN)
    story.delete("two", **BROKEN)
    assert story.violations() == []
    before.record = story.record
    assert before.violations() == []


def test_lost_creation(story):
    del story.state.organizations["one"]
    assert_found(story, "one .* is lost")


def test_lost_update(story):
    story.state.organizations["one"].revision, story.state.organizations["one"].tag = 2, "one.2"
    assert_found(story, "one was at revision 3, and later at 2")


def test_lost_deletion(story):
    story.state.organizations["three"] = Organization("three", "three", "three.1", "ann", 1, {"ann": "admin"})
    assert_found(story, "three was deleted and is still there")


def test_update_that_overwrote_another(story):
    """Both read revision 3 and made 4."""
    story.update("one")
    story.tell("update", organization="one", tag="other", shown="other", revision=4)
    assert_found(story, "one had several states of revision 4")
    assert_found(story, "one was at revision 4, and later at 4")


def test_update_applied_twice(story):
    story.read("one", revision=4)
    story.state.organizations["one"].revision = 4
    assert_found(story, "one.3 was applied several times")


def test_unseen_update_applied_twice(story):
    story.update("one", revision=None, shown=None, **BROKEN)
    story.state.organizations["one"].revision += 1
    assert_found(story, "one is at revision 5; 1 of them have no writer|one is at revision 5; 2 of them")


def test_creation_applied_twice(story):
    story.create("four", tag="double")
    story.create("five", tag="double", name="other")
    assert_found(story, "double was applied several times")


def test_deletion_applied_twice(story):
    story.tell("delete", organization="three")
    assert_found(story, "three was deleted twice")


def test_two_deletions_at_a_time_may_both_be_told_that_it_is_gone(story):
    story.delete("one")
    story.tell("delete", organization="one", start=story.now - 1.5)
    assert story.violations() == []


def test_refused_creation_that_somebody_else_deleted_meanwhile(story):
    creation = story.create("four", organization=None, revision=None, shown=None, **UNAVAILABLE)
    story.list()
    story.delete("four")
    creation.end = story.now
    assert story.violations() == []
    creation.end = creation.start + 1
    assert_found(story, "four shows four.1, which was refused")


@pytest.mark.parametrize("fields", [UNAVAILABLE, refused(412, "PreconditionFailed")])
def test_refused_update_that_changed_something(story, fields):
    story.update("one", revision=None, shown=None, if_match=2, **fields)
    assert_found(story, "one shows one.4, which was refused")


def test_refused_creation_that_changed_something(story):
    story.create("four", organization=None, revision=None, shown=None, **UNAVAILABLE)
    assert_found(story, "four shows four.1, which was refused")


def test_refused_deletion_that_changed_something(story):
    story.delete("one", **UNAVAILABLE)
    assert_found(story, "one .* is lost")


def test_refused_update_that_was_seen_for_a_moment(story):
    story.tell("update", organization="one", tag="dirty", **UNAVAILABLE)
    story.read("one", shown="dirty", revision=4)
    assert_found(story, "one shows dirty, which was refused")


def test_stale_read(story):
    story.read("one", shown="one.2", revision=2)
    assert_found(story, "one was at revision 3, and later at 2")


def test_stale_list(story):
    story.list(BOB).items = [("one", "one.2"), ("two", "two.1")]
    assert_found(story, "one was at revision 3, and later at 2")


def test_a_read_beside_the_write_may_see_either(story):
    write = story.update("one")
    story.read("one", shown="one.3", revision=3, start=write.start + 0.5)
    assert story.violations() == []


def test_list_that_lacks_one(story):
    story.list().items = []
    assert_found(story, "a list lacks one")


def test_read_after_the_deletion(story):
    story.tell("read", organization="three", shown="three.1", revision=1)
    assert_found(story, "three was gone, and later seen again")


def test_read_that_misses_what_is_there(story):
    story.tell("read", organization="one", **refused(404, "KeyError"))
    assert_found(story, "read of one was answered with 404 KeyError for no reason")


def test_list_that_shows_what_is_gone(story):
    story.list().items.append(("three", "three.1"))
    assert_found(story, "three was gone, and later seen again")


@pytest.mark.parametrize("action, fields", [
    ("create", {"name": "four", "tag": "a", **refused(409, "EntityExistsError")}),
    ("create", {"name": "four", "tag": "a", **refused(403, "OrganizationLimitExceeded")}),
    ("delete", {"organization": "two", **refused(404, "KeyError")}),
    ("update", {"organization": "one", "tag": "a", "if_match": 3, **refused(412, "PreconditionFailed")}),
    ("transfer", {"organization": "two", "tag": "a", "target": "ann", **refused(403, "IllegalOperationError")}),
])
def test_refusal_for_something_the_service_did_itself(story, action, fields):
    story.tell(action, **fields)
    assert_found(story, f"{action} of .* for no reason")


def test_change_that_was_made_before_somebody_deleted(story):
    """Its own client heard 404, because the answer to the change was lost; the other's precondition failed by it."""
    story.create("four")
    story.tell("update", organization="four", tag="a", **refused(404, "KeyError"))
    story.tell("update", organization="four", tag="b", if_match=1, **refused(412, "PreconditionFailed"))
    story.delete("four", start=story.record[-2].start, end=story.now + 1)
    assert story.violations() == []


@pytest.mark.parametrize("fields", [refused(401, "AuthorizationException"), refused(422, None)])
def test_answer_that_cannot_be(story, fields):
    story.tell("read", organization="one", **fields)
    assert_found(story, f"read was answered with {fields['status']}")


def test_answer_with_another_state(story):
    story.update("one", shown="one.3")
    assert_found(story, "update of one as one.4 was answered with one.3")


def test_precondition_that_was_overlooked(story):
    story.update("one", if_match=2)
    assert_found(story, "one: one.4 asked for revision 2 and made 4")


def test_limit_in_the_database(story):
    story.create("four", BOB)
    assert_found(story, "bob owns 3 organizations, the limit is 2")


def test_limit_at_a_time(story):
    story.create("four", BOB)
    story.delete("four", account=BOB)
    assert_found(story, "bob owned 3 organizations at a time")


def test_wrong_counter(story):
    story.state.owned["bob"] += 1
    assert_found(story, "bob owns 2 organizations, its counter says 3")


def test_name_twice_in_the_database(story):
    story.state.duplicate_names.append("two")
    assert_found(story, "several organizations are called two")


def test_name_twice_at_a_time(story):
    story.create("four", name="TWO")
    story.delete("four")
    assert_found(story, "two was given to four while two had it")


def test_name_that_was_free_again_before_the_first_answer_came(story):
    first = story.create("four", name="again")
    story.delete("four")
    second = story.create("five", name="AGAIN")
    story.delete("five")
    first.end = second.end + 0.5
    assert story.violations() == []


def test_what_nobody_wrote(story):
    story.state.organizations["one"].tag = "strange"
    assert_found(story, "one shows strange, which nobody wrote")


def test_what_was_written_to_another(story):
    story.state.organizations["one"].tag = "two.1"
    assert_found(story, "one shows two.1, which was written to two")


def test_what_nobody_created(story):
    story.state.organizations["alien"] = Organization("alien", "alien", "one.3", "ann", 3, {"ann": "admin"})
    assert_found(story, r"alien \(alien\) was created by nobody")


@pytest.mark.parametrize("roles", [{}, {"ann": "admin"}, {"ann": "admin", "bob": "viewer"},
                                   {"ann": "admin", "bob": "admin", "eve": "viewer"}])
def test_wrong_members(story, roles):
    story.state.organizations["one"].members = roles
    assert_found(story, "one has the members")


def test_a_mask_that_nothing_gives(story):
    story.state.wrong_masks.append("ann in one")
    assert_found(story, "the mask of ann in one is not what")


@pytest.mark.parametrize("status, answer, outcome", [
    (200, b"null", Outcome.DONE),
    (404, b'{"detail":["KeyError","gone"]}', Outcome.REFUSED),
    (503, b'{"detail":["ServiceUnavailable","later"]}', Outcome.REFUSED),
    (503, b"<html>503 Service Unavailable</html>", Outcome.UNKNOWN),
    (500, b'{"detail":["RuntimeError","a bug"]}', Outcome.UNKNOWN),
    (502, b"", Outcome.UNKNOWN),
])
def test_what_an_answer_promises(status, answer, outcome):
    assert outcome_of(status, error_name(status, answer)) is outcome


def test_what_keepers_made_is_there(story):
    story.state.things["role"] = "one"
    made = Attempt("ann", "create role", 0, 1, organization="one", thing="role", outcome=Outcome.DONE, status=200)
    gone = Attempt("ann", "delete role", 2, 3, organization="one", thing="role", outcome=Outcome.DONE, status=200)
    refused = Attempt("ann", "assign", 2, 3, organization="one", outcome=Outcome.REFUSED, status=422, error="validation", kind="422")
    assert not [*check_things([made], story.state)]
    assert [*check_things([made, gone], story.state)] == ["delete role: role is still there"]
    assert [*check_things([refused], story.state)] == ["assign was answered with 422"]
    del story.state.things["role"]
    assert [*check_things([made], story.state)] == ["create role: role was acknowledged and is lost"]
    assert not [*check_things([made, gone], story.state)]
