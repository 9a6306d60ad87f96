"""chainrule summary: a network layer by layer, with the arithmetic behind every count."""

from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from chainrule.cli.console import out, print_json, table
from chainrule.cli.options import AsJson
from chainrule.errors import UsageError
from chainrule.explain.layers import Layers, layers_in, layers_of
from chainrule.nn import init
from chainrule.runs import Run
from chainrule.runs.examples import in_words
from chainrule.zoo import (
    CIFAR_RESNETS,
    IMAGENET,
    IMAGENET_CLASSES,
    IMAGENET_SHAPE,
    NETWORKS,
    RECIPES,
    Shape,
    recipe_hint,
)


def summary(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE_OR_NETWORK_OR_RUN",
            show_default=False,
            help="A recipe's name ([bold]chainrule recipes[/] lists them), a network's that has "
            "a name in the literature (resnet18, vgg16_bn), or a run folder.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Show a network layer by layer: output shapes, and parameter counts with their arithmetic.

    Nothing is downloaded or trained for it.

    Examples:
      chainrule summary cifar10-74
      chainrule summary resnet18
      chainrule summary runs/digits-20260301-142500 --json
    """
    if what in RECIPES:
        layers = layers_of(RECIPES[what])
    elif what in IMAGENET:
        layers = _layers_of_network(what, "ImageNet", IMAGENET_SHAPE, IMAGENET_CLASSES)
    elif what in CIFAR_RESNETS:
        layers = _layers_of_network(what, "cifar-10", (3, 32, 32), 10)
    else:
        layers = _layers_of_run(what)
    if as_json:
        print_json(_as_json(layers))
    else:
        _show(layers)


def _layers_of_network(network: str, data: str, shape: Shape, classes: int) -> Layers:
    """The layers of a published network, for the images of its paper."""
    with init.undrawn():  # nobody will look at its weights
        model = NETWORKS[network](shape, classes)
    return layers_in(model, f"{network} on {data}", shape, keras_count=False)


def _layers_of_run(what: str) -> Layers:
    if not Path(what).exists():
        near = get_close_matches(what, [*RECIPES, *IMAGENET, *CIFAR_RESNETS], n=1)
        hint = f"did you mean {near[0]}?" if near else recipe_hint(what)
        raise UsageError(f"{what} is not a recipe, a network or a run folder: {hint}")
    run = Run.open(what)
    classifier = run.untrained()
    wanted = classifier.preprocessing
    return layers_in(
        classifier.model,
        f"{classifier.network} of {what}",
        (wanted.channels, wanted.height, wanted.width),
        keras_count=run.record["keras_count"],
    )


def _as_json(layers: Layers) -> dict[str, Any]:
    return {
        "parameters": layers.parameters,
        "trainable": layers.learned,
        "input_shape": layers.shape,
        "layers": [asdict(row) for row in layers.rows],
    }


def _show(layers: Layers) -> None:
    console = out()
    console.print(Text(f"{layers.title}, {in_words(layers.shape)}", "bold"))
    lines = table("layer", "kind", "output shape", "parameters", "formula", right=["parameters"])
    lines.add_row("", "input", _by(layers.shape))
    for row in layers.rows:
        lines.add_row(
            row.name,
            row.kind,
            _by(row.output_shape),
            f"{row.parameters:,}" if row.parameters else "",
            Text(row.formula.rpartition(" = ")[0], "cyan"),
        )
    lines.add_row("", "", "total", Text(f"{layers.parameters:,}", "bold"))
    console.print(lines)
    if layers.why_not_all:
        console.print(Text(_remark(layers), "dim"))


def _remark(layers: Layers) -> str:
    """Why not all that is listed is learned, or more than that."""
    if layers.why_not_all == "frozen":
        return f"{layers.learned:,} are learned; {layers.frozen:,} keep what they had learned"
    if layers.why_not_all == "keras":
        return (
            f"counted as Keras does, running statistics among them; {layers.learned:,} are learned"
        )
    more = layers.learned - layers.parameters
    return f"{more:,} more are learned in layers that only training uses"


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
