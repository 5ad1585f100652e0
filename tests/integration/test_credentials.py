"""Section 5 of the contract: credentials, /auth/login, access tokens, /users/me; and a deactivation counts at once."""

import base64
import json
import re
import time
import urllib.parse
import uuid

import jwt
import pytest
import requests.auth
from cryptography.hazmat.primitives.asymmetric import ec

from expect import error, ok, unauthorized, unique, unique_address
from test_users import MODEL, NOTHING

pytestmark = pytest.mark.shows("OAuth 26", "OAuth 30")

ANSWER = {"token_type": "bearer", "expires_in": 3600}


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


@pytest.fixture(scope="module")
def org(instance, owner):
    return instance.organization(owner)


@pytest.fixture(scope="module")
def service(instance, org):
    return instance.service_account(org["id"], "viewer")


def credentials_of(instance, account):
    """What orgctl knows about the keys of a service account or the tokens of a user."""
    words = ("key", "list", "--service-account") if hasattr(account, "key") else ("token", "list", "--user")
    return json.loads(instance.installation.orgctl(*words, account.name, "--json"))


def login(instance, **form):
    return instance.client().post("/auth/login", data=form)


def access_token(instance, secret):
    body = ok(login(instance, password=secret))
    assert list(body) == ["access_token", *ANSWER] and {key: body[key] for key in ANSWER} == ANSWER
    return body["access_token"]


# Bearer credentials


@pytest.mark.parametrize("header", [
    None, "", "Bearer", "Basic eDp5", "Token x", "bearer", "ORGPAT_x",
])
def test_without_a_bearer_credential_it_is_401_without_an_error_code(instance, header):
    headers = {} if header is None else {"Authorization": header}
    for method, path in (("GET", "/organizations"), ("POST", "/organizations"), ("GET", "/organizations/x"),
                         ("GET", "/users/me"), ("DELETE", f"/organizations/{uuid.uuid4()}")):
        unauthorized(instance.client().request(method, path, headers=headers,
                                               json={"name": "x"} if method == "POST" else None))


@pytest.mark.parametrize("credential", [
    "x", "ORGKEY_", "ORGPAT_", "ORGPAT_" + "A" * 64, "ORGKEY_" + "A" * 64, "ORGKEY_" + "A" * 63, "ORGKEY_" + "A" * 65,
    "ORGKEY_" + "!" * 64,
    "orgkey_" + "A" * 64, "ORGXXX_" + "A" * 64, "a.b.c", "..", "e30.e30.e30", "a" * 5000,
])
def test_a_credential_that_does_not_count_is_an_invalid_token(instance, credential):
    unauthorized(instance.client(credential).get("/organizations"), "invalid_token")


@pytest.mark.shows("API2")
def test_a_secret_must_be_right_to_the_last_character(instance, owner, service):
    for secret in (owner.token, service.key):
        ok(instance.client(secret).get("/users/me"))
        for at in (7, 30, 40, -1):
            wrong = list(secret)
            wrong[at] = "A" if wrong[at] != "A" else "B"
            unauthorized(instance.client("".join(wrong)).get("/users/me"), "invalid_token")
        unauthorized(instance.client(secret + "A").get("/users/me"), "invalid_token")
        unauthorized(instance.client(secret.replace("ORGPAT_", "ORG_").replace("ORGKEY_", "ORGPAT_")).get("/users/me"),
                     "invalid_token")


def test_the_scheme_is_read_in_any_case(instance, owner):
    for scheme in ("bearer", "BEARER", "Bearer"):
        ok(instance.client().get("/users/me", headers={"Authorization": f"{scheme} {owner.token}"}))


def test_secrets_have_their_form_and_are_stored_hashed(instance, owner, service):
    assert re.fullmatch(r"ORGPAT_[A-Za-z0-9_-]{64}", owner.token)
    assert re.fullmatch(r"ORGKEY_[A-Za-z0-9_-]{64}", service.key)
    raw = base64.urlsafe_b64decode(service.key[7:])
    (digest,), = instance.installation.sql(
        f"SELECT secret_digest FROM orgd.orgd_credentials WHERE id = UNHEX('{raw[:16].hex()}')")
    assert len(digest) == 32 and digest not in (raw[16:], raw[:32])


# GET /users/me


