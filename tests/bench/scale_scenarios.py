"""What is measured at each size: the same request to each database, in turns."""

from urllib.parse import quote, urlencode

import scale_people
from scenarios import Group, Scenario, body_of, request

PAGE = 100
SEARCHED = "nordic"  # what the name of every twentieth begins with


def one_of(paths, headers):
    """Requests for many different rows, in turns, so that no cache of the processor holds the one that is asked for."""
    return [request(path, headers) for path in paths]


def by(**query):
    return f"/organizations?{urlencode(query)}"


# Each makes the requests to a database of a size.

def get_by_id(sized):
    return one_of([f"/organizations/{one.id}" for one in sized.chosen], sized.busy)


def get_by_name(sized):
    return one_of([f"/organizations/{quote(one.name, safe='')}" for one in sized.chosen], sized.busy)


def create(sized):
    return [request("/organizations", writer, method="POST", body=body_of("created %d")) for writer in sized.writers]


def list_of_one(sized):
    return [request("/organizations", sized.newcomer)]


def list_of_many(sized):
    return [request("/organizations", sized.busy)]


def after_of_many(sized):
    return [request(by(after=sized.place_of_busy(1000)), sized.busy)]


def count_of_many(sized):
    return [request(by(include_total="true"), sized.busy)]


def name_of_many(sized):
    return one_of([by(name=one.name) for one in sized.chosen], sized.busy)


def order_of_many(sized):
    return [request(by(order_by="name"), sized.busy)]


def order_after_of_many(sized):
    return [request(by(order_by="name", after=sized.name_of_busy(1000)), sized.busy)]


def search_of_many(sized):
    return one_of([by(search=one.name[:-1]) for one in sized.chosen], sized.busy)


def first_page(sized):
    return [request("/organizations", sized.root)]


def after_first(sized):
    return [request(by(after=sized.place(0)), sized.root)]


def after_middle(sized):
    return [request(by(after=sized.place(sized.size // 2)), sized.root)]


def after_last(sized):
    return [request(by(after=sized.place(sized.size - PAGE - 1)), sized.root)]


def name(sized):
    return one_of([by(name=one.name) for one in sized.chosen], sized.root)


def owner_id(sized):
    return one_of([by(owner_id=one.owner_id) for one in sized.chosen], sized.root)


def owner_username(sized):
    return one_of([by(owner_username=one.owner_name) for one in sized.chosen], sized.root)


def order(sized):
    return [request(by(order_by="name"), sized.root)]


def order_middle(sized):
    return [request(by(order_by="name", after=sized.name(sized.size // 2)), sized.root)]


def order_last(sized):
    return [request(by(order_by="name", after=sized.name(sized.size - PAGE - 1)), sized.root)]


def search_order(sized):
    return [request(by(order_by="name", search=SEARCHED), sized.root)]


def search(sized):
    return one_of([by(search=one.name[:-1]) for one in sized.chosen], sized.root)


def search_common(sized):
    return [request(by(search=SEARCHED), sized.root)]


def search_common_middle(sized):
    return [request(by(search=SEARCHED, after=sized.place(sized.size // 2)), sized.root)]


def count(sized):
    return [request(by(limit=1, include_total="true"), sized.root)]


def offset(sized, share, limit):
    return [request(by(offset=int(sized.size * share), limit=limit), sized.root)]


# Creating comes last, for deleted rows keep the server busy for a while.
SAME = {
    "get_by_id": ("get by id", get_by_id),
    "get_by_name": ("get by name", get_by_name),
    "list_of_1": ("a member's list of 1", list_of_one),
    "list_of_2000": ("a member's list of 2,000", list_of_many),
    "after_of_2000": ("… after the 1,000th", after_of_many),
    "name_of_2000": ("… by name", name_of_many),
    "order_of_2000": ("… ordered by name", order_of_many),
    "order_after_of_2000": ("… ordered by name, after the 1,000th", order_after_of_many),
    "search_of_2000": ("… by the beginning of a name", search_of_many),
    "count_of_2000": ("… with include_total", count_of_many),
    "first_page": ("a superuser's first page", first_page),
    "after_first": ("… after the first", after_first),
    "after_middle": ("… after the middle", after_middle),
    "after_last": ("… after the last but 100", after_last),
    "name": ("… by name", name),
    "owner_id": ("… by owner_id", owner_id),
    "owner_username": ("… by owner_username", owner_username),
    "order": ("… ordered by name", order),
    "order_middle": ("… ordered by name, after the middle", order_middle),
    "order_last": ("… ordered by name, after the last but 100", order_last),
    "search_order": ("… ordered by name, of those that begin so", search_order),
    "search": ("… by the beginning of a name", search),
    **scale_people.SAME,
    "create": ("create", create),
}
# What may take longer with more organizations.
MORE = {
    "count": ("a superuser's include_total", count),
    "search_common": ("a superuser's page by created of every 20th, by its name's beginning", search_common),
    "search_common_middle": ("… after the middle", search_common_middle),
}
SHARES = (0, 0.01, 0.1, 0.5, 0.9)
OFFSETS = {"offset": PAGE, "offset_1000": 1000}  # and how many organizations a page has


def scenario(sized, name, requests):
    return Scenario(name, sized.label, {"requests": requests})


def growth(name, sizes):
    """One request at each size; the smallest is the base."""
    title, make = {**SAME, **MORE}[name]
    smallest, *larger = [scenario(sized, sized.label, make(sized)) for sized in sizes]
    return Group(name, title, smallest, larger)


def offsets(name, sized):
    """Offsets in the largest database; offset 0 is the base."""
    limit = OFFSETS[name]
    first, *others = [scenario(sized, f"offset {int(sized.size * share):,}", offset(sized, share, limit))
                      for share in SHARES]
    return Group(name, f"a superuser's page of {limit:,} by offset, of {sized.label}", first, others)
