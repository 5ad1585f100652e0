"""Refusals as events: of whom the service knows, at once and then one in ten minutes, with the exact number of them."""

import concurrent.futures
import secrets
import uuid

import pytest

import oauth
from expect import error, id_in, logged, ok
from oauth import Browser, RegisteredClient, person_of, refused_client
from processes import wait_until
from test_events import chain

SERVICE = "ffffffff-ffff-ffff-ffff-ffffffffffff"
TABLES = ("orgd_events", "orgd_event_chains", "orgd_event_targets", "orgd_event_refusals")


@pytest.fixture(autouse=True)
def fresh(instance):
    """No attempts, and no refusals of other tests' accounts, which would become events here."""
    oauth.forget_attempts(instance)
    instance.installation.sql("DELETE FROM orgd.orgd_event_refusals")
    yield
    oauth.forget_attempts(instance)


def asks(send, lines=1):
    """Asks with this function of the headers. The response, and the action of its access line, when all is written."""
    def ask(instance):
        request_id = uuid.uuid4().hex
        response = send({"X-Request-Id": request_id})
        return response, logged(instance, request_id, lines)[-1]["action"]
    return ask


def guess(instance, username, password="wrong", lines=1):
    """A browser's attempt to sign in; the response and the action of its line."""
    browser = Browser(instance.url)
    browser.get(f"{instance.mount}/auth/sign-in")
    form = browser.forms()[0]

    def send(headers):
        browser.session.headers.update(headers)
        return browser.post(form.action, {**form.fields, "username": username, "password": password})
    return asks(send, lines)(instance)


def get(instance, secret):
    return asks(lambda headers: instance.client(secret).get("/users/me", headers=headers))(instance)


def refusals(instance, chain_id, action):
    return [event for event in chain(instance, chain_id) if event["action"] == action]


def let_time_pass(instance, minutes=10):
    instance.installation.sql(f"UPDATE orgd.orgd_event_refusals SET began = began - INTERVAL {minutes} MINUTE")


def refusal_rows(instance, subject):
    return instance.installation.sql("SELECT action, pending FROM orgd.orgd_event_refusals WHERE subject_id = %s",
                                     (uuid.UUID(subject).bytes,))


def reason(text):
    return {"reason": {"before": None, "after": text}}


def test_a_wrong_password(instance):
    person = person_of(instance)
    response, action = guess(instance, person.name)
    assert (response.status_code, action) == (403, "user.sign_in_refused")
    event, = refusals(instance, person.id, "user.sign_in_refused")
    assert event["actor"] == {"type": "anonymous", "id": None, "name": None, "credential_id": None}
    assert event["targets"] == [{"type": "user", "id": person.id, "name": person.name}]
    assert event["changes"] == reason("wrong_password") and event["count"] == 1
    assert event["context"]["address"] == "127.0.0.1" and len(event["context"]["request_id"]) == 32


def test_an_account_that_is_deactivated_and_one_with_too_many_attempts(instance):
    person = person_of(instance)
    instance.installation.orgctl("user", "deactivate", person.name, "--yes")
    assert guess(instance, person.name, oauth.PASSWORD)[1] == "user.sign_in_refused"
    assert [event["changes"] for event in refusals(instance, person.id, "user.sign_in_refused")] == \
        [reason("account_deactivated")]
    for _ in range(6):
        oauth.stop_time(instance)
        response, action = guess(instance, person.name)
    assert (response.status_code, action) == (429, "user.sign_in_refused")
    let_time_pass(instance)
    instance.installation.orgctl("purge")
    first, second = refusals(instance, person.id, "user.sign_in_refused")
    assert (first["count"], second["count"], second["changes"]) == (1, 6, reason("too_many_attempts"))


ENDS = [(("key", "deactivate"), "deactivated"), (("service-account", "deactivate"), "account_deactivated")]


