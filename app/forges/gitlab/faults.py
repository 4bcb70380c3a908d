"""What GitLab refuses, as ForgeError with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from gitlab.exceptions import GitlabError

from app.errors import ForgeError, ForgeNotFound
from app.forges.transport import UNKNOWN_FORM


@contextmanager
def asking(where: str) -> Iterator[None]:
    """Turn what GitLab refuses into ForgeError, with what to do about it."""
    try:
        yield
    except GitlabError as error:
        refused = _refusal(error, where)
        refused.status = error.response_code
        raise refused from error
    except (*UNKNOWN_FORM, requests.RequestException) as error:
        raise ForgeError(
            f"GitLab answered in a form that we do not know ({type(error).__name__}: {error})",
            where=where,
            mend="Check that the connection's api_url is a GitLab server of version 16 or newer",
            permanent=True,
        ) from error


def _refusal(error: GitlabError, where: str) -> ForgeError:
    code = error.response_code
    if code == 401:
        what = "GitLab does not accept the connection's token"
        mend = "Put a valid access token with the scope api into the token setting; decisions wait until then"
        return ForgeError(what, where=where, mend=mend)
    if code == 403:
        what = "GitLab does not allow this to the bot's account"
        mend = "Give the account the role Reporter or higher in the project, and its token the scope api"
        return ForgeError(what, where=where, mend=mend)
    if code in {404, 410}:
        what = "GitLab shows nothing there"
        mend = "It was deleted or moved, or the bot's account is not a member of the project"
        return ForgeNotFound(what, where=where, mend=mend)
    if code is None:
        what = "GitLab did not answer with JSON"
        mend = "Check that the connection's api_url is the address of the GitLab server"
    else:
        said = "".join(char if char.isprintable() else " " for char in str(error.error_message)[:200])
        what = f"GitLab refused with {code} ({said})"
        mend = "Read what GitLab says, and mend it there"
    return ForgeError(what, where=where, mend=mend, permanent=True)
