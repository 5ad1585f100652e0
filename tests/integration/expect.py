"""What answers of this API look like, and names that no other test uses."""

import base64
import itertools
import json
import re
import secrets
import uuid

from processes import wait_until

MODEL = ["name", "description", "logo_url", "id", "created", "updated", "has_active_subscription", "trial_expiry",
         "owner_id", "links"]
UNKNOWN_ID = "3f5e9d60-7c1b-4a52-9b3e-0c8d2f6a1e47"  # nobody's; always the same, since it is in the names of tests
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")

_numbers = itertools.count(1)


def unique(prefix="name"):
    return f"{prefix} {next(_numbers)}-{secrets.token_hex(4)}"


def unique_address():
    """A verified address belongs to one account alone, and tests share a database."""
    return f"{unique('x').replace(' ', '-')}@example.org"


def ok(response):
    assert response.status_code == 200, f"{response.status_code} {response.text}"
    return response.json()


def organization(response):
    """The model of section 3, in its order."""
    body = ok(response)
    assert list(body) == MODEL
    assert str(uuid.UUID(body["id"])) == body["id"]
    assert TIME.fullmatch(body["created"]) and TIME.fullmatch(body["updated"])
    return body


def error(response, status, name):
    """An error of section 2; returns its sentence."""
    assert response.status_code == status, f"{response.status_code} {response.text}"
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert list(body) == ["detail"]
    assert len(body["detail"]) == 2 and body["detail"][0] == name
    sentence = body["detail"][1]
    assert sentence[0].isupper() and sentence.endswith(".")
    return sentence


def faults(response):
    """The validation errors of a 422."""
    assert response.status_code == 422, f"{response.status_code} {response.text}"
    body = response.json()
    assert list(body) == ["detail"] and body["detail"]
    for fault in body["detail"]:
        assert list(fault) in (["type", "loc", "msg", "input"], ["type", "loc", "msg", "input", "ctx"])
        assert fault["loc"][0] in ("body", "query", "path")
    return body["detail"]


def places(response):
    return [(fault["type"], fault["loc"]) for fault in faults(response)]


def unauthorized(response, error_code=None):
    error(response, 401, "AuthorizationException")
    expected = 'Bearer realm="orgd"' + (f', error="{error_code}"' if error_code else "")
    assert response.headers["WWW-Authenticate"] == expected


def logged(instance, request_id, count):
    """The lines about this request id, when there are so many: the access line is written behind the answer's back."""
    def lines():
        found = [json.loads(line) for line in instance.log_text().splitlines() if request_id in line]
        return found if len(found) >= count else None
    return wait_until(lines, f"{count} log lines with the request id {request_id}")


def id_in(secret):
    """The id of the credential that a key, token or cookie of ours names, as answers and log lines write it."""
    return str(uuid.UUID(bytes=base64.urlsafe_b64decode(secret[7:])[:16]))