@pytest.mark.parametrize("command, why", ENDS)
@pytest.mark.parametrize("is_token", [False, True])
def test_a_key_that_does_not_count_any_more(instance, command, why, is_token):
    organization = instance.organization(instance.user())
    service = instance.service_account(organization["id"], "viewer")
    key = id_in(service.key)
    shown = ok(instance.client().post("/auth/login", data={"password": service.key}))["access_token"] if is_token \
        else service.key
    subject = key if command[0] == "key" else service.name
    instance.installation.orgctl(*command, subject)
    response, action = get(instance, shown)
    error(response, 401, "AuthorizationException")
    assert action == "api_key.use_refused"
    event, = refusals(instance, organization["id"], "api_key.use_refused")
    assert event["actor"] == {"type": "service_account", "id": service.id, "name": service.name, "credential_id": key}
    assert [(target["type"], target["id"]) for target in event["targets"]] == [("api_key", key),
                                                                             ("service_account", service.id)]
    assert event["organization"] == {"id": organization["id"], "name": organization["name"]}
    assert event["changes"] == reason(why)


def test_a_key_at_the_token_endpoint(instance):
    organization = instance.organization(instance.user())
    service = instance.service_account(organization["id"], "viewer")
    instance.installation.orgctl("key", "deactivate", id_in(service.key))
    response, action = asks(lambda headers: instance.client().post("/auth/login", data={"password": service.key},
                                                                   headers=headers))(instance)
    assert (response.status_code, action) == (401, "api_key.use_refused")
    assert len(refusals(instance, organization["id"], "api_key.use_refused")) == 1


def test_a_key_of_an_organization_that_has_ended(instance):
    owner = instance.user()
    organization = instance.organization(owner)
    service = instance.service_account(organization["id"], "viewer")
    ok(owner.client.delete(f"/organizations/{organization['id']}"))
    assert get(instance, service.key)[1] == "api_key.use_refused"
    assert [event["changes"] for event in refusals(instance, organization["id"], "api_key.use_refused")] == \
        [reason("organization_ended")]


@pytest.mark.parametrize("change, why", [("expires = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND", "expired"), ("is_active = FALSE", "deactivated"),
                                         ("retained_digest = secret_digest, retained_until = '2020-01-01',"
                                          " secret_digest = REPEAT('x', 32)", "superseded")])
def test_a_personal_token(instance, change, why):
    user = instance.user()
    token = id_in(user.token)
    instance.installation.sql(f"UPDATE orgd.orgd_credentials SET {change} WHERE id = {oauth.id_of(user.token)}")
    assert get(instance, user.token)[1] == "personal_token.use_refused"
    event, = refusals(instance, user.id, "personal_token.use_refused")
    assert event["actor"] == {"type": "user", "id": user.id, "name": user.name, "credential_id": token}
    assert event["changes"] == reason(why) and event["organization"] is None


def test_an_access_token_of_a_grant(instance):
    person = person_of(instance)
    client = RegisteredClient(instance)
    tokens = oauth.tokens_for(oauth.sign_in(instance, person), person, client)
    client.revoke(tokens["refresh_token"])
    assert get(instance, tokens["access_token"])[1] == "grant.use_refused"
    event, = refusals(instance, person.id, "grant.use_refused")
    assert event["targets"][0]["id"] == id_in(tokens["refresh_token"]) and event["changes"] == reason("ended")


def test_a_client_without_its_secret(instance):
    client = RegisteredClient(instance, confidential=True)
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": client.id}
    for extra in ({"client_secret": "wrong"}, {}):
        response, action = asks(lambda headers, extra=extra: instance.client().post(
            "/auth/token", data={**form, **extra}, headers=headers))(instance)
        refused_client(response)
        assert action == "client.authentication_refused"
    event, = [event for event in refusals(instance, SERVICE, "client.authentication_refused")
              if event["targets"][0]["id"] == client.id]
    assert event["targets"] == [{"type": "client", "id": client.id, "name": client.name}]
    assert event["changes"] == reason("wrong_secret")
    assert refusal_rows(instance, client.id) == [("client.authentication_refused", 1)]


def counts(instance):
    return [instance.installation.sql(f"SELECT COUNT(*) FROM orgd.{table}")[0][0] for table in TABLES]


