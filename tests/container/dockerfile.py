"""Reading a Dockerfile, as far as ours goes: https://docs.docker.com/reference/dockerfile/"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

_CONTINUED = re.compile(r"\\\n")
_COMMENT = re.compile(r"^\s*#.*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Instruction:
    """`RUN pip install x` is the verb RUN and the text `pip install x`."""

    verb: str
    text: str

    @property
    def words(self) -> list[str]:
        """The text as a list: its JSON where it is JSON, else as a shell would part it."""
        found = json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)
        return [str(one) for one in found]

    @property
    def options(self) -> dict[str, str]:
        """{"from": "build"} of `COPY --from=build …`."""
        flags = [word.removeprefix("--") for word in self.text.split() if word.startswith("--")]
        return dict(flag.split("=", 1) for flag in flags if "=" in flag)


@dataclass
class Stage:
    """One FROM and what follows it."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def texts(self, verb: str) -> list[str]:
        return [one.text for one in self.instructions if one.verb == verb]

    def last(self, verb: str) -> Instruction:
        return [one for one in self.instructions if one.verb == verb][-1]

    def environment(self) -> dict[str, str]:
        return dict(word.split("=", 1) for text in self.texts("ENV") for word in shlex.split(text))


def read(path: Path) -> list[Stage]:
    """The stages in order."""
    text = _CONTINUED.sub(" ", _COMMENT.sub("", path.read_text(encoding="utf-8")))
    stages: list[Stage] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        verb, _, rest = line.partition(" ")
        if verb == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(base, name.strip()))
        else:
            stages[-1].instructions.append(Instruction(verb, rest.strip()))
    return stages


def is_sent(path: str, ignored: list[str]) -> bool:
    """Whether a file of the checkout reaches the build, by the lines of .dockerignore: the last that fits.

    https://docs.docker.com/build/concepts/context/#dockerignore-files
    """
    parts = path.split("/")
    parents = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    verdict = True
    for line in ignored:
        pattern = line.removeprefix("!")
        names = parts if pattern.startswith("**/") else parents
        if any(fnmatchcase(name, pattern.removeprefix("**/")) for name in names):
            verdict = line.startswith("!")
    return verdict
