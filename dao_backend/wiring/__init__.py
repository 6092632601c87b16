"""The composition root: the only place that joins adapters, service and settings."""
