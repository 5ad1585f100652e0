"""Sections 1 and 2: paths, methods, headers, bodies, and every fault's name."""

import json
import re
import uuid

import pytest

from expect import TIME, error, faults, id_in, logged, ok, organization, places, unauthorized, unique

ORIGIN = "https://app.example.org"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


@pytest.fixture(scope="module")
def org(instance, owner):
    return instance.organization(owner)


# Paths and methods

METHODS = {
    "/organizations": "GET, HEAD, POST, OPTIONS",
    "/organizations/x": "GET, HEAD, PATCH, DELETE, OPTIONS",
    "/users/me": "GET, HEAD, OPTIONS",
    "/auth/login": "POST, OPTIONS",
    "/health": "GET, HEAD, OPTIONS",
    "/health/ready": "GET, HEAD, OPTIONS",
    "/openapi.json": "GET, HEAD, OPTIONS",
    "/": "GET, HEAD, OPTIONS",
    "/docs": "GET, HEAD, OPTIONS",
}


@pytest.mark.shows("API9")
@pytest.mark.parametrize("path", ["/x", "/docs/x", "/organization", "/organizations/a/b", "/Organizations", "/users/a/b", "/users/me/x",
                                  "/auth", "/health/x",
                                  "/openapi.json/x", "/organizations/" + "x/" * 50, "/%2Forganizations"])
def test_an_unknown_path_is_404_for_everybody(instance, owner, path):
    for client in (instance.client(), owner.client):
        for method in ("GET", "POST", "OPTIONS"):
            response = client.request(method, path)
            error(response, 404, "KeyError")
            assert response.headers["Cache-Control"] == "private, no-cache"


OAUTH = ["/auth/login"]  # its refusals have the form of RFC 6749: test_oauth_strict.py


@pytest.mark.shows("V13.2.1-13.2.3")
@pytest.mark.parametrize("path", METHODS)
def test_a_known_path_with_another_method_is_405_with_allow(instance, path):
    allowed = METHODS[path].split(", ")
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(allowed):
        for suffix in ("", "/", "?x=y"):
            response = instance.client().request(method, path + suffix)
            if path in OAUTH:
                assert (response.status_code, response.json()["error"]) == (405, "invalid_request")
            else:
                error(response, 405, "MethodNotAllowed")
            assert response.headers["Allow"] == METHODS[path]
            assert response.headers["Cache-Control"] == ("no-store" if path == "/auth/login" else "private, no-cache")


@pytest.mark.parametrize("path", METHODS)
def test_options_answers_204_with_allow(instance, path):
    response = instance.client().options(path)
    assert response.headers.get("Accept-Patch") == ("application/json" if "PATCH" in METHODS[path] else None)
    assert (response.status_code, response.content, response.headers["Allow"]) == (204, b"", METHODS[path])
    assert "Access-Control-Allow-Methods" not in response.headers


@pytest.mark.parametrize("path", [path for path, methods in METHODS.items() if "HEAD" in methods])
def test_head_works_wherever_get_does(owner, path):
    get, head = owner.client.get(path), owner.client.head(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


# CORS

PUBLIC = ["/", "/docs", "/openapi.json", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server"]


@pytest.mark.parametrize("path", METHODS)
def test_a_preflight_of_a_listed_origin_is_allowed(instance, path):
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET",
               "Access-Control-Request-Headers": "authorization, if-match"}
    response = instance.client().options(path, headers=headers)
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == ("*" if path in PUBLIC else ORIGIN)
    assert response.headers["Access-Control-Allow-Methods"] == METHODS[path]
    allowed = response.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"authorization", "content-type", "if-match", "if-none-match", "x-request-id", "x-requested-with",
            "traceparent", "tracestate", "idempotency-key"} <= set(allowed)
    assert int(response.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("origin", ["https://evil.example.org", "http://app.example.org", ORIGIN + ":444",
                                    ORIGIN + ".evil.org", "https://app", "null", "*"])
def test_other_origins_are_not(instance, owner, origin):
    preflight = instance.client().options("/organizations",
                                          headers={"Origin": origin, "Access-Control-Request-Method": "GET"})
    for response in (preflight, owner.client.get("/organizations", headers={"Origin": origin})):
        assert not [name for name in response.headers if name.lower().startswith("access-control-")]
        assert response.headers["Vary"] == "Origin"


def test_a_script_may_read_the_headers_it_needs_in_errors_too(instance, owner):
    for client in (owner.client, instance.client()):
        response = client.get("/organizations", headers={"Origin": ORIGIN})
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        exposed = set(response.headers["Access-Control-Expose-Headers"].lower().split(", "))
        assert {"etag", "link", "content-location", "x-total-count", "x-request-id", "retry-after", "www-authenticate",
                "allow"} <= exposed
        assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("method, path, status", [("GET", "/nothing", 404), ("PUT", "/organizations", 405),
                                                  ("GET", "/organizations/x/y/z", 404), ("PUT", "/auth/sign-in", 405),
                                                  ("DELETE", "/auth/token", 405), ("PUT", "/openapi.json", 405)])
def test_a_script_may_read_why_a_path_or_a_method_is_refused(instance, method, path, status):
    response = instance.client().request(method, path, headers={"Origin": ORIGIN})
    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] in (ORIGIN, "*")
    assert "allow" in response.headers["Access-Control-Expose-Headers"].lower().split(", ")


