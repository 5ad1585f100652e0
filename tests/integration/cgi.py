"""Web servers that start orgd as a plain CGI program, for each request anew."""

import shlex

from processes import write_file
from servers import Apache, Lighttpd

MOUNT = "/api/v1"


class Cgi:
    """What both have in common: an executable named like the last part of the mount, as on a shared host."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.program = self.directory / "cgi" / "v1"
        self.program.parent.mkdir(mode=0o755)
        variables = "".join(f"export {key}={shlex.quote(value)}\n" for key, value in self.environment.items()
                            if key.endswith("_OPTIONS"))
        write_file(self.program, f'#!/bin/sh\n{variables}exec {self.installation.orgd} --config {self.config_path}\n', 0o755)
        self.program.parent.chmod(0o755)
        write_file(self.sample_path, self.site())

    def replacements(self):
        return {}

    def at_mount(self, text):
        return text

    def site(self):
        raise NotImplementedError


class LighttpdCgi(Cgi, Lighttpd):
    name = "lighttpd-cgi"

    def site(self):
        return f"""
server.modules += ( "mod_cgi" )
$HTTP["url"] =~ "^{MOUNT}(/|$)" {{
  alias.url = ( "{MOUNT}" => "{self.program}" )
  cgi.assign = ( "" => "" )
}}
"""


class ApacheCgi(Cgi, Apache):
    name = "apache-mod_cgid"
    sample_name = "apache-mod_fcgid.conf"
    modules = "cgid"

    def site(self):
        return f"""
ScriptSock "{self.directory}/cgid.sock"
AllowEncodedSlashes NoDecode
ScriptAlias "{MOUNT}" "{self.program}"
<Directory "{self.program.parent}">
    Require all granted
    CGIPassAuth On
</Directory>
"""


class ApacheCgiProgram(ApacheCgi):
    """The program itself instead of a script, by mod_cgi: the words of a query are its arguments."""

    name = "apache-mod_cgi"
    modules = "cgi env"

    def site(self):
        variables = "".join(f'SetEnv {key} "{value}"\n' for key, value in self.environment.items() if key.endswith("_OPTIONS"))
        return f"""
AllowEncodedSlashes NoDecode
ScriptAlias "{MOUNT}" "{self.installation.orgd}"
SetEnv ORGD_CONFIG "{self.config_path}"
{variables}<Directory "{self.installation.orgd.parent}">
    Require all granted
    CGIPassAuth On
</Directory>
"""


CGI_SERVERS = {"lighttpd-cgi": (LighttpdCgi, None), "apache-mod_cgid": (ApacheCgi, None)}
