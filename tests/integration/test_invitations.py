"""Invitations (contract, section 10): who may invite whom to what, and what becomes of it, also when everything happens at once."""

import datetime
import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from expect import TIME, UNKNOWN_ID, error, faults, ok, places, unauthorized, unique, unique_address
from installation import SYSTEM_ROLES, Instance
from processes import wait_until
from test_concurrency import at_once, sender, statuses

MODEL = ["id", "organization_id", "organization_name", "organization_logo_url", "organization_member_count", "email",
         "roles", "teams", "status", "created", "expiration_date", "inviting_user_id", "inviting_user_name",
         "inviting_user_avatar_url"]


def person(instance, address=None, **options):
    """Somebody with a verified address."""
    user = instance.user(**options)
    user.email = address or unique_address()
    instance.installation.orgctl("user", "set", user.name, "--email", user.email)
    return user


def invite(client, org, email, role="member", **fields):
    return client.post(f"/organizations/{org['id']}/invitations",
                       json={"email": email, "role_id": Instance.role_id(org["id"], role), **fields})


def decide(user, invitation, accept=True):
    return user.client.post(f"/invitations/{invitation['id']}", params={"accept": accept})


def roles_in(instance, org, user):
    """The own roles of a member, or None."""
    rows = instance.installation.sql("SELECT own_roles FROM orgd.orgd_memberships WHERE organization_id = UNHEX(%s)"
                                     " AND account_id = UNHEX(%s)",
                                     (org["id"].replace("-", ""), user.id.replace("-", "")))
    return rows[0][0] if rows else None


@pytest.fixture
def owner(instance):
    return instance.user(limit=10)


@pytest.fixture
def org(instance, owner):
    return instance.organization(owner)


