"""A keeper's durable memory: records, sealed shares, and the log of its bundles and receipts."""
