"""What train is asked to learn: a recipe by its name, or a folder of images."""

from dataclasses import dataclass, replace
from pathlib import Path

from chainrule.data import REGISTRY
from chainrule.errors import UsageError
from chainrule.runs import Source
from chainrule.sentence import Sentence
from chainrule.zoo import RECIPES, Recipe, recipe_hint, recipe_named

LAYOUT = (
    "a folder of images looks like FOLDER/CLASS/IMAGE.png, "
    "or FOLDER/train/CLASS/IMAGE.png beside FOLDER/test/CLASS/IMAGE.png"
)


@dataclass(frozen=True)
class Choice:
    """A source of images, and its recipe; None: to be chosen when the images have been seen."""

    source: Source
    recipe: Recipe | None

    @property
    def name(self) -> str:
        """What to call it, and its run."""
        return self.recipe.name if self.recipe else self.source.name

    def by(self, name: str) -> "Choice":
        """A folder's images, brought to a recipe's size and learned by its network and numbers.

        They keep their channels: the network takes one or three.

        Raises    UsageError when there is no such recipe, or what to learn is a recipe already
        """
        if self.recipe is not None:
            raise UsageError(f"--recipe is for folders of images: {self.recipe.name} is a recipe")
        recipe = recipe_named(name)
        source = self.source
        size = source.size or REGISTRY[recipe.data].image_shape[1:]
        by = "{images}, by the network and the numbers of {recipe}"
        about = Sentence(by, images=source.name, recipe=recipe.name)
        own = replace(recipe, name=source.name, about=about, data=source.name, keras_count=False)
        return Choice(replace(source, size=size), own)


def choose(
    wanted: str,
    *,
    data: Path | None,
    size: int | None,
    colour: bool | None,
    skip_unreadable: bool,
    needs_recipe: bool = True,
) -> Choice:
    """The recipe of that name; or else the folder; or, where no recipe is needed, the data set.

    Raises    UsageError when it is neither, or an option does not apply to it
    """
    if wanted in RECIPES or (wanted in REGISTRY and not needs_recipe):
        if size is not None or colour is not None or skip_unreadable:
            raise UsageError(
                "--size, --colour, --grey and --skip-unreadable are for folders of images: "
                f"{wanted} says itself what its images are like"
            )
        folder = str(data) if data is not None else None
        recipe = RECIPES.get(wanted)
        name = recipe.data if recipe else wanted
        if folder and REGISTRY[name].download is None:
            by = f" --recipe {wanted}" if recipe else ""
            raise UsageError(
                f"the images of {name} are not read from {folder}: leave out --data, or learn that "
                f"folder's own, with chainrule train {folder}{by}"
            )
        return Choice(Source(name, folder, known=True), recipe)
    path = Path(wanted)
    if not path.is_dir():
        raise UsageError(_neither(wanted, path))
    if data is not None:
        raise UsageError(f"--data is for recipes: the images of {wanted} lie in it")
    name = path.resolve().name or "images"
    channels = None if colour is None else 3 if colour else 1
    height_width = None if size is None else (size, size)
    return Choice(
        Source(
            name,
            wanted,
            known=False,
            size=height_width,
            channels=channels,
            skip_unreadable=skip_unreadable,
        ),
        None,
    )


def _neither(wanted: str, path: Path) -> str:
    """Why this is nothing to learn, and what was probably meant."""
    if path.is_file():
        return f"{wanted} is a file, but a recipe's name or a folder is needed: {LAYOUT}"
    if wanted in REGISTRY:
        recipes = ", ".join(r.name for r in RECIPES.values() if r.data == wanted)
        return (
            f"{wanted} is a data set: train on it with one of its recipes, {recipes}, "
            "or with --model"
        )
    if len(path.parts) > 1:
        return f"there is no folder {wanted}: {LAYOUT}"
    return f"{wanted} is neither a recipe ({recipe_hint(wanted)}) nor a folder: {LAYOUT}"
