"""`ddao attest-uniqueness`: an attestor states that an account is one person."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from dao_backend.cli.command import Needs, command
from dao_backend.cli.giving import WITHDRAWAL_SECONDS
from dao_backend.cli.lookup import account_of, fetch
from dao_backend.cli.session import Session
from dao_backend.errors import InputError, Refused

_HASH = re.compile(r"0x[0-9a-f]{64}")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "attest-uniqueness", Needs.WALLET)(attest_uniqueness)


def attest_uniqueness(
    session: Session,
    account: Annotated[str, typer.Argument(help="The account of a person whom you know.")],
    *,
    person: Annotated[
        str,
        typer.Option(help="A hash that only you can make, always the same for the same person."),
    ],
) -> None:
    """State, as an attestor, that an account belongs to one person; the service relays it.

    It is for ever: neither the account nor the person can be attested again. Make the hash with a
    secret, so that nobody finds out who it is by trying names.
    """
    from dao_backend.core.typed import digest
    from dao_backend.core.typed_members import Uniqueness

    client, member = session.client, account_of(account)
    hashed = person.lower()
    if not _HASH.fullmatch(hashed) or not int(hashed, 16):
        raise InputError(f"{person!r} is no hash of a person: that is 0x and 64 digits, not all 0")
    wallet = session.wallet.address
    if not client.chain.is_attestor(wallet):
        raise Refused(f"{wallet} is no attestor of this DAO: a vote names them")
    if fetch(client, f"/v1/members/{member}/uniqueness")["attested"]:
        raise Refused(f"{member} is attested already")
    session.screen.say(f"You state that {member} is one person, and no other account is.")
    deadline = client.chain.head().timestamp + WITHDRAWAL_SECONDS
    statement = Uniqueness(member, bytes.fromhex(hashed[2:]), deadline)
    domain = client.facts.addresses.domain("ContributionToken")
    signature = session.signer().sign_digest(digest(domain, statement))
    body = {"person": hashed, "deadline": deadline, "signature": "0x" + signature.hex()}
    answer = client.gateway.write(f"/v1/members/{member}/uniqueness", body)
    assert isinstance(answer, dict), "the gateway gives decoded JSON"
    session.screen.say(f"Attested in transaction {answer['transaction']}.")
    session.screen.document(
        {
            "account": member,
            "person": hashed,
            "transaction": answer["transaction"],
            "page": session.page("/members"),
        }
    )