@pytest.mark.parametrize("path", PUBLIC)
def test_any_origin_may_read_what_is_the_same_for_everybody(instance, path):
    for origin in (ORIGIN, "https://elsewhere.example", "null"):
        headers = {"Origin": origin}
        response = instance.client().get(path, headers=headers)
        assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (200, "*")
        preflight = instance.client().options(path, headers={**headers, "Access-Control-Request-Method": "GET"})
        assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, "*")
        assert "GET" in preflight.headers["Access-Control-Allow-Methods"]
        assert "x-requested-with" in preflight.headers["Access-Control-Allow-Headers"].lower()
    for path in ("/health", "/organizations", "/auth/sign-in"):
        response = instance.client().get(path, headers={"Origin": "https://elsewhere.example"})
        assert "Access-Control-Allow-Origin" not in response.headers


# Headers of every response


def every_kind_of_response(instance, owner, headers=None):
    anonymous, options = instance.client(), {"headers": headers or {}}
    yield 200, owner.client.get("/organizations", **options)
    yield 200, anonymous.get("/health", **options)
    yield 200, anonymous.head("/health", **options)
    yield 204, anonymous.options("/organizations", **options)
    yield 304, owner.client.get("/organizations/" + ok(owner.client.get("/organizations?limit=1"))[0]["id"],
                                headers={"If-None-Match": "*", **options["headers"]})
    yield 401, anonymous.get("/organizations", **options)
    yield 404, anonymous.get("/nowhere", **options)
    yield 405, anonymous.delete("/organizations", **options)
    yield 415, owner.client.post("/organizations", data=b"x", **options)
    yield 422, owner.client.get("/organizations?limit=x", **options)
    yield 400, anonymous.post("/auth/login", data={"grant_type": "x", "client_secret": "y"}, **options)


@pytest.mark.shows("V14.4.1-14.4.7")
def test_every_response_carries_a_fresh_request_id_and_nosniff(instance, owner, org):
    seen = set()
    for status, response in every_kind_of_response(instance, owner):
        assert response.status_code == status
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert str(uuid.UUID(response.headers["X-Request-Id"])) == response.headers["X-Request-Id"]
        seen.add(response.headers["X-Request-Id"])
    assert len(seen) == 11


def test_the_clients_own_request_id_comes_back_and_is_logged(instance, owner, org):
    request_id = "Client_1.2-" + uuid.uuid4().hex
    statuses = []
    for status, response in every_kind_of_response(instance, owner, {"X-Request-Id": request_id}):
        assert response.headers["X-Request-Id"] == request_id
        statuses.append(status)
    lines = logged(instance, request_id, len(statuses))
    assert {line["request_id"] for line in lines} == {request_id}
    assert sorted(line["status"] for line in lines) == sorted(statuses)


@pytest.mark.parametrize("given", ["x" * 65, "a b", "ü".encode(), "a/b", "a:b", "<script>", "\"", ""])
def test_another_request_id_is_replaced(instance, given):
    response = instance.client().get("/health", headers={"X-Request-Id": given})
    uuid.UUID(response.headers["X-Request-Id"])


