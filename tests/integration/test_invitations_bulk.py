"""Many invitations by one request: each is made or refused as if it were sent alone, and a repetition does nothing twice."""

import uuid

from expect import UNKNOWN_ID, error, ok, places, unauthorized, unique, unique_address
from people import ADMIN, MEMBER, VIEWER, create_role, system_id
from people_fixtures import member_with, no_wrong_masks, org, owner  # noqa: F401 (fixtures)
from test_concurrency import at_once, sender
from test_invitations import MODEL, decide, invite, person


def path_of(org):
    return f"/organizations/{org['id']}/invitations/bulk"


def bulk(client, org, items, key=None):
    return client.post(path_of(org), json={"invitations": items}, headers={"Idempotency-Key": key} if key else None)


def item(org, email=None, role=MEMBER, **fields):
    return {"email": email or unique_address(), "role_id": system_id(org, role), **fields}


def pending(client, org):
    return [one["email"] for one in ok(client.get(f"/organizations/{org['id']}/invitations?limit=1000"))]


def statuses(outcomes):
    return [outcome["status"] for outcome in outcomes]


def test_each_has_its_answer(instance, owner, org, member_with):
    member, role = person(instance), create_role(owner.client, org, ["event:read"])
    instance.member(org["id"], member, "viewer")
    there = ok(invite(owner.client, org, unique_address()))
    again = unique_address()
    items = [item(org, expires_in_days=7), item(org, member.email), item(org, there["email"].upper()), item(org, again),
             item(org, again), {"email": unique_address(), "role_id": role["id"], "notify": False},
             {"email": unique_address(), "role_id": UNKNOWN_ID}]
    outcomes = ok(bulk(owner.client, org, items))
    assert [list(outcome) for outcome in outcomes] == len(items) * [["email", "status", "invitation", "error"]]
    assert [outcome["email"] for outcome in outcomes] == [one["email"] for one in items]
    assert statuses(outcomes) == [200, 409, 409, 200, 409, 200, 404]
    assert [outcome["error"] and outcome["error"]["detail"][0] for outcome in outcomes] == [
        None, "EntityExistsError", "EntityExistsError", None, "EntityExistsError", None, "KeyError"]
    alone = invite(owner.client, org, member.email)
    assert outcomes[1]["error"] == alone.json()
    assert there["id"] in outcomes[2]["error"]["detail"][1]
    for number in 0, 3, 5:
        made = outcomes[number]["invitation"]
        assert list(made) == [*MODEL, "link"] and "/account/invitation?secret=ORGINV_" in made.pop("link")
        assert ok(owner.client.get("/invitations/" + made["id"])) == made
    assert [outcomes[number]["invitation"] for number in (1, 2, 4, 6)] == 4 * [None]
    assert outcomes[5]["invitation"]["roles"] == [{"id": role["id"], "name": role["name"]}]
    assert len(pending(owner.client, org)) == 4
    events = ok(owner.client.get(f"/organizations/{org['id']}/events?action=invitation.created"))
    assert {event["targets"][0]["id"] for event in events} == {
        there["id"], *(outcomes[number]["invitation"]["id"] for number in (0, 3, 5))}


def test_what_is_wrong_with_the_body_is_said_at_once_and_nothing_is_done(owner, org):
    response = bulk(owner.client, org, [item(org), item(org, "nobody"), {"email": unique_address()},
                                        item(org, expires_in_days=0), 7])
    assert places(response) == [
        ("value_error", ["body", "invitations", 1, "email"]), ("missing", ["body", "invitations", 2, "role_id"]),
        ("greater_than_equal", ["body", "invitations", 3, "expires_in_days"]),
        ("model_attributes_type", ["body", "invitations", 4])]
    assert places(bulk(owner.client, org, [item(org) for _ in range(101)])) == [("too_long", ["body", "invitations"])]
    assert places(owner.client.post(path_of(org), json={})) == [("missing", ["body", "invitations"])]
    assert ok(bulk(owner.client, org, [])) == []
    assert pending(owner.client, org) == []


def test_a_hundred(owner, org):
    items = [item(org) for _ in range(100)]
    assert statuses(ok(bulk(owner.client, org, items))) == 100 * [200]
    assert sorted(pending(owner.client, org)) == sorted(one["email"] for one in items)
    assert statuses(ok(bulk(owner.client, org, items))) == 100 * [409]


def test_who_may(instance, owner, org, member_with):
    items = [item(org), item(org, role=ADMIN)]
    for client in instance.user().client, owner.client:
        error(bulk(client, org if client is not owner.client else {"id": str(uuid.uuid4())}, items), 404, "KeyError")
    error(bulk(member_with("viewer").client, org, items), 403, "IllegalOperationError")
    unauthorized(bulk(instance.client(), org, items))
    assert pending(owner.client, org) == []
    outcomes = ok(bulk(member_with("manager").client, org, items))
    assert statuses(outcomes) == [200, 403] and outcomes[1]["error"]["detail"][0] == "IllegalOperationError"


def test_a_repetition_makes_what_was_not_made(instance, owner, org):
    member = person(instance)
    instance.member(org["id"], member, "viewer")
    items, key = [item(org), item(org, member.email), item(org)], str(uuid.uuid4())
    first = bulk(owner.client, org, items, key)
    assert statuses(ok(first)) == [200, 409, 200] and "Idempotency-Replayed" not in first.headers
    ok(owner.client.delete(f"/organizations/{org['id']}/members", params={"user_id": member.id}))
    second = bulk(owner.client, org, items, key)
    assert statuses(ok(second)) == [200, 200, 200] and second.headers["Idempotency-Replayed"] == "true"
    for number in 0, 2:
        made = ok(first)[number]["invitation"]
        del made["link"]
        assert ok(second)[number]["invitation"] == made
    assert len(pending(owner.client, org)) == 3
    error(bulk(owner.client, org, [item(org) for _ in range(3)], key), 422, "IdempotencyKeyReused")
    assert len(pending(owner.client, org)) == 3


def test_another_request_with_the_key_makes_nothing(owner, org):
    """Also where the first one made nothing of what stood in the same place."""
    there, key = ok(invite(owner.client, org, unique_address()))["email"], str(uuid.uuid4())
    items = [item(org, there), item(org)]
    assert statuses(ok(bulk(owner.client, org, items, key))) == [409, 200]
    team = {"name": unique("team"), "organization_id": org["id"]}
    error(owner.client.post("/teams", json=team, headers={"Idempotency-Key": key}), 422, "IdempotencyKeyReused")
    for other in [item(org), items[1]], [item(org)], []:
        error(bulk(owner.client, org, other, key), 422, "IdempotencyKeyReused")
    assert len(pending(owner.client, org)) == 2
    assert statuses(ok(bulk(owner.client, org, items, key))) == [409, 200]


def test_the_same_request_twice_at_once(instance, owner, org):
    items, key = [item(org, role=VIEWER) for _ in range(10)], str(uuid.uuid4())
    send = sender(instance, owner, "POST", path_of(org), {"invitations": items}, {"Idempotency-Key": key})
    answers = at_once([send for _ in range(4)])
    for answer in answers:
        assert statuses(ok(answer)) == 10 * [200]
    assert len({tuple(outcome["invitation"]["id"] for outcome in ok(answer)) for answer in answers}) == 1
    assert len(pending(owner.client, org)) == 10


def test_an_invitation_of_many_is_accepted(instance, owner, org):
    guest = person(instance)
    outcome, = ok(bulk(owner.client, org, [item(org, guest.email)]))
    assert ok(decide(guest, outcome["invitation"])) == org["id"]