@pytest.mark.shows("V8.3.1, V8.3.4")
def test_who_am_i_of_a_user(instance):
    name, address = unique("Frau Müller"), unique_address()
    instance.installation.orgctl("user", "create", name, "--email", address, "--full-name", "Erika Müller",
                                 "--superuser", "--quiet")
    secret = instance.installation.orgctl("token", "create", "--user", name, "--quiet")
    me = ok(instance.client(secret).get("/users/me"))
    assert list(me) == [*MODEL, "sub"]
    assert me == {**NOTHING, "id": me["id"], "username": name, "email": address, "email_verified": True, "name": "Erika Müller",
                  "is_active": True, "is_superuser": True, "is_service_account": False, "organization_id": None,
                  "created": me["created"], "updated": me["created"], "sub": me["id"]}


def test_who_am_i_of_a_service_account(org, service):
    me = ok(service.client.get("/users/me"))
    assert me == {**NOTHING, "id": service.id, "username": service.name, "email": None, "email_verified": False, "name": None,
                  "is_active": True, "is_superuser": False, "is_service_account": True, "organization_id": org["id"],
                  "created": me["created"], "updated": me["created"], "sub": service.id}


# POST /auth/login


def test_every_way_to_log_in(instance, owner, org, service):
    key_id = credentials_of(instance, service)[0]["id"]
    grant = {"grant_type": "client_credentials"}
    ways = [({"password": service.key}, None), ({**grant, "password": service.key}, None),
            ({**grant, "client_secret": service.key}, None)]
    for client_id in (service.id, key_id, service.id.upper().replace("-", "")):
        ways += [({**grant, "client_id": client_id, "client_secret": service.key}, None),
                 ({**grant, "client_id": client_id, "password": service.key}, None),
                 ({"client_id": client_id, "password": service.key, "client_secret": ""}, None),
                 (grant, (client_id, service.key))]
    ways.append(({**grant, "scope": "anything", "unknown": "x"}, (service.id, service.key)))
    for form, basic in ways:
        response = instance.client().post("/auth/login", data=form, auth=basic)
        body = ok(response)
        assert list(body) == ["access_token", *ANSWER] and {key: body[key] for key in ANSWER} == ANSWER
        assert (response.headers["Cache-Control"], response.headers["Pragma"]) == ("no-store", "no-cache")
        assert ok(instance.client(body["access_token"]).get("/users/me"))["id"] == service.id
    assert ok(instance.client(access_token(instance, owner.token)).get("/users/me"))["id"] == owner.id


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}", "\t{} ", "\u00a0{}", "\ufeff{}", "{}\u2028"])
def test_white_space_around_a_credential_is_not_part_of_it(instance, owner, service, around):
    """Such as the end of the line in the file that a key was read from."""
    for key in (service.key, owner.token):
        ok(login(instance, password=around.format(key)))
    form = {"grant_type": "client_credentials"}
    ok(login(instance, **form, client_id=around.format(service.id), client_secret=around.format(service.key)))
    quoted = [urllib.parse.quote(around.format(value)) for value in (service.id, service.key)]
    ok(instance.client().post("/auth/token", data=form, auth=tuple(quoted)))
    refused = login(instance, **form, client_secret=service.key[:30] + around.format("") + service.key[30:])
    oauth_error(refused, 401, "invalid_client")


def test_blanks_around_a_bearer_credential_are_not_part_of_it(instance, service):
    for value in (service.key, access_token(instance, service.key)):
        for header in (f"Bearer   {value}", f"Bearer {value}  ", f"Bearer \t{value}\t"):
            response = instance.client().get("/users/me", headers={"Authorization": header.encode()})
            assert ok(response)["id"] == service.id


def test_a_token_names_the_client_as_it_named_itself(instance, service):
    """RFC 9068, 2.2: the account's id, or the key's own."""
    key_id = credentials_of(instance, service)[0]["id"]
    for client_id in (service.id, key_id, service.id.upper()):
        body = ok(login(instance, grant_type="client_credentials", client_id=client_id, client_secret=service.key))
        assert jwt.decode(body["access_token"], options={"verify_signature": False})["client_id"] == client_id
    made = json.loads(instance.installation.orgctl("key", "create", "--service-account", service.name, "--json"))
    assert made["service_account_id"] == service.id and made["key"].startswith("ORGKEY_")
    for client_id in (made["id"], made["service_account_id"]):
        ok(login(instance, grant_type="client_credentials", client_id=client_id, client_secret=made["key"]))
    instance.installation.orgctl("key", "delete", made["id"])


