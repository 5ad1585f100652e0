"""A foreign token issuer: Debian's Glewlwyd, an OAuth 2.0 and OpenID Connect server, on loopback."""

import base64
import hashlib
import secrets
import shutil
import sqlite3
import urllib.parse
from pathlib import Path

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from processes import Server, free_port, make_directory, write_file

TIMEOUT_S = 15
SCHEMA = Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
MODULES = "/usr/lib/glewlwyd"

# The schema comes with this account.
ADMIN = "admin"
ADMIN_PASSWORD = "password"

PLUGIN = "oidc"  # also the path of the plugin's endpoints
SCOPE = "orgs"
PERSON = "alice"
PERSON_PASSWORD = "correct horse"
CLIENT_ID = "orgd-tests"
CLIENT_SECRET = "battery staple"
REDIRECT_URI = "http://127.0.0.1:9/callback"  # nobody listens: the redirect is read, not followed

CONFIG = """
port = {port}
bind_address = "127.0.0.1"
external_url = "{url}"
login_url = "login.html"
api_prefix = "api"
log_mode = "console"
log_level = "INFO"
cookie_secure = 0
session_key = "GLEWLWYD2_SESSION_ID"
session_expiration = 3600
admin_scope = "g_admin"
profile_scope = "g_profile"
user_module_path = "{modules}/user"
client_module_path = "{modules}/client"
user_auth_scheme_module_path = "{modules}/scheme"
plugin_module_path = "{modules}/plugin"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3", path = "{database}" }}
"""


def _generate_ec_key():
    """A key whose coordinates both take 32 bytes. Glewlwyd's JWKS has the coordinates without leading zero bytes, which
    RFC 7518, 6.2.1.2, forbids and PyJWT refuses: one key in 128 would fail."""
    while True:
        key = ec.generate_private_key(ec.SECP256R1())
        point = key.public_key().public_numbers()
        if min(point.x, point.y) >= 1 << 248:
            return key


def _generate_rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


# By algorithm: what Glewlwyd calls the kind of key, and how to make one.
KEYS = {"ES256": ("ecdsa", _generate_ec_key), "RS256": ("rsa", _generate_rsa_key)}


def _session():
    session = requests.Session()
    session.trust_env = False
    return session


def _pem_pair(key):
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM,
                                           serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode("ascii"), public.decode("ascii")