def day(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")


def test_the_way_of_an_invitation(instance, owner, org):
    guest = person(instance)
    made = ok(invite(owner.client, org, guest.email.upper(), "viewer", expires_in_days=7))
    link = made.pop("link")
    assert list(made) == MODEL
    assert link.startswith("http") and "/account/invitation?secret=ORGINV_" in link
    assert made["roles"] == [{"id": Instance.role_id(org["id"], "viewer"), "name": "Organization Viewer"}]
    assert (made["email"], made["status"], made["teams"]) == (guest.email.upper(), "pending", [])
    assert (made["inviting_user_id"], made["inviting_user_name"]) == (owner.id, owner.name)
    assert (made["organization_id"], made["organization_name"]) == (org["id"], org["name"])
    assert made["organization_member_count"] == 1 and TIME.fullmatch(made["created"])
    assert day(made["expiration_date"]) - day(made["created"]) == datetime.timedelta(days=7)
    for client in owner.client, guest.client, instance.admin.client:
        assert ok(client.get("/invitations/" + made["id"])) == made
    assert ok(owner.client.get(f"/organizations/{org['id']}/invitations")) == [made]
    assert ok(guest.client.get("/invitations")) == [made]
    error(guest.client.get("/organizations/" + org["id"]), 404, "KeyError")
    assert ok(decide(guest, made)) == org["id"]
    assert ok(guest.client.get("/organizations/" + org["id"])) == org
    assert roles_in(instance, org, guest) == "viewer"
    after = ok(guest.client.get("/invitations/" + made["id"]))
    assert after == {**made, "status": "accepted", "organization_member_count": 2}
    assert ok(guest.client.get("/invitations")) == []
    assert ok(guest.client.get("/invitations?status=accepted")) == [after]
    assert ok(guest.client.get("/invitations?only_pending=false")) == [after]
    assert "accepted" in error(decide(guest, made), 409, "EntityExistsError")


def test_events_tell_all_of_it(instance, owner, org):
    guest = person(instance)
    made = ok(invite(owner.client, org, guest.email, "manager"))
    resent = ok(owner.client.post(f"/organizations/{org['id']}/invitations/{made['id']}/resend"))
    ok(decide(guest, made))
    other = ok(invite(owner.client, org, unique_address()))
    ok(owner.client.delete(f"/organizations/{org['id']}/invitations/{other['id']}"))
    declining = person(instance)
    third = ok(invite(owner.client, org, declining.email))
    ok(decide(declining, third, accept=False))
    events = ok(owner.client.get(f"/organizations/{org['id']}/events", params={"order_by": "occurred_at"}))[1:]
    assert [event["action"] for event in events] == [
        "invitation.created", "invitation.resent", "invitation.accepted", "member.added", "invitation.created",
        "invitation.revoked", "invitation.created", "invitation.declined"]
    assert events[0]["changes"] == {
        "email": {"before": None, "after": guest.email}, "roles": {"before": None, "after": "manager"},
        "expiration_date": {"before": None, "after": made["expiration_date"]}}
    assert events[1]["changes"]["expiration_date"]["after"] == resent["expiration_date"]
    assert events[2]["actor"]["id"] == guest.id
    assert [target["type"] for target in events[2]["targets"]] == ["invitation", "user"]
    assert {event["targets"][0]["id"] for event in events[:3]} == {made["id"]}
    secret = made["link"].partition("secret=")[2]
    text = str(events)
    assert secret not in text and secret[7:] not in text


# Who may


def test_who_may_do_what(instance, owner, org):
    """Each role, on an invitation that gives what every member has."""
    allowed = {"admin", "manager"}
    for role in SYSTEM_ROLES:
        member = instance.user()
        instance.member(org["id"], member, role)
        response = invite(member.client, org, unique_address())
        made = ok(invite(owner.client, org, unique_address()))
        path = f"/organizations/{org['id']}/invitations"
        read = member.client.get(path), member.client.get("/invitations/" + made["id"])
        resent = member.client.post(f"{path}/{made['id']}/resend")
        revoked = member.client.delete(f"{path}/{made['id']}")
        for each in response, resent, revoked:
            if role in allowed:
                ok(each)
            else:
                error(each, 403, "IllegalOperationError")
        assert [each.status_code for each in read] == ([200, 200] if role in allowed | {"viewer"} else [403, 404]), role


def test_whoever_is_outside_learns_nothing(instance, org, owner):
    made = ok(invite(owner.client, org, unique_address()))
    stranger = person(instance)
    path = f"/organizations/{org['id']}/invitations"
    nothing = f"/organizations/{UNKNOWN_ID}/invitations"
    for method, there, nowhere in [
            ("get", path, nothing), ("delete", f"{path}/{made['id']}", f"{nothing}/{made['id']}"),
            ("post", f"{path}/{made['id']}/resend", f"{nothing}/{made['id']}/resend"),
            ("get", f"/invitations/{made['id']}", f"/invitations/{UNKNOWN_ID}"),
            ("post", f"/invitations/{made['id']}?accept=true", f"/invitations/{UNKNOWN_ID}?accept=true")]:
        answers = [error(getattr(stranger.client, method)(each), 404, "KeyError") for each in (there, nowhere)]
        assert answers[0] == answers[1]
        unauthorized(getattr(instance.client(), method)(there))
    error(invite(stranger.client, org, unique_address()), 404, "KeyError")
    assert ok(stranger.client.get("/invitations")) == []


def test_an_address_that_is_not_verified_invites_nobody(instance, org, owner):
    guest = instance.user()
    address = unique_address()
    instance.installation.orgctl("user", "set", guest.name, "--email", address, "--email-unverified")
    made = ok(invite(owner.client, org, address))
    assert ok(guest.client.get("/invitations")) == []
    error(decide(guest, made), 404, "KeyError")


@pytest.mark.parametrize("giver, role", itertools.product(["admin", "manager", "owner", "superuser"], SYSTEM_ROLES))
def test_nobody_gives_what_he_does_not_hold(instance, owner, org, giver, role):
    user = {"owner": owner, "superuser": instance.admin}.get(giver) or instance.user()
    if giver in SYSTEM_ROLES:
        instance.member(org["id"], user, giver)
    refused = giver == "manager" and role == "admin"
    response = invite(user.client, org, unique_address(), role)
    made = ok(invite(owner.client, org, unique_address(), role))
    path = f"/organizations/{org['id']}/invitations/{made['id']}"
    for each in response, user.client.post(path + "/resend"), user.client.delete(path):
        if refused:
            error(each, 403, "IllegalOperationError")
        else:
            ok(each)


def test_who_may_not_read_invitations_does_not_learn_of_one(instance, owner, org):
    made, member = ok(invite(owner.client, org, unique_address())), instance.user()
    instance.member(org["id"], member, "member")
    for method, end in ("DELETE", ""), ("POST", "/resend"):
        one, none = (member.client.request(method, f"/organizations/{org['id']}/invitations/{id_}{end}")
                     for id_ in (made["id"], UNKNOWN_ID))
        assert error(one, 403, "IllegalOperationError") == error(none, 403, "IllegalOperationError")


def test_a_service_account_invites_and_is_never_invited(instance, owner, org):
    service = instance.service_account(org["id"], "manager")
    made = ok(invite(service.client, org, unique_address()))
    assert made["inviting_user_id"] == service.id
    assert ok(service.client.get("/invitations")) == []
    error(decide(service, made), 404, "KeyError")


def test_another_organization_s_invitation_is_none_of_this_one(instance, owner, org):
    other = instance.organization(owner)
    made = ok(invite(owner.client, org, unique_address()))
    error(owner.client.delete(f"/organizations/{other['id']}/invitations/{made['id']}"), 404, "KeyError")
    error(owner.client.post(f"/organizations/{other['id']}/invitations/{made['id']}/resend"), 404, "KeyError")
    error(invite(owner.client, {"id": other["id"]}, unique_address(), role_id=Instance.role_id(org["id"], "member")), 404, "KeyError")


# What a body and a query may hold


def test_what_is_wrong_with_a_body_is_said_at_once(owner, org):
    response = owner.client.post(f"/organizations/{org['id']}/invitations", json={
        "email": "nobody", "role_id": "x", "expires_in_days": 366, "notify": "often"})
    assert places(response) == [("value_error", ["body", "email"]), ("uuid_parsing", ["body", "role_id"]),
                                ("less_than_equal", ["body", "expires_in_days"]),
                                ("bool_type", ["body", "notify"])]
    assert places(owner.client.post(f"/organizations/{org['id']}/invitations", json={})) == [
        ("missing", ["body", "email"]), ("missing", ["body", "role_id"])]
    assert places(owner.client.get(f"/organizations/{org['id']}/invitations?status=old")) == [
        ("literal_error", ["query", "status"])]


@pytest.mark.parametrize("address", ["", "a", "a@b@c", "a b@example.org", "a\n@example.org", "<a@example.org>", "@b", "a@",
                                     "ä@example.org", "a@" + "b" * 253])
def test_what_is_no_address_is_refused(owner, org, address):
    assert places(invite(owner.client, org, address)) == [("value_error", ["body", "email"])]


def test_an_address_has_one_pending_invitation(owner, org):
    address = unique_address()
    made = ok(invite(owner.client, org, address))
    assert made["id"] in error(invite(owner.client, org, address.upper()), 409, "EntityExistsError")
    ok(owner.client.delete(f"/organizations/{org['id']}/invitations/{made['id']}"))
    ok(invite(owner.client, org, address))


def test_a_member_is_not_invited(instance, owner, org):
    member = person(instance)
    instance.member(org["id"], member, "viewer")
    error(invite(owner.client, org, member.email), 409, "EntityExistsError")


def test_pages_and_filters(instance, owner, org):
    path = f"/organizations/{org['id']}/invitations"
    made = [ok(invite(owner.client, org, unique_address())) for _ in range(5)]
    ids = [one["id"] for one in made]
    ok(owner.client.delete(f"{path}/{ids[1]}"))
    open_ids = [one for one in ids if one != ids[1]]

    def listed(**query):
        response = owner.client.get(path, params=query)
        return [one["id"] for one in ok(response)], response

    assert listed()[0] == open_ids
    assert listed(only_pending=False)[0] == ids
    assert listed(status="revoked")[0] == [ids[1]]
    assert listed(status="pending")[0] == open_ids
    assert listed(status="expired")[0] == [] and listed(status="accepted", only_pending=True)[0] == []
    assert listed(email=made[2]["email"].upper())[0] == [ids[2]]
    page, response = listed(limit=2, include_total=True)
    assert page == open_ids[:2] and response.headers["X-Total-Count"] == "4"
    link = response.links["next"]["url"]
    assert [one["id"] for one in ok(owner.client.get(link.removeprefix(instance.mount)))] == open_ids[2:]
    assert listed(after=open_ids[1])[0] == open_ids[2:]
    assert listed(offset=3)[0] == open_ids[3:]


def test_a_decision_says_yes_or_no(instance, owner, org):
    guest = person(instance)
    made = ok(invite(owner.client, org, guest.email))
    fault, = faults(guest.client.post(f"/invitations/{made['id']}"))
    assert fault == {"type": "missing", "loc": ["query", "accept"], "msg": "Field required", "input": None}
    assert places(guest.client.post(f"/invitations/{made['id']}?accept=perhaps")) == [("bool_parsing", ["query", "accept"])]
    assert ok(guest.client.get(f"/invitations/{made['id']}"))["status"] == "pending"


# Time


def age(instance, invitation, days):
    instance.installation.sql("UPDATE orgd.orgd_invitations SET expires = expires - INTERVAL %s DAY,"
                              " kept_until = kept_until - INTERVAL %s DAY WHERE id = UNHEX(%s)",
                              (days, days, invitation["id"].replace("-", "")))


def test_an_invitation_expires(instance, owner, org):
    guest = person(instance)
    made = ok(invite(owner.client, org, guest.email))
    age(instance, made, 31)
    path = f"/organizations/{org['id']}/invitations"
    assert ok(guest.client.get("/invitations")) == [] and ok(owner.client.get(path)) == []
    assert [one["status"] for one in ok(owner.client.get(path + "?status=expired"))] == ["expired"]
    assert "expired" in error(decide(guest, made), 403, "IllegalOperationError")
    again = ok(invite(owner.client, org, guest.email, "viewer"))  # takes its place
    assert {one["id"]: one["status"] for one in ok(owner.client.get(path + "?only_pending=false"))} == {
        made["id"]: "expired", again["id"]: "pending"}
    error(owner.client.post(f"{path}/{made['id']}/resend"), 403, "IllegalOperationError")
    ok(decide(guest, again))
    assert roles_in(instance, org, guest) == "viewer"


def test_one_that_has_expired_can_be_sent_again(instance, owner, org):
    guest = person(instance)
    made = ok(invite(owner.client, org, guest.email, expires_in_days=3))
    age(instance, made, 4)
    again = ok(owner.client.post(f"/organizations/{org['id']}/invitations/{made['id']}/resend"))
    assert again["status"] == "pending" and again["link"] != made["link"]
    left = day(again["expiration_date"]) - datetime.datetime.utcnow()
    assert datetime.timedelta(days=2, hours=23) < left <= datetime.timedelta(days=3)
    ok(decide(guest, made))


def test_what_is_over_is_removed(instance, owner, org, purge):
    made = [ok(invite(owner.client, org, unique_address())) for _ in range(3)]
    age(instance, made[0], 121)
    age(instance, made[1], 119)
    purge()
    rows = instance.installation.sql("SELECT HEX(id) FROM orgd.orgd_invitations WHERE organization_id = UNHEX(%s)",
                                     (org["id"].replace("-", ""),))
    assert {str(uuid.UUID(one)) for one, in rows} == {made[1]["id"], made[2]["id"]}


def test_an_organization_takes_its_invitations_along(instance, owner, org, purge):
    guest = person(instance)
    made = ok(invite(owner.client, org, guest.email))
    ok(owner.client.delete("/organizations/" + org["id"]))
    assert ok(guest.client.get("/invitations")) == []
    for response in decide(guest, made), guest.client.get("/invitations/" + made["id"]):
        error(response, 404, "KeyError")
    purge()
    assert not instance.installation.sql("SELECT 1 FROM orgd.orgd_invitations WHERE id = UNHEX(%s)",
                                         (made["id"].replace("-", ""),))


# Races


def test_one_of_many_invitations_of_an_address_is_made(instance, owner, org):
    address = unique_address()
    body = {"email": address, "role_id": Instance.role_id(org["id"], "member")}
    path = f"/organizations/{org['id']}/invitations"
    responses = at_once([sender(instance, owner, "POST", path, body) for _ in range(16)])
    assert statuses(responses) == {200: 1, 409: 15}


def test_one_of_many_acceptances_counts(instance, owner, org):
    guest = person(instance)
    made = ok(invite(owner.client, org, guest.email))
    path = f"/invitations/{made['id']}?accept=true"
    responses = at_once([sender(instance, guest, "POST", path) for _ in range(16)])
    assert statuses(responses) == {200: 1, 409: 15}
    events = ok(owner.client.get(f"/organizations/{org['id']}/events?action=member.added"))
    assert len(events) == 1


@pytest.mark.parametrize("end", ["revoke", "decline", "organization", "inviter"])
def test_an_acceptance_and_an_end_agree(instance, owner, end):
    """Whoever comes first: who is told that the acceptance succeeded is a member, and nobody else is."""
    for _ in range(6):
        org = instance.organization(owner)
        guest, inviter = person(instance), instance.user()
        instance.member(org["id"], inviter, "admin")
        made = ok(invite(inviter.client, org, guest.email, "manager"))
        ending = {
            "revoke": sender(instance, owner, "DELETE", f"/organizations/{org['id']}/invitations/{made['id']}"),
            "decline": sender(instance, guest, "POST", f"/invitations/{made['id']}?accept=false"),
            "organization": sender(instance, owner, "DELETE", f"/organizations/{org['id']}"),
            "inviter": lambda name=inviter.name: instance.installation.run_orgctl("user", "delete", name, "--yes"),
        }[end]
        accepted, ended = at_once([sender(instance, guest, "POST", f"/invitations/{made['id']}?accept=true"), ending])
        assert accepted.status_code in (200, 403, 404, 409), accepted.text
        is_member = roles_in(instance, org, guest) == "manager"
        if end == "organization":
            assert ended.status_code == 200 and not is_member
        elif end == "inviter":
            assert ended.returncode == 0 and accepted.status_code == 200 and is_member
        else:
            assert (accepted.status_code == 200) == is_member != (ended.status_code == 200)
        ok(owner.client.get("/organizations"))
        if end != "organization":
            ok(owner.client.delete("/organizations/" + org["id"]))


def test_an_account_that_is_deleted_meanwhile_becomes_no_member(instance, owner, org):
    guest, sql = person(instance), instance.installation.sql
    made, account = ok(invite(owner.client, org, guest.email)), uuid.UUID(guest.id).bytes
    role_id = str(uuid.UUID(int=uuid.UUID(org["id"]).int ^ 5))
    for become in (lambda: decide(guest, made),
                   lambda: instance.admin.client.post(f"/roles/{role_id}/assignments", params={"user_id": guest.id})):
        with instance.installation.connect(autocommit=False) as ending, ending.cursor() as cursor:
            cursor.execute("UPDATE orgd.orgd_accounts SET ended = UTC_TIMESTAMP(6) WHERE id = %s", (account,))
            with ThreadPoolExecutor(1) as thread:
                answer = thread.submit(become)
                wait_until(lambda: sql("SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"),
                           "the acceptance to wait", pause=0.2)  # asked more often, InnoDB repeats itself
                ending.commit()
                assert answer.result().status_code in (403, 404), answer.result().text
        assert sql("SELECT COUNT(*) FROM orgd.orgd_memberships WHERE account_id = %s", (account,))[0][0] == 0
        sql("UPDATE orgd.orgd_accounts SET ended = NULL WHERE id = %s", (account,))
    ok(decide(guest, made))


def test_a_demoted_inviter_does_not_invite_any_more(instance, owner, org):
    """Whichever came first: an invitation that was made is by somebody who was an admin then."""
    for _ in range(6):
        inviter = instance.user()
        instance.member(org["id"], inviter, "admin")
        body = {"email": unique_address(), "role_id": Instance.role_id(org["id"], "admin")}
        invited, _ = at_once([
            sender(instance, inviter, "POST", f"/organizations/{org['id']}/invitations", body),
            lambda name=inviter.name: instance.member(org["id"], type("User", (), {"name": name}), "member")])
        events = ok(owner.client.get(f"/organizations/{org['id']}/events?limit=2"))
        of_both = [event["action"] for event in reversed(events)]
        if invited.status_code == 200:
            assert of_both == ["invitation.created", "member.role_changed"]
        else:
            error(invited, 403, "IllegalOperationError")
            assert of_both[1] == "member.role_changed" and of_both[0] == "member.added"


# Repetition


def test_a_repetition_is_the_same_without_the_link(instance, owner, org):
    path = f"/organizations/{org['id']}/invitations"
    body = {"email": unique_address(), "role_id": Instance.role_id(org["id"], "member")}
    headers = {"Idempotency-Key": unique("key").replace(" ", "-")}
    first, second = (owner.client.post(path, json=body, headers=headers) for _ in range(2))
    made = ok(first)
    del made["link"]
    assert ok(second) == made and second.headers["Idempotency-Replayed"] == "true"
    headers = {"Idempotency-Key": unique("key").replace(" ", "-")}
    first, second = (owner.client.post(f"{path}/{made['id']}/resend", headers=headers) for _ in range(2))
    again = ok(first)
    del again["link"]
    assert ok(second) == again
    guest = person(instance)
    made = ok(invite(owner.client, org, guest.email))
    headers = {"Idempotency-Key": unique("key").replace(" ", "-")}
    for _ in range(2):
        response = guest.client.post(f"/invitations/{made['id']}?accept=true", headers=headers)
        assert ok(response) == org["id"]
    assert response.headers["Idempotency-Replayed"] == "true"


def test_so_many_may_be_pending(instance, owner, org):
    organization = org["id"].replace("-", "")
    instance.installation.sql(
        "INSERT INTO orgd.orgd_invitations (id, organization_id, email, email_key, own_roles, link_digest, mail_digest, days,"
        " created, expires, kept_until) SELECT UNHEX(MD5(CONCAT(%s, seq))), UNHEX(%s), CONCAT(seq, '@example.org'),"
        " CONCAT(seq, '@example.org'), 'member', REPEAT('x', 32), REPEAT('x', 32), 1, UTC_TIMESTAMP(6),"
        " UTC_TIMESTAMP(6) + INTERVAL 1 DAY, UTC_TIMESTAMP(6) + INTERVAL 91 DAY FROM seq_1_to_1000",
        (org["id"], organization))
    error(invite(owner.client, org, unique_address()), 403, "IllegalOperationError")
    instance.installation.sql("UPDATE orgd.orgd_invitations SET expires = UTC_TIMESTAMP(6) WHERE organization_id = UNHEX(%s)"
                              " ORDER BY id LIMIT 1", (organization,))
    ok(invite(owner.client, org, unique_address()))  # one that has expired is not pending
    error(invite(owner.client, org, unique_address()), 403, "IllegalOperationError")
