"""scikit-learn's 1,797 handwritten digits of 8x8 pixels: small enough to learn in seconds."""

from chainrule.nn import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential
from chainrule.sentence import Sentence
from chainrule.zoo.blocks import values_after
from chainrule.zoo.recipe import Recipe, Settings, Shape


def digits_cnn(shape: Shape, classes: int) -> Sequential:
    """Three convolutions with batch normalisation, one pooling, one linear layer."""
    features = [
        Conv2d(shape[0], 32, 3, padding="same", bias=False),
        BatchNorm2d(32),
        ReLU(),
        Conv2d(32, 32, 3, padding="same", bias=False),
        BatchNorm2d(32),
        ReLU(),
        MaxPool2d(2),
        Conv2d(32, 64, 3, padding="same", bias=False),
        BatchNorm2d(64),
        ReLU(),
        Flatten(),
        Dropout(0.5),
    ]
    return Sequential(*features, Linear(values_after(features, shape), classes))


DIGITS = Recipe(
    name="digits",
    about=Sentence("small CNN on scikit-learn's handwritten digits: no download, seconds to train"),
    data="digits",
    settings=Settings(
        network="digits-cnn",
        epochs=20,
        batch_size=64,
        lr=3e-3,
        schedule="cosine",
    ),
    source="our own; the data: E. Alpaydin and C. Kaynak 1998, as scikit-learn ships it",
)
