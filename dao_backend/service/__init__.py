"""What the toolkit does: decisions of `core` carried out through `ports`."""
