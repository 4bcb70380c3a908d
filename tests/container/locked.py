"""In place of `pip install --require-hashes`: what the lock names, copied from this very environment.

The environment was installed from the same lock and its hashes, so that nothing has to be downloaded; and
only what the lock names is copied, so that a package that it lacks is missing here as it would be there.
"""

from __future__ import annotations

import re
import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

_CONTINUED = re.compile(r"\\\n\s*")


def requirements(path: Path) -> list[Requirement]:
    """What the file pins for this Python. Fails for a line that is not pinned to hashes."""
    lines = _CONTINUED.sub(" ", path.read_text(encoding="utf-8")).splitlines()
    found = []
    for line in lines:
        text = line.partition(" #")[0].strip()
        if not text or text.startswith("#"):
            continue
        requirement, *hashes = (part.strip() for part in text.split("--hash="))
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in hashes), requirement
        assert re.search(r"==[^=*]+$", requirement.partition(";")[0].strip()), f"{requirement} is not pinned"
        found.append(Requirement(requirement))
    return [one for one in found if one.marker is None or one.marker.evaluate()]


def install(path: Path, site_packages: Path) -> None:
    for requirement in requirements(path):
        installed = distribution(requirement.name)
        assert requirement.specifier.contains(installed.version), (
            f"{requirement} is not installed: make setup"
        )
        for file in installed.files or ():
            source, target = Path(str(installed.locate_file(file))), site_packages / file
            if ".." not in file.parts and source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


if __name__ == "__main__":
    install(Path(sys.argv[1]), Path(sys.argv[2]))
