"""The whole life of contributions, told with real files on a real chain: `ddao demo`.

`inputs` chooses the files, `story` holds who takes part, `acts` are the twelve steps, `report`
prints them. Each step asserts what it says; the figures are measured, never written by hand.
"""
