"""People and clients of OAuth2: a browser without scripts, PKCE, and the parts of a flow that tests put together."""

import base64
import hashlib
import html
import re
import secrets
import urllib.parse

import requests

PASSWORD = "correct horse battery"


class Form:
    """One form of a page: where it goes, and what its fields hold."""

    def __init__(self, text):
        self.action = html.unescape(re.search(r'action="([^"]*)"', text)[1])
        self.fields = {}
        self.buttons = []
        for tag in re.findall(r"<(?:input|button)\b[^>]*>", text):
            attributes = {key: html.unescape(value) for key, value in re.findall(r'(\w+)="([^"]*)"', tag)}
            if tag.startswith("<button"):
                self.buttons.append((attributes.get("name"), attributes.get("value")))
            elif "name" in attributes:
                self.fields[attributes["name"]] = attributes.get("value", "")


class Browser:
    """Follows no redirect by itself; keeps cookies as a browser does."""

    def __init__(self, url, origin=None):
        self.url = url
        self.origin = origin or re.match(r"https?://[^/]+", url)[0]
        self.session = requests.Session()
        self.session.trust_env = False
        self.page = None

    def get(self, path):
        self.page = self.session.get(self.origin + path if path.startswith("/") else path, allow_redirects=False, timeout=30)
        return self.page

    def forms(self):
        return [Form(text) for text in re.findall(r"<form\b.*?</form>", self.page.text, re.DOTALL)]

    def post(self, action, fields):
        self.page = self.session.post(self.origin + action, data=fields, allow_redirects=False, timeout=30)
        return self.page

    def submit(self, index=0, **fields):
        form = self.forms()[index]
        return self.post(form.action, {**form.fields, **fields})

    def follow(self):
        """Goes where the last answer sends to, as long as that is one of our own pages."""
        while self.page.status_code == 303 and self.page.headers["Location"].startswith("/"):
            self.get(self.page.headers["Location"])
        return self.page

    def sign_in(self, username, password=PASSWORD):
        if not self.forms():
            self.get(urllib.parse.urlsplit(self.url).path.rstrip("/") + "/auth/sign-in")
        self.submit(username=username, password=password)
        return self.follow()


class Pkce:
    def __init__(self):
        self.verifier = secrets.token_urlsafe(48)
        self.challenge = s256(self.verifier)


def s256(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def answer_of(response):
    """The parameters with which a person was sent back to a client."""
    assert response.status_code == 303, f"{response.status_code} {response.text}"
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(response.headers["Location"]).query))


def error_of(response, status, code):
    """An error of RFC 6749, 5.2, with our own detail beside it."""
    assert response.status_code == status, f"{response.status_code} {response.text}"
    body = response.json()
    assert body["error"] == code, body
    assert body["detail"][1] == body["error_description"]
    assert response.headers["Cache-Control"] == "no-store" and response.headers["Pragma"] == "no-cache"
    return body["error_description"]
