"""What the pretend GitHub knows: who and what there is, and what time it is."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from app.sandbox.forge.apps.records import Registry
from app.sandbox.forge.records import (
    DEFAULT_BRANCH,
    Comment,
    Commit,
    File,
    Happening,
    Issue,
    Label,
    Milestone,
    Repository,
    User,
)


class State:
    """Everything, behind one lock. Ids are numeric and never used twice, as at GitHub."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.tokens: dict[str, User] = {}
        self.organisations: dict[str, User] = {}
        self.repositories: dict[str, Repository] = {}
        self.former_names: dict[str, Repository] = {}
        """Where a renamed repository's old name leads, until somebody takes that name."""
        self.apps = Registry()
        self.passed = timedelta()
        """How far the sandbox's clock is ahead of this machine's."""
        self._ids = itertools.count(1001)

    def next_id(self) -> int:
        return next(self._ids)

    def now(self) -> str:
        """The sandbox's time, in whole seconds as GitHub tells it."""
        return _shown(datetime.now(UTC) + self.passed)

    def ago(self, past: timedelta) -> str:
        """The time that long ago; before zero it is in the future."""
        return _shown(datetime.now(UTC) + self.passed - past)

    def add_user(self, login: str, token: str, kind: str = "User") -> User:
        """Make an account. Raises ValueError when its login or its token is taken, or there is no token."""
        with self.lock:
            if login.lower() in self.users or token in self.tokens or not token:
                raise ValueError(f"the login {login!r}, or its token, can not be taken")
            user = User(self.next_id(), login, kind)
            self.users[login.lower()] = self.tokens[token] = user
            return user

    def rename_user(self, login: str, new_login: str) -> None:
        """Give an account another login; the old one is free. Raises ValueError when the new one is taken."""
        with self.lock:
            user = self.users[login.lower()]
            if self.users.get(new_login.lower(), user) is not user:
                raise ValueError(f"the login {new_login!r} can not be taken")
            del self.users[login.lower()]
            self.users[new_login.lower()] = user
            for repository in list(self.repositories.values()):
                if user.login in repository.roles:
                    repository.roles[new_login] = repository.roles.pop(user.login)
                if repository.owner is user:
                    self.rename_repository(repository, f"{new_login}/{repository.name}")
            user.login = new_login

    def add_repository(self, full_name: str, *, is_private: bool = True) -> Repository:
        """Make a repository of a user, or of an organisation. Raises ValueError when the name is taken."""
        with self.lock:
            if full_name.lower() in self.repositories:
                raise ValueError(f"{full_name} is there already")
            login = full_name.split("/", maxsplit=1)[0]
            owner = self.account(login)
            if owner is None:
                owner = self.organisations[login.lower()] = User(self.next_id(), login, "Organization")
            repository = Repository(self.next_id(), full_name, owner, self.now(), is_private)
            if owner.type != "Organization":
                repository.roles[owner.login] = "admin"
            repository.branches[DEFAULT_BRANCH] = [self.add_commit(repository, "Begin", owner, owner)]
            self.repositories[full_name.lower()] = repository
            self.former_names.pop(full_name.lower(), None)
            return repository

    def rename_repository(self, repository: Repository, full_name: str) -> None:
        """The old name leads here from now on. Raises ValueError when the new one is taken."""
        if self.repositories.get(full_name.lower(), repository) is not repository:
            raise ValueError(f"{full_name} is there already")
        del self.repositories[repository.full_name.lower()]
        self.former_names[repository.full_name.lower()] = repository
        repository.full_name = full_name
        self.repositories[full_name.lower()] = repository
        self.former_names.pop(full_name.lower(), None)

    def remove_repository(self, repository: Repository) -> None:
        """Nothing leads to it any more, neither its names nor its id."""
        del self.repositories[repository.full_name.lower()]
        self.former_names = {name: one for name, one in self.former_names.items() if one is not repository}

    def by_id(self, repository_id: int) -> Repository | None:
        """The repository with this id, whatever its name is now."""
        with self.lock:
            return next((one for one in self.repositories.values() if one.id == repository_id), None)

    def account(self, login: str) -> User | None:
        """The person or the organisation of that name."""
        return self.users.get(login.lower()) or self.organisations.get(login.lower())

    def administers(self, person: User, account: User) -> bool:
        """Whether somebody acts for an account: their own, or an organisation's.

        The sandbox knows no members of organisations: who administers a repository stands for the owner.
        """
        owned = (one for one in self.repositories.values() if one.owner is account)
        return person is account or any(one.may(person, "admin") for one in owned)

    def add_issue(self, repository: Repository, author: User, title: str, body: str = "") -> Issue:
        """A new issue; its number is the repository's next, for ever."""
        moment = self.now()
        issue = Issue(self.next_id(), next(repository.numbers), title, body, author, moment, moment)
        repository.issues[issue.number] = issue
        return issue

    def add_comment(self, issue: Issue, author: User, body: str) -> Comment:
        moment = issue.updated_at = self.now()
        comment = Comment(self.next_id(), author, body, moment, moment)
        issue.comments.append(comment)
        return comment

    def add_milestone(
        self, repository: Repository, creator: User, title: str, description: str = ""
    ) -> Milestone:
        moment = self.now()
        number = next(repository.milestone_numbers)
        made = Milestone(self.next_id(), number, title, creator, moment, moment, description)
        repository.milestones[made.number] = made
        return made

    def add_commit(
        self,
        repository: Repository,
        message: str,
        author: User,
        committer: User,
        *,
        parents: Sequence[Commit] = (),
        changes: Mapping[str, File | None] | None = None,
    ) -> Commit:
        """A commit with a hash of its own, on no branch yet."""
        commit = Commit(secrets.token_hex(20), message, author, committer, self.now())
        commit.parents, commit.changes = list(parents), dict(changes or {})
        repository.commits[commit.sha] = commit
        return commit

    def label(self, repository: Repository, name: str) -> Label:
        """The repository's label of that name, made on the spot when there is none, as GitHub does."""
        found = repository.labels.get(name.lower())
        if found is None:
            found = repository.labels[name.lower()] = Label(self.next_id(), name)
        return found

    def note(
        self,
        issue: Issue,
        event: str,
        actor: User,
        *,
        label: Label | None = None,
        milestone: str = "",
        commit_id: str | None = None,
        source: Issue | None = None,
    ) -> None:
        """Write a line into an issue's history."""
        issue.updated_at = self.now()
        shown = (label.name, label.color) if label else None
        line = Happening(self.next_id(), event, actor, issue.updated_at, shown, milestone, commit_id, source)
        issue.history.append(line)


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
