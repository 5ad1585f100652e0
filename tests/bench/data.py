"""What the benchmark works on: a member of 200 organizations, a service account, 64 users who create; and their
credentials."""

import json
import secrets
import uuid
from dataclasses import dataclass, field

from stacks import Instance, WORKERS, ORGD_SETTINGS  # stacks.py makes the harness importable
from installation import Client

MEMBERSHIPS = 200
PAGE = 100
WRITERS = 64
ORGANIZATION_LIMIT = 1000000


@dataclass
class Caller:
    id: str
    key: str
    token: str  # the JWT

    def headers(self, kind):
        return {"Authorization": f"Bearer {self.key if kind == 'key' else self.token}"}


@dataclass
class Data:
    member: Caller
    service: Caller
    organizations: list
    writers: list = field(default_factory=list)
    etag: str = ""
    body: str = ""

    @property
    def first(self):
        return self.organizations[0]

    @property
    def crowded(self):
        """One with many members, which nobody else reads."""
        return self.organizations[1]


def _token(client, key):
    response = client.post("/auth/login", data={"grant_type": "client_credentials", "client_secret": key})
    response.raise_for_status()
    return response.json()["access_token"]


def _user(installation, client, name):
    user_id = installation.orgctl("user", "create", name, "--organization-limit", ORGANIZATION_LIMIT, "--quiet")
    key = installation.orgctl("token", "create", "--user", name, "--quiet")
    return Caller(user_id, key, _token(client, key))


def _service_account(installation, client, organization_id):
    account_id = installation.orgctl("service-account", "create", "bench", "--organization", organization_id,
                                     "--role", "viewer", "--quiet")
    key = installation.orgctl("key", "create", "--service-account", "bench", "--quiet")
    return Caller(account_id, key, _token(client, key))


def organization_fields(name):
    """An ordinary organization: a sentence of description, no links."""
    return {"name": name, "description": "The people who build and run what everybody else relies on",
            "logo_url": "https://static.example.org/logos/organization.svg"}


def _organization(client, number):
    response = client.post("/organizations", json=organization_fields(f"organization-{number}-{secrets.token_hex(3)}"))
    response.raise_for_status()
    return response.json()


def _fill(installation, organization):
    """The organization gets so many members that a page of them is full."""
    installation.sql("INSERT INTO orgd_accounts (id, kind, name, name_key, full_name, created, updated)"
                     " SELECT UNHEX(MD5(CONCAT('crowd', seq))), 'user', CONCAT('crowd-', seq), CONCAT('crowd-', seq),"
                     f" CONCAT('Somebody Number ', seq), NOW(6), NOW(6) FROM seq_1_to_{PAGE}")
    installation.sql("INSERT INTO orgd_memberships (organization_id, account_id, own_roles, organization_created, created)"
                     " SELECT o.id, a.id, 'viewer', o.created, a.created FROM orgd_accounts a JOIN orgd_organizations o"
                     " ON o.id = %s WHERE a.name LIKE 'crowd-%%'", (uuid.UUID(organization["id"]).bytes,))


AUDIT_TABLE = """CREATE TABLE bare_audit (
    id BINARY(16) NOT NULL PRIMARY KEY, organization_id BINARY(16) NOT NULL, actor_id BINARY(16) NOT NULL,
    action VARCHAR(64) NOT NULL, name VARCHAR(64) NOT NULL, address VARCHAR(64) NULL, user_agent VARCHAR(200) NULL,
    occurred_at DATETIME(6) NOT NULL,
    KEY bare_audit_organization (organization_id, occurred_at), KEY bare_audit_actor (actor_id, occurred_at))
    ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


def load(installation):
    """Through the API, as users would. The table of bare's audit is its own. What a courier does once a day is done, so that
    it does not fall into the first minutes of what is measured."""
    installation.sql(AUDIT_TABLE)
    installation.sql("GRANT INSERT ON orgd.bare_audit TO orgd_application")
    with Instance(installation, "lighttpd-remote", "", workers=WORKERS, settings=ORGD_SETTINGS) as instance:
        anybody = Client(instance.url)
        member = _user(installation, anybody, "member")
        client = Client(instance.url, member.key)
        organizations = [_organization(client, number) for number in range(MEMBERSHIPS)]
        data = Data(member, _service_account(installation, anybody, organizations[0]["id"]), organizations)
        _fill(installation, data.crowded)
        data.writers = [_user(installation, anybody, f"writer-{number}") for number in range(WRITERS)]
        response = client.get(f"/organizations/{data.first['id']}")
        data.etag, data.body = response.headers["ETag"], response.text
        assert json.loads(data.body) == data.first
    installation.orgctl("purge")
    return data
