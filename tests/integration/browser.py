"""Debian's headless Chromium, used like a person uses it: by keyboard, by eye, or with a screen reader."""

import contextlib
import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from selenium.webdriver import ChromeOptions, Remote
from selenium.webdriver.chromium.remote_connection import ChromiumRemoteConnection
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from processes import Server, free_port, is_alive, make_directory, wait_until
from servers import accepts

CHROMIUM = "/usr/bin/chromium"
CHROMEDRIVER = "/usr/bin/chromedriver"
# No sandbox, because containers do not allow one. Nothing that talks to anything but the pages under test.
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--disable-breakpad", "--no-proxy-server"]
BLOCKED = 2  # as a setting of Chromium's for a kind of content
WAIT_S = 30


# What the scripts below need. Colours come as rgb() or rgba(); anything else is no number and fails.
_COLOURS = """
const parse = text => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return {r, g, b, a}; };
const over = (top, under) => ({r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a),
                               b: top.b * top.a + under.b * (1 - top.a), a: 1});
const channel = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const luminance = c => 0.2126 * channel(c.r) + 0.7152 * channel(c.g) + 0.0722 * channel(c.b);
const background = element => {
    if (element === null) return {r: NaN, g: NaN, b: NaN, a: 1};  // left to the browser
    const own = parse(getComputedStyle(element).backgroundColor);
    return own.a === 1 ? own : over(own, background(element.parentElement));
};
const contrast = (colour, under) => {
    const [low, high] = [luminance(over(parse(colour), under)), luminance(under)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
};
const isText = element => element.tagName === 'INPUT' ||
    [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
const isShown = element => element.checkVisibility() && element.getClientRects().length > 0;
const controls = [...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex]')].filter(isShown);
"""

# What a program can check of WCAG 2.2 (AA, and the target size of AAA), as a list of complaints.
AUDIT = _COLOURS + """
const faults = [];
const all = [...document.querySelectorAll('body, body *')].filter(isShown);
const claim = (is_true, what, element) => {
    if (!is_true) faults.push(what + (element ? ': ' + element.outerHTML.slice(0, 160) : ''));
};
claim(document.documentElement.lang === 'en', 'language of the page');
claim(document.compatMode === 'CSS1Compat', 'quirks');
claim(document.querySelectorAll('h1').length === 1, 'exactly one h1');
claim(document.querySelectorAll('main h1').length === 1, 'the heading is in main');
claim(document.title.startsWith(document.querySelector('h1').innerText), 'the title tells the heading');
claim(document.querySelectorAll('script, iframe, img, link').length === 0, 'nothing is loaded or run');
claim(!/user-scalable|maximum-scale/.test(document.querySelector('meta[name=viewport]').content), 'zooming');
// A phone widens innerWidth, rather than scroll, for a page that is too wide: clientWidth is what it should fit.
const {scrollWidth, clientWidth} = document.documentElement;
claim(scrollWidth <= clientWidth, `scrolls sideways: ${scrollWidth} in ${clientWidth}`);
const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
claim(new Set(ids).size === ids.length, 'ids are unique');
for (const element of document.querySelectorAll('[aria-describedby], [aria-labelledby], label')) {
    const names = element.htmlFor || element.getAttribute('aria-describedby') ||
                  element.getAttribute('aria-labelledby');
    claim(names.split(' ').every(name => ids.includes(name)), 'reference to nothing', element);
}
for (const element of all) {
    const style = getComputedStyle(element);
    const under = background(element);
    claim(style.opacity === '1', 'translucent', element);
    if (isText(element)) {
        const found = contrast(style.color, under);
        claim(found >= 4.5, `contrast of text ${found}`, element);
        claim(parseFloat(style.fontSize) >= 14, `size of text ${style.fontSize}`, element);
    }
}
for (const element of controls) {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const around = background(element.parentElement);
    claim(box.width >= 44 && box.height >= 44, `target ${box.width} x ${box.height}`, element);
    claim(box.left >= 0 && box.right <= clientWidth, `beyond the edge: ${box.left} to ${box.right}`, element);
    claim(element.tabIndex === 0, 'tabindex', element);
    claim(element.tagName !== 'INPUT' || element.labels.length === 1, 'one label', element);
    claim(element.tagName !== 'INPUT' || element.autocomplete, 'autocomplete', element);
    claim(element.scrollWidth <= element.clientWidth || element.tagName === 'INPUT', 'its text is cut off', element);
    const found = Math.max(contrast(style.backgroundColor, around), contrast(style.borderTopColor, around));
    claim(found >= 3 || style.textDecorationLine === 'underline', `contrast of the edge ${found}`, element);
}
for (let i = 1; i < controls.length; i++) {
    const [before, after] = [controls[i - 1].getBoundingClientRect(), controls[i].getBoundingClientRect()];
    claim(after.top >= before.bottom || (after.top >= before.top && after.left >= before.right),
          'order on the screen is not the order in the page', controls[i]);
}
return faults;
"""