def test_strangers_write_no_rows(instance):
    user, client = instance.user(), RegisteredClient(instance, confidential=True)
    digest_is_wrong = user.token[:7 + 22] + "A" * 42  # names the row, and not its secret
    before = counts(instance)
    for _ in range(3):
        assert guess(instance, secrets.token_hex(8))[1] == "user.sign_in_refused"
        for secret, action in (("ORGKEY_" + secrets.token_urlsafe(48), "api_key.use_refused"),
                               ("ORGPAT_" + secrets.token_urlsafe(48), "personal_token.use_refused"),
                               (digest_is_wrong, "personal_token.use_refused"), ("x", "access_token.use_refused")):
            response, noted = get(instance, secret)
            assert (response.status_code, noted) == (401, action)
        for client_id, secret in ((str(uuid.uuid4()), "x"), (user.id, "x"), (user.id, digest_is_wrong), ("", "x")):
            response, noted = asks(lambda headers, client_id=client_id, secret=secret: instance.client().post(
                "/auth/token", headers=headers, data={"grant_type": "client_credentials", "client_id": client_id,
                                                      "client_secret": secret}))(instance)
            assert response.status_code == 401 and noted.endswith("_refused")
    assert counts(instance) == before
    assert refusal_rows(instance, client.id) == []


GUESSES, THREADS = 2000, 8


def test_purge_writes_down_all_that_was_counted(instance):
    """However many were refused, and not only a piece of them."""
    many = 250
    instance.installation.sql("INSERT INTO orgd.orgd_event_refusals (subject_id, action, began, pending, reason, subject_name)"
                              " SELECT UNHEX(MD5(CONCAT('purge', seq))), 'user.sign_in_refused', '2020-01-01', 2, 'wrong_password',"
                              f" CONCAT('user ', seq) FROM orgd.seq_1_to_{many}")
    instance.installation.orgctl("purge")
    assert instance.installation.sql("SELECT COUNT(*) FROM orgd.orgd_event_refusals WHERE pending > 0") == [(0,)]
    assert instance.installation.sql("SELECT COUNT(*), SUM(count) FROM orgd.orgd_events WHERE chain_id IN (SELECT"
                                     f" UNHEX(MD5(CONCAT('purge', seq))) FROM orgd.seq_1_to_{many})") == [(many, 2 * many)]


def test_many_guesses_are_few_rows_and_no_guess_is_lost(instance):
    person = person_of(instance)
    before = counts(instance)

    def guess_many(_):
        browser = Browser(instance.url)
        browser.get(f"{instance.mount}/auth/sign-in")
        form = browser.forms()[0]
        fields = {**form.fields, "username": person.name, "password": "wrong"}
        pages = [browser.post(form.action, fields) for _ in range(GUESSES // THREADS)]
        assert {page.status_code for page in pages} <= {403, 429}
        return sum("Others are signing in" not in page.text for page in pages)  # else the guess was not made

    def written():
        return sum(event["count"] for event in refusals(instance, person.id, "user.sign_in_refused")) + \
            sum(pending for _, pending in refusal_rows(instance, person.id))

    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        made = sum(pool.map(guess_many, range(THREADS)))
    assert made > GUESSES // 2
    wait_until(lambda: written() >= made, "the last refusals to be written down")
    assert [after - before_ for after, before_ in zip(counts(instance), before)] == [1, 0, 1, 1]
    let_time_pass(instance)
    guess(instance, person.name)
    assert [event["count"] for event in refusals(instance, person.id, "user.sign_in_refused")] == [1, made]
    guess(instance, person.name)
    let_time_pass(instance)
    for _ in range(2):  # the second time nothing is left to say
        instance.installation.orgctl("purge")
        assert [event["count"] for event in refusals(instance, person.id, "user.sign_in_refused")] == [1, made, 1]
        assert refusal_rows(instance, person.id) == [("user.sign_in_refused", 0)]
    let_time_pass(instance)
    instance.installation.orgctl("purge")
    assert refusal_rows(instance, person.id) == []


def test_what_cannot_be_written_down_is_logged_and_refused_all_the_same(instance):
    person = person_of(instance)
    instance.installation.sql("RENAME TABLE orgd.orgd_event_refusals TO orgd.away")
    try:
        response, action = guess(instance, person.name, lines=3)  # the error, the warning, and the access line
        assert (response.status_code, action) == (403, "user.sign_in_refused")
        assert "a refusal is not on record" in instance.log_text()
    finally:
        instance.installation.sql("RENAME TABLE orgd.away TO orgd.orgd_event_refusals")
    assert refusals(instance, person.id, "user.sign_in_refused") == []
