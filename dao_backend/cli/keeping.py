"""`ddao keeper`: who holds the key shares, and what each has done for every licence."""

from __future__ import annotations

from dao_backend.cli.lookup import Json, rows
from dao_backend.cli.session import Session


def list_keepers(session: Session) -> None:
    """List the committee as the chain has it."""
    document = _committee(session)
    session.screen.document({**document, "page": session.page("/keepers")})


def status(session: Session) -> None:
    """Show what each keeper says of every licence's bundle, and what is final."""
    chain = session.client.chain
    document = _committee(session)
    final, head = chain.finalized().number, chain.head().number
    session.screen.say(f"Block {final} is final, {head} is the newest.")
    licences = [_licence(session, each) for each in rows(session.client, "/v1/licences")]
    session.screen.table(
        ("licence", "keeper", "bundle"),
        [
            (
                str(each["licenceId"]),
                str(bundle["index"]),
                bundle["sentence"] or f"handed over ({bundle['length']} bytes)",
            )
            for each in licences
            for bundle in each["bundles"]
        ],
    )
    session.screen.document(
        {
            **document,
            "finalized": final,
            "head": head,
            "licences": licences,
            "page": session.page("/keepers"),
        }
    )


def _committee(session: Session) -> Json:
    chain = session.client.chain
    committee = chain.committee(chain.current_epoch())
    session.screen.say(
        f"Epoch {committee.epoch}: any {committee.threshold} of {len(committee.keepers)} "
        "keepers together can read everything."
    )
    session.screen.table(
        ("keeper", "operator", "endpoint"),
        [(str(each.index), each.operator, each.endpoint) for each in committee.keepers],
    )
    return {
        "epoch": committee.epoch,
        "threshold": committee.threshold,
        "keepers": [
            {
                "index": each.index,
                "operator": each.operator,
                "sealingKey": "0x" + each.sealing_key.hex(),
                "endpoint": each.endpoint,
            }
            for each in committee.keepers
        ],
    }


def _licence(session: Session, found: Json) -> Json:
    """A licence with what each keeper says of its bundle."""
    bundles = session.client.gateway.bundles(found["licenceId"])
    return {
        "licenceId": found["licenceId"],
        "delivered": found["delivered"],
        "bundles": [
            {
                "index": each.index,
                "ready": each.ready,
                "reason": each.reason,
                "sentence": each.sentence,
                "length": each.length,
            }
            for each in bundles
        ],
    }
