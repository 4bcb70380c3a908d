"""Building our image without an engine: the steps of the Dockerfile, run in a folder that stands for `/`.

Three things are not as in an engine. Paths of the image become paths below the folder, in the steps' text.
Accounts are written down instead of made. And what `pip` would download comes from `locked.py`.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.container.dockerfile import Instruction, Stage, is_sent, read

ROOT = Path(__file__).parents[2]
OURS = re.compile(r"(?<![\w.-])/(?=(?:opt|src|wheel|data)\b)")
"""The start of a path that the Dockerfile makes. Others, such as /usr/sbin/nologin, are the base image's."""
PLAIN_PATH = "/usr/local/bin:/usr/bin:/bin"

ACCOUNTS = '#!/bin/sh\necho "$(basename "$0") $*" >> {log}\n'
PYTHON = '#!/bin/sh\nexec {python} "$@"\n'
PIP = """#!/bin/sh
case "$*" in
*"--require-hashes -r "*)
  for last; do :; done
  into={here}/..
  if [ "$1" = --python ]; then into="$(dirname "$2")/.."; fi
  cd {root} && exec {python} -m tests.container.locked "$OLDPWD/$last" "$into"/lib/python*/site-packages ;;
*)
  PIP_NO_INDEX=1 exec {here}/pip.real "$@" ;;
esac
"""


class Building:
    """The image's root is `folder`/image; every finished stage but the last lies in `folder`/<its name>."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.image, self._tools = folder, folder / "image", folder / "tools"
        self.accounts = folder / "accounts"
        self._ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
        self._tools.mkdir()
        for name in ("groupadd", "useradd", "chown"):
            self._tool(self._tools / name, ACCOUNTS.format(log=shlex.quote(str(self.accounts))))
        python = _reachable_python(folder / "base")
        self._tool(self._tools / "python", PYTHON.format(python=shlex.quote(str(python))))

    def build(self) -> Stage:
        """Run every step; answers the last stage, which says how to run what was built."""
        stages = read(ROOT / "Dockerfile")
        for number, stage in enumerate(stages):
            self.image.mkdir()
            self._stage(stage)
            if number + 1 < len(stages):
                self.image.rename(self.folder / stage.name)
        return stages[-1]

    def mapped(self, text: str) -> str:
        """A text of the image with its paths as they are here."""
        return OURS.sub(f"{self.image}/", text)

    def environment(self, stage: Stage) -> dict[str, str]:
        """What a process of the image finds in its environment."""
        path = f"{self._tools}:{PLAIN_PATH}"
        return {
            "PATH": path,
            "LD_LIBRARY_PATH": str(self.folder / "base" / "lib"),
            **{
                name: self.mapped(value).replace("$PATH", path) for name, value in stage.environment().items()
            },
        }

    def _stage(self, stage: Stage) -> None:
        folder = self.image
        for step in stage.instructions:
            if step.verb == "WORKDIR":
                folder = Path(self.mapped(step.text))
                folder.mkdir(parents=True, exist_ok=True)
            elif step.verb == "RUN":
                self._run(self.mapped(step.text), folder, self.environment(stage))
            elif step.verb == "COPY":
                self._copy(step, folder)

    def _run(self, text: str, folder: Path, environment: dict[str, str]) -> None:
        done = subprocess.run(
            ["/bin/sh", "-ec", text],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"RUN {text}\n{done.stdout}\n{done.stderr}"
        for pip in self.image.glob("opt/*/bin/pip"):
            if not pip.with_name("pip.real").exists():
                pip.rename(pip.with_name("pip.real"))
                places = {"here": pip.parent, "root": ROOT, "python": sys.executable}
                self._tool(pip, PIP.format(**{name: shlex.quote(str(at)) for name, at in places.items()}))

    def _copy(self, step: Instruction, folder: Path) -> None:
        *sources, target = [word for word in step.words if not word.startswith("--")]
        stage = step.options.get("from")
        for source in sources:
            here = self.folder / stage / source.lstrip("/") if stage else ROOT / source
            into = folder / target if not target.startswith("/") else Path(self.mapped(target))
            if here.is_dir():
                left_out, copy = (None, os.link) if stage else (self._not_sent, shutil.copy2)
                shutil.copytree(
                    here, into, symlinks=True, dirs_exist_ok=True, ignore=left_out, copy_function=copy
                )
            else:
                assert is_sent(source, self._ignored), f".dockerignore keeps {source} back"
                into = into / here.name if target.endswith("/") else into
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(here, into)

    def _not_sent(self, folder: str, names: list[str]) -> set[str]:
        inside = Path(folder).relative_to(ROOT)
        return {name for name in names if not is_sent((inside / name).as_posix(), self._ignored)}

    @staticmethod
    def _tool(path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)


def _reachable_python(folder: Path) -> Path:
    """The base image's Python: the one below ours, or a copy where that one lies in a closed place."""
    name = f"python{sysconfig.get_python_version()}"
    python = Path(sys.base_prefix) / "bin" / name
    if os.getuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in python.parents):
        return python
    left_out = shutil.ignore_patterns("site-packages", "test", "tests", "idlelib", "config-*")
    shutil.copytree(Path(sys.base_prefix) / "lib" / name, folder / "lib" / name, ignore=left_out)
    for library in (Path(sys.base_prefix) / "lib").glob("libpython*.so*"):
        shutil.copy2(library, folder / "lib" / library.name)
    (folder / "bin").mkdir()
    return Path(shutil.copy2(python, folder / "bin" / name))


def close(folder: Path, *, but: Path) -> None:
    """Take the right to write away from everything in `folder`, as a read-only root file system does."""
    for path in [folder, *folder.rglob("*")]:
        if path != but and but not in path.parents and not path.is_symlink():
            path.chmod(0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444)
