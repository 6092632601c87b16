"""One typed class for each contract: what can be asked and done, as values not yet sent."""
