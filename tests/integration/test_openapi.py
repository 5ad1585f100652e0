"""openapi.json against the route table, against live answers, and against the checks that the service makes."""

import copy
import json
import re
import subprocess
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest

import people
from built import make_program
from expect import UNKNOWN_ID, ok, places, unique, unique_address
from installation import METRICS_TOKEN
from mailed_links import CONFIRM, RESET, put_link
from oauth import PASSWORD, Browser, Pkce, RegisteredClient, person_of, sign_in, tokens_for

SOURCES = Path(__file__).resolve().parents[2]
DOCUMENT = json.loads((SOURCES / "docs/openapi.json").read_text("utf-8"))
METHODS = ("get", "post", "patch", "delete")
PAGES = ("/auth/authorize", "/auth/device", "/auth/sign-in", "/auth/sign-out", "/account/invitation",
         "/account/invitation/join", "/account/forgotten-password", "/account/reset-password",
         "/account/confirm-address")  # whose errors are pages, too
OPERATIONS = [(path, method) for path, item in DOCUMENT.get("paths", {}).items()
              for method in METHODS if method in item]
CHANGE = "/.well-known/change-password"
REPEATABLE = {(path, method) for path, method in OPERATIONS if any(
    parameter.get("$ref", "").endswith("/Idempotency-Key") for parameter in DOCUMENT["paths"][path][method].get("parameters", []))}


def walk(value):
    yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(member)


def resolved(part):
    """What a reference inside of the document points to."""
    while "$ref" in part:
        place = DOCUMENT
        for step in part["$ref"].removeprefix("#/").split("/"):
            place = place[step.replace("~1", "/").replace("~0", "~")]
        part = place
    return part


def parameters_of(path, method):
    item = DOCUMENT["paths"][path]
    return [resolved(parameter) for parameter in item.get("parameters", []) + item[method].get("parameters", [])]


def check(value, schema):
    jsonschema.validate(value, {**schema, "components": DOCUMENT["components"]}, cls=jsonschema.Draft202012Validator,
                        format_checker=jsonschema.FormatChecker())


def undescribed(value, schema):
    """The members of an answer that its schema does not name."""
    schema = resolved(schema)
    for branch in schema.get("anyOf", []):
        yield from undescribed(value, branch)
    if isinstance(value, list):
        for item in value:
            yield from undescribed(item, schema.get("items", {}))
    if isinstance(value, dict) and "properties" in schema:
        yield from value.keys() - schema["properties"].keys()
        for name in value.keys() & schema["properties"].keys():
            yield from undescribed(value[name], schema["properties"][name])


def examples_of(content):
    """The examples of a body."""
    return [content["example"]] if "example" in content else [
        example["value"] for example in content.get("examples", {}).values()]


def contents():
    """(where, content) of every body of the document."""
    for path, method in OPERATIONS:
        operation = DOCUMENT["paths"][path][method]
        for content in operation.get("requestBody", {}).get("content", {}).values():
            yield f"{method} {path}", content
        for status, response in operation["responses"].items():
            for content in resolved(response).get("content", {}).values():
                yield f"{method} {path} {status}", content


# The document itself


@pytest.mark.shows("API9")
def test_every_route_is_described_and_nothing_else(instance):
    """The document is what the route table makes of it, and the table is what is served."""
    generator = make_program("app/orgd/api/openapi_generate")
    made = subprocess.run([generator, SOURCES / "app/orgd/api/openapi_frame.json"], check=True,
                          capture_output=True).stdout
    assert json.loads(made) == DOCUMENT, "`make docs` makes it anew"
    for path, item in DOCUMENT["paths"].items():
        allowed = instance.client().options(path).headers["Allow"].lower().split(", ")
        assert set(allowed) - {"head", "options"} == set(METHODS) & item.keys(), path


def test_the_codes_of_oauth_are_those_of_the_table_of_errors(tables):
    codes = DOCUMENT["components"]["schemas"]["OAuthError"]["properties"]["error"]["enum"]
    assert set(codes) <= {error["oauth_code"] for error in tables["errors"]}
    shown = {example["error"] for _, content in contents() for example in examples_of(content)
             if isinstance(example, dict) and "error" in example}
    assert shown <= set(codes) and len(codes) == len(set(codes))


def test_the_document_is_sound():
    assert re.fullmatch(r"3\.1\.\d", DOCUMENT["openapi"]) and DOCUMENT["info"]["title"] and DOCUMENT["info"]["version"]
    for part in walk(DOCUMENT):
        if isinstance(part, dict) and "$ref" in part:
            resolved(part)
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    names = [DOCUMENT["paths"][path][method]["operationId"] for path, method in OPERATIONS]
    assert len(set(names)) == len(names)


def test_it_is_an_openapi_document():
    """By the schema that the OpenAPI Initiative publishes (Apache License 2.0). It leaves JSON Schemas to their own
    schema, which the test above takes."""
    schema = json.loads((SOURCES / "tests/integration/openapi-3.1-schema.json").read_text("utf-8"))
    resolver = jsonschema.RefResolver.from_schema(schema, store={"https://spec.openapis.org/oas/3.1/dialect/base": {}})
    validator = jsonschema.Draft202012Validator(schema, resolver=resolver)
    validator.validate(DOCUMENT)
    broken = copy.deepcopy(DOCUMENT)
    del broken["paths"]["/health"]["get"]["responses"]["200"]["description"]
    assert not validator.is_valid(broken)


def schemas_in(document):
    """Every schema, wherever it stands."""
    for part in walk(document):
        for schema in [part["schema"]] if isinstance(part, dict) and isinstance(part.get("schema"), dict) else []:
            yield from walk(schema)
    for schema in document["components"]["schemas"].values():
        yield from walk(schema)


def test_it_pleases_linters():
    """What Spectral (oas) and Redocly (recommended) look for beside the schema, and what generators of clients need."""
    assert DOCUMENT["info"]["contact"]["name"] and DOCUMENT["info"]["license"]["name"]
    assert all(tag["description"] for tag in DOCUMENT["tags"])
    for schema in schemas_in(DOCUMENT):
        if not isinstance(schema, dict):
            continue
        if schema.get("type") == "array":
            assert schema["items"], schema
        if schema.get("type") == "object":
            assert schema.get("properties") or "additionalProperties" in schema, schema
            assert set(schema.get("required", [])) <= schema.get("properties", {}).keys(), schema
    fault = DOCUMENT["components"]["schemas"]["ValidationError"]["properties"]["detail"]["items"]["properties"]
    assert all("type" in member for member in fault["ctx"]["properties"].values())
    for path, method in OPERATIONS:
        for parameter in parameters_of(path, method):
            assert parameter["schema"]["type"] if "type" in parameter["schema"] else parameter["schema"]["anyOf"]


def test_every_example_is_what_its_schema_says():
    count = 0
    for where, content in contents():
        for example in examples_of(content):
            check(example, content["schema"])
            assert list(undescribed(example, content["schema"])) == [], where
            count += 1
    assert count > 100


def test_every_parameter_and_every_member_has_a_sentence():
    for path, method in OPERATIONS:
        for parameter in parameters_of(path, method):
            assert parameter["description"], f"{method} {path}: {parameter['name']}"
    schemas = [content["schema"] for _, content in contents()] + list(DOCUMENT["components"]["schemas"].values())
    for schema in schemas:
        for name, member in resolved(schema).get("properties", {}).items():
            assert member.get("description"), f"{schema}: {name}"


