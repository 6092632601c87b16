"""`ddao release-key`: a delivery to another key than the one that was filed."""

from __future__ import annotations

from pathlib import Path

from tests.support.cli import Answer, shown
from tests.support.shop import Shop

KEY_DELAY = 600


def said(answer: Answer, code: int, sentence: str) -> None:
    """The command ended with this code and this sentence."""
    assert (answer.err.splitlines()[0], answer.code) == (sentence, code)


def test_rotate__no_licence_or_not_the_holder__is_refused(shop: Shop) -> None:
    """Why one cannot is said before a password is asked for."""
    unknown = shop.bob.run("release-key", "rotate", "999")
    said(unknown, 4, "There is no licence 999: a key can be rotated once it is granted.")
    number = shop.granted()
    other = shop.alice.run("release-key", "rotate", number)
    sentence = f"Licence {number} is {shop.bob.address}'s; the wallet is {shop.alice.address}."
    said(other, 3, sentence)
    assert shop.alice.run("release-key", "apply", number).code == 3


def test_rotate__receipt_posted__is_refused(shop: Shop) -> None:
    """What is delivered stays sealed to the key it was sealed to."""
    number = shop.delivered()
    answer = shop.bob.run("release-key", "rotate", number)
    said(answer, 3, f"A keeper has posted its receipt for licence {number}: the key stays.")


def test_rotate__before_the_receipts__is_what_bundles_are_sealed_to(
    shop: Shop, tmp_path: Path
) -> None:
    """Announced, applied after its delay, delivered to, and found by `ddao pull`."""
    number = shop.granted()
    before = shop.bob.does("wallet", "show")["releaseKeys"]
    told = shop.bob.signs("release-key", "rotate", number)
    keys = shop.bob.does("wallet", "show")["releaseKeys"]
    assert keys == [*before, told["releaseKey"]]
    early = shop.alice.run("release-key", "apply", number)
    assert early.code == 3
    shop.follow()
    assert told["releaseKey"][-4:] in shown(told)
    shop.until(told["earliest"])
    shop.alice.does("release-key", "apply", number)
    shop.work()
    pulled = shop.bob.signs("pull", number, "--out", tmp_path / "out")
    (found,) = pulled["contributions"]
    original = shop.alice.home.parent / "module.py"
    assert Path(found["path"]).read_bytes() == original.read_bytes()
