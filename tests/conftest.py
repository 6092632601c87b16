"""What every test shares: one Hypothesis profile, and the order of the folders."""

import pytest
from hypothesis import HealthCheck, settings

# Machines under load are slow, and a slow example is no failure.
settings.register_profile(
    "project", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of the contracts last.

    Once they have started Ape's chain, Ape's plugin sets the fixtures of every later module up
    again whenever a new one appears, which would start other modules' services in mid-story.
    """
    items.sort(key=lambda item: "contracts" in item.path.parts)
