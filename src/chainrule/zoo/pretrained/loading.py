"""A network with the weights of a checkpoint."""

from dataclasses import dataclass
from pathlib import Path

from chainrule.data import Preprocessing, Progress
from chainrule.errors import UsageError
from chainrule.nn import Module
from chainrule.zoo import IMAGENET_SHAPE, Shape, network_named
from chainrule.zoo.pretrained.files import read_tensors
from chainrule.zoo.pretrained.fitting import classes_in, head_of, with_weights
from chainrule.zoo.pretrained.official import FILES, NAME, official_file, official_preprocessing


@dataclass(frozen=True)
class Pretrained:
    """A network with a checkpoint's weights, and what became of them.

    network        its name in zoo.NETWORKS
    checkpoint     the file
    model          the network, in eval mode
    preprocessing  from pixels to what it was trained with; None where the file does not say,
                   which is everywhere but with official ones
    new            layers that begin anew: the head, for other classes
    dropped        parts that the file has not, but need not have: auxiliary heads, which begin anew
    """

    network: str
    checkpoint: Path
    model: Module
    preprocessing: Preprocessing | None
    new: list[str]
    dropped: tuple[str, ...]

    def in_words(self) -> str:
        """One sentence for people."""
        new = ", ".join((*self.new, *self.dropped))
        rest = f", but for {new}: drawn anew" if new else ""
        return f"{self.network} with the weights of {self.checkpoint.name}{rest}"


def load_pretrained(
    network: str,
    checkpoint: Path | str,
    *,
    classes: int | None = None,
    shape: Shape = IMAGENET_SHAPE,
    seed: int = 0,
    progress: Progress | None = None,
) -> Module:
    """A network with the weights of a checkpoint, ready for use or to be trained further.

        model = load_pretrained("resnet18", "imagenet1k-v1")
        model = load_pretrained("resnet18", "photos.safetensors", classes=43, shape=(3, 64, 64))

    network     a name in zoo.NETWORKS
    checkpoint  a safetensors file, a checkpoint of PyTorch, of which no code is run, or
                "imagenet1k-v1": the official weights, downloaded unless they are there
    classes     as many as the checkpoint's unless given; where they are others, the layers that
                answer start anew, and read_pretrained tells which
    shape       (C, H, W) of the images
    seed        of what starts anew
    progress    called with (bytes so far, bytes in all) while downloading

    Raises    UsageError for an unknown name, or a checkpoint that does not fit; FormatError for a
              file that cannot be read, or whose values are no weights; DownloadError where there
              is no network
    """
    return read_pretrained(
        network, checkpoint, classes=classes, shape=shape, seed=seed, progress=progress
    ).model


def read_pretrained(
    network: str,
    checkpoint: Path | str,
    *,
    classes: int | None = None,
    shape: Shape = IMAGENET_SHAPE,
    seed: int = 0,
    progress: Progress | None = None,
) -> Pretrained:
    """load_pretrained's network, with its preprocessing, and what started anew."""
    build = network_named(network)
    path = find_checkpoint(network, checkpoint, progress)
    tensors = read_tensors(path)
    known = classes_in(tensors, head_of(build, shape))
    if classes is None and known is None:
        raise UsageError(f"{path} has no layer that names classes: say how many with classes=10")
    wanted = known if classes is None else classes
    assert wanted is not None
    model, new, dropped = with_weights(
        network, path, tensors, shape, wanted, same=wanted == known, seed=seed
    )
    preprocessing = official_preprocessing(network, path, shape)
    return Pretrained(network, path, model.eval(), preprocessing, new, dropped)


def find_checkpoint(network: str, checkpoint: Path | str, progress: Progress | None) -> Path:
    """The file of that path, or the official one, downloaded unless it is there.

    Raises    UsageError when there is neither; DownloadError where there is no network
    """
    path = Path(checkpoint)
    if path.is_file():
        return path
    if checkpoint != NAME:
        raise UsageError(
            f"there is no checkpoint file {checkpoint}: name a safetensors file, a checkpoint of "
            f"PyTorch, or {NAME} for the official weights"
        )
    if network not in FILES:
        raise UsageError(f"there is no {NAME} of {network}, only of {', '.join(FILES)}")
    return official_file(network, progress)
