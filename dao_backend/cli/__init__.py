"""The command line `ddao`: what a person does with a DAO, one command for each step.

Commands stand in the modules beside this one. Nothing heavy is imported before a command needs
it, so that `ddao --help` answers at once.
"""

from __future__ import annotations


def main() -> None:
    """Run the command that the arguments name; the process ends with its exit code.

    Passwords and keys come into most commands' hands, so that none shows its memory.
    """
    from dao_backend.cli.app import app
    from dao_backend.wiring.hygiene import hide_memory

    hide_memory()
    app()
