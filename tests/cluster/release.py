"""The next release, as far as an upgrade is concerned: these sources with one more migration, and their programs."""

import os
import re
import shutil
import subprocess

from cluster import ENVIRONMENT  # first: it knows where the rest is

from servers import SOURCE

SOURCES = ("lib", "app", "docs", "sql", "Makefile.am", "Makefile.in", "configure", "configure.ac", "aclocal.m4",
           "build-aux")
MIGRATION = """-- A column that the programs before need not know of.
-- compatible-since: {version}
ALTER TABLE orgd_organizations ADD COLUMN IF NOT EXISTS motto VARCHAR(100) NULL;
"""


class Release:
    """Made from a build directory, in a directory of its own. `sql` holds the migrations, the new one included."""

    def __init__(self, build, directory):
        self.sources = directory / "sources"
        self.build = directory / "build"
        self.sources.mkdir(parents=True)
        for name in SOURCES:
            original = SOURCE / name
            if original.is_dir():
                shutil.copytree(original, self.sources / name)
            else:
                shutil.copy2(original, self.sources / name)
        made = shutil.ignore_patterns("*.o", "*.a", "*.Po", "logs", "tests", "dist", "fuzz")
        shutil.copytree(build, self.build, ignore=made)
        self.sql = self.sources / "sql"
        self._add_migration()
        self._make()
        self.orgd = self.build / "app/orgd/orgd"
        self.orgctl = self.build / "app/orgctl/orgctl"

    def _add_migration(self):
        header = self.sources / "lib/db/db_schema.h"
        text = header.read_text(encoding="utf-8")
        definition, version = re.search(r"(#define DB_SCHEMA_VERSION )(\d+)", text).groups()
        self.version = int(version) + 1
        header.write_text(text.replace(definition + version, f"{definition}{self.version}"), encoding="utf-8")
        (self.sql / f"{self.version:04}-motto.sql").write_text(MIGRATION.format(version=version), encoding="utf-8")

    def _make(self):
        """With the Makefile of the build that there is, which knows compiler and libraries, on the sources here."""
        subprocess.run(["make", "-s", f"-j{os.cpu_count()}", f"srcdir={self.sources}", f"top_srcdir={self.sources}",
                        f"VPATH={self.sources}", "AM_MAKEFLAGS=", "CFLAGS=-O0", "HARDEN_CFLAGS=", "HARDEN_LDFLAGS=",
                        "app/orgd/orgd", "app/orgctl/orgctl"], cwd=self.build, env=ENVIRONMENT, check=True,
                       stdout=subprocess.DEVNULL)
