"""The relocatable tarball of `make portable`, unpacked by a tenant of a shared host where nothing of it is installed."""

import platform
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import built
from hosting import SharedHost

# What a program needs of the host: the C library.
OF_THE_HOST = re.compile(r"/(ld-linux|libc|libm|libresolv|libnss_\w+|libdl|libpthread|librt)[-.0-9x\w]*\.so")


@pytest.fixture(scope="module")
def tarball():
    built.make("portable")
    found, = built.build_directory().glob(f"orgd-*-{platform.machine()}.tar.xz")
    return found


@pytest.fixture(scope="module")
def host(environment):
    with SharedHost(built.build_directory(), environment, tenants=3) as host:
        yield host


@pytest.fixture
def tenant(host, tarball):
    """One who has the tarball, and has unpacked it."""
    tenant = host.tenant()
    shutil.copy(tarball, tenant.home / "orgd.tar.xz")
    (tenant.home / "orgd.tar.xz").chmod(0o644)
    tenant.started = time.monotonic()
    assert tenant.run("tar", "-xJf", "orgd.tar.xz").returncode == 0
    tenant.kit, = tenant.home.glob("orgd-*-*")
    return tenant


def libraries_of(pid):
    lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    return {fields[5] for fields in map(str.split, lines) if len(fields) > 5 and ".so" in fields[5]}


def test_one_command_from_the_tarball_to_a_green_check(tenant):
    result = tenant.setup(kit=tenant.kit)
    print(f"unpacked and set up in {time.monotonic() - tenant.started:.1f} s")
    assert result.returncode == 0 and "FAILED" not in result.stdout, result.stdout + result.stderr
    shutil.rmtree(tenant.kit)  # it has served its purpose
    assert tenant.client(tenant.token()).get("/users/me").status_code == 200
    worker = tenant.workers()[0]
    strangers = {path for path in libraries_of(worker) if not path.startswith(f"{tenant.orgd}/lib/")}
    assert {path for path in strangers if not OF_THE_HOST.search(path)} == set()


def test_the_workers_are_confined_wherever_they_are(tenant):
    assert tenant.setup(kit=tenant.kit).returncode == 0
    status = Path(f"/proc/{tenant.workers()[0]}/status").read_text(encoding="utf-8")
    assert re.search(r"^Seccomp:\s+2$", status, re.MULTILINE) and re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    assert "seccomp" not in (tenant.orgd / "orgd.conf").read_text(encoding="utf-8")


@pytest.fixture
def bare_root(host):
    """A root directory with the C library, /proc and the host's homes, and nothing else."""
    root = host.directory / "bare"
    loader = Path("/lib64/ld-linux-x86-64.so.2")
    for path in (loader, *map(Path, re.findall(r"=> (\S+)", subprocess.run(["ldd", "/bin/true"], check=True, text=True,
                                                                          capture_output=True).stdout))):
        for name in {path, path.resolve()}:
            (root / name.relative_to("/")).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, root / name.relative_to("/"))
    directory = Path(loader).resolve().parent
    for name in ("libm.so.6", "libresolv.so.2"):
        shutil.copy(directory / name, root / directory.relative_to("/"))
    (root / "proc").mkdir()
    (root / host.directory.relative_to("/")).mkdir(parents=True)
    yield root
    shutil.rmtree(root)


def test_nothing_of_the_host_is_needed_but_the_c_library(tenant, bare_root):
    """Not even for an account that identifies itself by a plugin of the client library."""
    host = tenant.host
    host.sql("INSTALL SONAME 'auth_ed25519'")
    host.sql(f"ALTER USER {tenant.name}@localhost IDENTIFIED VIA ed25519 USING PASSWORD(%s)", [tenant.password])
    inside = f"mount --bind /proc {bare_root}/proc && mount --bind {host.directory} {bare_root}{host.directory}"
    command = tenant.setup_command(kit=tenant.kit)
    result = subprocess.run(["unshare", "--mount", "sh", "-c", f'{inside} && exec chroot --userspec={tenant.uid}:{tenant.uid}'
                             f' --groups= {bare_root} "$@"', "sh", *map(str, command)], input=f"{tenant.password}\n",
                            capture_output=True, text=True, encoding="utf-8", timeout=120,
                            env={**host.tenant_environment, "HOME": str(tenant.home)})
    assert result.returncode == 0, result.stdout + result.stderr
    assert tenant.client(tenant.token()).get("/users/me").status_code == 200
    assert any(path.endswith("/orgd-plugins/client_ed25519.so") for path in libraries_of(tenant.workers()[0]))
