"""`disconnect` and `rotate`: a connection is taken back, or gets a new webhook secret."""

from __future__ import annotations

import sys

import click

from app.cli.connecting.inputs import Refused, say
from app.cli.connecting.known import Known, known
from app.connections import disconnect as taking_away
from app.connections import rotate as rotating
from app.errors import ForgeError
from app.forges.flavours import Flavour
from app.forges.setup import plain_secret


def disconnect(flavour: Flavour, name: str, *, is_sure: bool, is_forced: bool) -> None:
    """Raises Refused while contracts use it, ForgeError where a webhook can not be deleted."""
    with known(flavour.kind, name) as one:
        if not is_sure:
            one.refuse_used()
        if one.hooks:
            _delete(one, is_forced=is_forced)
        one.remove()
    say(f"Revoke the access token at {flavour.brand}, and delete webhooks that were made by hand.")


def _delete(one: Known, *, is_forced: bool) -> None:
    try:
        for line in taking_away.delete_hooks(one.setup(), one.kept, one.book, is_forced=is_forced):
            say(f"{line}.")
    except ForgeError as error:
        error.mend = (
            f"Everything else is kept. Mend that, or leave the webhook behind with --force ({error.mend})"
        )
        raise


def rotate(flavour: Flavour, name: str, *, by_hand: bool) -> None:
    """Raises Refused, SettingsError where the environment sets it, ForgeError where it is cut short."""
    if by_hand and not sys.stdout.isatty():
        raise Refused(
            "the secret is printed on a terminal only", where="--manual", mend="Run this in a terminal"
        )
    with known(flavour.kind, name) as one:
        hooks = one.hooks
        rotating.refuse_environment(one.kept)
        if not hooks and not by_hand:
            raise Refused(
                f"no webhook of the connection {name} was made by connect",
                where="--name",
                mend="For webhooks that were made by hand: --manual, in a terminal",
            )
        setup = one.setup()
        if rotating.begin(one.kept, plain_secret if by_hand else setup.new_secret, hooks):
            say("A new webhook secret is stored; the one of before is accepted beside it.")
        else:
            say("The last rotation may not have reached every webhook: it goes on now.")
        try:
            for line in rotating.set_everywhere(setup, one.kept, one.book):
                say(f"{line}.")
        except ForgeError as error:
            error.mend = f"Both secrets are accepted meanwhile; do this again to go on ({error.mend})"
            raise
        if by_hand:
            one.kept.wait_until_taken_up()
            say("Paste this as the secret of every webhook that was made by hand:")
            click.echo(f"  {one.kept.value('WEBHOOK_SECRET')}")
    say(f"A day from now: closeout {flavour.kind} rotate --name {name} --finish")
