"""chainrule train: from a recipe or a folder of images to a run folder."""

from dataclasses import replace
from typing import Annotated, Any

import typer

from chainrule.backends import Backend
from chainrule.cli import options
from chainrule.cli.baseline import train_baseline
from chainrule.cli.choice import Choice, choose
from chainrule.cli.loading import load
from chainrule.cli.outcome import carry_out
from chainrule.cli.own import recipe_for_folder
from chainrule.cli.place import place_for
from chainrule.cli.starting import open_start, sized
from chainrule.cli.waiting import waiting
from chainrule.data import Dataset
from chainrule.errors import UsageError
from chainrule.runs import Computing, Run, RunFolder, Start, Wish
from chainrule.runs.record import command_line
from chainrule.zoo import Recipe, Settings, recipe_for, require_minutes

ANY = Settings("own-cnn", epochs=1, batch_size=1)
"""In place of a folder's own, which are chosen when its images have been seen."""


def train(
    command: typer.Context,
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
    by_recipe: options.ByRecipe = None,
    validation: options.Validation = None,
    epochs: options.Epochs = None,
    minutes: options.Minutes = None,
    batch_size: options.BatchSize = None,
    lr: options.LearningRate = None,
    patience: options.Patience = None,
    flip: options.Mirror = None,
    begin_from: options.From = None,
    freeze: options.Freeze = None,
    layer_decay: options.LayerDecay = None,
    seed: options.Seed = 0,
    backend: options.AnyBackend = "auto",
    device: options.Device = "auto",
    precision: options.Precision = "auto",
    compiling: options.Compiling = None,
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
      chainrule train photos/ --recipe fingerprint-vgg
      chainrule train photos/ --from runs/cifar10-88-20260301-142500 --freeze features
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
    if by_recipe is not None:
        _refuse_beside_recipe(model, begin_from)
        choice = choice.by(by_recipe)
    changes = {
        name: value
        for name, value in {
            "epochs": epochs,
            "batch_size": batch_size,
            "lr": lr,
            "validation": validation,
            "patience": patience,
            "flip": flip,
            "freeze": freeze,
            "layer_decay": layer_decay,
        }.items()
        if value is not None
    }
    if model is not None:
        given = changes if minutes is None else {**changes, "minutes": minutes}
        given |= {"from": begin_from} if begin_from else {}
        given |= _computing_options(backend, device, precision, compiling)
        _refuse_settings_of_networks(model, given)
        train_baseline(
            model,
            choice.source,
            seed=seed,
            limit=limit,
            where=out or place_for(command, f"{choice.source.name}-{model}"),
            overwrite=overwrite,
            as_json=as_json,
        )
        return
    if limit is not None:
        raise UsageError("--limit is for baselines: give --model as well, or leave it out")
    _refuse_impossible(choice, changes, minutes)
    wish = Wish(backend, device, precision, compiling)
    folder = RunFolder.create(out or place_for(command, choice.name), overwrite=overwrite)
    start = open_start(begin_from, changes)
    choice = sized(choice, start)
    dataset = load(choice.source)
    if start is not None:
        start.check(dataset.image_shape, dataset.classes)
    computing = _computing(wish, choice, dataset, changes)
    recipe = _recipe(
        choice, dataset, changes, start, minutes=minutes, seed=seed, backend=computing.backend
    )
    with waiting("looking through the images"):  # those that stay in files are decoded for it
        run = Run.begin(
            folder,
            recipe,
            choice.source,
            dataset,
            seed=seed,
            command=command_line(),
            backend=computing,
            start=start,
        )
    carry_out(run, dataset, resume=False, report=report, as_json=as_json)


def _refuse_beside_recipe(model: str | None, begin_from: str | None) -> None:
    for option, value in (("--model", model), ("--from", begin_from)):
        if value is not None:
            raise UsageError(f"--recipe and {option} both say what is to learn: leave one out")


def _refuse_impossible(choice: Choice, changes: dict[str, Any], minutes: float | None) -> None:
    """Find numbers that cannot work before images are loaded.

    A folder's recipe is not settled yet: whatever it will be, these have to work in it.
    """
    replace(choice.recipe.settings if choice.recipe else ANY, **changes)
    require_minutes(minutes)
    if minutes is not None and choice.recipe is not None:
        raise UsageError(
            "--minutes chooses the epochs of a folder of images, but a recipe has its own: give "
            "--epochs"
        )
    if minutes is not None and "epochs" in changes:
        raise UsageError("--minutes and --epochs both say how long to train: leave one out")


def _recipe(
    choice: Choice,
    dataset: Dataset,
    changes: dict[str, Any],
    start: Start | None,
    *,
    minutes: float | None,
    seed: int,
    backend: Backend,
) -> Recipe:
    """The recipe, with what the user wants otherwise; a folder's is chosen here, and said."""
    if "validation" in changes and dataset.validation is not None:
        raise UsageError(
            f"{dataset.source} has {len(dataset.validation):,} images for validation of its own: "
            "leave out --validation"
        )
    recipe = choice.recipe
    if recipe is None:
        return recipe_for_folder(
            choice.name, dataset, changes, start, minutes=minutes, seed=seed, backend=backend
        )
    return replace(recipe, settings=replace(recipe.settings, **changes))


def _computing(wish: Wish, choice: Choice, dataset: Dataset, changes: dict[str, Any]) -> Computing:
    """What to compute with; a folder's recipe is not settled yet, so a first guess at it counts."""
    recipe = choice.recipe or recipe_for(choice.name, dataset.train, dataset.classes)[0]
    settings = replace(recipe.settings, **changes)
    with waiting("looking for what computes fastest"):
        return wish.for_training(settings, dataset.train, dataset.classes)


def _computing_options(
    backend: str, device: str, precision: str, compiling: bool | None
) -> dict[str, Any]:
    """Those that were given."""
    given = {"backend": backend, "device": device, "precision": precision, "compile": compiling}
    return {name: value for name, value in given.items() if value not in ("auto", None)}


def _refuse_settings_of_networks(model: str, changes: dict[str, Any]) -> None:
    given = [f"--{name.replace('_', '-')}" for name in changes]
    if given:
        raise UsageError(f"--model {model} takes no {', '.join(given)}: that is for networks")