def test_the_example_of_a_creation_is_what_a_user_may_send():
    for path, method in (("/organizations", "post"), ("/organizations/{organization_id_or_name}", "patch")):
        example = DOCUMENT["paths"][path][method]["requestBody"]["content"]["application/json"]["example"]
        assert example and not {"id", "owner_id"} & example.keys()


@pytest.mark.parametrize("path, method", OPERATIONS)
def test_every_operation_is_complete(path, method):
    operation = DOCUMENT["paths"][path][method]
    assert operation["summary"] and operation["description"] and operation["responses"]
    assert set(operation["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]}
    assert {"405", "500"} <= set(operation["responses"])
    assert any(status[0] == "2" or status == "default" for status in operation["responses"])
    in_path = {parameter["name"] for parameter in parameters_of(path, method) if parameter["in"] == "path"}
    assert in_path == set(re.findall(r"\{(\w+)\}", path))
    for status, response in operation["responses"].items():
        response = resolved(response)
        kind = {("/docs", "200"): "text/html", ("/metrics", "200"): "application/openmetrics-text"}.get(
            (path, status), "text/html" if path in (*PAGES, CHANGE) else "application/json")
        assert response["description"] and (status in ("302", "303", "304") or examples_of(response["content"][kind]))
    if "requestBody" in operation:
        content, = operation["requestBody"]["content"].values()
        assert examples_of(content)
    public = path == "/" or path.startswith(("/account/", "/auth/", "/docs", "/health", "/openapi", "/.well-known"))
    security = operation.get("security", DOCUMENT.get("security", []))
    assert {name for requirement in security for name in requirement} <= set(DOCUMENT["components"]["securitySchemes"])
    assert bool(security) is not public
    if not public:
        assert {"401", "503"} <= set(operation["responses"])


@pytest.mark.shows("API3")
def test_the_organization_has_the_fields_of_the_contract_in_their_order():
    schemas = DOCUMENT["components"]["schemas"]
    assert list(schemas["Organization"]["properties"]) == ["name", "description", "logo_url", "id", "created",
                                                           "updated", "has_active_subscription",
                                                           "trial_expiry", "owner_id", "links"]
    assert set(schemas["OrganizationCreate"]["properties"]) == {"name", "id", "description", "logo_url", "links",
                                                                "owner_id"}
    assert schemas["OrganizationCreate"]["required"] == ["name"]
    assert set(schemas["OrganizationUpdate"]["properties"]) == {"name", "description", "logo_url", "links", "owner_id"}
    assert "required" not in schemas["OrganizationUpdate"]


# As it is served


def flows_of(document):
    scheme, = [scheme for scheme in document["components"]["securitySchemes"].values() if scheme["type"] == "oauth2"]
    return scheme["flows"]


def without_links(document):
    """All but what depends on the mount."""
    document = {**copy.deepcopy(document), "servers": None}
    del document["info"]["contact"]["url"]
    for flow in flows_of(document).values():
        for name in [name for name in flow if name.endswith("Url")]:
            del flow[name]
    return document


def test_every_url_in_it_is_absolute(every_server):
    response = every_server.client().get("/openapi.json")
    served, url = ok(response), every_server.url
    assert response.headers["Cache-Control"] == "no-cache"
    assert served["servers"] == [{"url": url}] and served["info"]["contact"]["url"] == url
    flows = flows_of(served)
    assert {place.removeprefix(url) for flow in flows.values() for name, place in flow.items()
            if name.endswith("Url")} <= DOCUMENT["paths"].keys()
    assert set(flows) == {"clientCredentials", "authorizationCode"}
    assert flows["clientCredentials"]["tokenUrl"] == url + "/auth/login"
    for name in ("authorizationUrl", "tokenUrl"):
        assert flows["authorizationCode"][name].startswith(url + "/auth/")
    assert without_links(served) == without_links(without_metrics())


def without_metrics():
    """The document of a service that has no /metrics."""
    document = copy.deepcopy(DOCUMENT)
    del document["paths"]["/metrics"], document["components"]["securitySchemes"]["MetricsToken"]
    assert "etrics" not in json.dumps(document["paths"])
    return document


def test_it_has_metrics_where_the_service_has(instance):
    """As the fixture is set up."""
    assert instance.client(METRICS_TOKEN).get("/metrics").status_code == 200
    assert without_links(ok(instance.client().get("/openapi.json"))) == without_links(DOCUMENT)


# Live answers


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


def oauth_requests(instance):
    """The same for the endpoints of OAuth2, as clients meet them, and as browsers do that have not signed in."""
    anonymous = instance.client()
    client_id, secret = instance.installation.orgctl("client", "create", unique("client"), "--confidential", "--device",
                                                     "--redirect-uri", "https://app.example.org/", "--quiet").split()
    client = {"client_id": client_id, "client_secret": secret}
    browser = Browser(instance.url)
    browser.get("/auth/sign-in")
    person = instance.user()
    instance.installation.orgctl("user", "set", person.name, "--password", input=PASSWORD)

    def with_form(path, **fields):
        def send():
            browser.get("/auth/sign-in")
            return browser.post(path, {"form_token": browser.forms()[0].fields["form_token"], **fields})
        return send

    def post(path, **form):
        return lambda: anonymous.post(path, data=form)

    for_clients = [(path, "post", status, send) for path in ("/auth/token", "/auth/revoke", "/auth/introspect",
                                                             "/auth/device_authorization")
                   for status, send in ((413, post(path, token="x" * 70000)),
                                        (403, lambda path=path: anonymous.post(path, headers={"Origin": "https://evil.example"})),
                                        (415, lambda path=path: anonymous.post(path, json={})),
                                        (400, post(path, client_id="x", device_id="x", grant_type="x")
                                         if path not in ("/auth/revoke", "/auth/introspect") else post(path, **client)),
                                        (401, post(path, client_id=client_id, client_secret="wrong", token="x",
                                                   grant_type="authorization_code")))]
    for_browsers = [(path, "post", status, send) for path in PAGES
                    for status, send in ((413, post(path, token="x" * 70000)),
                                         (415, lambda path=path: anonymous.post(path, json={})),
                                         (403, post(path, decision="allow", client_id=client_id,
                                                    redirect_uri="https://app.example.org/")))]
    authorize = f"/auth/authorize?client_id={client_id}&response_type=code&code_challenge_method=S256&code_challenge="
    challenge = Pkce().challenge
    return for_clients + for_browsers + [
        ("/auth/token", "post", 200, post("/auth/token", grant_type="client_credentials", client_secret=person.token)),
        ("/auth/revoke", "post", 200, post("/auth/revoke", token="x", **client)),
        ("/auth/introspect", "post", 200, post("/auth/introspect", token="x", **client)),
        ("/auth/device_authorization", "post", 200, post("/auth/device_authorization", **client)),
        ("/auth/authorize", "get", 303, lambda: browser.get(authorize + challenge)),
        ("/auth/authorize", "get", 400, lambda: browser.get("/auth/authorize")),
        ("/auth/authorize", "post", 400, with_form("/auth/authorize", decision="allow")),
        ("/auth/authorize", "post", 303, lambda: browser.post("/auth/authorize", {"client_id": client_id})),
        ("/auth/device", "get", 303, lambda: browser.get("/auth/device")),
        ("/auth/sign-in", "get", 200, lambda: browser.get("/auth/sign-in")),
        ("/auth/sign-in", "post", 400, with_form("/auth/sign-in")),
        ("/auth/device", "post", 303, with_form("/auth/device")),
        ("/auth/sign-in", "post", 303, with_form("/auth/sign-in", username=person.name, password=PASSWORD,
                                                 next="/auth/device")),
        ("/auth/sign-in", "get", 303, lambda: browser.get("/auth/sign-in?next=/auth/device")),
        ("/auth/authorize", "get", 200, lambda: browser.get(authorize + challenge)),
        ("/auth/device", "get", 200, lambda: browser.get("/auth/device")),
        ("/auth/device", "post", 400, with_form("/auth/device")),
        ("/auth/device", "post", 404, with_form("/auth/device", user_code="BBBB-BBBB")),
        ("/auth/device", "get", 404, lambda: browser.get("/auth/device?user_code=BBBB-BBBB")),
        ("/auth/device", "post", 200, lambda: approve(browser, post("/auth/device_authorization", **client)())),
        ("/auth/device", "get", 429, lambda: until_429(lambda: browser.get("/auth/device?user_code=BBBB-BBBB"))),
        ("/auth/device", "post", 429, with_form("/auth/device", user_code="BBBB-BBBB")),
        ("/auth/sign-out", "post", 303, with_form("/auth/sign-out", next="/auth/device")),
        ("/auth/sign-out", "post", 200, with_form("/auth/sign-out")),
        ("/auth/sign-in", "post", 429, lambda: until_429(with_form("/auth/sign-in", username=unique(), password="x"))),
        ("/auth/device_authorization", "post", 429, lambda: until_429(post("/auth/device_authorization", **client))),
    ]


def approve(browser, started):
    browser.get("/auth/device?user_code=" + started.json()["user_code"])
    return browser.submit(decision="allow")


def until_429(send):
    for _ in range(400):
        response = send()
        if response.status_code == 429:
            break
    return response


def reads_of(client, monitor, anonymous):
    """The same for each operation that only reads, and needs no more than its path: with a credential, and without."""
    for path in [path for path, method in OPERATIONS if method == "get" and path not in (*PAGES, "/events", CHANGE) and
                 "{" not in path]:
        yield path, "get", 200, lambda path=path: (monitor if path == "/metrics" else client).get(path)
        if "401" in DOCUMENT["paths"][path]["get"]["responses"]:
            yield path, "get", 401, lambda path=path: anonymous.get(path)


def wrong_methods(anonymous):
    """A method that the path does not take, for each operation."""
    for path, method in OPERATIONS:
        yield path, method, 405, lambda path=path: anonymous.request("PUT", re.sub("{.*?}", "x", path))


def requests_for_events(instance, owner, viewer):
    org = instance.organization(owner)
    instance.member(org["id"], viewer, "viewer")
    ok(owner.client.patch("/organizations/" + org["id"], json={"description": "d"}))
    instance.installation.orgctl("deliver")
    template, path = "/organizations/{organization_id}/events", f"/organizations/{org['id']}/events"
    admin = instance.admin.client
    return [
        (template, "get", 200, lambda: owner.client.get(path + "?include_total=1&limit=1")),
        (template, "get", 401, lambda: instance.client().get(path)),
        (template, "get", 403, lambda: viewer.client.get(path)),
        (template, "get", 404, lambda: owner.client.get(f"/organizations/{uuid.uuid4()}/events")),
        (template, "get", 422, lambda: owner.client.get("/organizations/x/events?order_by=x")),
        ("/users/me/events", "get", 200, lambda: owner.client.get("/users/me/events?include_total=1&limit=1")),
        ("/users/me/events", "get", 422, lambda: owner.client.get("/users/me/events?since=x")),
        ("/events", "get", 200, lambda: admin.get("/events?include_total=1&limit=1")),
        ("/events", "get", 401, lambda: instance.client().get("/events")),
        ("/events", "get", 403, lambda: owner.client.get("/events")),
        ("/events", "get", 422, lambda: admin.get("/events?until=x")),
    ]


def pages_for_invitations(instance, owner, org_id, role):
    """For who has signed in and is invited, by the links of two invitations."""
    person, (first, second) = instance.user(), (unique_address(), unique_address())
    instance.installation.orgctl("user", "set", person.name, "--email", first, "--password", input=PASSWORD)
    paths = [urlsplit(ok(owner.client.post(f"/organizations/{org_id}/invitations", json={"email": email, "role_id": role}))["link"])
             for email in (first, second)]
    first, second = (path.query.partition("=")[2] for path in paths)
    browser = Browser(instance.url)
    page, join = "/account/invitation", "/account/invitation/join"

    def form(path, **fields):
        def send():
            browser.get("/auth/sign-in")
            return browser.post(path, {"form_token": browser.forms()[0].fields["form_token"], **fields})
        return send

    newcomer = {"username": unique("new").replace(" ", "-"), "password": PASSWORD}
    return [
        (page, "get", 404, lambda: browser.get(page + "?secret=x")),
        (page, "post", 303, form(page, secret=first, decision="allow")),
        (join, "post", 404, form(join, secret="x", **newcomer)),
        (join, "post", 422, form(join, secret=second, username=newcomer["username"], password="x")),
        (join, "post", 409, form(join, secret=second, username=person.name, password=PASSWORD)),
        (join, "post", 200, form(join, secret=second, **newcomer)),
        ("/auth/sign-in", "post", 303, form("/auth/sign-in", username=person.name, password=PASSWORD)),
        (page, "get", 200, lambda: browser.get(f"{page}?secret={first}")),
        (page, "post", 404, form(page, secret="x")),
        (page, "post", 200, form(page, secret=first, decision="deny")),
        (page, "get", 403, lambda: browser.get(f"{page}?secret={first}")),
        (page, "get", 409, lambda: browser.get(f"{page}?secret={second}")),
        (page, "post", 409, form(page, secret=second, decision="allow")),
    ]


def requests_for_links(instance):
    """By links that are mailed. This service sends no mails, so they are written as if it did."""
    person, forgotten = person_of(instance), "/account/forgotten-password"
    address, new = unique_address(), unique_address()
    browser, orgctl = Browser(instance.url), instance.installation.orgctl

    def form(path, **fields):
        def send():
            browser.get("/auth/sign-in")
            return browser.post(path, {"form_token": browser.forms()[0].fields["form_token"], **fields})
        return send

    def confirm(owner):
        orgctl("user", "set", owner.name, "--email", new, "--email-unverified")
        return put_link(instance, CONFIRM, owner.id, new)

    links = [confirm(person), confirm(instance.user())]
    orgctl("user", "set", person.name, "--email", address)
    reset = put_link(instance, RESET, person.id, address)
    secret = lambda link: link.partition("secret=")[2]
    return [
        (CHANGE, "get", 302, lambda: browser.get(CHANGE)),
        (forgotten, "get", 200, lambda: browser.get(forgotten)),
        (forgotten, "post", 200, form(forgotten, username=person.name)),
        (RESET, "get", 200, lambda: browser.get(reset)),
        (RESET, "get", 404, lambda: browser.get(RESET)),
        (RESET, "post", 422, form(RESET, secret=secret(reset), password="x")),
        (RESET, "post", 200, form(RESET, secret=secret(reset), password=PASSWORD)),
        (RESET, "post", 404, form(RESET, secret=secret(reset), password=PASSWORD)),
        (CONFIRM, "get", 200, lambda: browser.get(links[1])),
        (CONFIRM, "get", 404, lambda: browser.get(links[0])),
        (CONFIRM, "post", 404, form(CONFIRM, secret=secret(links[0]))),
        (CONFIRM, "post", 409, lambda: [orgctl("user", "set", person.name, "--email", new),
                                        form(CONFIRM, secret=secret(links[1]))()][1]),
        (CONFIRM, "post", 200, lambda: [orgctl("user", "delete", person.name), form(CONFIRM, secret=secret(links[1]))()][1]),
    ]


def requests_for_invitations(instance, owner, viewer):
    org = instance.organization(owner)
    instance.member(org["id"], viewer, "viewer")
    member, guest, admin = instance.user(), instance.user(), instance.admin.client
    instance.member(org["id"], member, "member")
    late = instance.user()
    address, late_address = unique_address(), unique_address()
    for user, email in ((guest, address), (late, late_address)):
        instance.installation.orgctl("user", "set", user.name, "--email", email)
    of_org, template = f"/organizations/{org['id']}/invitations", "/organizations/{organization_id}/invitations"
    nowhere = f"/organizations/{uuid.uuid4()}/invitations"
    role = instance.role_id(org["id"], "member")
    first, second, third = (ok(owner.client.post(of_org, json={"email": email, "role_id": role}))["id"]
                            for email in (address, late_address, unique_address()))
    own, gone = "/invitations/{invitation_id}", uuid.uuid4()
    one, resend = template + "/{invitation_id}", template + "/{invitation_id}/resend"
    many, template_many = of_org + "/bulk", template + "/bulk"

    def body(**fields):
        return {"email": unique_address(), "role_id": role, **fields}

    def post(client, path, headers=None, **fields):
        return lambda: client.post(path, json=body(**fields), headers=headers)

    def post_many(client, path, *bodies, headers=None):
        return lambda: client.post(path, json={"invitations": bodies}, headers=headers)

    bad, keys = {"Idempotency-Key": "a b"}, [{"Idempotency-Key": str(uuid.uuid4())} for _ in range(4)]
    same, others = body(), [body(), body(email=address)]
    anonymous = instance.client()
    return [
        (template, "get", 200, lambda: owner.client.get(of_org + "?include_total=1&limit=1")),
        (template, "get", 401, lambda: anonymous.get(of_org)),
        (template, "get", 403, lambda: member.client.get(of_org)),
        (template, "get", 404, lambda: owner.client.get(nowhere)),
        (template, "get", 422, lambda: owner.client.get(of_org + "?status=x")),
        *((template, "post", 200, lambda: owner.client.post(of_org, json=same, headers=keys[0])) for _ in range(2)),
        (template, "post", 422, post(owner.client, of_org, keys[0])),
        (template, "post", 400, post(owner.client, of_org, bad)),
        (template, "post", 401, post(anonymous, of_org)),
        (template, "post", 403, post(viewer.client, of_org)),
        (template, "post", 404, post(owner.client, nowhere)),
        (template, "post", 409, post(owner.client, of_org, email=address)),
        (template, "post", 413, post(owner.client, of_org, email="x" * 70000)),
        (template, "post", 415, lambda: owner.client.post(of_org, data=b"x")),
        (template, "post", 422, post(owner.client, of_org, email="x", expires_in_days=0, notify=0)),
        *((template_many, "post", 200, post_many(owner.client, many, *others, headers=keys[3])) for _ in range(2)),
        (template_many, "post", 422, post_many(owner.client, many, body(), headers=keys[3])),
        (template_many, "post", 422, post_many(owner.client, many, body(email="x"))),
        (template_many, "post", 400, post_many(owner.client, many, body(), headers=bad)),
        (template_many, "post", 401, post_many(anonymous, many, body())),
        (template_many, "post", 403, post_many(viewer.client, many, body())),
        (template_many, "post", 404, post_many(owner.client, nowhere + "/bulk", body())),
        (template_many, "post", 413, post_many(owner.client, many, body(email="x" * 70000))),
        (template_many, "post", 415, lambda: owner.client.post(many, data=b"x")),
        *((resend, "post", 200, lambda: owner.client.post(f"{of_org}/{first}/resend", headers=keys[1])) for _ in range(2)),
        (resend, "post", 422, lambda: owner.client.post(f"{of_org}/{second}/resend", headers=keys[1])),
        (resend, "post", 400, lambda: owner.client.post(f"{of_org}/{first}/resend", headers=bad)),
        (resend, "post", 401, lambda: anonymous.post(f"{of_org}/{first}/resend")),
        (resend, "post", 403, lambda: viewer.client.post(f"{of_org}/{first}/resend")),
        (resend, "post", 404, lambda: owner.client.post(f"{of_org}/{gone}/resend")),
        (own, "get", 200, lambda: guest.client.get(f"/invitations/{first}")),
        (own, "get", 401, lambda: anonymous.get(f"/invitations/{first}")),
        (own, "get", 404, lambda: viewer.client.get(f"/invitations/{gone}")),
        (own, "get", 422, lambda: guest.client.get("/invitations/x")),
        ("/invitations", "get", 200, lambda: guest.client.get("/invitations?include_total=1&limit=1")),
        ("/invitations", "get", 422, lambda: guest.client.get("/invitations?status=x")),
        (own, "post", 400, lambda: guest.client.post(f"/invitations/{first}?accept=1", headers=bad)),
        (own, "post", 401, lambda: anonymous.post(f"/invitations/{first}?accept=1")),
        (own, "post", 404, lambda: owner.client.post(f"/invitations/{first}?accept=1")),
        (own, "post", 422, lambda: guest.client.post(f"/invitations/{first}")),
        *((own, "post", 200, lambda: guest.client.post(f"/invitations/{first}?accept=1", headers=keys[2]))
          for _ in range(2)),
        (own, "post", 409, lambda: guest.client.post(f"/invitations/{first}?accept=1")),
        (resend, "post", 409, lambda: owner.client.post(f"{of_org}/{first}/resend")),
        (one, "delete", 409, lambda: owner.client.delete(f"{of_org}/{first}")),
        (one, "delete", 200, lambda: owner.client.delete(f"{of_org}/{second}")),
        *pages_for_invitations(instance, owner, org["id"], role),
        (own, "post", 403, lambda: late.client.post(f"/invitations/{second}?accept=1")),
        (one, "delete", 401, lambda: anonymous.delete(f"{of_org}/{third}")),
        (one, "delete", 403, lambda: viewer.client.delete(f"{of_org}/{third}")),
        (one, "delete", 404, lambda: owner.client.delete(f"{of_org}/{gone}")),
        (one, "delete", 422, lambda: owner.client.delete(f"{of_org}/x")),
        (resend, "post", 422, lambda: owner.client.post(f"{of_org}/x/resend")),
    ]


def ways_in_of(instance, kind):
    """Of a person who has signed in, and has let an application in."""
    person = person_of(instance)
    granted = instance.client(tokens_for(sign_in(instance, person), person, RegisteredClient(instance))["access_token"])
    path, template = f"/users/me/{kind}", f"/users/me/{kind}/{{{kind[:-1]}_id}}"
    one = f"{path}/{ok(person.client.get(path))[0]['id']}"
    return [
        (path, "get", 200, lambda: person.client.get(path + "?include_total=1&limit=1")),
        (path, "get", 401, lambda: instance.client().get(path)),
        (path, "get", 403, lambda: granted.get(path)),
        (path, "get", 422, lambda: person.client.get(path + "?limit=0")),
        (template, "delete", 401, lambda: instance.client().delete(one)),
        (template, "delete", 403, lambda: granted.delete(one)),
        (template, "delete", 404, lambda: person.client.delete(f"{path}/{uuid.uuid4()}")),
        (template, "delete", 422, lambda: person.client.delete(path + "/x")),
        (template, "delete", 200, lambda: person.client.delete(one)),
    ]


def requests_for_people(instance, owner, viewer):
    org = instance.organization(owner)
    instance.member(org["id"], viewer, "viewer")
    nothing, member, gone = instance.user(), instance.user(), uuid.uuid4()
    instance.member(org["id"], member, "member")
    client, anonymous, admin = owner.client, instance.client(), instance.admin.client
    roles, teams, members = (f"/organizations/{org['id']}/{what}" for what in ("roles", "teams", "members"))
    bare = people.create_role(client, org, [])
    ok(people.assign(admin, bare["id"], user_id=nothing.id))
    role, team = people.create_role(client, org, ["team:read"]), people.create_team(client, org)
    templates = {what: "/organizations/{organization_id}/" + what for what in ("roles", "teams", "members")}
    found = []
    for what, path in (("roles", roles), ("teams", teams), ("members", members)):
        found += [
            (templates[what], "get", 200, lambda path=path: client.get(path + "?include_total=1&limit=1")),
            (templates[what], "get", 401, lambda path=path: anonymous.get(path)),
            (templates[what], "get", 403, lambda path=path: nothing.client.get(path)),
            (templates[what], "get", 404, lambda what=what: client.get(f"/organizations/{gone}/{what}")),
            (templates[what], "get", 422, lambda path=path: client.get(path + "?limit=0"))]
    for base, item, key in (("/roles", role, "role_id"), ("/teams", team, "team_id")):
        one, template = f"{base}/{item['id']}", f"{base}/{{{key}}}"
        body = {"organization_id": org["id"], **({"permissions": []} if base == "/roles" else {})}
        same, repeated = {**body, "name": unique()}, {"Idempotency-Key": str(uuid.uuid4())}
        other = ok(client.post(base, json={**body, "name": unique()}))

        def post(sender=client, base=base, body=body, headers=None, **fields):
            return lambda: sender.post(base, json={**body, "name": unique(), **fields}, headers=headers)

        found += [
            *((base, "post", 200, lambda base=base, same=same, headers=repeated: client.post(base, json=same, headers=headers))
              for _ in range(2)),
            (base, "post", 422, post(headers=repeated)),
            (base, "post", 400, post(headers={"Idempotency-Key": "a b"})),
            (base, "post", 401, post(anonymous)),
            (base, "post", 403, post(member.client)),
            (base, "post", 404, post(organization_id=str(gone))),
            (base, "post", 409, post(name=item["name"])),
            (base, "post", 413, post(name="x" * 70000)),
            (base, "post", 415, lambda base=base: client.post(base, data=b"x")),
            (template, "get", 200, lambda one=one: client.get(one)),
            (template, "get", 304, lambda one=one: client.get(one, headers={"If-None-Match": "*"})),
            (template, "get", 401, lambda one=one: anonymous.get(one)),
            (template, "get", 403, lambda one=one: nothing.client.get(one)),
            (template, "get", 404, lambda base=base: client.get(f"{base}/{gone}")),
            (template, "get", 422, lambda base=base: client.get(f"{base}/x")),
            (template, "patch", 200, lambda one=one: client.patch(one, json={"description": "d"})),
            (template, "patch", 401, lambda one=one: anonymous.patch(one, json={})),
            (template, "patch", 403, lambda one=one: member.client.patch(one, json={})),
            (template, "patch", 404, lambda base=base: client.patch(f"{base}/{gone}", json={})),
            (template, "patch", 409, lambda one=one, other=other: client.patch(one, json={"name": other["name"]})),
            (template, "patch", 412, lambda one=one: client.patch(one, json={}, headers={"If-Match": '"x"'})),
            (template, "patch", 413, lambda one=one: client.patch(one, json={"name": "x" * 70000})),
            (template, "patch", 415, lambda one=one: client.patch(one, data=b"x")),
            (template, "patch", 422, lambda one=one: client.patch(one, json={"name": 5})),
            (template, "delete", 401, lambda one=one: anonymous.delete(one)),
            (template, "delete", 403, lambda one=one: member.client.delete(one)),
            (template, "delete", 404, lambda base=base: client.delete(f"{base}/{gone}")),
            (template, "delete", 412, lambda one=one: client.delete(one, headers={"If-Match": '"x"'})),
            (template, "delete", 422, lambda base=base: client.delete(f"{base}/x"))]
    for path, template, away in ((f"/roles/{role['id']}/assignments", "/roles/{role_id}/assignments", f"/roles/{gone}/assignments"),
                                 (f"/teams/{team['id']}/members", "/teams/{team_id}/members", f"/teams/{gone}/members")):
        who, repeated = f"{path}?user_id={member.id}", {"Idempotency-Key": str(uuid.uuid4())}
        found += [
            *((template, "post", 200, lambda who=who, headers=repeated: client.post(who, headers=headers)) for _ in range(2)),
            (template, "post", 422, lambda path=path, headers=repeated: client.post(f"{path}?user_id={owner.id}",
                                                                                    headers=headers)),
            (template, "post", 400, lambda who=who: client.post(who, headers={"Idempotency-Key": "a b"})),
            (template, "post", 401, lambda who=who: anonymous.post(who)),
            (template, "post", 403, lambda who=who: viewer.client.post(who)),
            (template, "post", 404, lambda away=away: client.post(f"{away}?user_id={member.id}")),
            (template, "post", 409, lambda who=who: client.post(who)),
            (template, "post", 422, lambda path=path: client.post(path)),
            (template, "get", 200, lambda path=path: client.get(path + "?include_total=1")),
            (template, "get", 401, lambda path=path: anonymous.get(path)),
            (template, "get", 403, lambda path=path: nothing.client.get(path)),
            (template, "get", 404, lambda away=away: client.get(away)),
            (template, "get", 422, lambda path=path: client.get(path + "?limit=x"))]
    assignments, of_team = "/roles/{role_id}/assignments", "/teams/{team_id}/members"
    found += [
        ("/roles/{role_id}", "delete", 409, lambda: client.delete(f"/roles/{role['id']}"))]
    for path, template in ((f"/roles/{role['id']}/assignments", assignments), (f"/teams/{team['id']}/members", of_team)):
        who = f"{path}?user_id={member.id}"
        found += [
            (template, "delete", 401, lambda who=who: anonymous.delete(who)),
            (template, "delete", 403, lambda who=who: viewer.client.delete(who)),
            (template, "delete", 422, lambda path=path: client.delete(path)),
            (template, "delete", 200, lambda who=who: client.delete(who)),
            (template, "delete", 404, lambda who=who: client.delete(who))]
    who = f"{members}?user_id={member.id}"
    return found + [
        ("/roles/{role_id}", "delete", 200, lambda: client.delete(f"/roles/{role['id']}")),
        ("/teams/{team_id}", "delete", 200, lambda: client.delete(f"/teams/{team['id']}")),
        (templates["members"], "delete", 401, lambda: anonymous.delete(who)),
        (templates["members"], "delete", 403, lambda: viewer.client.delete(who)),
        (templates["members"], "delete", 422, lambda: client.delete(members)),
        (templates["members"], "delete", 200, lambda: client.delete(who)),
        (templates["members"], "delete", 404, lambda: client.delete(who)),
    ]


def requests_for_service_accounts(instance, owner, viewer):
    org, gone, repeated = instance.organization(owner), uuid.uuid4(), {"Idempotency-Key": str(uuid.uuid4())}
    instance.member(org["id"], viewer, "viewer")
    nothing = instance.user()
    instance.member(org["id"], nothing, "member")
    client, anonymous = owner.client, instance.client()
    path, template = f"/organizations/{org['id']}/service_accounts", "/organizations/{organization_id}/service_accounts"
    away, malformed = f"/organizations/{gone}/service_accounts", "/organizations/x/service_accounts"
    first, second = (ok(client.post(path, json={"username": unique("ci")})) for _ in range(2))
    one, of_one, same = f"{path}/{first['id']}", template + "/{service_account_id_or_username}", {"username": unique("ci")}

    def post(sender=client, to=path, headers=None, **fields):
        return lambda: sender.post(to, json={"username": unique("ci"), **fields}, headers=headers)

    return [
        (template, "get", 200, lambda: client.get(path + "?include_total=1&limit=1")),
        (template, "get", 401, lambda: anonymous.get(path)),
        (template, "get", 403, lambda: nothing.client.get(path)),
        (template, "get", 404, lambda: client.get(away)),
        (template, "get", 422, lambda: client.get(path + "?limit=0")),
        *((template, "post", 200, lambda: client.post(path, json=same, headers=repeated)) for _ in range(2)),
        (template, "post", 422, post(headers=repeated)),
        (template, "post", 400, post(headers={"Idempotency-Key": "a b"})),
        (template, "post", 401, post(anonymous)),
        (template, "post", 403, post(viewer.client)),
        (template, "post", 404, post(role_id=str(gone))),
        (template, "post", 409, post(username=first["username"])),
        (template, "post", 413, post(description="x" * 70000)),
        (template, "post", 415, lambda: client.post(path, data=b"x")),
        (of_one, "get", 200, lambda: client.get(one)),
        (of_one, "get", 304, lambda: client.get(one, headers={"If-None-Match": "*"})),
        (of_one, "get", 401, lambda: anonymous.get(one)),
        (of_one, "get", 403, lambda: nothing.client.get(one)),
        (of_one, "get", 404, lambda: client.get(path + "/nobody")),
        (of_one, "get", 422, lambda: client.get(malformed + "/ci")),
        (of_one, "patch", 200, lambda: client.patch(one, json={"description": "d"})),
        (of_one, "patch", 401, lambda: anonymous.patch(one, json={})),
        (of_one, "patch", 403, lambda: viewer.client.patch(one, json={})),
        (of_one, "patch", 404, lambda: client.patch(f"{path}/{gone}", json={})),
        (of_one, "patch", 409, lambda: client.patch(one, json={"username": second["username"]})),
        (of_one, "patch", 412, lambda: client.patch(one, json={}, headers={"If-Match": '"x"'})),
        (of_one, "patch", 413, lambda: client.patch(one, json={"name": "x" * 70000})),
        (of_one, "patch", 415, lambda: client.patch(one, data=b"x")),
        (of_one, "patch", 422, lambda: client.patch(one, json={"is_active": 5})),
        (of_one, "delete", 401, lambda: anonymous.delete(one)),
        (of_one, "delete", 403, lambda: viewer.client.delete(one)),
        (of_one, "delete", 404, lambda: client.delete(f"{path}/{gone}")),
        (of_one, "delete", 412, lambda: client.delete(one, headers={"If-Match": '"x"'})),
        (of_one, "delete", 422, lambda: client.delete(malformed + "/ci")),
        *requests_for_keys(instance, one + "/api_keys", of_one + "/api_keys", owner, nothing.client),
        (of_one + "/api_keys", "get", 404, lambda: client.get(path + "/nobody/api_keys")),
        (of_one + "/api_keys", "post", 404, lambda: client.post(path + "/nobody/api_keys", json={"name": "x"})),
        (of_one, "delete", 200, lambda: client.delete(one)),
    ]


def requests_for_users(instance, owner):
    template, path, other = "/users/{user_id}", "/users/" + owner.id, "/users/" + instance.user().id
    client, anonymous, admin = owner.client, instance.client(), instance.admin.client
    same, stale, repeated = {"username": unique()}, {"If-Match": '"stale"'}, {"Idempotency-Key": str(uuid.uuid4())}
    return [
        ("/users", "get", 200, lambda: admin.get("/users?include_total=1&limit=1")),
        ("/users", "get", 422, lambda: client.get("/users?limit=0")),
        (template, "get", 200, lambda: client.get(path)),
        (template, "get", 304, lambda: client.get(path, headers={"If-None-Match": "*"})),
        (template, "get", 401, lambda: anonymous.get(path)),
        (template, "get", 404, lambda: client.get(other)),
        (template, "get", 422, lambda: client.get("/users/x")),
        *(("/users", "post", status, lambda body=body: admin.post("/users", json=body, headers=repeated))
          for status, body in ((200, same), (200, same), (422, {"username": unique()}))),
        ("/users", "post", 400, lambda: admin.post("/users", json={"username": unique()}, headers={"Idempotency-Key": "a b"})),
        ("/users", "post", 401, lambda: anonymous.post("/users", json={"username": unique()})),
        ("/users", "post", 403, lambda: client.post("/users", json={"username": unique()})),
        ("/users", "post", 409, lambda: admin.post("/users", json={"username": owner.name})),
        ("/users", "post", 413, lambda: admin.post("/users", json={"username": "x" * 70000})),
        ("/users", "post", 415, lambda: admin.post("/users", data=b"x")),
        ("/users", "post", 422, lambda: admin.post("/users", json={"metadata": 5})),
        (template, "patch", 200, lambda: client.patch(path, json={"metadata": {"a": 1}})),
        (template, "patch", 401, lambda: anonymous.patch(path, json={})),
        (template, "patch", 403, lambda: client.patch(path, json={"is_active": False})),
        (template, "patch", 404, lambda: client.patch(other, json={})),
        (template, "patch", 409, lambda: admin.patch(other, json={"username": owner.name})),
        (template, "patch", 412, lambda: client.patch(path, json={}, headers=stale)),
        (template, "patch", 413, lambda: client.patch(path, json={"name": "x" * 70000})),
        (template, "patch", 415, lambda: client.patch(path, data=b"x")),
        (template, "patch", 422, lambda: client.patch("/users/x", json={"name": 5})),
        *ways_in_of(instance, "sessions"), *ways_in_of(instance, "grants"),
        (template, "delete", 401, lambda: anonymous.delete(path)),
        (template, "delete", 403, lambda: client.delete(path)),
        (template, "delete", 404, lambda: client.delete(other)),
        (template, "delete", 412, lambda: admin.delete(other, headers=stale)),
        (template, "delete", 422, lambda: client.delete("/users/x")),
        (template, "delete", 200, lambda: admin.delete(other)),
    ]


def requests_for_keys(instance, path, template, manager, forbidden):
    """Of the keys at this path. `forbidden` may not do this with what it has."""
    client, anonymous, one = manager.client, instance.client(), template + "/{key_id}"
    made, other = (ok(client.post(path, json={"name": unique()})) for _ in range(2))
    place, nothing, repeated = f"{path}/{made['id']}", f"{path}/{uuid.uuid4()}", {"Idempotency-Key": str(uuid.uuid4())}
    key_reused = {"Idempotency-Key": str(uuid.uuid4())}
    ok(client.post(path, json={"name": unique()}, headers=key_reused))
    stale, malformed, new = {"If-Match": '"stale"'}, {"Idempotency-Key": "a b"}, {"name": unique()}
    at_one = [(method, status, lambda method=method, sender=sender, where=where, options=options: sender.request(
                  method.upper(), where, **({"json": {}} if method == "patch" else {}), **options))
              for method in ("get", "patch", "delete")
              for status, sender, where, options in ((401, anonymous, place, {}), (403, forbidden, place, {}),
                                                     (404, client, nothing, {}), (422, client, path + "/x", {}),
                                                     (412, client, place, {"headers": stale}))
              if (method, status) != ("get", 412)]
    rotate = one + "/rotate"
    return [
        (template, "get", 200, lambda: client.get(path + "?include_total=1&limit=1")),
        (template, "get", 401, lambda: anonymous.get(path)),
        (template, "get", 403, lambda: forbidden.get(path)),
        (template, "get", 422, lambda: client.get(path + "?limit=0")),
        (template, "post", 200, lambda: client.post(path, json=new, headers=repeated)),
        (template, "post", 200, lambda: client.post(path, json=new, headers=repeated)),
        (template, "post", 400, lambda: client.post(path, json={"name": unique()}, headers=malformed)),
        (template, "post", 401, lambda: anonymous.post(path, json={"name": unique()})),
        (template, "post", 403, lambda: forbidden.post(path, json={"name": unique()})),
        (template, "post", 409, lambda: client.post(path, json={"name": made["name"]})),
        (template, "post", 413, lambda: client.post(path, json={"name": "x" * 70000})),
        (template, "post", 415, lambda: client.post(path, data=b"x")),
        (template, "post", 422, lambda: client.post(path, json={"name": 5, "expires_in_minutes": 0})),
        (template, "post", 422, lambda: client.post(path, json={"name": unique()}, headers=key_reused)),
        *((one, method, status, send) for method, status, send in at_one),
        (one, "get", 200, lambda: client.get(place)),
        (one, "patch", 200, lambda: client.patch(place, json={"description": "d"})),
        (one, "patch", 409, lambda: client.patch(place, json={"name": other["name"]})),
        (one, "patch", 413, lambda: client.patch(place, json={"name": "x" * 70000})),
        (one, "patch", 415, lambda: client.patch(place, data=b"x")),
        (rotate, "post", 200, lambda: client.post(place + "/rotate", json={"retain_period_minutes": 1})),
        (rotate, "post", 400, lambda: client.post(place + "/rotate", json={}, headers=malformed)),
        (rotate, "post", 401, lambda: anonymous.post(place + "/rotate", json={})),
        (rotate, "post", 403, lambda: forbidden.post(place + "/rotate", json={})),
        (rotate, "post", 404, lambda: client.post(nothing + "/rotate", json={})),
        (rotate, "post", 412, lambda: client.post(place + "/rotate", json={}, headers=stale)),
        (rotate, "post", 413, lambda: client.post(place + "/rotate", json={"x": "x" * 70000})),
        (rotate, "post", 415, lambda: client.post(place + "/rotate", data=b"x")),
        (rotate, "post", 422, lambda: client.post(place + "/rotate", json={"retain_period_minutes": -1})),
        (one, "delete", 200, lambda: client.delete(f"{path}/{other['id']}")),
    ]


def requests_of(instance, owner):
    """For each operation: the status to come, and the request that brings it."""
    org = instance.organization(owner, description="d", logo_url="http://example.org/",
                                links=[{"title": "t", "url": "http://example.org/"}])
    viewer = instance.user(limit=0)
    instance.member(org["id"], viewer, "viewer")
    client, anonymous = owner.client, instance.client()
    one, template = "/organizations/" + org["id"], "/organizations/{organization_id_or_name}"
    stale, repeated = {"If-Match": '"stale"'}, {"Idempotency-Key": str(uuid.uuid4())}
    return [
        ("/organizations", "get", 200,
         lambda: client.get("/organizations?include_subscription_status=1&include_total=1&limit=1")),
        ("/organizations", "get", 404, lambda: client.get(f"/organizations?after={uuid.uuid4()}")),
        ("/organizations", "get", 422, lambda: client.get("/organizations?limit=0&offset=x")),
        ("/organizations", "post", 200, lambda: client.post("/organizations", json={"name": unique()})),
        *(("/organizations", "post", status, lambda body=body: client.post("/organizations", json=body, headers=repeated))
          for status, body in ((200, {"name": org["name"] + "2"}), (200, {"name": org["name"] + "2"}), (422, {}),
                               (422, {"name": org["name"] + "3"}))),
        ("/organizations", "post", 400,
         lambda: client.post("/organizations", json={"name": unique()}, headers={"Idempotency-Key": "a b"})),
        ("/organizations", "post", 401, lambda: anonymous.post("/organizations", json={"name": unique()})),
        ("/organizations", "post", 403, lambda: viewer.client.post("/organizations", json={"name": unique()})),
        ("/organizations", "post", 409, lambda: client.post("/organizations", json={"name": org["name"]})),
        ("/organizations", "post", 413, lambda: client.post("/organizations", json={"name": "x" * 70000})),
        ("/organizations", "post", 415, lambda: client.post("/organizations", data=b"x")),
        ("/organizations", "post", 422, lambda: client.post("/organizations", json={"links": [{"title": 5}, 6]})),
        (template, "get", 200, lambda: client.get(one)),
        (template, "get", 200, lambda: client.get(one + "?include_subscription_status=true")),
        (template, "get", 304, lambda: client.get(one, headers={"If-None-Match": "*"})),
        (template, "get", 401, lambda: anonymous.get(one)),
        (template, "get", 404, lambda: client.get("/organizations/nobody")),
        (template, "get", 422, lambda: client.get(one + "?include_subscription_status=x")),
        (template, "patch", 200, lambda: client.patch(one, json={"description": None, "links": None})),
        (template, "patch", 401, lambda: anonymous.patch(one, json={})),
        (template, "patch", 403, lambda: viewer.client.patch(one, json={})),
        (template, "patch", 404, lambda: client.patch(f"/organizations/{uuid.uuid4()}", json={})),
        (template, "patch", 409, lambda: client.patch(one, json={"name": instance.organization(owner)["name"]})),
        (template, "patch", 412, lambda: client.patch(one, json={}, headers=stale)),
        (template, "patch", 413, lambda: client.patch(one, json={"name": "x" * 70000})),
        (template, "patch", 415, lambda: client.patch(one, data=b"x")),
        (template, "patch", 422, lambda: client.patch("/organizations/name", json={"name": 5})),
        (template, "delete", 401, lambda: anonymous.delete(one)),
        (template, "delete", 403, lambda: viewer.client.delete(one)),
        (template, "delete", 404, lambda: client.delete(f"/organizations/{uuid.uuid4()}")),
        (template, "delete", 412, lambda: client.delete(one, headers=stale)),
        (template, "delete", 422, lambda: client.delete("/organizations/name")),
        (template, "delete", 200, lambda: client.delete(one)),
        *reads_of(client, instance.client(METRICS_TOKEN), anonymous),
        *requests_for_keys(instance, "/users/me/api_keys", "/users/me/api_keys", instance.user(),
                           instance.service_account(instance.organization(instance.user())["id"], "admin").client),
        *requests_for_events(instance, owner, viewer),
        *requests_for_invitations(instance, owner, viewer),
        *requests_for_links(instance),
        *requests_for_people(instance, owner, viewer),
        *requests_for_service_accounts(instance, owner, viewer),
        *requests_for_users(instance, owner),
        ("/", "get", 200, lambda: anonymous.get("/", headers={"Accept": "text/html"})),
        ("/docs", "get", 304, lambda: anonymous.get("/docs", headers={"If-None-Match": "*"})),
        *wrong_methods(anonymous),
        ("/auth/login", "post", 200, lambda: anonymous.post("/auth/login", data={"password": owner.token})),
        ("/auth/login", "post", 400, lambda: anonymous.post("/auth/login", data={"grant_type": "x"})),
        ("/auth/login", "post", 401, lambda: anonymous.post("/auth/login", data={"password": "x"})),
        ("/auth/login", "post", 413, lambda: anonymous.post("/auth/login", data={"password": "x" * 70000})),
        ("/auth/login", "post", 403, lambda: anonymous.post("/auth/login", headers={"Origin": "https://evil.example"})),
        ("/auth/login", "post", 415, lambda: anonymous.post("/auth/login", json={})),
        *oauth_requests(instance),
    ]


HEADERS = ("Retry-After", "ETag", "Location", "Content-Location", "Link", "X-Total-Count", "WWW-Authenticate", "Allow",
           "Idempotency-Replayed")


@pytest.mark.shows("API9")
def test_live_answers_are_as_described(instance, owner):
    instance.installation.sql("DELETE FROM orgd.orgd_attempts")
    seen = set()
    for path, method, status, send in requests_of(instance, owner):
        response, where = send(), f"{method} {path} {status}"
        assert response.status_code == status, f"{where}: {response.text}"
        described = resolved(DOCUMENT["paths"][path][method]["responses"][str(status)])
        kind = response.headers.get("Content-Type")
        assert status in (302, 303, 304) or kind.split(";")[0] in described["content"], where
        if status not in (302, 303, 304) and kind == "application/json":
            schema = described["content"][kind]["schema"]
            check(response.json(), schema)
            assert list(undescribed(response.json(), schema)) == [], where
        documented = {name.lower() for name in described.get("headers", {})}
        assert {name for name in HEADERS if name in response.headers and name.lower() not in documented} == set(), where
        seen.add((path, method, str(status)))
    promised = {(path, method, status) for path, method in OPERATIONS
                for status in DOCUMENT["paths"][path][method]["responses"]}
    elsewhere = {one for one in promised if one[2] in ("408", "500", "503", "default")}  # test_slow_peers.py, test_outage.py
    elsewhere |= {one for one in promised if one[1:] == ("get", "429") and one[0] not in PAGES}  # test_slow_peers.py
    elsewhere |= {one for one in promised if one[1:] == ("post", "429") and one[:2] in REPEATABLE}  # test_idempotency.py
    elsewhere |= {(path, "post", "409") for path, _ in OPERATIONS if path.endswith("/rotate")}  # test_keys.py
    elsewhere |= {("/organizations/{organization_id}/invitations/bulk", "post", "409")}  # test_idempotency.py
    elsewhere |= {("/metrics", "get", "404")}  # test_metrics.py
    elsewhere |= {("/account/invitation/join", "post", "429")}  # test_invitation_pages.py
    elsewhere |= {("/account/forgotten-password", "post", "400"), ("/account/forgotten-password", "post", "429"),
                  (RESET, "post", "429")}  # test_forgotten_passwords.py
    elsewhere |= {("/users/{user_id}", "patch", "429")}  # test_address_proofs.py
    assert promised - seen == elsewhere
    instance.installation.sql("DELETE FROM orgd.orgd_attempts")


def test_the_schemas_refuse_what_is_wrong(instance, owner):
    """Otherwise the test above would prove nothing."""
    org = instance.organization(owner)
    schemas = DOCUMENT["components"]["schemas"]
    for wrong in ({**org, "name": None}, {**org, "created": 5}, {**org, "links": [{}]},
                  {key: org[key] for key in org if key != "owner_id"}, [], None):
        with pytest.raises(jsonschema.ValidationError):
            check(wrong, schemas["Organization"])


# Whose example makes or changes something here, and the parameters of paths that lead to it.
MADE_BY_EXAMPLES = {
    **dict.fromkeys(("/organizations", "/organizations/{organization_id_or_name}"),
                    ("organization_id", "organization_id_or_name")),
    **dict.fromkeys(("/users/me/api_keys", "/users/me/api_keys/{key_id}", "/users/me/api_keys/{key_id}/rotate"), ("key_id",)),
}


def test_every_example_of_a_request_can_be_sent(instance):
    """What it names does not exist here, but nothing in it is malformed."""
    user, anonymous = instance.user(limit=5), instance.client()
    created = {}
    for path, method in OPERATIONS:
        for media_type, content in DOCUMENT["paths"][path][method].get("requestBody", {}).get("content", {}).items():
            if media_type == "application/json":
                place = re.sub(r"\{(\w+)\}", lambda parameter: created.get(parameter[1], UNKNOWN_ID), path)
                response = user.client.request(method.upper(), place, json=content["example"])
                if path not in MADE_BY_EXAMPLES:
                    assert response.status_code in (200, 403, 404), (path, response.text)
                    continue
                sent = ok(response)
                created.update({name: sent["id"] for name in MADE_BY_EXAMPLES[path]})
                shown = content["example"].keys() - {"expires_in_minutes", "retain_period_minutes"}
                assert {name: sent[name] for name in shown} == {name: content["example"][name] for name in shown}
            else:
                response = anonymous.request(method.upper(), path, data=content["example"])
                assert str(response.status_code) in DOCUMENT["paths"][path][method]["responses"], (path, response.text)
                assert response.status_code not in (413, 415, 422), path
                if response.status_code == 400 and path not in PAGES:
                    assert response.json()["error"] != "invalid_request", (path, response.text)
    instance.installation.sql("DELETE FROM orgd.orgd_attempts")


# Bounds: what the document says about input is what is checked


def bounds(schema):
    """(keyword, value) pairs, also of the branches of "or null"."""
    schema = resolved(schema)
    for branch in [schema, *map(resolved, schema.get("anyOf", []))]:
        for keyword in ("minLength", "maxLength", "minimum", "maximum", "maxItems"):
            if keyword in branch:
                yield keyword, branch[keyword]


def beyond(schema, keyword, value):
    if keyword == "maxItems":
        return [{"title": "t", "url": "http://example.org/"}] * (value + 1)
    if keyword in ("minimum", "maximum"):
        return value + (1 if keyword == "maximum" else -1)
    is_url = any(resolved(branch).get("format") == "uri" for branch in [schema, *schema.get("anyOf", [])])
    prefix = "http://example.org/" if is_url else ""
    return "" if keyword == "minLength" else prefix + "x" * (value + 1 - len(prefix))


@pytest.mark.shows("V5.1.3-5.1.4")
def test_values_beyond_the_documents_bounds_are_refused(instance, owner):
    org, tried = instance.organization(owner), set()
    for model in ("OrganizationCreate", "OrganizationUpdate"):
        for name, schema in DOCUMENT["components"]["schemas"][model]["properties"].items():
            for keyword, value in bounds(schema):
                body = {"name": unique(), name: beyond(resolved(schema), keyword, value)}
                if model == "OrganizationCreate":
                    response = owner.client.post("/organizations", json=body)
                else:
                    response = owner.client.patch("/organizations/" + org["id"], json=body)
                assert [loc for _, loc in places(response)] == [["body", name]], (model, name, keyword)
                tried.add((name, keyword))
    for parameter in parameters_of("/organizations", "get"):
        for keyword, value in bounds(parameter.get("schema", {})):
            name = parameter["name"]
            response = owner.client.get("/organizations", params={name: beyond(parameter["schema"], keyword, value)})
            assert [loc for _, loc in places(response)] == [["query", name]], (name, keyword)
            tried.add((name, keyword))
    assert tried >= {("name", "minLength"), ("name", "maxLength"), ("description", "minLength"),
                     ("description", "maxLength"), ("logo_url", "maxLength"),
                     ("links", "maxItems"), ("limit", "minimum"), ("limit", "maximum"), ("offset", "minimum"),
                     ("offset", "maximum")}
