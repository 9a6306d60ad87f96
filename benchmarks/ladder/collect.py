"""Compile claims from finished runs, and from peers' results, into the records that are shipped.

    python benchmarks/ladder/collect.py RUN... [PEER.json...]

A run is a folder that chainrule train, ladder or verify wrote; a peer's result, a file of peer.py.
Each recipe with a run among them gets a new record; one without keeps its old one.
"""

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from chainrule.errors import ChainruleError
from chainrule.runs import Run
from chainrule.runs.claims.claim import RECORDS
from chainrule.runs.claims.compiling import compile_claim
from chainrule.runs.folder import read_json, write_json


def main() -> None:
    """Sort by recipe, compile, write."""
    runs: dict[str, list[Run]] = defaultdict(list)
    peers: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in map(Path, sys.argv[1:]):
        if path.is_dir():
            run = Run.open(path)
            runs[run.record["recipe"]].append(run)
        else:
            result = read_json(path)
            peers[result["recipe"]].append(result)
    if lonely := sorted(set(peers) - set(runs)):
        sys.exit(f"peers of {', '.join(lonely)} came without a run of ours to compare with")
    for recipe, its_runs in runs.items():
        claim = compile_claim(its_runs, peers[recipe])
        write_json(Path(str(RECORDS)) / f"{recipe}.json", claim.to_dict())
        figures = claim.figures
        print(f"{recipe}: {100 * figures.mean:.2f} %, seeds {figures.seeds}")
        for peer in claim.peers:
            print(
                f"    {peer.framework} {100 * peer.figures.mean:.2f} %: {peer.verdict['verdict']}"
            )


if __name__ == "__main__":
    try:
        main()
    except ChainruleError as error:
        sys.exit(f"error: {error}")
