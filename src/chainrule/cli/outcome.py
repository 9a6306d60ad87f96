"""Carrying a run out, and saying what came of it."""

import shlex
from pathlib import Path
from typing import Any

import typer
from rich.text import Text

from chainrule.cli.console import err, facts, out, print_json, say, suggest
from chainrule.cli.epochs import EpochView
from chainrule.cli.opening import show_plan
from chainrule.cli.waiting import waiting
from chainrule.cli.wording import duration, measured_on, percent
from chainrule.data import Dataset
from chainrule.runs import Run

INTERRUPTED = 130
"""The exit code of a program that Ctrl-C ended."""


def carry_out(run: Run, dataset: Dataset, *, resume: bool, report: bool, as_json: bool) -> None:
    """Tell the plan, train, measure, write the report, print the results.

    Ctrl-C saves, says how to resume, and ends the program.
    """
    run.folder.report.unlink(missing_ok=True)  # of an earlier state
    try:
        show_plan(run)
        with EpochView(run.settings.batch_size, run.history()) as view:
            run.train(dataset, callbacks=[view], resume=resume)
    except KeyboardInterrupt:
        _say_how_to_resume(run)
        raise typer.Exit(INTERRUPTED) from None
    if report:
        write_report(run, run.folder.report)
    show_results(run, as_json=as_json)


def write_report(run: Run, path: Path, *, language: str = "en") -> None:
    """Write the report of a run; what draws it is heavy, and loaded only here."""
    from chainrule.explain import report

    with waiting("writing the report"):
        report.write_report(run, path, language=language)


def show_results(run: Run, *, as_json: bool) -> None:
    """What a finished run reached, and what to do with it next."""
    if as_json:
        print_json(_as_json(run))
        return
    results = run.record["results"]
    images = run.record["data"]["test"]
    right = round(results["test_accuracy"] * images)
    folder = shlex.quote(str(run.folder.path))
    rows: list[tuple[str, str | Text]] = [
        ("test accuracy", Text(percent(results["test_accuracy"]), "bold green")),
        ("", measured_on(right, images)),
        (
            "validation accuracy",
            f"{percent(results['validation_accuracy'])}  after epoch {results['best_epoch']} "
            f"of {results['epochs']}, whose weights are kept",
        ),
        ("training time", duration(results["train_seconds"])),
        ("computed by", "; steps ".join(filter(None, (run.computed_by, run.steps_in_words)))),
        ("run folder", str(run.folder.path)),
    ]
    if run.folder.report.exists():
        rows.append(("report", Text(str(run.folder.report), "bold")))
    say()
    out().print(facts(rows))
    say()
    say("  What next:", "dim")
    suggest(f"chainrule predict {folder} IMAGE...")
    suggest(f"chainrule evaluate {folder}")
    if not run.folder.report.exists():
        suggest(f"chainrule report {folder}")


def _as_json(run: Run) -> dict[str, Any]:
    report = run.folder.report
    return {
        "run": str(run.folder.path),
        "recipe": run.record["recipe"],
        "parameters": run.record["parameters"],
        **run.record["results"],
        "backend": run.record["backend"],
        "computing": run.record.get("computing"),
        "steps": run.record.get("steps"),
        "graphs": run.record.get("graphs"),
        "compile_seconds": run.record.get("compile_seconds"),
        "seed": run.record["seed"],
        "report": str(report) if report.exists() else None,
    }


def _say_how_to_resume(run: Run) -> None:
    kept = (
        "what was learned up to the last save is kept"
        if run.folder.last.exists()
        else "nothing was learned yet"
    )
    err().print(Text("interrupted: ", "yellow") + Text(f"{kept}; go on with"))
    suggest(f"chainrule resume {shlex.quote(str(run.folder.path))}")
