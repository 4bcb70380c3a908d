"""A repository at GitHub that holds the contract file: https://docs.github.com/en/rest

Files are read by git's own trees and objects. The interface for contents follows symbolic links without a
word, so that a file which its owners protect could be a link to one that they do not:
https://docs.github.com/en/rest/repos/contents#get-repository-content
"""

from __future__ import annotations

import base64
from urllib.parse import quote, urlsplit

from github.GithubException import GithubException

from app.errors import ForgeNotFound
from app.events import Repository
from app.forges.base import CommentRef
from app.forges.contents import PullRequest, Unreadable
from app.forges.github.access import Access, AppAccess, TokenAccess
from app.forges.github.client import GitHubForge
from app.forges.github.faults import asking
from app.forges.github.rest import PUBLIC_API, path_of
from app.forges.github.shapes import Fields

NEEDED = {"contents": "read", "metadata": "read"}
WISHED = {"pull_requests": "write"}
"""With it a pull request gets its plan as a comment; the file is read without it as well."""
MOST_FILES = 3000
"""GitHub lists no more of a pull request:
https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files"""
_MEMBERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_ODD_MODES = {"040000": "a folder", "120000": "a symbolic link", "160000": "a submodule"}
"""https://docs.github.com/en/rest/git/trees#create-a-tree"""


def contents_by_token(token: str, api_url: str = "", timeout_s: int = 20) -> GitHubContents:
    """With an account's token: contents: read and pull requests: write on this repository are enough."""
    return GitHubContents(TokenAccess(token, api_url, timeout_s), api_url)


def contents_by_app(app_id: str, private_key: str, api_url: str = "", timeout_s: int = 20) -> GitHubContents:
    """As a GitHub App that is installed there. Raises SettingsError for what can be none."""
    access = AppAccess(app_id, private_key, api_url, timeout_s, needed=NEEDED, wished=WISHED)
    return GitHubContents(access, api_url)


class GitHubContents:
    """The Contents port for GitHub, under one identity."""

    def __init__(self, access: Access, api_url: str = "") -> None:
        self._access, self._forge = access, GitHubForge(access, comments_need="pull requests: write")
        self._api_url = api_url or PUBLIC_API

    def read_repository(self, repository: Repository) -> Repository:
        """See Contents. Asked again by a new token: the one before may be for what had the name before."""
        try:
            return self._forge.read_repository(repository)
        except ForgeNotFound:
            return self._forge.read_repository(repository)

    def read_head(self, repository: Repository, branch: str) -> str:
        """See Contents. https://docs.github.com/en/rest/git/refs#get-a-reference"""
        where = f"{repository.full_name}@{branch}"
        path = f"{path_of(repository)}/git/ref/heads/{quote(branch)}"
        try:
            return str(self._ask(repository, path, where)["object"]["sha"])
        except ForgeNotFound as error:
            mend = "Put the branch back, or name the one that it is now in CLOSEOUT_CONFIG"
            raise ForgeNotFound("GitHub shows no such branch", where=where, mend=mend) from error

    def is_after(self, repository: Repository, before: str, commit: str) -> bool:
        """See Contents. https://docs.github.com/en/rest/commits/commits#compare-two-commits"""
        path = f"{path_of(repository)}/compare/{before}...{commit}"
        try:
            found = self._ask(repository, path, f"{repository.full_name} {before}...{commit}")
        except ForgeNotFound:
            return False  # GitHub forgets commits that no branch leads to
        return found["status"] in ("ahead", "identical")

    def read_file(self, repository: Repository, path: str, commit: str, most_bytes: int) -> bytes:
        """See Contents. https://docs.github.com/en/rest/git/trees and https://docs.github.com/en/rest/git/blobs"""
        where, tree = f"{repository.full_name}@{commit[:12]}:{path}", commit
        *folders, name = path.split("/")
        for folder in folders:
            entry = self._entry(repository, tree, folder, where)
            if entry["mode"] != "040000":
                raise Unreadable(
                    f"{folder} is no folder", where=where, mend="Mend the path in CLOSEOUT_CONFIG"
                )
            tree = entry["sha"]
        entry = self._entry(repository, tree, name, where)
        if entry["mode"] in _ODD_MODES:
            what = f"it is {_ODD_MODES[entry['mode']]}, not a file"
            raise Unreadable(what, where=where, mend="Put the contract file itself there")
        if entry["size"] > most_bytes:
            raise Unreadable(f"the file is larger than {most_bytes:,} bytes", where=where, mend="Split it")
        found = self._ask(repository, f"{path_of(repository)}/git/blobs/{entry['sha']}", where)
        with asking(where, "contents: read"):
            return base64.b64decode(found["content"])

    def list_pulls(self, repository: Repository, branch: str) -> list[PullRequest]:
        """See Contents. https://docs.github.com/en/rest/pulls/pulls#list-pull-requests"""
        with asking(f"{repository.full_name} pull requests", "pull requests: read"):
            query = {"state": "open", "base": branch}
            listed = self._access.to(repository).pages(f"{path_of(repository)}/pulls", query)
            return [_pull(each) for each in listed]

    def read_pull(self, repository: Repository, number: int) -> PullRequest:
        """See Contents. https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request"""
        path = f"{path_of(repository)}/pulls/{number}"
        with asking(f"{repository.full_name}#{number}", "pull requests: read"):
            return _pull(self._access.to(repository).ask("GET", path))

    def touches(self, repository: Repository, number: int, path: str) -> bool:
        """See Contents. https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files"""
        with asking(f"{repository.full_name}#{number}", "pull requests: read"):
            listed = self._access.to(repository).pages(f"{path_of(repository)}/pulls/{number}/files")
            names = [(each["filename"], each.get("previous_filename")) for each in listed]
            return len(names) >= MOST_FILES or any(path in pair for pair in names)

    def write_comment(self, repository: Repository, number: int, marker: str, text: str) -> CommentRef:
        return self._forge.write_comment(repository, number, marker, text)

    def file_url(self, full_name: str, path: str, commit: str) -> str:
        """See Contents. One's own GitHub server has its pages where its API is, without the path."""
        parts = urlsplit(self._api_url)
        host = "https://github.com" if self._api_url == PUBLIC_API else f"{parts.scheme}://{parts.netloc}"
        return f"{host}/{full_name}/blob/{commit}/{quote(path)}"

    def _ask(self, repository: Repository, path: str, where: str) -> Fields:
        with asking(where, "contents: read"):
            try:
                return self._access.to(repository).ask("GET", path)
            except GithubException as error:
                if error.status in {401, 403, 404}:
                    self._access.check(repository)
                raise

    def _entry(self, repository: Repository, tree: str, name: str, where: str) -> Fields:
        """One entry of a folder, by git's own names for what it is."""
        listed = self._ask(repository, f"{path_of(repository)}/git/trees/{tree}", where)
        found = [each for each in listed["tree"] if each["path"] == name]
        if not found:
            raise Unreadable(f"there is no {name}", where=where, mend="Put the contract file there")
        entry: Fields = found[0]
        return entry


def _pull(found: Fields) -> PullRequest:
    is_open, is_merged = found["state"] != "closed", found.get("merged_at") is not None
    return PullRequest(
        number=int(found["number"]),
        state="open" if is_open else "merged" if is_merged else "closed",
        base=found["base"]["ref"],
        head=found["head"]["sha"],
        merged_as=(found.get("merge_commit_sha") or "") if is_merged else "",
        is_by_member=found.get("author_association") in _MEMBERS,
    )