@pytest.mark.parametrize("given", ["x", "x" * 64, "A-Z.a_z-0.9"])
def test_a_request_id_at_its_limits_is_kept(instance, given):
    assert instance.client().get("/health", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.shows("V7.1.3, V7.2.1")
def test_the_access_line_tells_what_happened(instance, owner, org):
    request_id = uuid.uuid4().hex
    response = owner.client.get(f"/organizations/{org['id']}?include_subscription_status=true",
                                headers={"X-Request-Id": request_id})
    line, = logged(instance, request_id, 1)
    assert TIME.fullmatch(line.pop("time")) and line.pop("duration_us") > 0 and line.pop("pid") > 1
    assert line == {"level": "info", "program": "orgd", "request_id": request_id, "event": "request", "method": "GET",
                    "path": "/organizations/" + org["id"], "status": 200, "bytes": len(response.content),
                    "address": "127.0.0.1", "account_id": owner.id, "credential_id": id_in(owner.token),
                    "action": None}


@pytest.mark.shows("V7.1.1-7.1.2")
def test_no_log_line_holds_a_credential(instance, owner, org):
    jwt = ok(instance.client().post("/auth/login", data={"password": owner.token}))["access_token"]
    ok(instance.client(jwt).get("/organizations"))
    request_id = uuid.uuid4().hex
    refused = instance.client(owner.token[:-1] + "!").get("/organizations?token=" + owner.token,
                                                          headers={"X-Request-Id": request_id})
    unauthorized(refused, "invalid_token")
    logged(instance, request_id, 1)
    log = instance.log_text()
    for secret in (owner.token, jwt, owner.token[7:]):
        assert secret not in log


@pytest.mark.shows("V8.1.1, V8.2.1")
@pytest.mark.parametrize("path, expected", [("/organizations", "private, no-cache"), ("/users/me", "private, no-cache"),
                                            ("/health", "no-store"),
                                            ("/health/ready", "no-store"),
                                            ("/organizations/nobody", "private, no-cache")])
def test_cache_control(owner, path, expected):
    assert owner.client.get(path).headers["Cache-Control"] == expected


@pytest.mark.shows("V8.1.1, V8.2.1")
def test_what_holds_a_credential_is_not_stored(instance, owner):
    for data in ({"password": owner.token}, {"password": "wrong"}):
        assert instance.client().post("/auth/login", data=data).headers["Cache-Control"] == "no-store"


@pytest.mark.shows("API8", "V7.4.1-7.4.2", "V14.3.2-14.3.3")
def test_a_bug_is_a_500_that_tells_nothing(instance, owner, org):
    """A missing table is an example of a bug: the cause is logged, and no client sees it."""
    request_id = uuid.uuid4().hex
    instance.installation.sql("RENAME TABLE orgd.orgd_organizations TO orgd.hidden")
    try:
        response = owner.client.get("/organizations/" + org["id"], headers={"X-Request-Id": request_id})
    finally:
        instance.installation.sql("RENAME TABLE orgd.hidden TO orgd.orgd_organizations")
    sentence = error(response, 500, "RuntimeError")
    assert not re.search("organizations|table|sql|maria|select|/", sentence, re.IGNORECASE)
    cause, access = logged(instance, request_id, 2)
    assert cause["level"] == "error" and "organizations" in cause["message"] and access["status"] == 500
    assert ok(owner.client.get("/organizations/" + org["id"])) == org


# Bodies


@pytest.mark.shows("V13.1.4-13.1.5")
@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded",
                                        "multipart/form-data; boundary=x", "application/jsonx",
                                        "application/merge-patch+json", "json"])
def test_another_media_type_is_415(owner, org, media_type):
    headers = {} if media_type is None else {"Content-Type": media_type}
    error(owner.client.post("/organizations", data=b"{}", headers=headers), 415, "UnsupportedMediaType")
    error(owner.client.patch("/organizations/" + org["id"], data=b"{}", headers=headers), 415, "UnsupportedMediaType")


@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=utf-8",
                                        "Application/JSON;charset=UTF-8", "application/json ;x=y"])
def test_json_is_taken_with_any_parameters(owner, org, media_type):
    ok(owner.client.patch("/organizations/" + org["id"], data=b"{}", headers={"Content-Type": media_type}))


