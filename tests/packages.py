"""What the programs of the tests need from Debian: conf/packages says it for each purpose."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[1] / "conf" / "packages"


def needed_for(*purposes):
    """The packages of the file that have one of these purposes."""
    lines = (line.split() for line in PACKAGES.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return [package for package, *found in lines if set(purposes) & set(found)]


def not_installed(packages):
    said = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\\n", *packages], capture_output=True,
                          text=True)  # it complains of those that it has never heard of
    installed = {line.split()[0] for line in said.stdout.splitlines() if line.endswith(" installed")}
    return [package for package in packages if package not in installed]


def require(*purposes):
    """Ends the program with the command that installs what is missing, if anything is. Where there is no dpkg, nothing is
    known, and nothing is asked for."""
    if shutil.which("dpkg-query") is None:
        return
    if "ORGD_BUILD_DIR" not in os.environ:
        purposes = ("build", *purposes)
    missing = not_installed(needed_for(*purposes))
    if missing:
        sys.exit("These Debian packages are missing. Install them, then start again:\n"
                 f"    sudo apt-get install --no-install-recommends {' '.join(missing)}")
