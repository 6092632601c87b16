"""`python -m dao_backend` is `ddao`: how one of its processes starts another."""

from dao_backend.cli import main

main()
