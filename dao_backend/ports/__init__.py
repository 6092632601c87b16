"""What the service needs from the outside, as protocols; adapters implement them, only `wiring` joins both.

One module for each kind of neighbour: blobs (storage), chain, index, keepers (with their custody), gateway (the API).
"""