# Complaints about text alone, of a page that is too long for more.
CONTRAST = _COLOURS + """
return [...document.querySelectorAll('body, body *')].filter(element => isShown(element) && isText(element))
    .map(element => [contrast(getComputedStyle(element).color, background(element)),
                     parseFloat(getComputedStyle(element).fontSize), element.outerHTML.slice(0, 120)])
    .filter(([ratio, size]) => !(ratio >= 4.5 && size >= (matchMedia('print').matches ? 9 : 14)));
"""

# The places of all that can have the focus, in the order of the page, and how the one that has it shows that.
FOCUS = _COLOURS + """
const element = document.activeElement;
if (!controls.includes(element)) return [controls.map((_, place) => place), null];
const style = getComputedStyle(element);
const box = element.getBoundingClientRect();
return [controls.map((_, place) => place), {
    place: controls.indexOf(element), html: element.outerHTML,
    width: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    contrast: contrast(style.outlineColor, background(element.parentElement)),
    top: box.top, bottom: box.bottom, height: innerHeight,
}];
"""


def _processes_naming(text):
    """Every process, wherever in the tree, whose command line has this text."""
    found = []
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if entry.isdigit() and text.encode() in Path(f"/proc/{entry}/cmdline").read_bytes():
                found.append(int(entry))
    return [pid for pid in found if is_alive(pid)]


