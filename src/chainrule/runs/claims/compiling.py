"""From finished runs, and a peer's results, to a claim."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import chain
from typing import Any

from chainrule.errors import RunError
from chainrule.runs.claims.claim import Claim, Data, Figures, Peer, Training
from chainrule.runs.claims.decks import data_words
from chainrule.runs.claims.statistics import compare, mean, mean_interval, spread
from chainrule.runs.run import Run
from chainrule.zoo import recipe_named

SAME = ("recipe", "settings", "backend", "device", "precision", "parameters", "data")
"""What all runs of a claim share."""
BEFORE = {"device": "cpu", "precision": "float32"}
"""What the only ones were, of runs that do not say."""


def figures_of(trainings: Sequence[Training], images: int) -> Figures:
    """What trainings come to; images: of the test part.

    Raises    RunError when two have one seed
    """
    seeds = [training.seed for training in trainings]
    if twice := sorted({seed for seed in seeds if seeds.count(seed) > 1}):
        begun = " and ".join(t.date for t in trainings if t.seed == twice[0])
        raise RunError(
            f"seed {twice[0]} came twice, in trainings begun {begun}, but figures count each seed "
            "once: leave one out"
        )
    ordered = tuple(sorted(trainings, key=lambda training: training.seed))
    accuracies = [training.accuracy for training in ordered]
    low, high = mean_interval(accuracies, images)
    return Figures(
        trainings=ordered,
        mean=mean(accuracies),
        spread=spread(accuracies),
        low=low,
        high=high,
        seconds=mean([training.seconds for training in ordered]),
    )


def compile_claim(runs: Sequence[Run], peers: Sequence[dict[str, Any]] = ()) -> Claim:
    """The claim that finished runs of one recipe make.

    peers: results of benchmarks/ladder/peer.py, one per training

    Raises    RunError when a run is not finished, two have one seed, they differ in what is to be
              the same, or their settings are not the recipe's (any more)
    """
    first = runs[0].record
    recipe = recipe_named(first["recipe"])
    for run in runs:
        _refuse_unfit(run, runs[0])
    if runs[0].settings != recipe.settings:
        raise RunError(
            f"{runs[0].folder.path} has settings that are not the recipe {recipe.name}'s: "
            f"{_difference(runs[0].settings.to_dict(), recipe.settings.to_dict())}"
        )
    trainings = [training_of(run) for run in runs]
    facts = {name: value for name, value in first["data"].items() if name in Data.__annotations__}
    figures = figures_of(trainings, facts["test"])
    computing = {name: _comparable(runs[0], name) for name in ("backend", "device", "precision")}
    claim = Claim(
        recipe=recipe.name,
        settings=recipe.settings,
        parameters=first["parameters"],
        data=Data(**facts, words=data_words(facts["name"], facts["sha256"])),
        figures=figures,
        **computing,
        steps=first.get("steps", "").partition(" (")[0],
        versions=_versions([run.record["versions"] for run in runs]),
        command=_command(recipe.name, figures.seeds[0], **computing),
    )
    return extend_claim(claim, peers=peers)


def extend_claim(
    claim: Claim, runs: Sequence[Run] = (), peers: Sequence[dict[str, Any]] = ()
) -> Claim:
    """The claim with the seeds it has and further ones, of ours or of a peer's.

    Raises    RunError as compile_claim, and when the further runs are of another thing
    """
    figures, versions = claim.figures, claim.versions
    if runs:
        new = compile_claim(runs)
        for name in SAME:
            if getattr(new, name) != getattr(claim, name):
                raise RunError(
                    f"{runs[0].folder.path} differs from the claim of {claim.recipe} in {name}: "
                    "compile a new claim of runs that are alike"
                )
        figures = figures_of([*figures.trainings, *new.figures.trainings], claim.data.test)
        versions = _versions([versions, new.versions])
    return replace(
        claim,
        figures=figures,
        versions=versions,
        peers=_peers(claim.peers, peers, figures, claim.data),
    )


def _command(recipe: str, seed: int, *, backend: str, device: str, precision: str) -> str:
    words = ["chainrule", "train", recipe, "--seed", str(seed), "--backend", backend]
    if backend != "numpy":
        words += ["--device", device, "--precision", precision]
    return shlex.join(words)


def _refuse_unfit(run: Run, first: Run) -> None:
    if run.record["status"] != "finished":
        raise RunError(
            f"{run.folder.path} is {run.record['status']}, not finished: resume it first"
        )
    for name in SAME:
        came, wanted = _comparable(run, name), _comparable(first, name)
        if came != wanted:
            raise RunError(
                f"{run.folder.path} and {first.folder.path} differ in {name}, "
                "but a claim is about one thing"
            )


def _comparable(run: Run, name: str) -> Any:
    if name == "settings":
        return run.settings  # with defaults for what older records do not name
    if name == "data":
        return {part: run.record[name][part] for part in ("name", "sha256")}
    return run.record.get(name, BEFORE.get(name))


def training_of(run: Run) -> Training:
    """What a claim keeps of a finished run."""
    results = run.record["results"]
    typical = run.history().typical_seconds()
    seconds = typical + run.record.get("compile_seconds", 0.0)
    return Training(
        seed=run.record["seed"],
        accuracy=results["test_accuracy"],
        epochs=results["epochs"],
        best_epoch=results["best_epoch"],
        seconds=round(seconds, 3),
        date=run.record["started"],
        machine=_in_words(**run.record["machine"]),
    )


def _peers(
    known: Sequence[Peer], results: Sequence[dict[str, Any]], ours: Figures, data: Data
) -> tuple[Peer, ...]:
    """The peers by framework, known ones with their further results, each judged anew."""
    peers = {peer.framework: peer for peer in known}
    for name in dict.fromkeys(result["framework"] for result in results):
        its = [result for result in results if result["framework"] == name]
        peers[name] = _with_results(peers.get(name), its, data)
    return tuple(
        replace(peer, verdict=asdict(compare(ours.accuracies, peer.figures.accuracies, data.test)))
        for peer in peers.values()
    )


def _with_results(peer: Peer | None, results: Sequence[dict[str, Any]], data: Data) -> Peer:
    """A peer with further results, not judged yet; None: with these alone."""
    framework = results[0]["framework"]
    for result in results:
        if result["data"]["sha256"] != data.sha256:
            raise RunError(f"{framework}, seed {result['seed']}: measured on other images")
    trainings = [Training(**r["training"], machine=_in_words(**r["machine"])) for r in results]
    versions = [result["versions"] for result in results]
    if peer:
        trainings, versions = [*peer.figures.trainings, *trainings], [peer.versions, *versions]
    return Peer(
        framework,
        figures_of(trainings, data.test),
        _versions(versions),
        command=peer.command if peer else results[0]["command"],
        verdict={},
    )


def _in_words(processor: str, cores: int, system: str) -> str:
    return f"{processor}, {cores} {'core' if cores == 1 else 'cores'}, {system}"


def _versions(records: Sequence[dict[str, str]]) -> dict[str, str]:
    """Each library's version, or all there were."""
    names = dict.fromkeys(name for record in records for name in record)
    came = {name: [r[name].split(", ") for r in records if name in r] for name in names}
    return {name: ", ".join(dict.fromkeys(chain(*versions))) for name, versions in came.items()}


def _difference(came: dict[str, Any], wanted: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {came[name]!r} for {wanted[name]!r}" for name in came if came[name] != wanted[name]
    )
