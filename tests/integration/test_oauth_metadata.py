"""What the authorization server says of itself, and its keys. Points 25, 28 and 31 of RFC 8414, 7517, 9068 and 9207."""

import collections
import json
import threading
import time

import jwt
import pytest
import requests

from expect import ok
from installation import Instance
from oauth import (DEVICE_GRANT, Device, Pkce, RegisteredClient, answer_of, code_for, confidential,  # noqa: F401
                   forget_attempts, is_accepted, page_of, person, public, sign_in, signed_in, tokens_for)
from processes import wait_until

METADATA = "/.well-known/oauth-authorization-server"


@pytest.fixture(scope="module")
def metadata(instance):
    return ok(instance.client().get(METADATA))


@pytest.fixture(scope="module")
def service(instance):
    owner = instance.user()
    return instance.service_account(instance.organization(owner)["id"], "viewer")


def login(instance, service):
    return ok(instance.client().post("/auth/login", data={"password": service.key}))["access_token"]


def jwks(instance):
    return ok(instance.client().get("/.well-known/jwks.json"))["keys"]


def verified(instance, token):
    """The claims of a token as somebody sees it who knows nothing but the published keys."""
    header = jwt.get_unverified_header(token)
    key, = [key for key in jwks(instance) if key["kid"] == header["kid"]]
    return jwt.decode(token, jwt.PyJWK(key, algorithm=header["alg"]).key, algorithms=[key["alg"]],
                      audience=instance.url,
                      issuer=instance.url)


# The document: RFC 8414


@pytest.mark.shows("OAuth 31")
def test_the_document_names_this_server(instance, metadata):
    """RFC 8414, 2, 3.2 and 3.3: the issuer is identical to the one it was asked at; every URL begins with it."""
    response = instance.client().get(METADATA)
    assert response.headers["Content-Type"] == "application/json"
    assert metadata["issuer"] == instance.url
    urls = {key: value for key, value in metadata.items() if key.endswith(("_endpoint", "_uri"))}
    assert sorted(urls) == ["authorization_endpoint", "device_authorization_endpoint", "introspection_endpoint",
                            "jwks_uri",
                            "revocation_endpoint", "token_endpoint"]
    assert all(url.startswith(instance.url + "/") for url in urls.values())
    assert None not in metadata.values() and [] not in metadata.values() and "" not in metadata.values()


