"""Ladders and claims to look at: as a picture, and as tables for a page.

places.py   what is shown of a rung, whether it was just climbed or is claimed
picture.py  the picture
table.py    the tables, in Markdown
pages.py    which tables stand on which pages
"""

from chainrule.explain.ladder.picture import draw, fingerprint
from chainrule.explain.ladder.places import Place, places_of, places_of_claims
from chainrule.explain.ladder.table import claims_table, peers_table, rungs_table, settings_table

__all__ = [
    "Place",
    "claims_table",
    "draw",
    "fingerprint",
    "peers_table",
    "places_of",
    "places_of_claims",
    "rungs_table",
    "settings_table",
]