def padded(size):
    body = json.dumps({"description": "padded", "padding": ""}).encode()
    return body.replace(b'""', b'"' + b"x" * (size - len(body)) + b'"')


def test_a_body_of_max_body_is_read_and_one_byte_more_is_413(owner, org):
    path = "/organizations/" + org["id"]
    assert len(padded(65536)) == 65536
    ok(owner.client.patch(path, data=padded(65536), headers=JSON))
    for size in (65537, 200000):
        error(owner.client.patch(path, data=padded(size), headers=JSON), 413, "ContentTooLarge")


NEST = b'{"name": "x", "deep": %s}'


@pytest.mark.shows("V5.5.3-5.5.4")
@pytest.mark.parametrize("body", [
    b"{", b"}", b"nonsense", b"{'name': 1}", b'{"name": "a"} x', b'{"name": "a"}{}', b'{"name": "a", "name": "b"}',
    b'{"x": {"y": 1, "y": 2}}',
    b'{"name": "\xff"}', b'{"name": "\xc3"}', b'{"name": "\xed\xa0\x80"}', b'{"name": "\\ud800"}', b'{"name": "a\nb"}',
    b'{"name": NaN}', b'{"name": 01}',
    b'\xef\xbb\xbf{"name": "a"}', b'{"name": "a",}', b'{"x": tru}', b" ", b"\0", b'{"name": "a"}\0',
    NEST % (b"[" * 32 + b"]" * 32),
    NEST % (b"[" * 3000 + b"]" * 3000), '{"name": "a"}'.encode("utf-16"), b'{"name": "a" /* b */}',
], ids=lambda body: repr(body)[2:24])
def test_what_is_not_strict_json_is_json_invalid(owner, body):
    fault, = faults(owner.client.post("/organizations", data=body, headers=JSON))
    assert (fault["type"], fault["msg"], fault["input"]) == ("json_invalid", "JSON decode error", {})
    assert fault["loc"][0] == "body" and isinstance(fault["loc"][1], int) and 0 <= fault["loc"][1] <= len(body)
    assert isinstance(fault["ctx"]["error"], str)


@pytest.mark.shows("V5.5.3-5.5.4")
def test_json_may_be_nested_32_deep(owner):
    deep = json.loads("[" * 31 + "]" * 31)
    organization(owner.client.post("/organizations", json={"name": unique(), "deep": deep}))


def test_an_empty_body_is_missing(owner, org):
    for response in (owner.client.post("/organizations", headers=JSON),
                     owner.client.patch("/organizations/" + org["id"], data=b"", headers=JSON),
                     owner.client.post("/organizations", data=b"null", headers=JSON)):
        assert faults(response) == [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}]


NUMBERS = ["9223372036854775808", "-9223372036854775809", "1" + "0" * 250, "1" + "0" * 400, "1e400", "-1E+999999", "[[18446744073709551616]]"]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:12])
def test_a_number_that_no_machine_holds_is_no_fault_where_nobody_reads_it(owner, org, number):
    path = "/organizations/" + org["id"]
    body = f'{{"unread": {number}, "description": "\\"{number[:99]}", "more": {{"x": [{number}]}}}}'
    assert ok(owner.client.patch(path, data=body, headers=JSON))["description"] == '"' + number[:99]
    assert places(owner.client.patch(path, data=f'{{"name": {number}}}', headers=JSON)) == [("string_type", ["body", "name"])]
    assert places(owner.client.patch(path, data=body + "x", headers=JSON))[0][0] == "json_invalid"


@pytest.mark.parametrize("body", [[], "text", 5, True, [{"name": "x"}]], ids=str)
def test_a_body_must_be_an_object(owner, body):
    assert faults(owner.client.post("/organizations", json=body)) == [{
        "type": "model_attributes_type", "loc": ["body"], "input": body,
        "msg": "Input should be a valid dictionary or object to extract fields from"}]


# Fields: value, type, message (or how it begins), ctx (or None), and where inside the field

LINK = {"title": "x", "url": "http://example.org/"}
AN_ID = "01234567-89ab-4cde-8f01-23456789abcd"


def too_long(maximum):
    return "string_too_long", f"String should have at most {maximum} characters", {"max_length": maximum}


TOO_SHORT = ("string_too_short", "String should have at least 1 character", {"min_length": 1})
NO_STRING = ("string_type", "Input should be a valid string", None)
CONTROL = ("value_error", "Value error, a name has no control characters",
           {"error": "a name has no control characters"})
