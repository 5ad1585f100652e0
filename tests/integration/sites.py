"""Sites that a server has already when orgd comes beside them: pages, and PHP, which takes every other URL, as the programs of
many sites do. Each is a text of the server's configuration that includes the sample where its comment says."""

import http.client
import shutil

from processes import Server, write_file
from servers import SAMPLE_HOST, accepts

# The name of the site, which is the default one, and of one more with nothing but a page.
HOST, OTHER_HOST = "www.example.org", "other.example.org"

FILES = {
    "404.html": "The site's own page for what is not there\n",
    "docs/index.html": "documents\n",
    "docs/a b.html": "a blank\n",
    "api-docs/index.html": "documents that begin like the API\n",
    "api.html": "a page that begins like the API\n",
    "apidocs.txt": "text\n",
    ".well-known/security.txt": "Contact: mailto:a@example.org\n",
    # What is asked for and is no file comes here. It says how it was asked.
    "index.php": """<?php
header('Content-Type: text/plain');
http_response_code(str_starts_with($_SERVER['REQUEST_URI'], '/gone') ? 404 : 200);
foreach (['REQUEST_METHOD', 'REQUEST_URI', 'SCRIPT_NAME', 'QUERY_STRING', 'HTTP_AUTHORIZATION', 'HTTP_COOKIE', 'ORGD_CONFIG'] as $name)
    echo $name, '=', $_SERVER[$name] ?? '(none)', "\\n";
echo 'body=', strlen(file_get_contents('php://input')), "\\n";
""",
    # As a CMS brings it; Apache reads it.
    ".htaccess": """RewriteEngine On
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.php [L]
""",
}
AUTHORIZED = {"Authorization": "Bearer a-token-of-the-site"}
REQUESTS = [("GET", path, headers, None) for headers in ({}, AUTHORIZED) for path in
            ["/", "/docs/", "/docs", "/docs/a%20b.html", "/docs/none.html", "/api-docs/", "/api.html", "/apidocs.txt", "/api10/x",
             "/API/health", "/index.php", "/index.php?a=b%2Fc", "/a/page/of/the/site", "/gone/away", "/docs/../docs/", "/x.php",
             "/.well-known/security.txt", "/.well-known/oauth-authorization-server", "/health", "/auth/sign-in"]]
REQUESTS += [("POST", "/index.php", {}, b"x" * 100), ("POST", "/a/form", {}, b"x" * 100000), ("HEAD", "/", {}, None),
             ("OPTIONS", "/index.php", {}, None), ("POST", "/docs/", {}, b"x")]


class PhpCgi(Server):
    """PHP at a socket."""

    name = "php-cgi"

    def command(self):
        return ["php-cgi", "-b", self.directory / "php.sock"]

    def is_ready(self):
        return accepts(self.directory / "php.sock")


def build(directory):
    """Writes the site's files."""
    for name, text in FILES.items():
        path = directory / name
        path.parent.mkdir(mode=0o755, exist_ok=True)
        path.parent.chmod(0o755)
        write_file(path, text, 0o644)
    shutil.copytree(directory / "docs", directory.with_name("other"))


def ask(server, method, path, headers, body, host=HOST):
    """Sends the path as it stands. Returns what a client can see of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
    try:
        connection.request(method, path, body, {"Host": host, **headers})
        response = connection.getresponse()
        kept = {name: value for name, value in response.getheaders() if name not in ("Date", "ETag", "Last-Modified")}
        kept["Allow"] = set(kept.get("Allow", "").split(","))  # in whatever order
        return response.status, kept, response.read()
    finally:
        connection.close()


def answers(server):
    """Of all that is asked of the sites."""
    return {(host, method, path, *headers): ask(server, method, path, headers, body, host)
            for host in (HOST, OTHER_HOST) for method, path, headers, body in REQUESTS}


# How each server includes the sample beside these sites: at a path, or on a host of its own.


def lighttpd(server):
    sample = server.sample_path
    return f"""
server.modules += ( "mod_rewrite", "mod_fastcgi" )
mimetype.assign = ( ".html" => "text/html", ".txt" => "text/plain" )
url.rewrite-once = ( "^/(?!docs|api-docs|api\\.html|apidocs|index\\.php|404|\\.well-known/sec)" => "/index.php" )
fastcgi.server = ( ".php" => (( "socket" => "{server.directory}/php.sock", "broken-scriptfilename" => "enable" )) )
server.error-handler-404 = "/404.html"
$HTTP["host"] == "{OTHER_HOST}" {{ server.document-root = "{server.directory}/other" }}
include "{sample}"
"""


def apache(server, inside="", beside=""):
    if "fcgid" in server.modules.split():
        php = "SetHandler fcgid-script\nFcgidWrapper /usr/bin/php-cgi .php\nOptions +ExecCGI\n"
        errors = ""
    else:
        php = f'SetHandler "proxy:unix:{server.directory}/php.sock|fcgi://php"\nProxyFCGIBackendType GENERIC\n'
        errors = "ProxyErrorOverride On"
    return f"""
# As Debian's security.conf has it.
TraceEnable Off
<VirtualHost 127.0.0.1:{server.port}>
    ServerName {HOST}
    DocumentRoot "{server.htdocs}"
    AddType text/html .html
    DirectoryIndex index.php index.html
    ErrorDocument 404 /404.html
    {errors}
    <Directory "{server.htdocs}">
        AllowOverride All
        Require all granted
    </Directory>
    <FilesMatch "\\.php$">
        {php}
    </FilesMatch>
    {inside}
</VirtualHost>
<VirtualHost 127.0.0.1:{server.port}>
    ServerName {OTHER_HOST}
    DocumentRoot "{server.directory}/other"
    <Directory "{server.directory}/other">
        Require all granted
    </Directory>
</VirtualHost>
{beside}
"""


def apache_path(server):
    return apache(server, inside=f'Include "{server.sample_path}"')


def apache_host(server):
    return apache(server, beside=f'<VirtualHost 127.0.0.1:{server.port}>\nServerName {SAMPLE_HOST}\n'
                                 f'Include "{server.sample_path}"\n</VirtualHost>')


def nginx(server, inside="", beside=""):
    return f"""
types {{ text/html html; text/plain txt; }}
fastcgi_intercept_errors on;
server {{
    listen 127.0.0.1:{server.port};
    server_name {HOST};
    root {server.htdocs};
    index index.php index.html;
    error_page 404 /404.html;
    location / {{ try_files $uri $uri/ /index.php?$args; }}
    location ~ \\.php$ {{
        include /etc/nginx/fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass unix:{server.directory}/php.sock;
    }}
    {inside}
}}
server {{
    listen 127.0.0.1:{server.port};
    server_name {OTHER_HOST};
    root {server.directory}/other;
}}
{beside}
"""


def nginx_path(server):
    return nginx(server, inside=f"include {server.sample_path};")


def nginx_host(server):
    return nginx(server, beside=f"server {{ listen 127.0.0.1:{server.port}; server_name {SAMPLE_HOST};"
                                f" include {server.sample_path}; }}")
