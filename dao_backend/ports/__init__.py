"""What the service needs from the outside, as protocols.

Adapters implement them; only `wiring` joins both. One module for each kind of neighbour: blobs
(storage), chain, index, pending, keepers (with their custody), gateway (the API, for clients).
"""