OUTER = ("value_error", "Value error, a name does not start or end with white space",
         {"error": "a name does not start or end with white space"})
def refused_name(sentence):
    return "value_error", f"Value error, {sentence}", {"error": sentence}


DOTS = refused_name("a name is more than one or two dots")
UNSEEN = refused_name("a name has characters that can be seen")
DIRECTION = refused_name("a name has no characters that change the direction of writing")
UNASSIGNED = refused_name("a name has no characters that Unicode does not know")
LONG_KEY = ("string_too_long", "String should have at most 1024 bytes in the form by which names are compared",
            {"max_length": 1024})
LIKE_UUID = ("value_error", "Value error, a name may not look like a UUID",
             {"error": "a name may not look like a UUID"})
NO_UUID = ("uuid_parsing", "Input should be a valid UUID", ...)
NO_UUID_TYPE = ("uuid_type", "UUID input should be a string, bytes or UUID object", None)
NO_URL = ("url_parsing", "Input should be a valid URL", ...)
SCHEME = ("url_scheme", "URL scheme should be 'http' or 'https'", {"expected_schemes": "'http' or 'https'"})
LONG_URL = ("url_too_long", "URL should have at most 2048 characters", {"max_length": 2048})
URL_TYPE = ("url_type", "URL input should be a string or URL", None)
NO_LIST = ("list_type", "Input should be a valid list", None)
NO_OBJECT = ("model_attributes_type", "Input should be a valid dictionary or object to extract fields from", None)
MISSING = ("missing", "Field required", None)

URLS = [
    *[(value, NO_URL) for value in ("", "nonsense", "/relative", "//example.org/x", "example.org", "http://",
                                    "https:///path", "http:example.org",
                                    "http://a b/", "http://example.org:99999/", "http://[::1/", "http://\u0000/",
                                    " http://example.org/ x",
                                    "http://example.org/a b", 'http://example.org/"', "http://example.org/<", "http://x/>",
                                    "http://example.org/\\", "http://example.org/{", "http://x/`", "http://x/^", "http://x/|",
                                    "http://example.org/%", "http://example.org/%4", "http://example.org/%zz",
                                    "http://x/[", "http://x/?a=]", "http://x/#a#b", "http://\u00fc.example/",
                                    "http://example.org/\u00fc", "http://user@example.org/", "http://u:p@example.org/",
                                    "http://@example.org/", "https://example.org\\@x/")],
    *[(value, SCHEME) for value in ("ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)",
                                    "ws://example.org/", "data:text/html,x")],
    ("http://example.org/" + "x" * 2030, LONG_URL),
    *[(value, URL_TYPE) for value in (5, True, [], {})],
]
FIELDS = [
    *[("name", value, fault) for value, fault in [
        ("", TOO_SHORT), ("x" * 51, too_long(50)), ("🙂" * 51, too_long(50)), ("e\u0301" * 51, too_long(50)),
        (5, NO_STRING), (True, NO_STRING),
        ([], NO_STRING), ({}, NO_STRING), ("a\tb", CONTROL), ("a\nb", CONTROL), ("a\0b", CONTROL), ("a\x7fb", CONTROL),
        ("a\x85b", CONTROL),
        (" a", OUTER), ("a ", OUTER), (" ", OUTER), ("\u00a0a", OUTER), ("a\u3000", OUTER), ("a\u2028", OUTER),
        (AN_ID, LIKE_UUID), (AN_ID.upper(), LIKE_UUID), (AN_ID.replace("-", ""), LIKE_UUID), ("0" * 32, LIKE_UUID),
        ("\uff10" * 32, LIKE_UUID), ("\u200b" + AN_ID, LIKE_UUID),
        (".", DOTS), ("..", DOTS), ("\u2024", DOTS), ("\u2025", DOTS), (".\u200d.", DOTS),
        ("\u200b", UNSEEN), ("\u00ad\u2060\ufe0f", UNSEEN), ("\u3164", UNSEEN), ("\u115f", UNSEEN),
        ("a\u200b ", OUTER), ("\u2060 a", OUTER),
        ("a\u202eb", DIRECTION), ("\u2066a", DIRECTION), ("a\u200f", DIRECTION), ("a\u061cb", DIRECTION),
        ("a\u0378", UNASSIGNED), ("\uffff", UNASSIGNED), ("\U0001ffff", UNASSIGNED), ("a\U000e0000", UNASSIGNED),
        ("\ufdfa" * 32, LONG_KEY)]],
    *[("description", value, fault) for value, fault in [("", TOO_SHORT), ("x" * 257, too_long(256)),
                                                         ("🙂" * 257, too_long(256)), (5, NO_STRING), ([], NO_STRING)]],
    *[("logo_url", value, fault) for value, fault in URLS],
    *[("owner_id", value, fault) for value, fault in [("x", NO_UUID), ("", NO_UUID), (AN_ID + "0", NO_UUID),
                                                      (AN_ID.replace("-", "_"), NO_UUID),
                                                      ("g" + AN_ID[1:], NO_UUID), (5, NO_UUID_TYPE), ([], NO_UUID_TYPE),
                                                      ({}, NO_UUID_TYPE)]],
    *[("links", value, fault) for value, fault in [
        ("x", NO_LIST), ({}, NO_LIST), (5, NO_LIST),
        ([LINK] * 21, ("too_long", "List should have at most 20 items after validation, not 21",
                       {"field_type": "List", "max_length": 20, "actual_length": 21}))]],
    *[("links", [LINK, value], (*fault, 1, *where)) for value, fault, where in [
        ("x", NO_OBJECT, ()), (None, NO_OBJECT, ()), ([], NO_OBJECT, ()), ({"url": LINK["url"]}, MISSING, ("title",)),
        ({"title": "x"}, MISSING, ("url",)),
        ({**LINK, "title": ""}, TOO_SHORT, ("title",)), ({**LINK, "title": "x" * 51}, too_long(50), ("title",)),
        ({**LINK, "title": None}, NO_STRING, ("title",)),
        ({**LINK, "url": None}, URL_TYPE, ("url",)),
        *[({**LINK, "url": url}, fault, ("url",)) for url, fault in URLS[::4]]]],
]


