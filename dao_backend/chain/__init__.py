"""The chain adapter: everything that knows web3, ABIs, nonces, fees and a node's moods.

`rpc` moves JSON, `node` gives it meaning, `contracts/` knows how each contract is spoken to,
`decode` and `refusals` know how it answers, `reader` and `writer` implement the ports.
"""
