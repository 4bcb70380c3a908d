"""`closeout releases link`: the client's link, for an operator who hands it over in another way."""

from __future__ import annotations

import click
import sqlalchemy as sa

from app.cli.store import opened
from app.errors import CloseoutError, SettingsError
from app.settings import Settings

WHY_NOT = {
    "used": (
        "its link was used on {at}",
        "To answer in the client's name: closeout releases accept, or dispute",
    ),
    "answered": ("it was accepted already", "There is nothing to do"),
    "expired": (
        "the time to answer by link was over on {until}",
        "To answer in the client's name: closeout releases accept, or dispute",
    ),
    "over": ("it is {state} and waits for nobody's acceptance", "See: closeout releases"),
}


@click.command()
@click.argument("contract")
@click.argument("index", type=int)
def link(contract: str, index: int) -> None:
    """Print the link by which the client answers, to hand it over."""
    from app.notices.mail import mail_key
    from app.notices.tables import mails
    from app.notices.text import moment
    from app.releases.facts import contract_of
    from app.releases.people.answering import open_link
    from app.releases.people.links import Links, claim_of
    from app.releases.people.orders import locked

    settings = Settings.load()
    links = Links.of(settings)
    if links is None:
        raise SettingsError(
            "there are no links without a key and the server's own address",
            where=" and ".join(_unset(settings)),
            mend="Set what the server has: CLOSEOUT_KEY (at least 32 characters, for example from openssl"
            " rand -base64 32) and CLOSEOUT_PUBLIC_URL",
        )
    with opened() as db, db.transaction() as connection:
        row = locked(connection, contract, index)
        found = open_link(connection, claim_of(row))
        if found.stands in WHY_NOT:
            why, mend = WHY_NOT[found.stands]
            at = moment(found.use["at"]) if found.use else ""
            told = why.format(at=at, until=moment(row["accept_by"] or ""), state=row["state"])
            raise CloseoutError(f"there is no link for {row['id']}: {told}", mend=mend)
        mail = connection.execute(sa.select(mails).where(mails.c.key == mail_key(row))).mappings().first()
        click.echo(links.url(row))
        client, until = contract_of(row).client.name, moment(row["accept_by"])
    click.echo(f"For {client}: it takes one answer, until {until}. Whoever has it can answer.", err=True)
    if mail is not None and mail["problem"]:
        click.echo(f"The mail with this link: {mail['problem']}.", err=True)


def _unset(settings: Settings) -> list[str]:
    values = {"CLOSEOUT_KEY": settings.keys, "CLOSEOUT_PUBLIC_URL": settings.public_url}
    return [name for name, value in values.items() if not value]
