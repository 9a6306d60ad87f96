"""Arguments and options: what they are called, what they take, what --help says about them."""

from pathlib import Path
from typing import Annotated

import typer

from chainrule.classical import MODELS
from chainrule.zoo import MINUTES

IMAGES = "Images"
TRAINING = "Training (what is not given, the recipe decides)"
TRANSFER = "Begin from what was learned before"
BASELINE = "A baseline instead of a network"
COMPUTING = "Computing"
OUTPUT = "Output"


def fraction_or_count(text: str) -> float:
    """0.1 is a fraction, 500 a count."""
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text} is neither a fraction like 0.1 nor a count like 500"
        ) from None


RunPath = Annotated[
    Path,
    typer.Argument(
        metavar="RUN",
        show_default=False,
        help="A run folder, as [bold]chainrule train[/] wrote it.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")]

DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        show_default=False,
        rich_help_panel=IMAGES,
        help="Where data sets lie, or are downloaded to. Else what the variable CHAINRULE_DATA "
        "names, else a folder of your own cache.",
    ),
]
Size = Annotated[
    int | None,
    typer.Option(
        metavar="PIXELS",
        min=1,
        show_default=False,
        rich_help_panel=IMAGES,
        help="Bring a folder's images to this height and width.",
    ),
]
Colour = Annotated[
    bool | None,
    typer.Option(
        "--colour/--grey",
        show_default=False,
        rich_help_panel=IMAGES,
        help="Learn a folder's images in colour or in grey, whatever they are.",
    ),
]
SkipUnreadable = Annotated[
    bool,
    typer.Option(
        "--skip-unreadable",
        rich_help_panel=IMAGES,
        help="Leave out images that cannot be read, and name them.",
    ),
]
Validation = Annotated[
    float | None,
    typer.Option(
        metavar="FRACTION_OR_COUNT",
        parser=fraction_or_count,
        show_default=False,
        rich_help_panel=IMAGES,
        help="Training images held out to choose the best epoch: 0.1 or 500.",
    ),
]

Epochs = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        show_default=False,
        rich_help_panel=TRAINING,
        help="Passes over the training images; all in all, where a run is resumed.",
    ),
]
Minutes = Annotated[
    float | None,
    typer.Option(
        metavar="M",
        show_default=False,
        rich_help_panel=TRAINING,
        help=f"What training a folder of images may take, about: {MINUTES:g} unless told "
        "otherwise. As many epochs as fit, and as pay.",
    ),
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        metavar="N", show_default=False, rich_help_panel=TRAINING, help="Images per step."
    ),
]
LearningRate = Annotated[
    float | None,
    typer.Option(
        "--lr",
        metavar="X",
        show_default=False,
        rich_help_panel=TRAINING,
        help="Learning rate: 0.001 for example.",
    ),
]
Patience = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        show_default=False,
        rich_help_panel=TRAINING,
        help="Stop after so many epochs without a better one.",
    ),
]
Mirror = Annotated[
    bool | None,
    typer.Option(
        "--flip/--no-flip",
        show_default=False,
        rich_help_panel=TRAINING,
        help="Learn from mirror images as well, or do not. For a folder, a rehearsal tells.",
    ),
]
ByRecipe = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        metavar="RECIPE",
        show_default=False,
        rich_help_panel=IMAGES,
        help="Learn a folder's images by this recipe's network and numbers, at its size, instead "
        "of what is chosen for them.",
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="CHECKPOINT",
        show_default=False,
        rich_help_panel=TRANSFER,
        help="A run folder, or NETWORK:FILE with a safetensors file or a checkpoint of PyTorch, or "
        "NETWORK alone for its official weights. The network is its; what answers is new for other "
        "classes.",
    ),
]
Freeze = Annotated[
    str | None,
    typer.Option(
        metavar="PARTS",
        show_default=False,
        rich_help_panel=TRANSFER,
        help="Keep these as they are: names of layers or groups of them, with commas between; "
        "[bold]features[/] is all but the last layer.",
    ),
]
LayerDecay = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        show_default=False,
        rich_help_panel=TRANSFER,
        help="Let each stage of layers learn at so many times the rate of the one above: 0.5 for "
        "example.",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        rich_help_panel=TRAINING,
        help="Decides first weights, order, augmentation and what is held out.",
    ),
]
AnyBackend = Annotated[
    str,
    typer.Option(
        "--backend",
        metavar="NAME",
        rich_help_panel=COMPUTING,
        help="The array library: numpy, torch, or auto: torch where it is installed, unless NumPy "
        "is done before torch has started.",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        rich_help_panel=COMPUTING,
        help="cpu, cuda, cuda:1, mps, or auto: a GPU where there is one.",
    ),
]
Precision = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        rich_help_panel=COMPUTING,
        help="float32, bfloat16, or auto: bfloat16 where the hardware multiplies it natively.",
    ),
]
ClaimsBackend = Annotated[
    str | None,
    typer.Option(
        "--backend",
        metavar="NAME",
        show_default="the claim's",
        rich_help_panel=COMPUTING,
        help="The array library: numpy, torch or auto.",
    ),
]
ClaimsPrecision = Annotated[
    str | None,
    typer.Option(
        "--precision",
        metavar="NAME",
        show_default="the claim's",
        rich_help_panel=COMPUTING,
        help="float32, bfloat16 or auto.",
    ),
]
Compiling = Annotated[
    bool | None,
    typer.Option(
        "--compile/--no-compile",
        show_default=False,
        rich_help_panel=COMPUTING,
        help="Compile each step into one graph from the start, or never; else where it pays.",
    ),
]

Model = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        show_default=False,
        rich_help_panel=BASELINE,
        help=f"A classical model on the same images: {', '.join(MODELS)}. "
        "What to learn may then be a data set ([bold]chainrule data[/] lists them) as well.",
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=2,
        show_default=False,
        rich_help_panel=BASELINE,
        help="Let it learn from so many images at most, of every class its share.",
    ),
]

NewRun = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        rich_help_panel=OUTPUT,
        show_default="runs/NAME-DATE-TIME",
        help="The run folder to write.",
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite", rich_help_panel=OUTPUT, help="Replace an older run there; other files stay."
    ),
]
WriteReport = Annotated[
    bool,
    typer.Option(
        "--report/--no-report",
        show_default=False,
        rich_help_panel=OUTPUT,
        help="Write report.html, or do not.",
    ),
]
