"""Running DAOs to work on."""

from tests.support.running_fixtures import (
    delivered,
    delivered_stage,
    shop,
    sold,
    sold_stage,
    young,
    young_stage,
)

__all__ = [
    "delivered",
    "delivered_stage",
    "shop",
    "sold",
    "sold_stage",
    "young",
    "young_stage",
]
