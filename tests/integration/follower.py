"""Clients that follow a feed of events."""

import threading

from expect import ok


def ids(response):
    return [event["id"] for event in ok(response)]


class Follower(threading.Thread):
    """Reads a feed from its start on, as a client that keeps a copy does."""

    def __init__(self, client, path, page):
        super().__init__()
        self.client, self.path, self.page = client, path, page
        self.seen, self.is_over, self.failure = [], False, None

    def run(self):
        try:
            while self.read() or not self.is_over:
                pass
        except BaseException as failure:  # shown by the test
            self.failure = failure

    def read(self):
        after = {"after": self.seen[-1]} if self.seen else {}
        found = ids(self.client.get(self.path, params={"order_by": "occurred_at", "limit": self.page, **after}))
        self.seen += found
        return found

    def end(self):
        self.is_over = True
        self.join()
        assert self.failure is None, self.failure
        return self.seen
