"""Read-only pages rendered by the service: HTML and one style sheet, no JavaScript at all.

    address ──► Asked ──► reader (reads ports) ──► view (pure, frozen) ──► template ──► HTML

They show what the API serves as JSON, in words, with the `ddao` command that does the same.
`install` puts them into an application.
"""

from dao_backend.api.pages.mount import install

__all__ = ["install"]
