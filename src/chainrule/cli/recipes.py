"""chainrule recipes: the trainings that have a name."""

from rich.table import Table
from rich.text import Text

from chainrule.cli.console import out, print_json
from chainrule.cli.options import AsJson
from chainrule.cli.verify import reached
from chainrule.cli.wording import duration
from chainrule.explain.layers import Layers, layers_of
from chainrule.runs.claims import DECKS, Claim, claims
from chainrule.zoo import RECIPES


def recipes(as_json: AsJson = False) -> None:
    """List the recipes: what each trains, on what, what it reaches, and where it comes from.

    A recipe is data, a network, and every number of a training; --json has them all. What it
    reaches is its claim.

    Examples:
      chainrule recipes
      chainrule train mnist-cnn
      chainrule verify mnist-cnn
    """
    counted: dict[str, Layers] = {name: layers_of(recipe) for name, recipe in RECIPES.items()}
    claimed = claims(list(RECIPES))
    if as_json:
        print_json(
            [
                {
                    "name": name,
                    "about": recipe.about,
                    "data": recipe.data,
                    "parameters": counted[name].parameters,
                    "epochs": recipe.settings.epochs,
                    "settings": recipe.settings.to_dict(),
                    "source": recipe.source,
                    "lecture": DECKS[name].words if name in DECKS else None,
                    "claim": claimed[name].to_dict() if name in claimed else None,
                }
                for name, recipe in RECIPES.items()
            ]
        )
        return
    grid = Table.grid(padding=(0, 3, 1, 0))
    for name, recipe in RECIPES.items():
        numbers = (
            f"data {recipe.data}, {counted[name].parameters:,} parameters, "
            f"{recipe.settings.epochs} epochs"
        )
        words = Text.assemble(recipe.about, "\n", (f"{numbers}\n{recipe.source}", "dim"))
        if name in claimed:
            words.append("\n").append(_claim(claimed[name]))
        grid.add_row(Text(name, "bold cyan"), words)
    out().print(grid)


def _claim(claim: Claim) -> Text:
    """What it reaches, on what data, in what time; and what the lecture says of it."""
    words = Text.assemble(
        (reached(claim), "green"),
        f" in {duration(claim.figures.seconds)} on {claim.data.words}",
    )
    if claim.recipe in DECKS:
        words.append(f"; the lecture: {DECKS[claim.recipe].words}")
    return words
