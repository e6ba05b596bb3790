"""Prints the notices of all libraries that are linked into the programs, as their licences want it."""

import json
import subprocess
from pathlib import Path

NOTICES = ("LICEN[CS]E*", "COPYING*", "COPYRIGHT*", "NOTICE*")


def output(*command):
    """What a command prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def linked():
    """Name and version of each library that is linked, as cargo prints them."""
    edges = "--edges=normal,no-proc-macro"
    tree = output("cargo", "tree", "--locked", "--package=p2pm-host", edges, "--prefix=none", "--format={p}")
    return {" ".join(line.split()[:2]) for line in tree.splitlines()}


def notices(package):
    """Texts beside the manifest of a package."""
    directory = Path(package["manifest_path"]).parent
    return sorted({path for pattern in NOTICES for path in directory.glob(pattern) if path.is_file()})


def main():
    """Prints them."""
    wanted = linked()
    platform = output("rustc", "--print=host-tuple").strip()
    metadata = output("cargo", "metadata", "--locked", "--format-version=1", f"--filter-platform={platform}")
    for package in json.loads(metadata)["packages"]:
        title = f"{package['name']} {package['version']}"
        if package["source"] is None or f"{package['name']} v{package['version']}" not in wanted:
            continue
        print(f"{'=' * 80}\n{title}: {package['license']}\n{', '.join(package['authors'])}\n")
        for path in notices(package):
            print(f"{'-' * 20} {path.name}\n\n{path.read_text(encoding='utf-8', errors='replace')}")


main()
