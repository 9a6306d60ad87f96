"""Where a run may begin from: another run's folder, or a checkpoint file of a named network."""

import hashlib
from pathlib import Path

from chainrule.data import Progress
from chainrule.errors import UsageError
from chainrule.runs.run import Run
from chainrule.runs.start import Start
from chainrule.training.checkpoint import load_arrays
from chainrule.zoo import IMAGENET, IMAGENET_SHAPE, NETWORKS
from chainrule.zoo.pretrained import find_checkpoint, read_tensors
from chainrule.zoo.pretrained.official import NAME, official_preprocessing


def start_from(checkpoint: str, *, progress: Progress | None = None) -> Start:
    """What a checkpoint holds, to begin a run from.

        start_from("runs/mnist-cnn-20260301-142500")
        start_from("resnet18:photos.safetensors")

    checkpoint  a run folder; or NETWORK:FILE with a safetensors file or a checkpoint of PyTorch; or
                NETWORK alone: its official weights, downloaded unless they are there
    progress    called with (bytes so far, bytes in all) while downloading

    Raises    UsageError when it is none of these; RunError for a run that has learned nothing yet;
              FormatError for a file that cannot be read; DownloadError where there is no network
    """
    if Path(checkpoint).is_dir():
        return _from_run(Run.open(checkpoint))
    network, _, file = checkpoint.partition(":")
    if network in NETWORKS:
        return _from_file(network, file or NAME, progress)
    if Path(checkpoint).is_file():
        raise UsageError(
            f"{checkpoint} does not say which network it is of: write NETWORK:{checkpoint}, "
            "resnet18 for example"
        )
    raise UsageError(
        f"{checkpoint} is neither a run folder nor a checkpoint: give the folder that a training "
        f"left, or NETWORK:FILE, with one of the networks {', '.join(NETWORKS)}"
    )


def _from_run(run: Run) -> Start:
    preprocessing, classes = run.model_facts()
    tensors, _ = load_arrays(run.folder.best)
    return Start(
        run.folder.best,
        _sha256(run.folder.best),
        run.settings.network,
        tensors,
        (preprocessing.channels, preprocessing.height, preprocessing.width),
        preprocessing,
        classes,
    )


def _from_file(network: str, file: str, progress: Progress | None) -> Start:
    path = find_checkpoint(network, file, progress)
    known = network in IMAGENET
    return Start(
        path,
        _sha256(path),
        network,
        read_tensors(path),
        IMAGENET_SHAPE if known else None,
        official_preprocessing(network, path, IMAGENET_SHAPE) if known else None,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
