"""What a command works with, opened when it is first needed: service, wallet, password.

Nothing heavy is imported before it is used, so that `ddao --help` answers at once.
"""

from __future__ import annotations

import getpass
import secrets
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dao_backend.cli import config as configuration
from dao_backend.cli.config import Config
from dao_backend.cli.screen import Screen
from dao_backend.errors import InputError, Refused, UnreadablePath

if TYPE_CHECKING:
    from dao_backend.ports.chain import Signer
    from dao_backend.wiring.client import Client, Pin
    from dao_backend.wiring.wallets import Wallet, WalletBook


@dataclass(frozen=True, slots=True)
class Choices:
    """The options that many commands share."""

    service: str | None = None
    wallet: str | None = None
    password_file: Path | None = None


@dataclass(slots=True)
class Session:
    """One run of one command."""

    screen: Screen
    choices: Choices
    _stack: ExitStack = field(default_factory=ExitStack)
    _config: Config | None = None
    _client: Client | None = None

    @property
    def config(self) -> Config:
        """What `ddao init` wrote down."""
        if self._config is None:
            self._config = configuration.load()
        return self._config

    @property
    def client(self) -> Client:
        """The service and its chain; ServiceUnavailable, WrongNetwork."""
        if self._client is None:
            from dao_backend.wiring.client import open_client

            url = self.choices.service or self.config.service
            rpc = self.config.rpc if url == self.config.service else None
            self._client = open_client(url, rpc, self._pin(url))
            self._stack.callback(self._client.close)
        return self._client

    @property
    def wallets(self) -> WalletBook:
        """The wallets of this machine's user."""
        from dao_backend.wiring.wallets import WalletBook

        return WalletBook(configuration.home() / "wallets", secrets.token_bytes)

    @property
    def wallet(self) -> Wallet:
        """The wallet chosen by option or `ddao init`; NotFound."""
        return self.wallets.find(self.choices.wallet or self.config.wallet)

    def signer(self) -> Signer:
        """The wallet's account, opened with its password; WrongPassword."""
        wallet = self.wallet
        return self.wallets.open(wallet, self.password(f"Password of wallet {wallet.name}: "))

    def password(self, prompt: str, *, twice: bool = False) -> str:
        """From the password file, else asked for; InputError where nobody can be asked."""
        if self.choices.password_file is not None:
            return _first_line(self.choices.password_file)
        if not sys.stdin.isatty():
            raise InputError("there is no terminal to ask for the password: use --password-file")
        given = getpass.getpass(prompt)
        if twice and getpass.getpass("Again: ") != given:
            raise InputError("the two passwords differ")
        return given

    def confirm(self, question: str, *, yes: bool) -> None:
        """Go on only if it is meant; Refused where it is not, InputError where nobody can say."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise InputError("there is no terminal to ask whether you mean it: use --yes")
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise Refused("nothing was done")

    def page(self, path: str) -> str:
        """Show where the service has a page on this; the page's URL."""
        url = self.client.url + path
        self.screen.page(url)
        return url

    def close(self) -> None:
        """Close what was opened."""
        self._stack.close()

    def _pin(self, url: str) -> Pin | None:
        from dao_backend.wiring.client import Pin

        known = self.config
        if url != known.service or known.chain_id is None or known.registry is None:
            return None
        return Pin.parse(known.chain_id, known.registry)


def _first_line(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadablePath(f"the password file {path} cannot be read: {error}") from error
    if not lines or not lines[0]:
        raise InputError(f"the password file {path} is empty")
    return lines[0]
