"""The index: the chain's facts in a database, joined on reading."""