def test_it_says_what_the_standards_want_said(metadata):
    """RFC 9700, 2.1.1 (PKCE methods); RFC 9207, 3 (iss); RFC 8628, 4; RFC 6749: nothing but the code."""
    assert metadata["response_types_supported"] == ["code"] and metadata["response_modes_supported"] == ["query"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert sorted(metadata["grant_types_supported"]) == sorted(["authorization_code", "refresh_token",
                                                                "client_credentials", DEVICE_GRANT])
    for endpoint in ("token", "revocation"):
        assert sorted(metadata[f"{endpoint}_endpoint_auth_methods_supported"]) == ["client_secret_basic",
                                                                                   "client_secret_post", "none"]
    assert sorted(metadata["introspection_endpoint_auth_methods_supported"]) == ["client_secret_basic",
                                                                                 "client_secret_post"]


@pytest.mark.shows("OAuth 31")
def test_every_grant_and_method_is_true(instance, person, signed_in, metadata, public, confidential, service):
    """RFC 8414, 2: what it announces works, at the addresses it announces."""
    forget_attempts(instance)

    def post(endpoint, client, method, **form):
        auth = requests.auth.HTTPBasicAuth(client.id, client.secret) if method == "client_secret_basic" else None
        if method != "client_secret_basic":
            form["client_id"] = client.id
        if method == "client_secret_post":
            form["client_secret"] = client.secret
        return requests.post(metadata[endpoint + "_endpoint"], data=form, auth=auth, timeout=30)

    for method in metadata["token_endpoint_auth_methods_supported"]:
        client = public if method == "none" else confidential
        pkce = Pkce()
        tokens = ok(post("token", client, method, grant_type="authorization_code", code_verifier=pkce.verifier,
                         code=code_for(signed_in, person, client, pkce), redirect_uri=client.redirect_uri))
        tokens = ok(post("token", client, method, grant_type="refresh_token", refresh_token=tokens["refresh_token"]))
        assert is_accepted(instance, tokens["access_token"])
        if method in metadata["introspection_endpoint_auth_methods_supported"]:
            assert ok(post("introspection", client, method, token=tokens["access_token"]))["active"] is True
        assert post("revocation", client, method, token=tokens["access_token"]).status_code == 200
        assert not is_accepted(instance, tokens["access_token"])
    service.secret = service.key
    assert is_accepted(instance, ok(post("token", service, "client_secret_basic",
                                         grant_type="client_credentials"))["access_token"])
    device = Device(instance)
    assert device.started["verification_uri"].startswith(metadata["issuer"])
    device.decide(signed_in)
    assert is_accepted(instance, ok(post("token", type("Unregistered", (), {"id": device.client_id}), "none",
                                         grant_type=DEVICE_GRANT,
                                         device_code=device.started["device_code"]))["access_token"])
    forget_attempts(instance)


@pytest.mark.shows("OAuth 10")
def test_iss_is_in_every_answer_as_announced(instance, signed_in, metadata, public):
    """RFC 9207, 2 and 2.4: what protects a client from mix-up."""
    for changes, decision in (({}, "allow"), ({}, "deny"), ({"response_type": "x"}, None)):
        response = signed_in.get(public.request(Pkce(), **changes))
        response = signed_in.submit(decision=decision) if decision else response
        assert answer_of(response, public.redirect_uri)["iss"] == metadata["issuer"]


# Under a prefix: RFC 8414, 3.1


MOUNT = "/api/v1"


@pytest.fixture(scope="module")
def mounted(database):
    with Instance(database, "lighttpd", MOUNT, workers=2) as started:
        yield started


@pytest.mark.shows("OAuth 31")
def test_the_issuers_path_comes_behind_the_well_known_one(mounted):
    """RFC 8414, 3.1, as the sample configuration says how."""
    origin = mounted.url.removesuffix(MOUNT)
    document = ok(requests.get(f"{origin}{METADATA}{MOUNT}", timeout=30))
    assert document["issuer"] == mounted.url
    assert document == ok(mounted.client().get(METADATA))
    assert requests.get(f"{origin}{METADATA}", timeout=30).status_code == 404
    assert requests.get(f"{origin}{METADATA}{MOUNT}0", timeout=30).status_code == 404


def test_a_whole_flow_under_a_prefix(mounted, person):
    client = RegisteredClient(mounted)
    browser = sign_in(mounted, person)
    pkce = Pkce()
    browser.get(client.request(pkce))
    answer = answer_of(browser.submit(decision="allow"), client.redirect_uri)
    assert answer["iss"] == mounted.url
    tokens = ok(client.redeem(answer["code"], pkce))
    assert verified(mounted, tokens["access_token"])["sub"] == person.id
    assert is_accepted(mounted, tokens["access_token"])
    device = Device(mounted)
    assert device.started["verification_uri"] == mounted.url + "/auth/device"
    device.decide(browser)
    ok(device.poll())
    browser.get(MOUNT + "/auth/sign-in")
    page_of(browser.submit(), 200)
    forget_attempts(mounted)


# Keys and tokens: RFC 7517, 9068


@pytest.mark.shows("OAuth 28")
def test_keys_are_published_without_what_is_private(instance):
    """RFC 7517, 4; RFC 7518, 6: nothing but the members of a public key."""
    response = instance.client().get("/.well-known/jwks.json")
    assert response.headers["Content-Type"] in ("application/json", "application/jwk-set+json")
    keys = ok(response)["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) >= 1
    for key in keys:
        public = {"EC": {"crv", "x", "y"}, "RSA": {"n", "e"}}[key["kty"]]
        assert set(key) - {"use", "key_ops"} == {"kty", "kid", "alg"} | public
        assert key["alg"] == {"EC": "ES256", "RSA": "RS256"}[key["kty"]]
    private = json.loads(instance.installation.signing_keys.read_text("utf-8"))["keys"]
    for key in private:
        assert key.get("d", "missing") not in response.text


@pytest.mark.shows("OAuth 25")
def test_a_token_says_all_that_it_must(instance, person, signed_in, public, service):
    """RFC 9068, 2.1 and 2.2."""
    tokens = tokens_for(signed_in, person, public)
    for token, subject, client in ((tokens["access_token"], person.id, public.id),
                                   (login(instance, service), service.id, None)):
        assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
        claims = verified(instance, token)
        assert claims["iss"] == claims["aud"] == instance.url and claims["sub"] == subject
        assert client is None or claims["client_id"] == client
        assert abs(claims["iat"] - time.time()) < 30 and claims["exp"] == claims["iat"] + 3600 and claims["jti"]
    ids = {verified(instance, login(instance, service))["jti"] for _ in range(5)}
    assert len(ids) == 5


def rotate(instance, algorithm):
    return instance.installation.orgctl("signing-key", "rotate", "--alg", algorithm, "--quiet")


def wait_for_key(instance, service, kid):
    """Until every worker signs with it."""
    wait_until(lambda: all(jwt.get_unverified_header(login(instance, service))["kid"] == kid for _ in range(24)),
               f"key {kid}", pause=0.1)


@pytest.mark.shows("OAuth 25")
def test_rs256_signs_and_verifies_too(instance, service):
    """RFC 9068, 2.1: RS256 must be supported; tokens of the key before it go on."""
    before = login(instance, service)
    try:
        wait_for_key(instance, service, rotate(instance, "RS256"))
        token = login(instance, service)
        assert jwt.get_unverified_header(token)["alg"] == "RS256"
        assert verified(instance, token)["sub"] == service.id
        assert is_accepted(instance, token) and is_accepted(instance, before)
    finally:
        wait_for_key(instance, service, rotate(instance, "ES256"))
    for accepted in (before, token) * 6:
        assert is_accepted(instance, accepted) and verified(instance, accepted)


@pytest.mark.shows("OAuth 28")
def test_keys_rotate_under_load_without_one_failed_request(instance, person, signed_in, public, service):
    """Who signs in, refreshes, asks with old tokens, and reads the published keys notices nothing."""
    refreshed = tokens_for(signed_in, person, public)
    first = login(instance, service)
    kids, failures, counts, over = set(), [], collections.Counter(), threading.Event()

    def by_service():
        client = instance.client()
        token = ok(client.post("/auth/login", data={"password": service.key}))["access_token"]
        kids.add(jwt.get_unverified_header(token)["kid"])
        for used in (token, first):
            ok(client.get("/users/me", headers={"Authorization": f"Bearer {used}"}))

    def by_refresh():
        nonlocal refreshed
        refreshed = ok(public.refresh(refreshed["refresh_token"]))
        ok(instance.client(refreshed["access_token"]).get("/users/me"))

    def by_keys():
        verified(instance, login(instance, service))

    def repeat(action):
        while not over.is_set():
            try:
                action()
            except Exception as exception:  # a failed assertion, or a connection
                failures.append(f"{action.__name__}: {exception!r}")
            counts[action.__name__] += 1

    threads = [threading.Thread(target=repeat, args=[action])
               for action in (by_service, by_service, by_refresh, by_keys)]
    for thread in threads:
        thread.start()
    try:
        rotated = []
        for algorithm in ("ES256", "RS256", "ES256", "RS256", "ES256"):
            time.sleep(0.3)
            rotated.append(rotate(instance, algorithm))
            wait_until(lambda: rotated[-1] in kids or failures, "the new key to sign")
        instance.installation.orgctl("signing-key", "prune")
        time.sleep(1.2)  # each worker looks at the file once a second
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert set(rotated) <= kids and all(count > 10 for count in counts.values()) and len(counts) == 3
    assert is_accepted(instance, first)
