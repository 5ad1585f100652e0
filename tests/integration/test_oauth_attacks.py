"""Attacks on access tokens, and what is left of secrets in the database and in logs. Points 24, 26, 27 and 29 of RFC
6750, 8725, 9068 and 9700."""

import base64
import concurrent.futures
import hashlib
import http.client
import random
import re
import urllib.parse
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from expect import error, ok, unauthorized, unique
from installation import Instance
from oauth import (PASSWORD, Browser, Device, Pkce, RegisteredClient, answer_of, code_for, confidential,  # noqa: F401
                   forget_attempts, is_accepted, person, person_of, public, sign_in, signed_in, tokens_for)
from processes import descendants

MUTATIONS = 10000
SEED = 6749
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
WINDOW = 20  # no name or id is as long in one piece of base64url as this and random too


@pytest.fixture(scope="module")
def service(instance):
    owner = instance.user()
    return instance.service_account(instance.organization(owner)["id"], "viewer")


def login(instance, service):
    return ok(instance.client().post("/auth/login", data={"password": service.key}))["access_token"]


# Mutations


def flip_bit(token, chance):
    octets = bytearray(token)
    octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(7)
    return bytes(octets)


def change_character(token, chance):
    at = chance.randrange(len(token))
    return token[:at] + chance.choice(BASE64URL + ".=+/~!\"%\u00e9").encode() + token[at + 1:]


def drop_characters(token, chance):
    at = chance.randrange(len(token))
    return token[:at] + token[at + chance.randint(1, 8):]


def insert_characters(token, chance):
    at = chance.randrange(len(token) + 1)
    return token[:at] + "".join(chance.choices(BASE64URL + ".=", k=chance.randint(1, 8))).encode() + token[at:]


def swap_characters(token, chance):
    at = chance.randrange(len(token) - 1)
    return token[:at] + token[at + 1:at + 2] + token[at:at + 1] + token[at + 2:]


def change_segments(token, chance):
    """Segments left out, doubled, in another order, or of another token."""
    segments = token.split(b".")
    what = chance.randrange(5)
    if what == 0:
        segments.pop(chance.randrange(3))
    elif what == 1:
        segments.insert(chance.randrange(4), chance.choice(segments))
    elif what == 2:
        chance.shuffle(segments)
    elif what == 3:
        segments[chance.randrange(3)] = b""
    else:
        segments[chance.randrange(3)] = base64.urlsafe_b64encode(chance.randbytes(chance.randint(1, 96))).rstrip(b"=")
    return b".".join(segments)


def change_header(token, chance):
    """Another algorithm, type, key, or something that would have to be understood."""
    header, payload, signature = token.split(b".")
    fields = jwt.get_unverified_header(token.decode())
    fields.update(chance.choice([
        {"alg": chance.choice(["none", "None", "HS256", "HS512", "RS256", "PS256", "ES384", "", 0, None, []])},
        {"typ": chance.choice(["JWT", "", None, 1, "id+jwt"])},
        {"kid": chance.choice(["", "x", None, 0, "../../dev/null"])},
        {"crit": chance.choice([[], ["exp"], ["b64"], "x"])}, {"jwk": {"kty": "oct", "k": "AA"}},
        {"jku": "https://evil.example/"},
        {"x5u": "https://evil.example/"}, {"x" * chance.randint(1, 9): chance.random()}]))
    text = repr(fields).replace("'", '"').replace("None", "null").encode()
    signature = chance.choice([signature, b"", signature[:-2]])
    return b".".join([base64.urlsafe_b64encode(text).rstrip(b"="), payload, signature])


MUTATORS = [flip_bit, change_character, drop_characters, insert_characters, swap_characters, change_segments,
            change_header]


def mutations(tokens, count):
    """Tokens that a header can hold and that are not one of the good ones, not even in other words: a header's value
    ends before blanks."""
    chance = random.Random(SEED)
    good = sorted(token.encode() for token in tokens)
    made = {b"", *good}
    while len(made) < count + 1 + len(good):
        mutated = chance.choice(MUTATORS)(chance.choice(good), chance)
        if chance.randrange(4) == 0 and len(mutated) > 1:
            mutated = chance.choice(MUTATORS[:5])(mutated, chance)
        if mutated.strip() not in made and not re.search(rb"[\x00-\x1f\x7f]", mutated):
            made.add(mutated.strip())
            yield mutated


