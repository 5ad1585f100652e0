"""A Debian system of its own to install packages in: the files of this one, without its processes, mounts and /run. Whatever
is changed there is gone at the end."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from processes import make_directory, wait_until

# Mounted in a mount namespace, so that nobody else sees it. The process that is left is the first of a process namespace:
# with it, all others there end.
SCRIPT = """
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root" &&
mount -t tmpfs tmpfs "$1/root/run" && mount -t tmpfs tmpfs "$1/root/tmp" &&
mount -t proc proc "$1/root/proc" && mount --rbind /dev "$1/root/dev" && chmod 1777 "$1/root/tmp" &&
touch "$1/ready" && exec sleep infinity
"""


ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root",
               "DEBIAN_FRONTEND": "noninteractive"}


class DebianRoot:
    """Only root can have one. It is there while the `with` block lasts."""

    def __enter__(self):
        self.directory = make_directory("orgd-debian-")
        for name in ("upper", "work", "root"):
            (self.directory / name).mkdir(mode=0o755)
        self.directory.chmod(0o755)
        log = self.directory / "log"
        with open(log, "wb") as output:
            self.holder = subprocess.Popen(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", SCRIPT, "sh",
                                            self.directory], stderr=output)
        wait_until(lambda: (self.directory / "ready").exists() or self.holder.poll() is not None, "the mounts")
        assert self.holder.poll() is None, log.read_text("utf-8")
        self.first = int(Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text("ascii"))
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.first, signal.SIGKILL)
        self.holder.wait()
        shutil.rmtree(self.directory)

    def path(self, path):
        """A path of the system as this one sees it, to read and to connect to."""
        return Path(f"/proc/{self.first}/root{self.directory}/root") / path.lstrip("/")

    def command(self, *words):
        return ["nsenter", f"--target={self.first}", "--mount", "--pid", "chroot", self.directory / "root",
                *map(str, words)]

    def run(self, *words, check=True, timeout=300):
        """Runs a program there; returns the finished process. Whoever fails says so with all that was printed."""
        result = subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                env=ENVIRONMENT, cwd="/", timeout=timeout)
        assert not check or result.returncode == 0, f"{words} exited with {result.returncode}:\n{result.stdout}{result.stderr}"
        return result

    def spawn(self, *words):
        """Starts a program there. It ends with the system at the latest."""
        return subprocess.Popen(self.command(*words), stdin=subprocess.DEVNULL, env=ENVIRONMENT, cwd="/")