def check_fault(fault, loc, type, message, context):
    assert (fault["type"], fault["loc"]) == (type, loc)
    if context is ...:
        assert fault["msg"].startswith(message) and isinstance(fault["ctx"]["error"], str)
    else:
        assert (fault["msg"], fault.get("ctx")) == (message, context)


@pytest.mark.shows("V5.1.3-5.1.4")
@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("field, value, expected", FIELDS, ids=lambda value: repr(value)[:24])
def test_a_bad_value_is_named_as_pydantic_names_it(owner, org, method, field, value, expected):
    path = "/organizations" if method == "POST" else "/organizations/" + org["id"]
    type, message, context, *where = expected
    fault, = faults(owner.client.request(method, path, json={"name": unique(), field: value}))
    check_fault(fault, ["body", field, *where], type, message, context)
    if type != "missing":
        bad = value
        for step in where:
            bad = bad[step]
        assert fault["input"] == bad


def test_a_creation_needs_a_name_and_an_update_does_not(owner, org):
    for name in ({}, {"description": "x"}):
        fault, = faults(owner.client.post("/organizations", json=name))
        assert fault == {"type": "missing", "loc": ["body", "name"], "msg": "Field required", "input": name}
    assert places(owner.client.post("/organizations", json={"name": None})) == [("string_type", ["body", "name"])]
    ok(owner.client.patch("/organizations/" + org["id"], json={}))


def test_the_id_of_a_creation_must_be_one(owner):
    fault, = faults(owner.client.post("/organizations", json={"name": unique(), "id": "x"}))
    check_fault(fault, ["body", "id"], *NO_UUID)


def test_every_fault_is_in_one_answer(owner):
    response = owner.client.post("/organizations", json={
        "name": "x" * 51, "description": "", "logo_url": "ftp://x/",
        "links": [{"title": 5}, LINK, "x", {**LINK, "url": "y"}], "owner_id": "z", "id": 1})
    assert sorted(places(response)) == sorted([
        ("string_too_long", ["body", "name"]), ("string_too_short", ["body", "description"]),
        ("url_scheme", ["body", "logo_url"]),
        ("string_type", ["body", "links", 0, "title"]), ("missing", ["body", "links", 0, "url"]),
        ("model_attributes_type", ["body", "links", 2]),
        ("url_parsing", ["body", "links", 3, "url"]), ("uuid_parsing", ["body", "owner_id"]),
        ("uuid_type", ["body", "id"])])


