"""Running DAOs to work on."""

from tests.support.running_fixtures import sold, sold_stage, young, young_stage

__all__ = ["sold", "sold_stage", "young", "young_stage"]