def statuses_of(port, tokens):
    """Sends all of them over connections that are kept, and returns what was answered, with the token."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    answers = []
    for token in tokens:
        connection.request("GET", "/users/me", headers={"Authorization": b"Bearer " + token})
        response = connection.getresponse()
        response.read()
        answers.append((response.status, response.getheader("WWW-Authenticate"), token))
    connection.close()
    return answers


def pieces(secret):
    """Every piece of a secret that is long enough to be nothing else."""
    return {secret[at:at + WINDOW] for at in range(0, len(secret) - WINDOW + 1, 4)}


@pytest.mark.shows("API2", "OAuth 26")
def test_none_of_ten_thousand_mutated_tokens_gets_in(database):
    """RFC 8725, 3; RFC 9068, 4: no worker ends, and the logs hold nothing of them."""
    with Instance(database, "lighttpd", "", workers=4) as instance:
        service = instance.service_account(instance.organization(instance.user())["id"], "viewer")
        owner = person_of(instance)
        tokens = [login(instance, service),
                  tokens_for(sign_in(instance, owner), owner, RegisteredClient(instance))["access_token"]]
        assert all(is_accepted(instance, token) for token in tokens * 8)
        workers = descendants(instance.server.pid)
        mutated = list(mutations(tokens, MUTATIONS))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            parts = pool.map(lambda part: statuses_of(instance.server.port, part), [mutated[n::4] for n in range(4)])
            answers = [answer for part in parts for answer in part]
        assert len(answers) == MUTATIONS
        expected = (401, 'Bearer realm="orgd", error="invalid_token"')
        assert [answer for answer in answers if answer[:2] != expected] == []
        assert descendants(instance.server.pid) == workers and len(workers) >= 4
        assert all(is_accepted(instance, token) for token in tokens * 8)
        log = instance.log_text()
        assert log.count('"path":"/users/me"') > MUTATIONS
        for token in tokens:
            for segment in token.split("."):
                assert [piece for piece in pieces(segment) if piece in log] == []


def test_a_token_has_one_spelling(instance, service):
    """RFC 4648, 3.5: bits behind the last octet, padding, and what base64 but not base64url knows."""
    token = login(instance, service)
    others = [token[:-1] + letter for letter in BASE64URL if letter != token[-1]]
    others += [token + end for end in ("=", "==", ".", "..", "%3D")] + [token.replace(".", "=.")]
    for other in others:
        assert not is_accepted(instance, other), other
    assert is_accepted(instance, token)


# Tokens of others


@pytest.mark.shows("OAuth 26", "OAuth 27")
def test_a_token_for_somebody_else_is_refused(database, instance, service):
    """RFC 9068, 4 and 5; RFC 9700, 4.10.2: the same keys, the same user, another audience and issuer."""
    with Instance(database, "lighttpd", "", workers=2) as other:
        for one, two in ((instance, other), (other, instance)):
            token = login(one, service)
            assert is_accepted(one, token) and not is_accepted(two, token)


def test_a_token_signed_by_somebody_else_is_refused(instance, service):
    """RFC 8725, 3.1 and 3.10: a key that the token brings along, or names, is not ours."""
    good = login(instance, service)
    claims = jwt.decode(good, options={"verify_signature": False})
    stranger = ec.generate_private_key(ec.SECP256R1())
    numbers = stranger.public_key().public_numbers()
    own = {"kty": "EC", "crv": "P-256",
           **{name: base64.urlsafe_b64encode(value.to_bytes(32, "big")).rstrip(b"=").decode()
                                           for name, value in (("x", numbers.x), ("y", numbers.y))}}
    kid = jwt.get_unverified_header(good)["kid"]
    for headers in ({"kid": kid}, {"kid": kid, "jwk": own}, {"kid": "x", "jwk": own},
                    {"kid": kid, "jku": "https://evil.example/"},
                    {"kid": "x"}, {"kid": kid, "x5c": ["AA=="]}):
        forged = jwt.encode({**claims, "jti": str(uuid.uuid4())}, stranger, "ES256", {"typ": "at+jwt", **headers})
        unauthorized(instance.client(forged).get("/users/me"), "invalid_token")


# Where a token may be: RFC 6750, 2


@pytest.mark.shows("V3.1.1", "V13.1.1, V13.1.3", "OAuth 29")
def test_a_token_in_the_query_is_not_looked_at(instance, person, service):
    """RFC 6750, 2.3 and 3.1; RFC 9700, 4.3.2."""
    for token in (login(instance, service), person.token):
        for query in ("access_token=" + token, "x=y&access_token=" + token, "access%5Ftoken=" + token,
                      "token=" + token):
            unauthorized(instance.client().get("/users/me?" + query))
            unauthorized(instance.client().get("/organizations?" + query))


@pytest.mark.shows("OAuth 29")
@pytest.mark.parametrize("query", ["access_token={}", "x=y&access_token={}", "access%5Ftoken={}", "access_token=",
                                   "access_token=x", "access_token={}&access_token={}"])
def test_a_token_twice_is_an_invalid_request(instance, person, query):
    """RFC 6750, 2 and 3.1."""
    query = query.format(person.token, person.token)
    for path in ("/users/me", "/organizations", f"/organizations/{uuid.uuid4()}"):
        response = person.client.get(f"{path}?{query}")
        assert response.status_code == 400 and 'error="invalid_request"' in response.headers["WWW-Authenticate"]
        assert person.token not in response.text


def test_a_token_in_a_body_is_not_looked_at(instance, person):
    """RFC 6750, 2.2: bodies are JSON here, and say nothing of who sends them."""
    name = unique("name")
    unauthorized(instance.client().post("/organizations", json={"name": name, "access_token": person.token}))
    response = instance.client().post("/organizations", data={"name": name, "access_token": person.token})
    assert response.status_code in (401, 415)
    error(person.client.get("/organizations/" + urllib.parse.quote(name)), 404, "KeyError")


def test_what_people_and_clients_hold_is_no_access_token(instance, person, signed_in, confidential):
    """RFC 9068, 5: a secret of one kind is not accepted as another."""
    pkce = Pkce()
    tokens = tokens_for(signed_in, person, confidential)
    device = Device(instance)
    for secret in (tokens["refresh_token"], confidential.secret, code_for(signed_in, person, confidential, pkce),
                   signed_in.session.cookies["orgd_session"], device.started["device_code"], device.user_code,
                   PASSWORD):
        unauthorized(instance.client(secret).get("/users/me"), "invalid_token")
        for kind in ("ORGKEY_", "ORGPAT_"):
            unauthorized(instance.client(kind + secret[7:]).get("/users/me"), "invalid_token")
    cookies = {"orgd_session": signed_in.session.cookies["orgd_session"]}
    unauthorized(instance.client().get("/users/me", cookies=cookies))


# What is left behind


def every_flow(instance):
    """Uses every secret there is, also in places where it does not belong, and returns them by name."""
    forget_attempts(instance)
    person = person_of(instance, password="a password of " + unique("its own"))
    password = "yet another of " + unique("its own")
    instance.installation.orgctl("user", "set", person.name, "--password", input=password)
    browser = sign_in(instance, person, password)
    client, public = RegisteredClient(instance, confidential=True), RegisteredClient(instance)
    service = instance.service_account(instance.organization(instance.user())["id"], "viewer")
    pkce = Pkce()
    code = code_for(browser, person, client, pkce)
    unused = code_for(browser, person, public, Pkce())
    first = ok(client.redeem(code, pkce))
    second = ok(client.refresh(first["refresh_token"]))
    device = Device(instance)
    device.decide(browser)
    third = ok(device.poll())
    pending = Device(instance)
    found = {"password": password, "client secret": client.secret, "code": code, "unused code": unused,
             "verifier": pkce.verifier, "session": browser.session.cookies["orgd_session"],
             "browser": browser.session.cookies["orgd_browser"], "device code": device.started["device_code"],
             "pending device code": pending.started["device_code"], "user code": device.user_code,
             "pending user code": pending.user_code, "API key": service.key, "personal token": person.token,
             "service's token": login(instance, service)}
    for number, tokens in enumerate((first, second, third)):
        found[f"access token {number}"] = tokens["access_token"]
        found[f"refresh token {number}"] = tokens["refresh_token"]
    client.introspect(second["access_token"])
    client.introspect(second["refresh_token"])
    for name, secret in found.items():  # in every wrong place
        instance.client(secret).get("/users/me")
        for path in ("/auth/token", "/auth/login", "/auth/revoke", "/auth/introspect", "/auth/device_authorization"):
            for form in ({"token": secret, "client_id": secret, "client_secret": secret}, {"grant_type": secret},
                         {"grant_type": "refresh_token", "refresh_token": secret, "client_id": public.id},
                         {"grant_type": "authorization_code", "code": secret, "client_id": public.id,
                          "code_verifier": secret}):
                instance.client().post(path, data=form)
            instance.client().post(f"{path}?password={urllib.parse.quote(secret)}", data={"x": "y"})
        instance.client().get("/users/me", params={"access_token": secret})
        browser.get("/auth/device?" + urllib.parse.urlencode({"user_code": secret}))
        browser.get(public.request(Pkce(), state=secret, scope=secret, code_challenge=secret))
        stranger = Browser(instance.url)
        stranger.get("/auth/sign-in")
        stranger.submit(username=person.name, password=secret)
    forget_attempts(instance)
    return found


@pytest.fixture(scope="module")
def used(instance):
    return every_flow(instance)


@pytest.mark.shows("V7.1.1-7.1.2")
def test_no_secret_is_logged(instance, used):
    """Neither whole nor in pieces, by the workers or by the web server, whose log is the same file."""
    log = instance.log_text()
    assert log.count("\n") > 500
    for name, secret in used.items():
        for text in {secret, urllib.parse.quote(secret), urllib.parse.quote_plus(secret)} | pieces(secret):
            assert text not in log, name


def dump(instance):
    """Every value of every column of every table, as bytes."""
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'orgd'"
    for (table,) in instance.installation.sql(tables):
        for row in instance.installation.sql(f"SELECT * FROM orgd.`{table}`"):
            for value in row:
                if isinstance(value, (bytes, str)):
                    yield table, value if isinstance(value, bytes) else value.encode()


@pytest.mark.shows("V2.9.1, V2.10.4", "OAuth 24")
def test_no_secret_is_stored_but_hashed(instance, used):
    """RFC 6749, 10.3 and 10.10; RFC 9700, 4.14: reading the database lets nobody sign in."""
    values = list(dump(instance))
    tables = {table for table, _ in values}
    assert {"orgd_passwords", "orgd_clients", "orgd_credentials", "orgd_authorization_codes", "orgd_device_codes"} <= tables
    everything = b"\n".join(value for _, value in values)
    for name, secret in used.items():
        if name.startswith(("access token", "service's token")):
            # The header is no secret, and the same in the signatures of events.
            searched = [piece.encode() for segment in secret.split(".")[1:] for piece in pieces(segment)]
        else:
            searched = [secret.encode(), secret.lower().encode()]
            searched += [secret.replace("-", "").encode()] if "user code" in name else []
            searched += [base64.b64encode(secret.encode()), secret.encode().hex().encode()]
        if secret.startswith("ORG"):
            random_part = base64.urlsafe_b64decode(secret[7:])[16:]
            # A refresh token has a number before its keyed digest.
            searched += [part for random in (random_part, random_part[8:]) for part in (random, random.hex().encode())]
            searched += [secret[-43:].encode()]
        for text in searched:
            assert text not in everything, name
    digests = {value for _, value in values if len(value) == 32}
    for name in ("client secret", "unused code", "session", "pending device code", "API key"):
        assert hashlib.sha256(used[name].encode()).digest() in digests, name
    hashes = [value for table, value in values if table == "orgd_passwords" and len(value) > 16]
    assert hashes and all(value.startswith(b"$") for value in hashes)


def test_mix_up_is_visible_to_the_client(instance, signed_in, public):
    """RFC 9207, 2.4; RFC 9700, 4.4: the answer names the issuer, and a code of another server is worth nothing here."""
    signed_in.get(public.request(Pkce()))
    answer = answer_of(signed_in.submit(decision="allow"))
    metadata = ok(instance.client().get("/.well-known/oauth-authorization-server"))
    assert answer["iss"] == metadata["issuer"] == instance.url
    assert public.redeem("SplxlOBeZQQYbYS6WxSbIA", Pkce()).json()["error"] == "invalid_grant"
