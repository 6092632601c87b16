"""Tells lines that people or programs write from random bytes dressed as text.

The effective alphabet of a line is the number of equally likely bytes that would repeat as often
as its own do: `n·(n−1) ÷ Σ c·(c−1)` over the count c of each byte. Prose has about 16, code about
25, base64 of random bytes 64. It needs no logarithm, so it is the same everywhere.
"""

from __future__ import annotations

from collections import Counter

from dao_backend.core.scoring.policy import Policy

_ENOUGH = 96
"""Bytes that have to be looked at together: fewer say too little."""
_ALL_CHECKED = 1_024
"""Sampled pieces of a member that are all checked; afterwards one in four."""
_ALNUM = bytes(code if code < 128 and chr(code).isalnum() else 32 for code in range(256))


def is_noise(text: bytes, policy: Policy) -> bool:
    """Whether text looks random: too many different bytes, or an endless word."""
    size = len(text)
    pairs = sum(count * (count - 1) for count in Counter(text).values())
    if size * (size - 1) > policy.noise_alphabet * pairs:
        return True
    return max(map(len, text.translate(_ALNUM).split()), default=0) >= policy.noise_word


class NoiseCheck:
    """Looks at the sampled pieces of one member; a contributor cannot know which those are."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._gathered = b""
        self.pieces = 0
        self.checked = 0
        """Bytes looked at."""
        self.noise = 0
        """Bytes of them that look random."""

    def feed(self, piece: bytes, fingerprint: int) -> None:
        """Look at one sampled piece, together with the ones before it while they are short."""
        if self.pieces >= _ALL_CHECKED and fingerprint // self._policy.sample_one_in % 4:
            return
        self.pieces += 1
        self._gathered += b" " + piece if self._gathered else piece
        size = len(self._gathered)
        if size < _ENOUGH:
            return
        self.checked += size
        if is_noise(self._gathered, self._policy):
            self.noise += size
        self._gathered = b""
