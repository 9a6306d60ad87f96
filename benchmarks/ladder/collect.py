"""Compile claims from finished runs, and from peers' results, into the records that are shipped.

    python benchmarks/ladder/collect.py [--extend] RUN... PEER.json...

A run is a folder that chainrule train, ladder or verify wrote; a peer's result, a file of peer.py.
Each recipe named among them gets a new record; with --extend its record keeps the seeds it has,
and these are further ones. A recipe that is not named keeps its record as it is.
"""

import argparse
from collections import defaultdict
from pathlib import Path
from typing import Any

from chainrule.errors import ChainruleError, UsageError
from chainrule.runs import Run
from chainrule.runs.claims import Claim, claim_of
from chainrule.runs.claims.claim import RECORDS
from chainrule.runs.claims.compiling import compile_claim, extend_claim
from chainrule.runs.folder import read_json, write_json

Results = list[dict[str, Any]]


def main() -> None:
    """Sort by recipe, compile, write."""
    parser = argparse.ArgumentParser(description="Finished trainings become a record.")
    parser.add_argument("paths", nargs="+", type=Path, metavar="RUN or PEER.json")
    parser.add_argument("--extend", action="store_true", help="keep the seeds a record has")
    given = parser.parse_args()
    runs: dict[str, list[Run]] = defaultdict(list)
    peers: dict[str, Results] = defaultdict(list)
    for path in given.paths:
        if path.is_dir():
            run = Run.open(path)
            runs[run.record["recipe"]].append(run)
        else:
            result = read_json(path)
            peers[result["recipe"]].append(result)
    compiled = extended if given.extend else anew
    for recipe in dict.fromkeys([*runs, *peers]):
        claim = compiled(recipe, runs[recipe], peers[recipe])
        write_json(Path(str(RECORDS)) / f"{recipe}.json", claim.to_dict())
        show(claim)


def anew(recipe: str, runs: list[Run], peers: Results) -> Claim:
    """A claim that rests on these trainings alone."""
    if not runs:
        raise UsageError(f"peers of {recipe} came without a run of ours to compare with")
    return compile_claim(runs, peers)


def extended(recipe: str, runs: list[Run], peers: Results) -> Claim:
    """The claim there is, with these trainings too."""
    claim = claim_of(recipe)
    if claim is None:
        raise UsageError(f"nothing is claimed of {recipe} yet: leave --extend away")
    return extend_claim(claim, runs, peers)


def show(claim: Claim) -> None:
    """What came of it, a line for us and for each peer."""
    figures = claim.figures
    print(f"{claim.recipe}: {100 * figures.mean:.2f} %, seeds {figures.seeds}")
    for peer in claim.peers:
        mean, verdict = 100 * peer.figures.mean, peer.verdict["verdict"]
        print(f"    {peer.framework} {mean:.2f} %, seeds {peer.figures.seeds}: {verdict}")


if __name__ == "__main__":
    try:
        main()
    except ChainruleError as error:
        raise SystemExit(f"error: {error}") from error