def test_basic_credentials_are_form_encoded(instance, service):
    """RFC 6749, 2.3.1: percent encoding inside of base64."""
    encoded = "".join(f"%{byte:02X}" for byte in service.key.encode())
    ok(instance.client().post("/auth/login", data={"grant_type": "client_credentials"},
                              auth=(service.id.replace("-", "%2D"), encoded)))


def oauth_error(response, status, code):
    assert response.status_code == status, response.text
    body = response.json()
    if status == 401:
        assert body.pop("detail") == ["AuthorizationException", body["error_description"]]
    assert list(body) == ["error", "error_description"] and body["error"] == code
    assert response.headers["Cache-Control"] == "no-store"


def test_a_client_that_does_not_prove_itself_is_invalid_client(instance, owner, service):
    grant = {"grant_type": "client_credentials"}
    wrong = service.key[:-1] + ("A" if service.key[-1] != "A" else "B")
    other_key = instance.installation.orgctl("key", "create", "--service-account", service.name, "--quiet")
    other_id = str(uuid.UUID(bytes=base64.urlsafe_b64decode(other_key[7:])[:16]))
    for form in ({"password": wrong}, {"password": "x"}, {**grant, "client_secret": ""}, grant,
                 {**grant, "client_id": service.id},
                 {**grant, "client_id": service.name, "client_secret": service.key},
                 {**grant, "client_id": owner.id, "client_secret": service.key},
                 {**grant, "client_id": other_id, "client_secret": service.key},
                 {**grant, "client_secret": access_token(instance, service.key)}):
        response = login(instance, **form)
        oauth_error(response, 401, "invalid_client")
        assert response.headers["WWW-Authenticate"] == 'Basic realm="orgd"'
    for basic in ((service.id, wrong), (service.id, ""), ("", ""), (owner.id, service.key), ("x", service.key)):
        response = instance.client().post("/auth/login", data=grant, auth=basic)
        oauth_error(response, 401, "invalid_client")
        assert response.headers["WWW-Authenticate"] == 'Basic realm="orgd"'


@pytest.mark.parametrize("grant_type", ["password", "implicit", "CLIENT_CREDENTIALS", "x"])
def test_another_grant_is_unsupported(instance, service, grant_type):
    oauth_error(login(instance, grant_type=grant_type, client_secret=service.key), 400, "unsupported_grant_type")


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_request_that_makes_no_sense_is_invalid_request(instance, service):
    basic = requests.auth.HTTPBasicAuth(service.id, service.key)
    grant, key = "grant_type=client_credentials", service.key
    for body, auth in (("", None), ("client_secret=" + key, None), ("client_id=" + service.id, None), ("", basic),
                       (f"{grant}&client_secret={key}", basic), (f"{grant}&password={key}", basic),
                       (f"{grant}&client_secret={key}&password={key}", None),
                       (f"{grant}&{grant}&client_secret={key}", None),
                       (f"{grant}&client_secret={key}&client_secret={key}", None),
                       (f"password={key}&password=", None),
                       (f"{grant}&client_id=a&client_id=a&client_secret={key}", None)):
        oauth_error(instance.client().post("/auth/login", data=body, headers=FORM, auth=auth), 400, "invalid_request")
    for header in ("Basic !", "Basic " + base64.b64encode(b"no colon").decode(), "Basic " + "A" * 3000):
        oauth_error(instance.client().post("/auth/login", data=grant, headers={**FORM, "Authorization": header}), 400,
                    "invalid_request")


def test_a_login_is_a_form(instance, service):
    for options in ({"json": {"password": service.key}},
                    {"data": b"password=x", "headers": {"Content-Type": "text/plain"}}, {"files": {"password": "x"}},
                    {}):
        oauth_error(instance.client().post("/auth/login", **options), 415, "invalid_request")
    response = instance.client().post("/auth/login", data="password=" + "x" * 70000, headers=FORM)
    oauth_error(response, 413, "invalid_request")


# Access tokens


def keys_of(instance):
    return json.loads(instance.installation.signing_keys.read_text("utf-8"))["keys"]


