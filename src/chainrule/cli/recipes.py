"""chainrule recipes: the trainings that have a name."""

from rich.table import Table
from rich.text import Text

from chainrule.cli.console import out, print_json
from chainrule.cli.options import AsJson
from chainrule.cli.summary import Layers, layers_of
from chainrule.zoo import RECIPES


def recipes(as_json: AsJson = False) -> None:
    """List the recipes: what each trains, on what, for how long, and where it comes from.

    A recipe is data, a network, and every number of a training.

    Examples:
      chainrule recipes
      chainrule train mnist-cnn
    """
    counted: dict[str, Layers] = {name: layers_of(recipe) for name, recipe in RECIPES.items()}
    if as_json:
        print_json(
            [
                {
                    "name": name,
                    "about": recipe.about,
                    "data": recipe.data,
                    "parameters": counted[name].parameters,
                    "epochs": recipe.settings.epochs,
                    "source": recipe.source,
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
        grid.add_row(
            Text(name, "bold cyan"),
            Text.assemble(recipe.about, "\n", (f"{numbers}\n{recipe.source}", "dim")),
        )
    out().print(grid)
