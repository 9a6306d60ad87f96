"""Write the table of speed into the READMEs, from the record that its mark names.

    python benchmarks/readme.py

The table stands between the lines <!-- speed: RECORD --> and <!-- speed: end -->; to show another
record of run.py, name it in the mark, without its .json.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import record
from chainrule.explain.marks import filled
from leads import NAMED, RIVALS, Lead, Row, leads
from races import RACES
from tables import HEADS, grouped

ROOT = Path(__file__).parents[1]
PAGES = {"README.md": "en", "README.ko.md": "ko"}
MARK = "speed"
"""The kind of the marks."""


@dataclass(frozen=True)
class Words:
    """What the table says in one language; what stands in braces is filled in.

    phrases  what the races are called in English, where this language says it otherwise
    """

    heads: tuple[str, ...]
    network: str
    lead: str
    wanted: str
    measured: str
    spread: str
    phrases: Mapping[str, str]

    def said(self, phrase: str) -> str:
        """A phrase of the races in this language."""
        for english, here in self.phrases.items():
            phrase = phrase.replace(english, here)
        return phrase


WORDS = {
    "en": Words(
        heads=("network", "chainrule", "images/s", *HEADS.values(), "memory"),
        network="{title}, batch {size}",
        lead="{ratio} times ({rate}{wanted})",
        wanted=", wanted: {floor}",
        measured="Medians of {rounds} alternating rounds, {days}, on {processor}, {cores} cores; "
        "{versions}.",
        spread="The quartiles of a ratio over the rounds lie {usual} of it apart in the median, "
        "{most} at most: each stands among the `leads` of the [record]({record}).",
        phrases={},
    ),
    "ko": Words(
        heads=(
            *("신경망", "chainrule", "초당 이미지", "PyTorch eager", "튜닝한 PyTorch"),
            *("Keras 3", "JAX", "메모리"),
        ),
        network="{title}, 배치 {size}",
        lead="{ratio}배 ({rate}{wanted})",
        wanted=", 목표 {floor}",
        measured="번갈아 {rounds}번씩 잰 값의 중앙값, {days}, {processor}, 코어 {cores}개, "
        "{versions}.",
        spread="한 배수를 라운드마다 구했을 때 사분위수 사이의 폭은 그 배수의 {usual}(중앙값), "
        "가장 넓으면 {most}이고, 값은 모두 [기록]({record})의 `leads`에 있습니다.",
        phrases={
            "the deck's CIFAR-10 network, 1,639,914 parameters": "강의의 CIFAR-10 신경망, 매개변수 "
            "1,639,914개",
            "the same, as in the deck": "같은 신경망(강의대로)",
            " with batch norm": ", 배치 정규화",
            "two convolutions": "합성곱 둘",
            "ResNet-20 for CIFAR": "CIFAR용 ResNet-20",
            "the network of cifar10-record": "cifar10-record의 신경망",
            "NumPy alone": "NumPy만",
        },
    ),
}


def refreshed(page: str, language: str) -> str:
    """The page, with every marked table as its record has it."""

    def table(name: str) -> str:
        path = record.FOLDER / f"{name}.json"
        kept = json.loads(path.read_text(encoding="utf-8"))
        return markdown(kept, path.relative_to(ROOT).as_posix(), language)

    return filled(page, MARK, table)


def markdown(kept: Mapping[str, Any], path: str, language: str = "en") -> str:
    """Each of ours, and how many times as fast as each kind of rival; then when and on what.

    path: of the record that was kept, for the link to it
    """
    words, found = WORDS[language], leads(kept["races"])
    rows = {(row["race"], row["contender"]): row for row in kept["races"]}
    lines = [_line(words.heads), _line(["---"] * len(words.heads))]
    for race, ours, cells in grouped(found):
        own = rows[race.name, ours]
        lines.append(
            _line(
                [
                    _network(race.name, words),
                    words.said(NAMED[ours].title.removeprefix("chainrule on ")),
                    f"**{own['per_second']:,.0f}**",
                    *(_cell(cells.get(against), rows, words) for against in RIVALS),
                    f"{own['peak_mb']:,.0f} MB",
                ]
            )
        )
    return "\n".join([*lines, "", _measured(kept, words), _spread(found, path, words)]) + "\n"


def _network(race: str, words: Words) -> str:
    plan = RACES[race]
    return words.network.format(title=words.said(plan.title), size=plan.batch_size)


def _cell(lead: Lead | None, rows: Mapping[tuple[str, str], Row], words: Words) -> str:
    if lead is None:
        return "-"
    rival = rows[lead.race, lead.rival]["per_second"]
    wanted = words.wanted.format(floor=f"{lead.floor:g}") if lead.holds is False else ""
    return words.lead.format(ratio=f"{lead.ratio:.2f}", rate=f"{rival:,.0f}", wanted=wanted)


def _measured(kept: Mapping[str, Any], words: Words) -> str:
    """When and on what; networks of another day than most are named."""
    named = dict.fromkeys((row["race"] for row in kept["races"]), kept["date"][:10])
    for update in kept.get("updates", ()):
        named |= dict.fromkeys(update["races"], update["date"][:10])
    days = list(named.values())
    usual = max(sorted(set(days)), key=days.count)
    others = [f"{_network(race, words)}: {day}" for race, day in named.items() if day != usual]
    versions = kept["versions"].items()
    return words.measured.format(
        rounds=kept["rounds"],
        days=f"{usual} ({'; '.join(others)})" if others else usual,
        processor=kept["machine"]["processor"],
        cores=kept["machine"]["cores"],
        versions=", ".join(f"{name} {version}" for name, version in versions if version),
    )


def _spread(found: Sequence[Lead], path: str, words: Words) -> str:
    """How far apart a ratio's quartiles are, in shares of the ratio."""
    apart = [(lead.quartiles[1] - lead.quartiles[0]) / lead.ratio for lead in found]
    usual, most = (f"{100 * share:.0f} %" for share in (median(apart), max(apart)))
    return words.spread.format(usual=usual, most=most, record=path)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Each page."""
    for name, language in PAGES.items():
        page = ROOT / name
        page.write_text(refreshed(page.read_text(encoding="utf-8"), language), encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main()