def test_header_and_claims_of_an_access_token(instance, service):
    token = access_token(instance, service.key)
    signing = keys_of(instance)[0]
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "at+jwt", "kid": signing["kid"]}
    public = jwt.PyJWK({key: signing[key] for key in ("kty", "crv", "x", "y")}, algorithm="ES256").key
    claims = jwt.decode(token, public, algorithms=["ES256"], audience=instance.server.url, issuer=instance.server.url)
    key_id = str(uuid.UUID(bytes=base64.urlsafe_b64decode(service.key[7:])[:16]))
    assert sorted(claims) == ["aud", "client_id", "cred", "cred_kind", "exp", "gen", "iat", "iss", "jti", "sub"]
    assert (claims["sub"], claims["cred"], claims["cred_kind"]) == (service.id, key_id, "service")
    assert claims["client_id"] == key_id
    assert abs(claims["iat"] - time.time()) < 10 and claims["exp"] == claims["iat"] + 3600
    assert claims["jti"] != jwt.decode(access_token(instance, service.key), options={"verify_signature": False})["jti"]


@pytest.fixture(scope="module")
def forge(instance, service):
    """Makes a token as the service would, with changes to header and claims; None takes a member out."""
    good = jwt.decode(access_token(instance, service.key), options={"verify_signature": False})
    signing = keys_of(instance)[0]
    private = jwt.PyJWK({key: signing[key] for key in ("kty", "crv", "x", "y", "d")}, algorithm="ES256").key

    def make(header=None, key=private, algorithm="ES256", **claims):
        merged = {**good, "jti": unique(), **claims}
        headers = {"typ": "at+jwt", "kid": signing["kid"], **(header or {})}
        return jwt.encode({name: value for name, value in merged.items() if value is not None}, key, algorithm,
                          {name: value for name, value in headers.items() if value is not None})

    return make


def test_a_token_as_the_service_makes_it_is_accepted(instance, service, forge):
    """Otherwise the tests below would prove nothing."""
    url, now = instance.server.url, int(time.time())
    for token in (forge(), forge(header={"typ": "application/at+jwt"}), forge(header={"typ": "AT+JWT"}),
                  forge(aud=["other", url]), forge(nbf=now - 5),
                  forge(scope="x", unknown={"y": 1})):
        assert ok(instance.client(token).get("/users/me"))["id"] == service.id


CLAIMS = {
    "expired": lambda now, url: {"exp": now - 1, "iat": now - 3601},
    "expires as text": lambda now, url: {"exp": str(now + 60)},
    "not yet valid": lambda now, url: {"nbf": now + 60},
    "issued in the future": lambda now, url: {"iat": now + 600},
    "another issuer": lambda now, url: {"iss": "https://other.example.org"},
    "an issuer that begins alike": lambda now, url: {"iss": url + "/"},
    "another audience": lambda now, url: {"aud": "https://other.example.org"},
    "other audiences": lambda now, url: {"aud": ["https://other.example.org", url + "x"]},
    "no audience": lambda now, url: {"aud": []},
    "another subject": lambda now, url: {"sub": str(uuid.uuid4())},
    "a subject that is no id": lambda now, url: {"sub": "admin"},
    "another credential": lambda now, url: {"cred": str(uuid.uuid4())},
    "another generation": lambda now, url: {"gen": 2},
    **{f"without {claim}": lambda now, url, claim=claim: {claim: None}
       for claim in ("iss", "aud", "sub", "exp", "iat", "jti", "client_id", "cred", "gen")},
}


@pytest.mark.shows("V3.5.2-3.5.3")
@pytest.mark.parametrize("claims", CLAIMS)
def test_a_signed_token_with_wrong_claims_is_refused(instance, forge, claims):
    unauthorized(instance.client(forge(**CLAIMS[claims](int(time.time()), instance.server.url))).get("/users/me"),
                 "invalid_token")


def test_a_token_of_another_account_is_refused(instance, owner, forge):
    """The credential is the service account's, the subject somebody else, even a superuser."""
    unauthorized(instance.client(forge(sub=owner.id)).get("/users/me"), "invalid_token")
    unauthorized(instance.client(forge(sub=instance.admin.id)).get("/users/me"), "invalid_token")


@pytest.mark.parametrize("header", [
    {"typ": "JWT"}, {"typ": ""}, {"typ": "jwt+at"}, {"kid": None}, {"kid": "unknown"}, {"kid": ""}, {"crit": ["exp"]},
    {"crit": []}, {"crit": ["b64"], "b64": True},
], ids=str)
def test_a_signed_token_with_another_header_is_refused(instance, forge, header):
    """Nothing else is taken for an access token (RFC 8725, RFC 9068)."""
    unauthorized(instance.client(forge(header=header)).get("/users/me"), "invalid_token")


