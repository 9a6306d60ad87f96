"""The data room: arrays in, arrays out, never a Tensor.

sets.py            Split and Dataset: images, labels, class names
arrays.py          the door for arrays a user already has
images.py          the door to PIL: one image file, of any kind
decoding.py        many image files into one array
folders.py         a folder of images as a Dataset
listing.py         its parts, classes and files
repeats.py         images that come more than once
streaming.py       images that stay in their files until they are looked at
splits.py          holding out a part
batching.py        the order of an epoch, batch by batch
feeding.py         its batches randomly changed, and made ready ahead
augment/           random changes to training images
preprocessing.py   from pixels to standardised floats

known.py           load("mnist"): data sets by name
registry.py        their official files, addresses and checksums
store.py           the data folder, and what lies in it
download.py        fetching, with resume and mirrors
files.py           reading a file whole, gzipped or not
idx.py             the file format of MNIST
cifar.py           the file format of CIFAR-10
pickles.py         reading its pickles without running them
textures.py        patches like fingerprints, made from formulas
progress.py        how slow work reports where it stands
"""

from chainrule.data.arrays import as_images, as_labels, from_arrays, white_of
from chainrule.data.augment import Augmentation, Flip
from chainrule.data.batching import batches
from chainrule.data.feeding import Feed
from chainrule.data.folders import load_folder, load_labelled
from chainrule.data.known import load
from chainrule.data.preprocessing import Preprocessing
from chainrule.data.progress import Progress
from chainrule.data.registry import REGISTRY, KnownSet
from chainrule.data.sets import Dataset, Images, Labels, Shares, Split
from chainrule.data.splits import split, split_last
from chainrule.data.store import FileStatus, SetStatus, available, check, data_folder
from chainrule.data.streaming import FileImages

__all__ = [
    "REGISTRY",
    "Augmentation",
    "Dataset",
    "Feed",
    "FileImages",
    "FileStatus",
    "Flip",
    "Images",
    "KnownSet",
    "Labels",
    "Preprocessing",
    "Progress",
    "SetStatus",
    "Shares",
    "Split",
    "as_images",
    "as_labels",
    "available",
    "batches",
    "check",
    "data_folder",
    "from_arrays",
    "load",
    "load_folder",
    "load_labelled",
    "split",
    "split_last",
    "white_of",
]
