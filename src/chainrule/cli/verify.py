"""chainrule verify: a recipe's claim, repeated here."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from chainrule.cli import options
from chainrule.cli.console import err, facts, out, print_json, say
from chainrule.cli.loading import load
from chainrule.cli.trainings import do, require_free
from chainrule.cli.wording import counted, duration, listed, percent
from chainrule.errors import UsageError
from chainrule.runs import Source
from chainrule.runs.claims import Claim, claim_of, claims
from chainrule.runs.claims.verifying import Verdict, judge, new_seeds, require_current
from chainrule.runs.computing import Wish
from chainrule.runs.folder import refuse_unwritable
from chainrule.runs.record import command_line
from chainrule.runs.repeating import Job
from chainrule.zoo import RECIPES, recipe_named

DOES_NOT_HOLD = 3
CANNOT_BE_SAID = 4
"""Exit codes, beside 0 for a claim that holds, 1 for an error and 2 for a wrong command."""

CODES = {"holds": 0, "below": DOES_NOT_HOLD, "above": DOES_NOT_HOLD, "other data": CANNOT_BE_SAID}


def verify(
    name: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE",
            show_default=False,
            help="A recipe with a claim ([bold]chainrule recipes[/] shows them).",
        ),
    ],
    seeds: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default="1",
            help="Train with so many seeds the claim never saw.",
        ),
    ] = None,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Train with the claim's own seeds instead.")
    ] = False,
    data: options.DataFolder = None,
    backend: options.ClaimsBackend = None,
    device: options.Device = "auto",
    precision: options.ClaimsPrecision = None,
    where: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            rich_help_panel=options.OUTPUT,
            show_default="runs/verify-RECIPE-BACKEND",
            help="The folder of its trainings; what is finished there is kept.",
        ),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Repeat what a recipe claims, on this machine, and say whether it holds.

    It holds when the new accuracy lies where the claim's seeds let expect it, at 95 %.

    A claim that rests on one seed is judged by the Wilson interval of its test images.

    Exit code: 0 it holds; 3 it does not; 4 it cannot be said, the images being others.

    Ctrl-C stops and saves; the same command goes on from there.

    Examples:
      chainrule verify mnist-cnn
      chainrule verify cifar10-74 --backend torch --recorded
    """
    recipe = recipe_named(name)
    claim = claim_of(name)
    if claim is None:
        measured = ", ".join(claims(list(RECIPES))) or "none yet"
        raise UsageError(f"nothing is claimed of {name}: there are claims of {measured}")
    require_current(claim, recipe)
    if recorded and seeds is not None:
        raise UsageError("--recorded trains with the claim's own seeds: leave out --seeds, or it")
    wish = Wish(backend or claim.backend, device, precision or claim.precision)
    folder = where or Path("runs") / f"verify-{name}-{wish.backend}"
    refuse_unwritable(folder)
    source = Source(recipe.data, str(data) if data else None, known=True)
    plan = [
        Job(folder / f"seed{seed}", recipe, source, seed, wish, command_line())
        for seed in (claim.figures.seeds if recorded else new_seeds(claim, seeds or 1))
    ]
    require_free(plan)
    _show_claim(claim, plan)
    verdict = judge(claim, do(plan, load(source), after=lambda _: None))
    if as_json:
        print_json({"recipe": name, "claimed": claim.figures.mean, **verdict.to_dict()})
    else:
        _show(claim, verdict)
    raise typer.Exit(CODES[verdict.answer])


def _show_claim(claim: Claim, plan: list[Job]) -> None:
    figures = claim.figures
    say(f"{claim.recipe}: what is claimed", "bold")
    rows = [
        ("test accuracy", reached(claim)),
        ("data", f"{claim.data.words}, {counted(claim.data.test, 'test image')}"),
        ("training time", f"{duration(figures.seconds)} by {claim.backend} in {claim.precision}"),
        ("", listed(list(figures.machines))),
        ("now", f"{_seeds([job.seed for job in plan])} by {plan[0].wish.backend}"),
    ]
    err().print(facts(rows))
    say()


def reached(claim: Claim) -> str:
    """A claim's accuracy in words: mean, spread and seeds."""
    figures = claim.figures
    spread = "" if figures.spread is None else f" +- {100 * figures.spread:.2f}"
    return f"{percent(figures.mean)}{spread} ({_seeds(figures.seeds)})"


def _seeds(seeds: list[int]) -> str:
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"


SAID = {
    "holds": ("the claim holds", "bold green"),
    "below": ("the claim does not hold: it claims too much", "bold red"),
    "above": ("the claim does not hold: it claims too little", "bold yellow"),
    "other data": (
        "it cannot be said whether the claim holds: the images are others",
        "bold yellow",
    ),
}


def _show(claim: Claim, verdict: Verdict) -> None:
    between = f"{100 * verdict.low:.2f} to {100 * verdict.high:.2f} %"
    rows: list[tuple[str, str | Text]] = [
        ("verdict", Text(*SAID[verdict.answer])),
        ("test accuracy", f"{percent(verdict.accuracy)} ({_seeds(list(verdict.seeds))})"),
        ("claimed", reached(claim)),
        ("lets expect", f"{between}: {verdict.by}"),
    ]
    if verdict.known:
        rows.append(
            ("same seeds", f"{verdict.repeated} of {verdict.known} gave the very same accuracy")
        )
    if verdict.answer == "other data":
        rows.append(("data", f"{verdict.data} now, {claim.data.words} then"))
    say()
    out().print(facts(rows))
