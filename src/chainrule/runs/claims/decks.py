"""What the lecture says each recipe reaches, and which data its figures can be compared on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Deck:
    """A figure of the lecture.

    accuracy  of the test images, in 0..1; None where the deck gives no number
    words     what it says
    source    which deck, and where in it
    """

    accuracy: float | None
    words: str
    source: str


DECKS: dict[str, Deck] = {
    "cifar10-linear-svm": Deck(None, "pictures only", "first deck: the ten templates"),
    "cifar10-linear-softmax": Deck(None, "pictures only", "first deck: the ten templates"),
    "mnist-mlp-as-printed": Deck(None, "poor, on purpose", "second deck: TwoLayerNet_pytorch"),
    "mnist-mlp": Deck(None, "improved", "second deck: ReLU, batch norm, Adam"),
    "mnist-cnn": Deck(0.99, "about 99 %", "second deck: MNIST_classifier_CNN"),
    "fashion-cnn": Deck(0.92, "92 %", "fifth deck: FashionMnist.py"),
    "fingerprint-vgg": Deck(None, "no figure", "first deck: fingerprint liveness, LivDet 2017"),
    "cifar10-74": Deck(0.74, "74 %", "fifth deck: Cifar10_CNN_74_Train.py"),
    "cifar10-79": Deck(0.79, "79 %", "fifth deck: Cifar10_CNN_79_Train.py"),
    "cifar10-84": Deck(0.84, "84 %", "fifth deck: Cifar10_CNN_84_Train.py"),
    "cifar10-88": Deck(0.88, "88 %", "fifth deck: Cifar10_CNN_88_Train.py"),
}
"""By recipe; what is not here, the lecture does not train."""

DATA: dict[str, str] = {
    "a1d6f20acfc2a76d7d70cf26ebd51ba215708450df28cb1c9a032aa9c5c3036f": "digits of scikit-learn",
    "d4febcf528b859064bfadf36747c174a54aac2934a02b5a2a49968ba581a130b": "MNIST",
    "6c2e0a8c7a4a2e5836bfd284391551789643dbf3f77c6a131f20cd54f059afc8": "Fashion-MNIST",
    "3f82da4afda4ad75668918bb255f63239f84d9925b176d27c4ad1833d659001d": "JPEG copy of CIFAR-10",
    "1c4e910e524cd5de6365b4c17fbb84c13aacb3f629193750f5c894af2b8c975b": "textures",
}
"""Data sets by the digest of all their pixels and labels.

The JPEG copy has CIFAR-10's labels and order, but its pixels went through JPEG: figures on it are
lower than on the original.
"""


def data_words(name: str, sha256: str) -> str:
    """What to call a data set beside a figure."""
    return DATA.get(sha256, f"{name}, of digest {sha256[:12]}")