# Queries

NO_INT = ("int_parsing", "Input should be a valid integer, unable to parse string as an integer", None)
NO_BOOL = ("bool_parsing", "Input should be a valid boolean, unable to interpret input", None)


def at_least(number):
    return "greater_than_equal", f"Input should be greater than or equal to {number}", {"ge": number}


def at_most(number):
    return "less_than_equal", f"Input should be less than or equal to {number}", {"le": number}


@pytest.mark.parametrize("query, expected", [
    ("limit=0", at_least(1)), ("limit=-5", at_least(1)), ("limit=1001", at_most(1000)),
    ("limit=99999999999999999999", at_most(1000)), ("limit=x", NO_INT),
    ("limit=", NO_INT), ("limit=1e2", NO_INT), ("limit=1.5", NO_INT), ("limit=0x10", NO_INT),
    ("offset=-1", at_least(0)), ("offset=2147483648", at_most(2**31 - 1)),
    ("offset=-99999999999999999999", at_least(0)), ("offset=none", NO_INT),
    ("owner_id=x", NO_UUID), ("owner_id=", NO_UUID), ("after=x", NO_UUID), ("include_total=perhaps", NO_BOOL),
    ("include_total=", NO_BOOL),
    ("include_total=2", NO_BOOL), ("include_subscription_status=truee", NO_BOOL),
])
def test_a_bad_query_is_named_as_pydantic_names_it(owner, query, expected):
    fault, = faults(owner.client.get("/organizations?" + query))
    check_fault(fault, ["query", query.split("=")[0]], *expected)


def test_every_fault_of_a_query_is_in_one_answer(owner):
    response = owner.client.get("/organizations?limit=0&offset=x&owner_id=y&include_total=z&name=fine")
    assert sorted(places(response)) == sorted([("greater_than_equal", ["query", "limit"]),
                                               ("int_parsing", ["query", "offset"]),
                                               ("uuid_parsing", ["query", "owner_id"]),
                                               ("bool_parsing", ["query", "include_total"])])
    assert [fault["input"] for fault in faults(response)] == ["x", "0", "y", "z"]


# The order of refusals


@pytest.mark.shows("V4.1.1-4.1.5")
def test_refusals_come_in_their_order(instance, owner, org):
    """Each request has the fault under test and every later one."""
    viewer, manager, stranger = instance.user(limit=0), instance.user(limit=0), instance.user()
    instance.member(org["id"], viewer, "viewer")
    instance.member(org["id"], manager, "manager")
    anonymous, stale, bad = instance.client(), {"If-Match": '"stale"'}, {"name": ""}
    path, nowhere = "/organizations/" + org["id"], f"/organizations/{uuid.uuid4()}"
    error(anonymous.request("PUT", "/nowhere", data=b"x"), 404, "KeyError")
    error(anonymous.request("PUT", "/organizations", data=b"x"), 405, "MethodNotAllowed")
    error(anonymous.post("/organizations", data=b"x"), 415, "UnsupportedMediaType")
    error(anonymous.post("/organizations", data=b"x" * 70000, headers=JSON), 413, "ContentTooLarge")
    unauthorized(anonymous.post("/organizations", data=b"x", headers=JSON))
    unauthorized(instance.client("ORGPAT_" + "A" * 64).patch("/organizations/x", json=bad, headers=stale),
                 "invalid_token")
    assert places(stranger.client.patch(nowhere, json=bad, headers=stale)) == [("string_too_short", ["body", "name"])]
    error(stranger.client.patch(path, json={"name": "x"}, headers=stale), 404, "KeyError")
    error(viewer.client.patch(path, json={"name": "x"}, headers=stale), 403, "IllegalOperationError")
    error(manager.client.patch(path, json={"owner_id": stranger.id}, headers=stale), 403, "IllegalOperationError")
    error(owner.client.patch(path, json={"name": instance.organization(owner)["name"]}, headers=stale), 412,
          "PreconditionFailed")
    error(viewer.client.post("/organizations", json={"name": org["name"]}), 403, "OrganizationLimitExceeded")
