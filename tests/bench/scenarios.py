"""What is compared with what. A group is measured in turns: its base, each member, the base again."""

import json
from dataclasses import dataclass

from data import organization_fields
from stacks import OTHER_WORKERS, WORKERS

KINDS = ("key", "jwt")


@dataclass
class Scenario:
    name: str
    stack: str
    plan: dict  # what wrk.lua reads


@dataclass
class Group:
    name: str
    title: str
    base: Scenario
    members: list


def to_lua(value):
    """Strings, booleans, lists and dictionaries as a Lua literal."""
    if isinstance(value, dict):
        pairs = (f"[{to_lua(key)}] = {to_lua(item)}" for key, item in value.items() if item is not None)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"{{{', '.join(map(to_lua, value))}}}"
    # Of JSON, Lua does not know the escape for other alphabets, which nothing here needs.
    return json.dumps(value)


def write_plan(scenario, path):
    path.write_text(f"return {to_lua(scenario.plan)}\n", encoding="ascii")
    return path


def request(path, headers, method="GET", body=None, **more):
    if body is not None:
        headers = {"Content-Type": "application/json", **headers}
    return {"method": method, "path": path, "headers": headers, "body": body, **more}


def one(name, stack, path, headers, **options):
    return Scenario(name, stack, {"requests": [request(path, headers, **options)]})


def body_of(name):
    return json.dumps(organization_fields(name))


class Scenarios:
    """Every scenario, for one set of data."""

    def __init__(self, data):
        self.data = data
        self.get_path = f"/organizations/{data.first['id']}"

    # The bare responder gets the headers that orgd gets: the wrk line differs in the path alone.

    def bare_get(self, stack="bare", kind="key", name="bare get"):
        return one(name, stack, f"/get/{self.data.first['id']}", self.data.service.headers(kind))

    def bare_list(self):
        return one("bare list", "bare", f"/list/{self.data.member.id}", self.data.member.headers("key"))

    def bare_insert(self):
        return self.creation("bare insert", "bare", lambda writer: f"/insert/{writer.id}", "key")

    def bare_audited(self):
        return self.creation("bare audited insert", "bare", lambda writer: f"/audited/{writer.id}", "key")

    def get(self, kind, name=None, stack="orgd"):
        return one(name or f"get_by_id_{kind}", stack, self.get_path, self.data.service.headers(kind))

    def get_by_name(self, kind):
        path = f"/organizations/{self.data.first['name']}"
        return one(f"get_by_name_{kind}", "orgd", path, self.data.service.headers(kind))

    def conditional_get(self, kind):
        headers = {"If-None-Match": self.data.etag, **self.data.service.headers(kind)}
        return one(f"conditional_get_{kind}", "orgd", self.get_path, headers)

    def static(self):
        return one("static", "static", "/organization", self.data.service.headers("key"))

    def login(self):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        plan = {"method": "POST", "path": "/auth/login", "headers": headers,
                "body": f"grant_type=client_credentials&client_secret={self.data.service.key}"}
        return Scenario("login", "orgd", {"requests": [plan]})

    def list(self, kind, limit, name=None, stack="orgd"):
        path = f"/organizations?limit={limit}"
        return one(name or f"list_{limit}_{kind}", stack, path, self.data.member.headers(kind))

    def members(self, kind):
        path = f"/organizations/{self.data.crowded['id']}/members?limit=100"
        return one(f"members_100_{kind}", "orgd", path, self.data.member.headers(kind))

    def creation(self, name, stack, path_of, kind, **plan):
        """Sixty-four users take turns, so that no two requests wait for one row. %d becomes a number of its own."""
        requests = [request(path_of(writer), writer.headers(kind), method="POST", body=body_of("created-%d"),
                            owner_id=writer.id) for writer in self.data.writers]
        return Scenario(name, stack, {"requests": requests, **plan})

    def create(self, kind):
        return self.creation(f"create_{kind}", "orgd", lambda writer: "/organizations", kind)

    def create_and_delete(self, kind):
        return self.creation(f"create_delete_{kind}", "orgd", lambda writer: "/organizations", kind, deletes=True)

    def patch(self, kind):
        requests = [request(f"/organizations/{organization['id']}", self.data.member.headers(kind), method="PATCH",
                            body=json.dumps({"description": "Changed by %d"}))
                    for organization in self.data.organizations]
        return Scenario(f"patch_{kind}", "orgd", {"requests": requests})

    def by_number_of_workers(self):
        others = [member for count in OTHER_WORKERS for member in
                  (self.bare_get(f"bare with {count}", name=f"bare with {count}"),
                   self.get("key", f"orgd with {count}", f"orgd with {count}"))]
        return Group("workers", f"Get by id with an API key, by the number of workers ({WORKERS} elsewhere)",
                     self.bare_get(), [self.get("key"), *others])

    def behind_apache(self, name, title, module):
        base = self.bare_get(f"bare behind {module}")
        return Group(name, title, base, [self.get("key", f"get_by_id_{name}", f"orgd behind {module}")])

    def groups(self):
        """Writes come last, for they make the tables grow."""
        return [
            Group("get", "Get by id with a JWT and with an API key", self.bare_get(kind="jwt"),
                  [self.get("jwt"), self.get("key")]),
            Group("reads", "Other answers without a list", self.bare_get(),
                  [self.static(), *(make(kind) for make in (self.get_by_name, self.conditional_get) for kind in KINDS),
                   self.login()]),
            Group("list", "Lists", self.bare_list(),
                  [*(self.list(kind, limit) for limit in (100, 10) for kind in KINDS), self.members("key")]),
            Group("peers", "Get by id with an API key: what else one could run", self.bare_get(),
                  [self.get("key"), self.get("key", "get_by_id_php", "php"),
                   self.get("key", "get_by_id_fastapi", "fastapi")]),
            Group("peer_lists", "A list of 100 with an API key: what else one could run", self.bare_list(),
                  [self.list("key", 100), self.list("key", 100, "list_100_php", "php"),
                   self.list("key", 100, "list_100_fastapi", "fastapi")]),
            self.by_number_of_workers(),
            self.behind_apache("fcgid", "Behind Apache with mod_fcgid", "mod_fcgid"),
            self.behind_apache("proxy_fcgi", "Behind Apache with mod_proxy_fcgi", "mod_proxy_fcgi"),
            Group("create", "Creating", self.bare_insert(), [self.create(kind) for kind in KINDS]),
            Group("audited", "Creating, where bare inserts an audit row too", self.bare_audited(),
                  [self.create(kind) for kind in KINDS]),
            Group("writes", "Other writes", self.bare_insert(),
                  [make(kind) for make in (self.patch, self.create_and_delete) for kind in KINDS]),
        ]
