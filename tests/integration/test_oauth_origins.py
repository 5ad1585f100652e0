"""Pages elsewhere that have their visitors' browsers send something to OAuth's endpoints: it is the visitor's address that
would be slowed, or banned."""

import re
import uuid

import pytest

from expect import logged

ALLOWED = "https://app.example.org"  # cors_origins of the instance
EVIL = "https://evil.example"
REQUESTS = {
    "/auth/login": {"password": "ORGKEY_x"},
    "/auth/token": {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"},
    "/auth/revoke": {"token": "x", "client_id": "a"},
    "/auth/introspect": {"token": "x", "client_id": "a", "client_secret": "b"},
    "/auth/device_authorization": {"client_id": "a-device"},
}
FOREIGN = [{"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
           {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}, {"Origin": "https://other.example.org", "Sec-Fetch-Site": "same-site"},
           {"Origin": ALLOWED + ".evil.example"}, {"Origin": "http://localhost.evil.example"}, {"Origin": "https://localhost"},
           {"Origin": "http://localhost:8080"}, {"Origin": EVIL, "Sec-Fetch-Site": "none"}]
WELCOME = [{"Origin": ALLOWED}, {"Origin": ALLOWED, "Sec-Fetch-Site": "cross-site"}, {"Origin": "OUR OWN"},
           {"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]


def send(instance, path, headers):
    request_id = uuid.uuid4().hex
    response = instance.client().post(path, data=REQUESTS[path], headers={**headers, "X-Request-Id": request_id})
    line, = logged(instance, request_id, 1)
    return response, line["action"]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", REQUESTS)
def test_a_page_elsewhere_is_refused_before_anything_is_looked_up(instance, database, path, headers):
    attempts = database.sql("SELECT * FROM orgd_attempts")
    response, refused = send(instance, path, headers)
    assert response.status_code == 403 and list(response.json()) == ["error", "error_description"]
    assert response.json()["error"] == "access_denied" and "cors_origins" in response.json()["error_description"]
    assert refused is None
    assert response.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in response.headers
    assert database.sql("SELECT * FROM orgd_attempts") == attempts


@pytest.mark.parametrize("headers", WELCOME)
@pytest.mark.parametrize("path", REQUESTS)
def test_own_pages_and_listed_origins_get_what_programs_get(instance, path, headers):
    expected, _ = send(instance, path, {})
    assert expected.status_code in (200, 400, 401)
    response, _ = send(instance, path, {key: re.match("https?://[^/]+", instance.url)[0] if value == "OUR OWN" else value
                                        for key, value in headers.items()})
    assert response.status_code == expected.status_code, response.text


def test_a_preflight_tells_as_ever(instance):
    for origin, allowed in ((ALLOWED, ALLOWED), (EVIL, None)):
        response = instance.client().options("/auth/token", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
        assert response.status_code == 204 and response.headers.get("Access-Control-Allow-Origin") == allowed
