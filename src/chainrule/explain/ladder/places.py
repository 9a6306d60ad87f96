"""What is shown of a rung, whether it was just climbed or is claimed."""

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.runs.claims import DECKS, Claim, Figures, Peer, claim_of
from chainrule.runs.ladder import Outcome, Step
from chainrule.runs.ladder.gains import points


@dataclass(frozen=True)
class Place:
    """A rung of the picture.

    note    a line under its name
    gain    over the rung before, in words; "" for none
    helps   whether that gain is one beyond doubt, and upwards; None: in doubt
    deck    the lecture's accuracy, where there is one
    peer    another library's figures, where they were measured
    """

    name: str
    note: str
    figures: Figures
    gain: str = ""
    helps: bool | None = None
    deck: float | None = None
    peer: Peer | None = None


def places_of(outcome: Outcome) -> list[Place]:
    """The rungs of a ladder that was climbed; its quick form is compared with nobody."""
    return [_place(step, compared=not outcome.quick) for step in outcome.steps]


def places_of_claims(claims: Sequence[Claim]) -> dict[str, list[Place]]:
    """The claims that are shipped, by what their data are called."""
    panels = dict[str, list[Place]]()
    for claim in claims:
        place = Place(
            name=claim.recipe,
            note=f"{claim.parameters:,} parameters",
            figures=claim.figures,
            deck=_deck(claim.recipe),
            peer=_peer(claim),
        )
        panels.setdefault(claim.data.words, []).append(place)
    return panels


def _place(step: Step, *, compared: bool) -> Place:
    claim = claim_of(step.rung.recipe) if compared else None
    return Place(
        name=step.rung.recipe,
        note=step.rung.new,
        figures=step.figures,
        gain=points(step.gain) if step.gain else "",
        helps=(step.gain.value > 0) if step.gain and step.gain.shown else None,
        deck=_deck(step.rung.recipe) if compared else None,
        peer=_peer(claim) if claim else None,
    )


def _deck(recipe: str) -> float | None:
    return DECKS[recipe].accuracy if recipe in DECKS else None


def _peer(claim: Claim) -> Peer | None:
    """The best of the peers, who is the one to be compared with."""
    return max(claim.peers, key=lambda peer: peer.figures.mean, default=None)


def minutes(seconds: float, units: tuple[str, str, str] = (" s", " min", " h")) -> str:
    """Seconds in two digits: "0.8 s", "21 min" or "1.4 h"; units: what to call these."""
    second, minute, hour = units
    if seconds < 9.95:
        return f"{seconds:.1f}{second}"
    if seconds < 99.5:
        return f"{seconds:.0f}{second}"
    if seconds < 99.5 * 60:
        return f"{seconds / 60:.0f}{minute}"
    return f"{seconds / 3600:.1f}{hour}"
