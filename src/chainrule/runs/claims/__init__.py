"""Claims: what the recipes reach, compiled from runs, shipped as records, and verified.

claim.py       Claim: a recipe's figures with all that is to be known of them; the shipped records
compiling.py   from finished runs to a claim
verifying.py   whether a claim holds on this machine
statistics.py  means, intervals, gains and comparisons over seeds
decks.py       the lecture's figures, and what to call the data
records/       one JSON file per recipe
"""

from chainrule.runs.claims.claim import Claim, Figures, Peer, Training, claim_of, claims
from chainrule.runs.claims.decks import DECKS, Deck

__all__ = ["DECKS", "Claim", "Deck", "Figures", "Peer", "Training", "claim_of", "claims"]
