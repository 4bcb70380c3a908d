"""Who did what to an issue at GitHub, and through which commit or pull request it was closed.

GitHub's timeline is one list with all of it, mentions by pull requests included:
https://docs.github.com/en/rest/issues/timeline
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from github.GithubException import GithubException

from app.errors import ForgeNotFound
from app.events import HistoryEntry, HistoryKind, Person, Repository
from app.forges.github.faults import is_withheld
from app.forges.github.rest import Rest, path_of
from app.forges.github.shapes import Fields, person, utc

CONVERTED = "converted_to_discussion"
"""What stays behind of such an issue looks closed like any other, but for this line:
https://docs.github.com/en/rest/using-the-rest-api/issue-event-types#converted_to_discussion"""

_KINDS: dict[str, HistoryKind] = {
    "labeled": "labeled",
    "unlabeled": "unlabeled",
    "milestoned": "milestoned",
    "demilestoned": "demilestoned",
    "closed": "closed",
    "reopened": "reopened",
}
_CLOSES_WITHIN_S = 600
"""A merge closes its issues within seconds, by a job that may be late; what comes later has another cause."""
_SKEW_S = 5


def read_history(rest: Rest, repository: Repository, number: int) -> list[HistoryEntry]:
    """The issue's history, oldest first: a request per 100 lines, and two for each keyword that closed it.

    `repository` has its id. Raises ForgeNotFound for what is a discussion now, and what PyGithub raises.
    """
    lines = list(rest.pages(f"{path_of(repository)}/issues/{number}/timeline"))
    if any(line.get("event") == CONVERTED for line in lines):
        raise became_discussion()
    merges = _Merges(rest, repository, number, lines)
    known = [line for line in lines if line.get("event") in _KINDS]
    known.sort(key=lambda line: utc(line["created_at"]))
    return [_closing(line, merges) if line["event"] == "closed" else _entry(line) for line in known]


def became_discussion() -> ForgeNotFound:
    """The refusal for an issue that is none any more."""
    mend = "A discussion bills nothing; open another issue for the work"
    return ForgeNotFound("it was converted to a discussion", mend=mend)


def _entry(line: Fields) -> HistoryEntry:
    """Names are those of then; the history has no ids of labels."""
    label, milestone = line.get("label") or {}, line.get("milestone") or {}
    name = str(label.get("name") or milestone.get("title") or "")
    return HistoryEntry(_KINDS[line["event"]], person(line.get("actor")), utc(line["created_at"]), name)


def _closing(line: Fields, merges: _Merges) -> HistoryEntry:
    """A closing by hand, by a pull request's text (no commit), or by a commit's message.

    For a commit, GitHub does not document whose name stands there. Its author and committer are whatever
    somebody wrote into it, so that only the pull request that brought it in tells a name to rely on.
    """
    actor, at, sha = person(line.get("actor")), utc(line["created_at"]), line.get("commit_id")
    if not sha:
        merge = merges.by_text(line, actor)
        return HistoryEntry("closed", actor, at, via=merge.name if merge else "")
    merge = merges.by_commit(line, sha)
    if merge is not None:
        return HistoryEntry("closed", merge.by, at, via=merge.name)
    return HistoryEntry("closed", actor, at, via=f"commit {sha[:7]}", is_vouched=False)


@dataclass(frozen=True, slots=True)
class _Merge:
    number: int
    by: Person | None
    at: str

    @property
    def name(self) -> str:
        return f"pull request #{self.number}"


class _Merges:
    """The merged pull requests of the same repository that may have closed an issue; each only once.

    The same commit closes again when it is pushed elsewhere, for example to a fork
    (https://github.com/rust-lang/rust/issues/130817): that is not its merger's doing. And a pull request's
    text can be changed after the merge, so that it is believed only where the merger is the closer anyway.
    """

    def __init__(self, rest: Rest, repository: Repository, number: int, lines: Sequence[Fields]) -> None:
        self._rest, self._repository, self._lines = rest, repository, lines
        self._keyword = re.compile(
            rf"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+\S*(?:#|/issues/){number}\b", re.IGNORECASE
        )
        self._asked: dict[int, _Merge | None] = {}
        self._spent: set[int] = set()

    def by_commit(self, line: Fields, sha: str) -> _Merge | None:
        """The one merge that brought in the commit just before it closed the issue.

        https://docs.github.com/en/rest/commits/commits#list-pull-requests-associated-with-a-commit
        """
        if line.get("commit_url") != f"{_place(line)}/commits/{sha}":
            return None
        try:
            found = list(self._rest.pages(f"{path_of(self._repository)}/commits/{sha}/pulls"))
        except GithubException as error:
            if is_withheld(error):
                return None
            raise
        numbers = [int(each["number"]) for each in found if each.get("merged_at")]
        return self._only([merge for number in numbers if (merge := self._merge(number))], line)

    def by_text(self, line: Fields, actor: Person | None) -> _Merge | None:
        """The one merge, by the closer, of a pull request whose text says that it closes the issue.

        GitHub names no commit then, and no pull request: https://github.com/PyGithub/PyGithub/issues/1295.
        """
        mentions = [each.get("source") for each in self._lines if each.get("event") == "cross-referenced"]
        sources = [mention["issue"] for mention in mentions if mention and mention.get("issue")]
        numbers = {
            int(each["number"])
            for each in sources
            if (pull := each.get("pull_request"))
            and pull.get("merged_at")
            and each.get("repository_url") == _place(line)
            and self._keyword.search(each.get("body") or "")
            and _is_soon(pull["merged_at"], line["created_at"])
        }
        merges = [merge for number in sorted(numbers) if (merge := self._merge(number))]
        return self._only([merge for merge in merges if actor and merge.by and merge.by.id == actor.id], line)

    def _only(self, merges: list[_Merge], line: Fields) -> _Merge | None:
        """The merge that fits the closing, when there is exactly one that closed nothing before."""
        fitting = [
            merge
            for merge in merges
            if merge.number not in self._spent and _is_soon(merge.at, line["created_at"])
        ]
        if len(fitting) != 1:
            return None
        self._spent.add(fitting[0].number)
        return fitting[0]

    def _merge(self, number: int) -> _Merge | None:
        """https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request"""
        if number not in self._asked:
            self._asked[number] = self._read(number)
        return self._asked[number]

    def _read(self, number: int) -> _Merge | None:
        try:
            found = self._rest.ask("GET", f"{path_of(self._repository)}/pulls/{number}")
        except GithubException as error:
            if is_withheld(error):
                return None
            raise
        base = found["base"]
        if not found.get("merged_at") or base["repo"]["id"] != int(self._repository.id):
            return None
        # Merged into any other branch, it closes nothing.
        if base["ref"] != base["repo"]["default_branch"]:
            return None
        return _Merge(int(found["number"]), person(found.get("merged_by")), found["merged_at"])


def _place(line: Fields) -> str:
    """The repository's own address, as it stands in the address of each line."""
    return str(line.get("url") or "").rpartition("/issues/events/")[0]


def _is_soon(merged_at: str, closed_at: str) -> bool:
    later = datetime.fromisoformat(closed_at) - datetime.fromisoformat(merged_at)
    return -_SKEW_S <= later.total_seconds() <= _CLOSES_WITHIN_S
