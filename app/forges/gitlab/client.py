"""GitLab through python-gitlab: issues, milestones, labels, histories, people and our one comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from gitlab.exceptions import GitlabError
from gitlab.v4.objects import Project, ProjectIssue

from app.errors import ForgeError, ForgeNotFound
from app.events import (
    ForgeMilestone,
    HistoryEntry,
    Issue,
    IssueComment,
    Label,
    Person,
    Repository,
    Role,
)
from app.forges.base import CommentRef
from app.forges.gitlab import history, shapes
from app.forges.gitlab.faults import asking
from app.forges.gitlab.session import session
from app.forges.gitlab.shapes import Fields

# Titles that select issues with any milestone, or none (app/finders/issuable_finder/params.rb).
_WILDCARDS = {"none", "any", "no milestone", "any milestone", "#upcoming", "#started"}


class GitLabForge:
    """The Forge port for one GitLab server; `api_url` is "" for gitlab.com, else https://host[/api/v4]."""

    def __init__(self, token: str, api_url: str = "", timeout_s: float = 20) -> None:
        self._gitlab = session(token, api_url, timeout_s)
        self._bots: dict[int, bool] = {}

    def read_repository(self, repository: Repository) -> Repository:
        """See Forge. A former path leads here until another project takes it.

        https://docs.gitlab.com/api/rest/#redirects
        """
        with asking(repository.full_name):
            return shapes.repository(self._gitlab.projects.get(_key(repository)).asdict())

    def read_issue(self, repository: Repository, number: int) -> Issue:
        """See Forge. Read as a list of one: only lists name the ids of labels (with_labels_details)."""
        where = f"{repository.full_name}#{number}"
        with asking(where):
            found = next(self._listed(repository, iids=[number]), None)
            if found is not None:
                return shapes.issue(found, self._person(found["closed_by"]))
        raise ForgeNotFound(
            "GitLab shows no such issue",
            where=where,
            mend="It was deleted, or the bot's account may not see it",
        )

    def list_issues(self, repository: Repository, label: str) -> list[Issue]:
        """See Forge. The words None and Any select all issues without or with labels, so names are compared.

        https://docs.gitlab.com/api/issues/#list-project-issues
        """
        with asking(f"{repository.full_name} label {label!r}"):
            found = [shapes.issue(each) for each in self._listed(repository, labels=[label])]
        return [issue for issue in found if any(each.name == label for each in issue.labels)]

    def read_milestone(self, repository: Repository, title: str) -> ForgeMilestone:
        """See Forge. A milestone of the group, or of one above it, holds the issues of many projects: ours
        count. https://docs.gitlab.com/api/milestones/
        """
        where = f"{repository.full_name} milestone {title!r}"
        with asking(where):
            # Called include_ancestors from 16.7 on, by which older servers know nothing; this name lasts.
            listed = self._project(repository).milestones.list(
                iterator=True, per_page=100, title=title, include_parent_milestones=True
            )
            found = [each for each in (one.asdict() for one in listed) if each["title"] == title]
            milestone = _only(found, where)
            filter_by = "Any" if title.lower() in _WILDCARDS else title
            issues = [
                shapes.issue(each)
                for each in self._listed(repository, milestone=filter_by)
                if each["milestone"] and each["milestone"]["id"] == milestone["id"]
            ]
        real = tuple(issue for issue in issues if issue.kind == "issue")
        return ForgeMilestone(str(milestone["id"]), title, milestone["state"] != "closed", real)

    def list_changed(self, repository: Repository, since: str) -> list[Issue]:
        """See Forge. What changes while we read jumps to the front, and may be told twice: once is enough."""
        with asking(f"{repository.full_name} changes since {since}"):
            listed = self._listed(repository, updated_after=since, order_by="updated_at", sort="desc")
            found: dict[int, Issue] = {}
            for each in listed:
                found.setdefault(int(each["iid"]), shapes.issue(each))
            return list(found.values())

    def list_labels(self, repository: Repository) -> list[Label]:
        """See Forge. Those of the groups around it may be used as well. https://docs.gitlab.com/api/labels/"""
        with asking(f"{repository.full_name} labels"):
            listed = self._project(repository).labels.list(
                iterator=True, per_page=100, include_ancestor_groups=True
            )
            return [shapes.label(each.asdict()) for each in listed]

    def create_label(self, repository: Repository, label: Label) -> Label:
        """See Forge. A name that a group around the project uses is taken as well."""
        with asking(f"{repository.full_name} label {label.name!r}"):
            made = self._project(repository).labels.create({"name": label.name, **shapes.looks(label)})
            return shapes.label(made.asdict())

    def edit_label(self, repository: Repository, label: Label) -> Label:
        """See Forge. By its id, for which python-gitlab has no method: by a name it could be another's."""
        with asking(f"{repository.full_name} label {label.name!r}"):
            path = f"{self._project(repository).labels.path}/{int(label.id)}"
            found = self._gitlab.http_put(path, post_data=shapes.looks(label))
            return shapes.label(found if isinstance(found, dict) else found.json())

    def read_history(self, repository: Repository, number: int) -> list[HistoryEntry]:
        """See Forge. Three lists, and one or two more where a merge request closed the issue."""
        with asking(f"{repository.full_name}#{number}"):
            issue = self._project(repository).issues.get(number, lazy=True)
            labels, milestones, states = (
                [each.asdict() for each in manager.list(iterator=True, per_page=100)]
                for manager in (
                    issue.resourcelabelevents,
                    issue.resourcemilestoneevents,
                    issue.resourcestateevents,
                )
            )
            merged = self._merged(issue, history.merge_request_ids(states))
            return history.entries(labels, milestones, states, merged, self._person)

    def list_comments(self, repository: Repository, number: int) -> list[IssueComment]:
        """See Forge. Notes that GitLab wrote by itself are left out. https://docs.gitlab.com/api/notes/"""
        with asking(f"{repository.full_name}#{number}"):
            issue = self._project(repository).issues.get(number, lazy=True)
            listed = issue.notes.list(iterator=True, per_page=100, order_by="created_at", sort="asc")
            notes = [each for each in (note.asdict() for note in listed) if not each["system"]]
            return [shapes.comment(each, self._person(each["author"])) for each in notes]

    def find_person(self, login: str) -> Person | None:
        """See Forge. Logins are compared without case: no two differ in it. https://docs.gitlab.com/api/users/"""
        with asking(f"user {login}"):
            listed = self._gitlab.users.list(iterator=True, username=login)
            users = [each.asdict() for each in listed if each.username.lower() == login.lower()]
            return self._person(users[0]) if users else None

    def read_role(self, repository: Repository, person: Person) -> Role:
        """See Forge. A role inherited from a group counts; an expired or blocked member has none.

        https://docs.gitlab.com/api/project_members/
        """
        with asking(f"{repository.full_name} member {person.login}"):
            user_id = int(person.id) if person.id else self._user_id(person.login)
            if user_id is None:
                return "none"
            try:
                member = self._project(repository).members_all.get(user_id).asdict()
            except GitlabError as error:
                # The same 404 answers for a project that we may not see; then the role is not known.
                if error.response_code == 404 and "project" not in str(error.error_message).lower():
                    return "none"
                raise
            return shapes.role(member, datetime.now(UTC))

    def write_comment(self, repository: Repository, number: int, marker: str, text: str) -> CommentRef:
        """See Forge. Lines that GitLab would carry out as commands are made inert first.

        It is written under the project's id: GitLab sends nobody who writes on from a former path.
        """
        text = _inert(text)
        with asking(f"{repository.full_name}#{number}"):
            found = self._project(repository).issues.get(number).asdict()
            project = self._gitlab.projects.get(int(found["project_id"]), lazy=True)
            notes = project.issues.get(number, lazy=True).notes
            own_id = self._own_id()
            for note in notes.list(iterator=True, per_page=100, order_by="created_at", sort="asc"):
                if note.author["id"] == own_id and not note.system and marker in note.body:
                    # GitLab cuts blanks off the end (lib/gitlab/quick_actions/extractor.rb).
                    if note.body.rstrip() != text.rstrip():
                        note.body = text
                        note.save()
                    break
            else:
                note = notes.create({"body": text})
            return CommentRef(id=str(note.id), url=f"{found['web_url']}#note_{note.id}")

    def _project(self, repository: Repository) -> Project:
        return self._gitlab.projects.get(_key(repository), lazy=True)

    def _listed(self, repository: Repository, **options: Any) -> Iterator[Fields]:
        """Issues as GitLab shows them, page by page: all states, by their creation unless told otherwise."""
        order = {"order_by": "created_at", "sort": "asc"}
        usual = {"scope": "all", "state": "all", "with_labels_details": True, **order}
        manager = self._project(repository).issues
        for found in manager.list(iterator=True, per_page=100, **{**usual, **options}):
            yield found.asdict()

    def _merged(self, issue: ProjectIssue, wanted: set[int]) -> dict[int, history.Merged]:
        """The merge requests with these ids, as far as the bot may see them; none is found by its id alone.

        The first list has those of the issue's own project, the second also those of others that name it.
        https://docs.gitlab.com/api/issues/#list-merge-requests-that-close-a-particular-issue-on-merge
        """
        found: dict[int, history.Merged] = {}
        for ask, form in ((issue.closed_by, "short"), (issue.related_merge_requests, "full")):
            if wanted <= found.keys():
                break
            for each in ask(iterator=True, per_page=100):
                merger = each.get("merge_user") or each.get("merged_by")  # merge_user from 14.7 on
                found.setdefault(int(each["id"]), history.Merged(each["references"][form], merger))
        return found

    def _person(self, user: Fields | None) -> Person | None:
        """An account, with the one fact that lists leave out: whether it is a bot."""
        if user is None:
            return None
        user_id = int(user["id"])
        if user_id not in self._bots:
            self._bots[user_id] = self._is_bot(user_id)
        return Person(id=str(user_id), login=user["username"], is_bot=self._bots[user_id])

    def _is_bot(self, user_id: int) -> bool:
        """Ask once per account: this endpoint is limited (https://docs.gitlab.com/api/users/)."""
        try:
            return bool(self._gitlab.users.get(user_id).asdict().get("bot", False))
        except GitlabError as error:
            if error.response_code == 404:  # the account is gone; its role will say so
                return False
            raise

    def _user_id(self, login: str) -> int | None:
        users = [user.asdict() for user in self._gitlab.users.list(iterator=True, username=login)]
        return next((int(user["id"]) for user in users if user["username"] == login), None)

    def _own_id(self) -> int:
        self._gitlab.auth()
        user = self._gitlab.user
        if user is None:
            raise ValueError("GitLab names no account for this token")
        return int(user.id)


def _key(repository: Repository) -> int | str:
    return int(repository.id) if repository.id else repository.full_name


def _only(found: list[Fields], where: str) -> Fields:
    """The one milestone of a title: groups above each other may each have one, and ours is not to choose."""
    if not found:
        raise ForgeNotFound(
            "GitLab shows no such milestone",
            where=where,
            mend="Create it in the project or its group, or mend its title in the contract",
        )
    if len(found) > 1:
        raise ForgeError(
            f"GitLab has {len(found)} milestones of this title",
            where=where,
            mend="Rename all but the one that the contract means",
            permanent=True,
        )
    return found[0]


def _inert(text: str) -> str:
    r"""Escape a slash that begins a line: "/close" is a command, "\/close" is text that reads the same.

    https://docs.gitlab.com/user/project/quick_actions/
    """
    return re.sub(r"^/", r"\\/", text, flags=re.MULTILINE)