def segment(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.shows("V3.5.2-3.5.3")
def test_a_token_with_another_signature_is_refused(instance, forge):
    header, payload, signature = forge().split(".")
    kid = jwt.get_unverified_header(f"{header}.{payload}.{signature}")["kid"]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    public = json.dumps({key: keys_of(instance)[0][key] for key in ("kty", "crv", "x", "y")})
    tokens = {
        "another key": forge(key=ec.generate_private_key(ec.SECP256R1())),
        "another key in the header": forge(key=ec.generate_private_key(ec.SECP256R1()),
                                           header={"jwk": json.loads(public)}),
        "another algorithm": forge(key=ec.generate_private_key(ec.SECP384R1()), algorithm="ES384"),
        "the public key as a shared secret": forge(key=public, algorithm="HS256"),
        "an empty shared secret": forge(key="", algorithm="HS256"),
        "no signature": f"{header}.{payload}.",
        "two parts": f"{header}.{payload}",
        "four parts": f"{header}.{payload}.{signature}.",
        "changed claims": f"{header}.{segment({**claims, 'exp': claims['exp'] + 1})}.{signature}",
        "changed header": f"{segment({'alg': 'ES256', 'typ': 'at+jwt', 'kid': kid, 'x': 1})}.{payload}.{signature}",
        "changed signature": f"{header}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        "cut signature": f"{header}.{payload}.{signature[:-4]}",
        "zero signature": f"{header}.{payload}.{'A' * len(signature)}",
        "no claims": f"{header}..{signature}",
    }
    for algorithm in ("none", "None", "NONE", "", None, 5):
        tokens[f"alg {algorithm!r}"] = f"{segment({'alg': algorithm, 'typ': 'at+jwt', 'kid': kid})}.{payload}."
    accepted = [what for what, token in tokens.items() if instance.client(token).get("/users/me").status_code != 401]
    assert accepted == []


@pytest.mark.shows("V3.5.2-3.5.3")
def test_a_token_stops_at_its_expiry_although_it_was_verified_before(instance, forge):
    client = instance.client(forge(exp=int(time.time()) + 4))
    ok(client.get("/users/me"))
    end = time.monotonic() + 10
    while client.get("/users/me").status_code == 200 and time.monotonic() < end:
        time.sleep(0.1)
    unauthorized(client.get("/users/me"), "invalid_token")


def test_rotated_signing_keys_leave_older_tokens_valid(instance, service):
    old = access_token(instance, service.key)
    old_kid = jwt.get_unverified_header(old)["kid"]
    kid = instance.installation.orgctl("signing-key", "rotate", "--quiet")
    assert kid != old_kid and [key["kid"] for key in keys_of(instance)][:2] == [kid, old_kid]
    end = time.monotonic() + 10
    new = access_token(instance, service.key)
    while jwt.get_unverified_header(new)["kid"] != kid and time.monotonic() < end:
        time.sleep(0.1)
        new = access_token(instance, service.key)
    assert jwt.get_unverified_header(new)["kid"] == kid
    for token in [old, new] * 10:  # whichever worker it reaches
        assert ok(instance.client(token).get("/users/me"))["id"] == service.id
    instance.installation.orgctl("signing-key", "prune")
    assert [key["kid"] for key in keys_of(instance)][:2] == [kid, old_kid]
    ok(instance.client(old).get("/users/me"))


# Deactivation counts with the very next request


def every_credential(instance, account):
    secret = account.key if hasattr(account, "key") else account.token
    return [instance.client(secret), instance.client(access_token(instance, secret))]


def assert_shut_out(instance, clients, secret):
    for client in clients:
        for method, path in (("GET", "/users/me"), ("GET", "/organizations"), ("GET", "/organizations/x"),
                             ("POST", "/organizations"),
                             ("PATCH", f"/organizations/{uuid.uuid4()}"), ("DELETE", f"/organizations/{uuid.uuid4()}")):
            unauthorized(client.request(method, path, json={"name": "x"} if method in ("POST", "PATCH") else None),
                         "invalid_token")
    oauth_error(login(instance, password=secret), 401, "invalid_client")


@pytest.mark.shows("API2")
@pytest.mark.parametrize("kind", ["user", "service-account", "token", "key"])
def test_a_deactivation_counts_at_once_and_revives_the_secret_alone(instance, owner, kind):
    if kind in ("user", "token"):
        account = instance.user()
        secret = account.token
    else:
        account = instance.service_account(instance.organization(owner)["id"], "admin")
        secret = account.key
    what = account.name if kind in ("user", "service-account") else credentials_of(instance, account)[0]["id"]
    for _ in range(2):
        clients = every_credential(instance, account)
        for client in clients * 8:  # so that every worker knows them
            ok(client.get("/users/me"))
        instance.installation.orgctl(kind, "deactivate", what)
        assert_shut_out(instance, clients * 8, secret)
        instance.installation.orgctl(kind, "activate", what)
        for client in clients[1:] * 8:
            unauthorized(client.get("/users/me"), "invalid_token")


@pytest.mark.parametrize("kind", ["service-account", "token", "key"])
def test_a_deletion_counts_at_once(instance, owner, kind):
    if kind == "token":
        account = instance.user()
        secret = account.token
    else:
        account = instance.service_account(instance.organization(owner)["id"], "admin")
        secret = account.key
    what = account.name if kind == "service-account" else credentials_of(instance, account)[0]["id"]
    clients = every_credential(instance, account)
    instance.installation.orgctl(kind, "delete", what)
    assert_shut_out(instance, clients, secret)


def test_one_key_less_leaves_the_others(instance, owner):
    account = instance.service_account(instance.organization(owner)["id"], "admin")
    first_id = credentials_of(instance, account)[0]["id"]
    second = instance.installation.orgctl("key", "create", "--service-account", account.name, "--name", "second",
                                          "--quiet")
    instance.installation.orgctl("key", "deactivate", first_id)
    unauthorized(account.client.get("/users/me"), "invalid_token")
    ok(instance.client(second).get("/users/me"))


# Rotation of API keys


def test_a_rotated_key_works_and_the_old_one_does_not(instance, owner):
    account = instance.service_account(instance.organization(owner)["id"], "viewer")
    key_id = credentials_of(instance, account)[0]["id"]
    old = every_credential(instance, account)
    new = instance.installation.orgctl("key", "rotate", key_id, "--quiet")
    assert new != account.key and uuid.UUID(bytes=base64.urlsafe_b64decode(new[7:])[:16]) == uuid.UUID(key_id)
    assert_shut_out(instance, old * 8, account.key)
    for secret in (new, access_token(instance, new)):
        ok(instance.client(secret).get("/users/me"))


def let_retention_end(instance, key_id):
    instance.installation.sql(
        f"UPDATE orgd.orgd_credentials SET retained_until = UTC_TIMESTAMP(6) WHERE id = UNHEX('{uuid.UUID(key_id).hex}')")


def test_a_retained_key_goes_on_until_its_time(instance, owner):
    """And so do the tokens made of it, whether before or after the rotation."""
    account = instance.service_account(instance.organization(owner)["id"], "viewer")
    key_id = credentials_of(instance, account)[0]["id"]
    old = every_credential(instance, account)
    new = instance.installation.orgctl("key", "rotate", key_id, "--retain", "5", "--quiet")
    old += every_credential(instance, account)
    current = [instance.client(secret) for secret in (new, access_token(instance, new))]
    for client in old + current:
        ok(client.get("/users/me"))
        ok(client.get("/organizations"))
    let_retention_end(instance, key_id)
    assert_shut_out(instance, old, account.key)
    for client in current:
        ok(client.get("/users/me"))
    newest = instance.installation.orgctl("key", "rotate", key_id, "--retain", "5", "--quiet")
    assert_shut_out(instance, old, account.key)
    for client in (*current, instance.client(newest)):
        ok(client.get("/users/me"))


def test_a_retained_key_that_was_deactivated_has_no_older_tokens(instance, owner):
    account = instance.service_account(instance.organization(owner)["id"], "viewer")
    key_id = credentials_of(instance, account)[0]["id"]
    new = instance.installation.orgctl("key", "rotate", key_id, "--retain", "5", "--quiet")
    tokens = [access_token(instance, secret) for secret in (account.key, new)]
    for verb in ("deactivate", "activate"):
        instance.installation.orgctl("key", verb, key_id)
    for token in tokens:
        unauthorized(instance.client(token).get("/users/me"), "invalid_token")
    for secret in (account.key, new):
        for client in (instance.client(secret), instance.client(access_token(instance, secret))):
            ok(client.get("/users/me"))

