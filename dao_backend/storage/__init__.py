"""Where envelopes lie: adapters of `ports.blobs.BlobStore`.

`embedded` keeps plain files on the local disk, `kubo` talks to an IPFS node.
Both give the same bytes the same CID, so that blobs can move from one to the other.
"""
