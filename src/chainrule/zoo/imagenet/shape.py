"""What ImageNet's networks are made for, and the images that are too small for them."""

from chainrule.errors import ShapeError
from chainrule.zoo.recipe import Shape

IMAGENET_SHAPE: Shape = (3, 224, 224)
IMAGENET_CLASSES = 1000


def require(shape: Shape, pixels: int, network: str) -> None:
    """Raise ShapeError unless images are at least so many pixels high and wide."""
    _, H, W = shape
    if min(H, W) < pixels:
        raise ShapeError(
            f"{network}: images of {H}x{W} shrink to nothing on the way up, {pixels}x{pixels} or "
            "more are needed: use larger images, or resnet18, which takes any size"
        )
