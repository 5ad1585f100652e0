"""Whatever a client sends, text comes back unchanged, and nothing gives a 5xx."""

import json
import unicodedata
import uuid
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expect import faults, ok, organization
from population import name_key

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


BIDI_CONTROLS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def may_be_a_name(text):
    """The rule of section 3, said in Python."""
    normal = unicodedata.normalize("NFC", text)
    key = name_key(normal)
    if not 1 <= len(normal) <= 50 or normal != normal.strip() or key in ("", ".", "..") or len(key.encode()) > 1024:
        return False
    if BIDI_CONTROLS & set(normal) or any(unicodedata.category(c) in ("Cc", "Cn") for c in normal):
        return False
    try:
        uuid.UUID(key)
    except ValueError:
        return True
    return False


characters = st.characters(blacklist_categories=["Cs"])
names = st.text(characters, min_size=1, max_size=50).filter(may_be_a_name)
descriptions = st.none() | st.text(characters, min_size=1, max_size=256)
parts = st.text("abc/?&=%20-_~.", max_size=20).map(lambda text: quote(text, safe="/?&="))
urls = st.builds("https://example.org/{}{}".format, parts, st.just("") | parts.map("#{}".format))
links = st.none() | st.lists(st.fixed_dictionaries({"title": st.text(characters, min_size=1, max_size=50),
                                                    "url": urls}), max_size=20)
bodies = st.fixed_dictionaries({"name": names, "description": descriptions, "logo_url": st.none() | urls,
                                "links": links})


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


def stored(body):
    return {**body, "name": unicodedata.normalize("NFC", body["name"])}


def look_up(client, name):
    return organization(client.get("/organizations/" + quote(name, safe="")))


@quick
@given(first=bodies, second=bodies)
def test_any_text_survives_creation_reading_and_updating(owner, first, second):
    created = organization(owner.client.post("/organizations", json=first))
    path = "/organizations/" + created["id"]
    try:
        assert created | stored(first) == created
        assert organization(owner.client.get(path)) == created
        assert look_up(owner.client, first["name"]) == created
        updated = organization(owner.client.patch(path, json=second))
        assert updated | stored(second) == updated
        assert look_up(owner.client, unicodedata.normalize("NFD", second["name"])) == updated
        assert ok(owner.client.get("/organizations", params={"name": second["name"]})) == [updated]
    finally:
        ok(owner.client.delete(path))


@quick
@given(name=st.text(characters, max_size=60).filter(lambda text: not may_be_a_name(text)))
def test_what_breaks_the_rule_of_names_is_refused(owner, name):
    assert faults(owner.client.post("/organizations", json={"name": name}))[0]["loc"] == ["body", "name"]


keys = st.sampled_from(["name", "id", "description", "logo_url", "links", "owner_id", "title",
                        "url"]) | st.text(characters, max_size=5)
values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False,
                                                                            allow_infinity=False) | st.text(max_size=60)
                                                                            | st.uuids().map(str) | urls,
                      lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
                      max_leaves=20)
documents = st.dictionaries(keys, values, max_size=6).map(json.dumps).map(str.encode) | values.map(json.dumps).map(
    str.encode) | st.binary(max_size=200)
headers = st.fixed_dictionaries({"Content-Type": st.just("application/json")},
                                optional={"If-Match": st.text("W/\"*, abc\\", max_size=20).map(str.strip),
                                          "If-None-Match": st.text("W/\"*, abc", max_size=20).map(str.strip),
                                          "X-Request-Id": st.text("az09._- /", max_size=70).map(str.strip)})


def assert_sane(response):
    assert response.status_code < 500, response.text
    if response.status_code >= 400 and response.headers["Content-Type"] == "application/json":
        assert list(response.json()) == ["detail"]


@pytest.mark.shows("V5.1.3-5.1.4")
@quick
@given(body=documents, headers=headers)
def test_no_body_gives_a_5xx(instance, owner, body, headers):
    response = owner.client.post("/organizations", data=body, headers=headers)
    assert_sane(response)
    if response.status_code == 200:
        ok(owner.client.delete("/organizations/" + response.json()["id"]))
    kept = ok(owner.client.get("/organizations"))
    path = "/organizations/" + (kept[0] if kept else instance.organization(owner))["id"]
    assert_sane(owner.client.patch(path, data=body, headers=headers))


@quick
@given(query=st.lists(st.tuples(st.sampled_from(["name", "offset", "limit", "owner_id", "owner_username", "after",
                                                 "include_total", "include_subscription_status", "x"]),
                                st.text(characters, max_size=20) | st.integers().map(str) | st.uuids().map(str)
                                | st.binary(max_size=8)), max_size=5))
def test_no_query_gives_a_5xx(owner, query):
    encoded = "&".join(f"{key}={quote(value)}" for key, value in query)
    assert_sane(owner.client.get("/organizations?" + encoded))
    assert_sane(owner.client.get("/organizations/x?" + encoded))


@quick
@given(raw=st.text("abc=&%+;?#/0F", max_size=40), path=st.text("abc%2F05.;+~\\", max_size=20))
def test_no_url_gives_a_5xx(owner, raw, path):
    assert_sane(owner.client.get("/organizations?" + raw))
    for method in ("GET", "PATCH", "DELETE"):
        assert_sane(owner.client.request(method, "/organizations/" + path, json={} if method == "PATCH" else None))


@quick
@given(body=st.text("grant_type=client_credentials&password=x+%41%", max_size=80) | st.binary(max_size=80),
       authorization=st.none() | st.text("Basic Bearer=/+.A1", max_size=60))
def test_no_login_gives_a_5xx(instance, body, authorization):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if authorization is not None:
        headers["Authorization"] = authorization.strip()
    response = instance.client().post("/auth/login", data=body.encode() if isinstance(body, str) else body,
                                      headers=headers)
    assert response.status_code in (400, 401)
