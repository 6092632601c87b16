"""Every test; a package, because a dependency installs a `tests` of its own."""
