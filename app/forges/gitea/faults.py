"""What Gitea refuses, as ForgeError with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests

from app.errors import ForgeError, ForgeNotFound
from app.forges.transport import UNKNOWN_FORM


@contextmanager
def asking(where: str) -> Iterator[None]:
    """Say where, and turn an answer of an unknown form into ForgeError."""
    try:
        yield
    except ForgeError as error:
        error.where = error.where or where
        raise
    except (*UNKNOWN_FORM, requests.RequestException) as error:
        raise ForgeError(
            f"Gitea answered in a form that we do not know ({type(error).__name__}: {error})",
            where=where,
            mend="Check that the connection's api_url is a Gitea 1.20 or Forgejo 7 server, or newer",
            permanent=True,
        ) from error


def refusal(response: requests.Response) -> ForgeError:
    """What an answer that is no success means."""
    found = _meaning(response.status_code)
    found.status = response.status_code
    return found


def _meaning(code: int) -> ForgeError:
    if code == 401:
        what = "Gitea does not accept the connection's token"
        mend = "Put a valid access token into the token setting; decisions wait until then"
        return ForgeError(what, mend=mend)
    if code == 403:
        what = "Gitea does not allow this to the bot's account"
        mend = (
            "Make it an administrator of the repository, for only those may read other people's permissions, "
            "and give its token the scopes write:issue, read:repository, read:user and read:organization"
        )
        return ForgeError(what, mend=mend)
    if code in {404, 410}:
        what = "Gitea shows nothing there"
        mend = "It was deleted or moved, or the bot's account is not a collaborator of the repository"
        return ForgeNotFound(what, mend=mend)
    if code == 423:
        return ForgeError("the repository is archived", mend="Unarchive it, or take it out of the contract")
    what, mend = f"Gitea refused with {code}", "Read what Gitea's log says of it, and mend it there"
    return ForgeError(what, mend=mend, permanent=True)
