"""What every test shares: one Hypothesis profile."""

from hypothesis import HealthCheck, settings

# Machines under load are slow, and a slow example is no failure.
settings.register_profile(
    "project", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("project")