class Glewlwyd(Server):
    """The server with one OIDC plugin, one scope, one confidential client and one person, while the `with` block
    lasts. It can be stopped and started in between: port, keys, accounts and database stay.

    Access tokens are RFC 9068's (typ is at+jwt). Clients and people are told apart by `sub`: it is the client's id in a
    client's own token, and in a person's an opaque id, made up at the first token; the username is in the claim
    `username`, which only a person's token has. Without a `resource` in the request, `aud` is the scopes, so both
    methods ask for the audience."""

    name = "glewlwyd"
    scope = SCOPE
    client_id = CLIENT_ID
    person = PERSON
    client_claims = {"iss", "sub", "aud", "client_id", "scope", "jti", "type", "iat", "nbf", "exp"}
    person_claims = client_claims | {"username"}

    def __init__(self, environment, algorithm="ES256", audience="https://orgs.example.org/"):
        super().__init__(make_directory("orgd-glewlwyd-"), environment)
        self.algorithm = algorithm
        self.audience = audience
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.plugin_url = f"{self.url}/api/{PLUGIN}"
        self.issuer = self.plugin_url
        self.jwks_url = f"{self.plugin_url}/jwks"
        self.config_path = self.directory / "glewlwyd.conf"
        self.database = self.directory / "glewlwyd.db"

    def command(self):
        return ["glewlwyd", f"--config-file={self.config_path}"]

    def is_ready(self):
        try:
            return _session().get(f"{self.url}/config", timeout=TIMEOUT_S).status_code == 200
        except requests.ConnectionError:
            return False

    def __enter__(self):
        try:
            self._create_database()
            write_file(self.config_path, CONFIG.format(port=self.port, url=self.url, modules=MODULES,
                                                       database=self.database))
            self.start()
            self._configure()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.directory)

    def _create_database(self):
        write_file(self.database, "")
        connection = sqlite3.connect(self.database)
        # One transaction: else each of the schema's statements waits for the disk.
        connection.executescript(f"BEGIN;\n{SCHEMA.read_text(encoding='utf-8')}\nCOMMIT;")
        connection.close()

    def add_person(self, username):
        """Somebody who may sign in and has the scope; g_profile lets people consent by the API."""
        self._add(self._signed_in(ADMIN, ADMIN_PASSWORD), "user", username=username, password=PERSON_PASSWORD,
                  name=username.title(), scope=["openid", SCOPE, "g_profile"])

    def client_credentials_token(self):
        """An access token for the client itself."""
        return self._token(grant_type="client_credentials", scope=SCOPE)

    def authorization_code_token(self, username=PERSON):
        """An access token for a person, by the authorization code flow with PKCE."""
        session = self._signed_in(username, PERSON_PASSWORD)
        self._checked(session.put(f"{self.url}/api/auth/grant/{CLIENT_ID}", json={"scope": f"openid {SCOPE}"},
                                  timeout=TIMEOUT_S))
        verifier = secrets.token_urlsafe(32)
        code = self._authorization_code(session, verifier)
        return self._token(grant_type="authorization_code", code=code, redirect_uri=REDIRECT_URI,
                           client_id=CLIENT_ID, code_verifier=verifier)

    def _authorization_code(self, session, verifier):
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=")
        state = secrets.token_urlsafe(8)
        # g_continue is what the sign-in page adds when it sends the browser back; without it that page comes first.
        response = session.get(f"{self.plugin_url}/auth", timeout=TIMEOUT_S, allow_redirects=False, params={
            "response_type": "code", "client_id": CLIENT_ID, "redirect_uri": REDIRECT_URI, "state": state,
            "scope": f"openid {SCOPE}", "nonce": secrets.token_urlsafe(8), "resource": self.audience,
            "code_challenge": challenge, "code_challenge_method": "S256", "g_continue": ""})
        location = response.headers.get("Location", "")
        answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
        assert location.startswith(REDIRECT_URI) and answer.get("state") == state and "code" in answer, \
            f"no code, but {response.status_code} to {location!r}:\n{self.logs()}"
        return answer["code"]

    def _token(self, **form):
        form["resource"] = self.audience
        return self._checked(_session().post(f"{self.plugin_url}/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET),
                                             timeout=TIMEOUT_S)).json()["access_token"]

    def _configure(self):
        admin = self._signed_in(ADMIN, ADMIN_PASSWORD)
        self._add(admin, "scope", name=SCOPE, display_name="Organizations", password_required=True,
                  password_max_age=0, scheme={})
        self._add(admin, "mod/plugin", module="oidc", name=PLUGIN, display_name="OpenID Connect",
                  parameters=self._plugin_parameters())
        self._add(admin, "client", client_id=CLIENT_ID, name="orgd's tests", confidential=True, enabled=True,
                  client_secret=CLIENT_SECRET, redirect_uri=[REDIRECT_URI], scope=[SCOPE],
                  authorization_type=["code", "client_credentials"], token_endpoint_auth_method=["client_secret_basic"])
        self.add_person(PERSON)

    def _plugin_parameters(self):
        kind, generate = KEYS[self.algorithm]
        private, public = _pem_pair(generate())
        return {"iss": self.issuer, "jwt-type": kind, "jwt-key-size": "256", "key": private, "cert": public,
                "jwks-show": True, "access-token-duration": 3600, "refresh-token-duration": 3600, "code-duration": 60,
                "refresh-token-rolling": False, "allow-non-oidc": True, "auth-type-code-enabled": True,
                "auth-type-client-enabled": True, "pkce-allowed": True, "pkce-required": True,
                "resource-allowed": True, "resource-scope": {SCOPE: [self.audience]},
                "additional-parameters": [{"user-parameter": "username", "token-parameter": "username"}]}

    def _add(self, admin, kind, **fields):
        self._checked(admin.post(f"{self.url}/api/{kind}/", json=fields, timeout=TIMEOUT_S))

    def _signed_in(self, username, password):
        session = _session()
        self._checked(session.post(f"{self.url}/api/auth/", json={"username": username, "password": password},
                                   timeout=TIMEOUT_S))
        return session

    def _checked(self, response):
        assert response.status_code == 200, \
            f"{response.request.method} {response.url}: {response.status_code} {response.text}\n{self.logs()}"
        return response
