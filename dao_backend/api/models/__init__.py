"""The shapes of the API: one module for each kind of resource, each with its way from the ports."""
