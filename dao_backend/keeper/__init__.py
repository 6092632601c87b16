"""A keeper: holds one share of every contribution, and lets it go only as the finalized chain says.

`ledger` is its own view of the chain, `intake` what it accepts, `release` what it hands over, and
`local` joins them to the Keeper port. It imports no API and no appraiser, and its operator can
read it in one sitting.
"""
