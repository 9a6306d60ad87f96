"""A network layer by layer, for images of a shape: what is listed of it, and how much it holds."""

from dataclasses import dataclass

from chainrule.data import REGISTRY
from chainrule.nn import LayerRow, Module, count_parameters, summary
from chainrule.zoo import NETWORKS, Recipe, Shape


@dataclass(frozen=True)
class Layers:
    """A network's layers, for images of a shape.

    keras_count  whether parameters holds running statistics too, as the recipe's source counts
    learned      how many values a training changes, in layers that only training uses among them
    frozen       how many keep what they had learned
    """

    title: str
    shape: Shape
    rows: list[LayerRow]
    keras_count: bool
    learned: int
    frozen: int

    @property
    def parameters(self) -> int:
        """All rows together."""
        return sum(row.parameters for row in self.rows)

    @property
    def why_not_all(self) -> str:
        """Why parameters and learned differ: "frozen", "keras", "heads"; "" where they do not."""
        if self.frozen:
            return "frozen"
        if self.learned == self.parameters:
            return ""
        return "keras" if self.keras_count else "heads"


def layers_of(recipe: Recipe) -> Layers:
    """The layers of a recipe's network; its data need not be there."""
    known = REGISTRY[recipe.data]
    model = NETWORKS[recipe.settings.network](known.image_shape, len(known.classes))
    title = f"{recipe.name} on {recipe.data}"
    return layers_in(model, title, known.image_shape, keras_count=recipe.keras_count)


def layers_in(model: Module, title: str, shape: Shape, *, keras_count: bool) -> Layers:
    """The layers of a network that is built."""
    rows = summary(model, shape, keras_count=keras_count)
    learned = count_parameters(model)
    frozen = sum(parameter.size for parameter in model.parameters()) - learned
    return Layers(title, shape, rows, keras_count, learned, frozen)
