"""The ladder as Markdown tables, for the READMEs and the page about it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.explain.ladder.places import minutes
from chainrule.runs.claims import DECKS, Claim, Figures, Peer
from chainrule.runs.claims.statistics import seeds_to_tell
from chainrule.runs.ladder import Ladder, claimed_verdict
from chainrule.zoo import Recipe, Settings


@dataclass(frozen=True)
class Words:
    """What a table says in one language; {n} and {share} are filled in.

    to_tell  an open verdict, when it is known how many seeds would tell
    units    of seconds, minutes and hours
    phrases  what the records say in English, where this language says it otherwise
    cores    "12 cores" in this language, as a pattern of re.sub
    """

    heads: tuple[str, ...]
    one_seed: str
    seeds: str
    verdicts: Mapping[str, str]
    to_tell: str
    time: str
    unmeasured: str
    measured: str
    until: str
    units: tuple[str, str, str]
    phrases: Mapping[str, str]
    cores: str = r"\g<0>"

    def said(self, phrase: str) -> str:
        """A phrase of the records in this language; names and figures stay as they are."""
        for english, here in self.phrases.items():
            phrase = phrase.replace(english, here)
        return re.sub(r"\b(\d+) cores?\b", self.cores, phrase)


WORDS: dict[str, Words] = {
    "en": Words(
        heads=(
            *("recipe", "parameters", "data", "the lecture", "chainrule"),
            *("another library, the same", "chainrule is"),
        ),
        one_seed="1 seed",
        seeds="{n} seeds",
        verdicts={
            "above": "above",
            "not below": "not below",
            "below": "below",
            "open": "open: more seeds would tell",
        },
        to_tell="open: about {n} seeds each would tell",
        time="in {share} of the time",
        unmeasured="not measured yet",
        measured="Measured {dates} on {machines}.",
        until=" to ",
        units=(" s", " min", " h"),
        phrases={},
    ),
    "ko": Words(
        heads=(
            *("레시피", "매개변수", "데이터", "강의", "chainrule"),
            *("다른 라이브러리(같은 설정)", "비교 결과"),
        ),
        one_seed="시드 1개",
        seeds="시드 {n}개",
        verdicts={
            "above": "더 높음",
            "not below": "뒤지지 않음",
            "below": "더 낮음",
            "open": "판단 보류: 시드가 더 필요",
        },
        to_tell="판단 보류: 양쪽에 시드가 약 {n}개씩 필요",
        time="시간은 {share}배",
        unmeasured="아직 재지 않음",
        measured="{dates}, {machines}에서 쟀습니다.",
        until=" ~ ",
        units=("초", "분", "시간"),
        phrases={
            "poor, on purpose": "일부러 나쁘게",
            "improved": "개선됨",
            "about 99 %": "약 99 %",
            "pictures only": "그림만 있음",
            "no figure": "수치 없음",
            "textures": "합성 지문 무늬",
            "JPEG copy of CIFAR-10": "CIFAR-10의 JPEG 사본",
        },
        cores=r"코어 \1개",
    ),
}

UNITS = {
    "shift": " pixels",
    "cutout": " pixels",
    "rotation": " degrees",
    "patience": " epochs",
}
"""Of the settings that have one; validation's depends on its value."""


def claims_table(
    recipes: Sequence[Recipe],
    claims: Mapping[str, Claim],
    parameters: Mapping[str, int],
    language: str = "en",
) -> str:
    """One row per recipe: the lecture's figure, ours, other libraries', and the verdict.

    Below it stands when and on what all this was measured.

    parameters: of each recipe's network
    """
    words = WORDS[language]
    lines = [_row(words.heads), _row(["---"] * len(words.heads))]
    for recipe in recipes:
        claim, deck = claims.get(recipe.name), DECKS.get(recipe.name)
        ours = f"**{reached(claim.figures, words)}**" if claim else words.unmeasured
        peers = claim.peers if claim else ()
        lines.append(
            _row(
                [
                    f"`{recipe.name}`",
                    f"{parameters[recipe.name]:,}",
                    words.said(claim.data.words) if claim else recipe.data,
                    words.said(deck.words) if deck else "-",
                    ours,
                    "<br>".join(f"{p.framework}: {reached(p.figures, words)}" for p in peers)
                    or "-",
                    "<br>".join(_beside(claim, p, words) for p in peers if claim) or "-",
                ]
            )
        )
    return "\n".join([*lines, *_measured(list(claims.values()), words)]) + "\n"


