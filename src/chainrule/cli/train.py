"""chainrule train: from a recipe or a folder of images to a run folder."""

from dataclasses import replace
from typing import Annotated, Any

import typer

from chainrule.backends import backend_named
from chainrule.cli import options
from chainrule.cli.baseline import train_baseline
from chainrule.cli.choice import Choice, choose
from chainrule.cli.loading import load
from chainrule.cli.opening import show_images
from chainrule.cli.outcome import carry_out
from chainrule.data import Dataset
from chainrule.errors import UsageError
from chainrule.runs import Run, RunFolder, default_path
from chainrule.runs.record import command_line
from chainrule.zoo import Recipe, recipe_for


def train(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE_OR_FOLDER",
            show_default=False,
            help="A recipe ([bold]chainrule recipes[/] lists them), or a folder of images: "
            "FOLDER/CLASS/* or FOLDER/train|val|test/CLASS/*.",
        ),
    ],
    data: options.DataFolder = None,
    size: options.Size = None,
    colour: options.Colour = None,
    skip_unreadable: options.SkipUnreadable = False,
    validation: options.Validation = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    lr: options.LearningRate = None,
    patience: options.Patience = None,
    seed: options.Seed = 0,
    backend: options.BackendName = "numpy",
    model: options.Model = None,
    limit: options.Limit = None,
    out: options.NewRun = None,
    overwrite: options.Overwrite = False,
    report: options.WriteReport = True,
    as_json: options.AsJson = False,
) -> None:
    """Train an image classifier, by a recipe or on your own images.

    Ctrl-C stops and saves; [bold]chainrule resume[/] goes on from there.

    Examples:
      chainrule train digits
      chainrule train mnist-cnn --epochs 1 --out runs/first
      chainrule train photos/ --size 48 --validation 0.2 --skip-unreadable
      chainrule train mnist --model knn
    """
    choice = choose(
        what,
        data=data,
        size=size,
        colour=colour,
        skip_unreadable=skip_unreadable,
        needs_recipe=model is None,
    )
    changes = {
        name: value
        for name, value in {
            "epochs": epochs,
            "batch_size": batch_size,
            "lr": lr,
            "validation": validation,
            "patience": patience,
        }.items()
        if value is not None
    }
    if model is not None:
        _refuse_settings_of_networks(model, changes, backend)
        train_baseline(
            model,
            choice.source,
            seed=seed,
            limit=limit,
            where=out,
            overwrite=overwrite,
            as_json=as_json,
        )
        return
    if limit is not None:
        raise UsageError("--limit is for baselines: give --model as well, or leave it out")
    backend_named(backend)
    folder = RunFolder.create(out or default_path(choice.name), overwrite=overwrite)
    dataset = load(choice.source)
    recipe = _recipe(choice, dataset, changes)
    run = Run.begin(
        folder,
        recipe,
        choice.source,
        dataset,
        seed=seed,
        command=command_line(),
        backend=backend,
    )
    carry_out(run, dataset, resume=False, report=report, as_json=as_json)


def _recipe(choice: Choice, dataset: Dataset, changes: dict[str, Any]) -> Recipe:
    """The recipe, with what the user wants otherwise; a folder's is chosen here, and said."""
    if "validation" in changes and dataset.validation is not None:
        raise UsageError(
            f"{dataset.source} has {len(dataset.validation):,} images for validation of its own: "
            "leave out --validation"
        )
    recipe, reasons = choice.recipe, list[str]()
    if recipe is None:
        recipe, reasons = recipe_for(choice.name, dataset.train, dataset.classes)
        show_images(dataset, reasons)
    return replace(recipe, settings=replace(recipe.settings, **changes))


def _refuse_settings_of_networks(model: str, changes: dict[str, Any], backend: str) -> None:
    given = [f"--{name.replace('_', '-')}" for name in changes]
    given += ["--backend"] if backend != "numpy" else []
    if given:
        raise UsageError(f"--model {model} takes no {', '.join(given)}: that is for networks")
