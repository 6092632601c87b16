"""The Gateway port over HTTP: what the command line and other clients speak to a service with."""