def rungs_table(ladder: Ladder, claims: Mapping[str, Claim], verdicts: Mapping[str, str]) -> str:
    """One row per rung: what is new in it, what it reaches, and what it gains.

    verdicts: by recipe, of the ladder's outcome; for rungs whose claims do not tell
    """
    lines = [_row(["", "recipe", "what is new", "accuracy", "gain"]), _row(["---"] * 5)]
    before: Claim | None = None
    for number, rung in enumerate(ladder.rungs, start=1):
        claim, words = claims.get(rung.recipe), WORDS["en"]
        figure = reached(claim.figures, words) if claim else words.unmeasured
        gain = before and claim and claimed_verdict(before.figures, claim.figures, rung.idea)
        gain = gain or verdicts.get(rung.recipe) or "-"
        lines.append(_row([str(number), f"`{rung.recipe}`", rung.new, figure, gain]))
        before = claim
    return "\n".join(lines) + "\n"


def peers_table(claims: Sequence[Claim]) -> str:
    """One row per peer: our mean accuracy less its own, and what the verdict on that rests on."""
    heads = ["recipe", "beside", "difference in points", 'p of "below"', "verdict", "by"]
    lines = [_row(heads), _row(["---"] * len(heads))]
    for claim in claims:
        for peer in claim.peers:
            found = peer.verdict
            middle, low, high = (100 * found[name] for name in ("difference", "low", "high"))
            lines.append(
                _row(
                    [
                        f"`{claim.recipe}`",
                        peer.framework,
                        f"{middle:+.2f} ({low:+.2f} to {high:+.2f})",
                        f"{found['p_below']:.2f}",
                        _verdict(claim, peer, WORDS["en"]),
                        found["by"],
                    ]
                )
            )
    return "\n".join(lines) + "\n"


def settings_table(recipes: Sequence[Recipe]) -> str:
    """One row per recipe: the numbers of its training that are not what Settings has anyway.

    Below it stands what Settings has.
    """
    heads = ["recipe", "network", "epochs", "images per step", "the rest"]
    lines = [_row(heads), _row(["---"] * len(heads))]
    for recipe in recipes:
        settings = recipe.settings
        usual = _usual(settings)
        rest = [_setting(n, v) for n, v in settings.to_dict().items() if v != usual[n]]
        lines.append(
            _row(
                [
                    f"`{recipe.name}`",
                    f"`{settings.network}`",
                    str(settings.epochs),
                    str(settings.batch_size),
                    ", ".join(rest) or "-",
                ]
            )
        )
    named = ("optimizer", "lr", "schedule", "loss", "scaling", "validation", "held_out")
    usual = _usual(recipes[0].settings)
    silent = ", ".join(_setting(name, usual[name]) for name in named)
    return "\n".join([*lines, "", f"Where a row is silent: {silent}; all else is off."]) + "\n"


def _usual(settings: Settings) -> dict[str, Any]:
    """What Settings has for such a network, epochs and batches when nothing else is given."""
    return Settings(settings.network, settings.epochs, settings.batch_size).to_dict()


def _setting(name: str, value: Any) -> str:
    """A setting with its unit: "shift 3 pixels"; what has none is a name or a factor."""
    if name == "validation":
        return f"{name} {100 * value:g} %" if 0 < value < 1 else f"{name} {value:g} images"
    if value is True:
        return f"{name} at random"
    return f"{name} {value}{UNITS.get(name, '')}"


def reached(figures: Figures, words: Words) -> str:
    """Mean, spread, seeds and time: "74.12 ± 0.31 %, 3 seeds, 12 min"."""
    count = len(figures.trainings)
    spread = "" if figures.spread is None else f" ± {100 * figures.spread:.2f}"
    seeds = words.one_seed if count == 1 else words.seeds.format(n=count)
    return f"{100 * figures.mean:.2f}{spread} %, {seeds}, {minutes(figures.seconds, words.units)}"


def _measured(claims: Sequence[Claim], words: Words) -> list[str]:
    """When and on what the trainings ran, ours and the peers'."""
    figures = [f for claim in claims for f in (claim.figures, *(p.figures for p in claim.peers))]
    days = sorted({training.date[:10] for f in figures for training in f.trainings})
    if not days:
        return []
    names = dict.fromkeys(machine for f in figures for machine in f.machines)
    machines = "; ".join(words.said(name) for name in names)
    return [
        "",
        words.measured.format(dates=words.until.join(days[:1] + days[1:][-1:]), machines=machines),
    ]


def _beside(claim: Claim, peer: Peer, words: Words) -> str:
    """The verdict, and our share of its time where that is known."""
    verdict, share = _verdict(claim, peer, words), claim.share_of_time(peer)
    return verdict if share is None else f"{verdict}, {words.time.format(share=f'{share:.2f}')}"


def _verdict(claim: Claim, peer: Peer, words: Words) -> str:
    found = peer.verdict["verdict"]
    if found == "open":
        needed = seeds_to_tell(claim.figures.accuracies, peer.figures.accuracies)
        if needed:
            return words.to_tell.format(n=needed)
    return words.verdicts[found]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
