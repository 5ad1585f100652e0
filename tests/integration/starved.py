"""A worker whose allocations fail when told to (tests/memory/starved_worker.c), as a server that `requests` can talk to."""

import http.client
import io
import json
import shutil
import subprocess
import urllib.parse

import requests
import urllib3

from installation import Client, Instance
from oauth import Browser
from processes import make_directory, privileges, write_file

URL = "http://starved.test"
UNTIL_IT_ENDS_S = 60


class Report:
    """What became of one request: how many allocations it asked for, and where the first of them failed."""

    def __init__(self, line):
        self.output = line["output"]
        self.allocations = line["allocations"]
        self.place = line["place"]
        self.reserve = line["reserve"]
        self.leaks = line["leaks"]


def _environment(request):
    url = urllib.parse.urlsplit(request.url)
    variables = {"REQUEST_METHOD": request.method, "SCRIPT_NAME": "", "PATH_INFO": urllib.parse.unquote(url.path),
                 "REQUEST_URI": request.path_url, "QUERY_STRING": url.query, "REMOTE_ADDR": "192.0.2.1"}
    for name, value in request.headers.items():
        name = name.upper().replace("-", "_")
        variables[name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"] = value
    return [f"{name}={value}" for name, value in variables.items()]


class _Socket:
    """What http.client reads an answer from."""

    def __init__(self, text):
        self.data = text.encode()

    def makefile(self, *_):
        return io.BytesIO(self.data)


class StarvedWorker(requests.adapters.BaseAdapter):
    """The process. `fail(n)` is about the next request alone; `report` is about the last one."""

    def __init__(self, program, config_path, environment):
        super().__init__()
        self.report = None
        self.process = subprocess.Popen([program, config_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        encoding="utf-8", env=environment, **privileges())
        self._plan = {}

    def fail(self, first, lastingly=False):
        self._plan = {"first": first, "lastingly": lastingly}

    def reconnect(self):
        self._plan["reconnects"] = True

    def look_for_leaks(self):
        self._plan["looks_for_leaks"] = True

    def send(self, request, **_):
        body = request.body or ""
        line = {"environment": _environment(request), "body": body if isinstance(body, str) else body.decode(), **self._plan}
        self._plan = {}
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the worker ended with {self.process.wait(UNTIL_IT_ENDS_S)} at {line}"
        self.report = Report(json.loads(answer))
        return self._response(request)

    def _response(self, request):
        original = http.client.HTTPResponse(_Socket("HTTP/1.1 " + self.report.output.removeprefix("Status: ")),
                                            method=request.method)
        original.begin()
        raw = urllib3.HTTPResponse.from_httplib(original, preload_content=False)
        return requests.adapters.HTTPAdapter().build_response(request, raw)

    def close(self):
        """Ends the worker, which looks for leaks then."""
        self.process.stdin.close()
        status = self.process.wait(UNTIL_IT_ENDS_S)
        self.process.stdout.close()
        return status


class StarvedInstance(Instance):
    """The installation as clients of such a worker see it, while the `with` block lasts."""

    def __init__(self, installation, program, sections="", **settings):  # pylint: disable=super-init-not-called
        self.installation = installation
        self.mount = ""
        self.url = URL
        self.directory = make_directory()
        self.log_path = self.directory / "orgd.log"
        self._admin = None
        self.program = shutil.copy(program, self.directory)
        self.config_path = installation.write_config(self.directory / "orgd.conf", log=self.log_path, public_url=URL,
                                                     **settings)
        write_file(self.config_path, self.config_path.read_text(encoding="utf-8") + sections)
        self.worker = None

    def __enter__(self):
        environment = {**self.installation.environment, "LSAN_OPTIONS": "print_suppressions=0"}
        self.worker = StarvedWorker(self.program, self.config_path, environment)
        return self

    def __exit__(self, *_):
        status = self.worker.close()
        shutil.rmtree(self.directory)
        assert status == 0

    def connect(self, session):
        """Lets what this session asks go to the worker."""
        session.mount(URL, self.worker)
        return session

    def client(self, token=None):
        client = Client(self.url, token)
        self.connect(client.session)
        return client

    def browser(self):
        browser = Browser(self.url)
        self.connect(browser.session)
        return browser

    def log_text(self):
        return self.log_path.read_text(encoding="utf-8")
