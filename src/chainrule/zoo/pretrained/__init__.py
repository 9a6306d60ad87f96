"""Networks that have learned already, on millions of images, perhaps.

loading.py       load_pretrained, read_pretrained
official.py      the checkpoints published for ImageNet's networks, and their preprocessing
fitting.py       which tensors go where, and what does not fit
files.py         safetensors and PyTorch's files, told apart and read
torch_files.py   the two kinds of files that torch.save writes
torch_pickle.py  the pickle inside them, read without running it
"""

from chainrule.zoo.pretrained.files import read_tensors
from chainrule.zoo.pretrained.loading import (
    Pretrained,
    find_checkpoint,
    load_pretrained,
    read_pretrained,
)

__all__ = [
    "Pretrained",
    "find_checkpoint",
    "load_pretrained",
    "read_pretrained",
    "read_tensors",
]