class Chromium(Server):
    """One browser with an empty profile, while the `with` block lasts; reset() makes it a new one."""

    name = "chromedriver"

    def __init__(self, environment, scripts=True):
        directory = make_directory("orgd-chromium-")
        super().__init__(directory, {**environment, "HOME": str(directory), "TMPDIR": str(directory)})
        self.scripts = scripts
        self.port = free_port()
        self.profile = directory / "profile"
        self.driver = None

    def command(self):
        return [CHROMEDRIVER, f"--port={self.port}"]

    def is_ready(self):
        return accepts(("127.0.0.1", self.port))

    def _options(self):
        options = ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in [*ARGUMENTS, f"--user-data-dir={self.profile}"]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        if not self.scripts:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": BLOCKED})
        return options

    def __enter__(self):
        try:
            self.start()
            connection = ChromiumRemoteConnection(f"http://127.0.0.1:{self.port}", vendor_prefix="goog",
                                                  browser_name="chrome", keep_alive=True, ignore_proxy=True)
            self.driver = Remote(connection, options=self._options())
            self.driver.set_page_load_timeout(WAIT_S)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            if self.driver is not None:
                self.driver.quit()
        finally:
            self.stop()
            wait_until(lambda: not _processes_naming(str(self.profile)), "every process of Chromium to end")
            shutil.rmtree(self.directory)

    def reset(self):
        """Forgets everything: cookies, caches, history, the emulated screen, what the console said."""
        self.devtools("Network.clearBrowserCookies")
        self.devtools("Network.clearBrowserCache")
        old = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        new = self.driver.current_window_handle
        self.driver.switch_to.window(old)
        self.driver.close()
        self.driver.switch_to.window(new)
        self.console()

    def devtools(self, command, **parameters):
        return self.driver.execute("executeCdpCommand", {"cmd": command, "params": parameters})["value"]

    def script(self, source, *arguments):
        """Runs a script of the test, not of the page. It works even with scripts turned off."""
        return self.driver.execute_script(source, *arguments)

    def console(self):
        """What the console has said since the last call: violations of the policy, failed requests."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    # What a person does

    def open(self, url):
        self.driver.get(url)

    def back(self):
        self.driver.back()

    def press(self, *keys):
        """Strikes keys, wherever the focus is, or types a text."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def tab_to(self, label):
        """Presses Tab until this field or button has the focus."""
        names = []
        for _ in range(12):
            self.press(Keys.TAB)
            names.append(self.focused_name())
            if names[-1] == label:
                return
        raise AssertionError(f"the focus never came to {label!r}, but to {names}")

    @contextlib.contextmanager
    def another_tab(self):
        old = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        yield
        self.driver.close()
        self.driver.switch_to.window(old)

    @contextlib.contextmanager
    def next_page(self):
        """Waits until what the block does has led to another page, even if that looks the same."""
        self.script("document.isOld = true")
        yield
        wait_until(lambda: self.script("return document.readyState === 'complete' && !document.isOld"), "another page",
                   timeout=WAIT_S, pause=0.05)

    # What a person sees

    def look(self, width, height, scheme="light", mobile=False):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                      mobile=mobile)
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    @property
    def heading(self):
        return self.driver.find_element(By.TAG_NAME, "h1").text

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def wait_for(self, heading):
        seen = []

        def is_there():
            seen[:] = self._headings()
            return seen == [heading]

        try:
            wait_until(is_there, f"the page {heading!r}", timeout=WAIT_S, pause=0.05)
        except AssertionError as error:
            raise AssertionError(f"{error}; it stayed at {self.driver.current_url} {self.text!r}") from None

    def _headings(self):
        # One call, since the page may change between two.
        return self.script("return document.readyState === 'complete'"
                           " ? [...document.querySelectorAll('h1')].map(one => one.innerText) : []")

    def screenshot(self, path):
        self.driver.save_screenshot(str(path))

    # What a screen reader is told

    def accessible(self, role=None):
        """The nodes of the accessibility tree with this role, or all: role, name, description and properties each."""
        nodes = self.devtools("Accessibility.getFullAXTree")["nodes"]
        found = [_accessible_node(node) for node in nodes if not node["ignored"]]
        return [node for node in found if role in (None, node["role"])]

    def focused(self):
        focused = [node for node in self.accessible() if node.get("focused") and node["role"] != "RootWebArea"]
        assert len(focused) <= 1, focused
        return focused[0] if focused else None

    def focused_name(self):
        focused = self.focused()
        return focused and focused["name"]

    def wait_for_focus(self, name):
        """A page gives the focus to a field some time after it has been loaded. Returns the field."""
        wait_until(lambda: self.focused_name() == name, f"the focus on {name!r}", timeout=WAIT_S, pause=0.05)
        return self.focused()


def _accessible_node(node):
    value = {key: node.get(key, {}).get("value", "") for key in ("role", "name", "description", "value")}
    return {**value, **{one["name"]: one["value"].get("value") for one in node.get("properties", [])}}


CALLBACK_PAGE = """<!DOCTYPE html><html lang="en"><title>Client</title><link rel="icon" href="data:,">
<h1>No scripts</h1>
<script>document.querySelector("h1").textContent = "Scripts"</script>"""


class Callback:
    """The client's side of the redirect: a server on a loopback port that notes who comes, while the `with` block
    lasts. Its page says in its heading whether scripts run."""

    def __init__(self):
        callback = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                url = urlsplit(self.path)
                if url.path == "/callback":
                    callback.answers.append(dict(parse_qsl(url.query)))
                    callback.headers.append(self.headers)
                self.send_response(200 if url.path in callback.pages else 204)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(callback.pages.get(url.path, "").encode())

            def log_message(self, *_):
                pass

        self.pages = {"/callback": CALLBACK_PAGE}
        self.answers = []
        self.headers = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/callback"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def wait(self, count=1):
        """The parameters of the latest answer, once there are so many."""
        wait_until(lambda: len(self.answers) >= count, f"{count} answers at the redirect URI", timeout=WAIT_S)
        assert len(self.answers) == count
        return self.answers[-1]
