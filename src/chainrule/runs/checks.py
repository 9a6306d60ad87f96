"""What cannot be trained by, said before anything is written."""

from chainrule.errors import ShapeError, UsageError
from chainrule.nn import Module, summary
from chainrule.training.checks import check_fit
from chainrule.zoo import Settings, Shape


def refuse_impossible(settings: Settings, train: int, validation: int) -> None:
    """Raise UsageError unless so many images can be learned from by these settings."""
    check_fit(
        train,
        validation,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        patience=settings.patience,
        schedule=settings.make_schedule(),
    )


def refuse_too_small(settings: Settings, model: Module, shape: Shape) -> None:
    """Raise UsageError where a network cannot take the smaller images of the first epochs."""
    if not settings.small_epochs:
        return
    C, H, W = shape
    size = settings.make_augmentation().first_size(H, W)
    try:
        summary(model, (C, *size))
    except ShapeError as error:
        raise UsageError(
            f"small is {settings.small}, but {settings.network} takes no images of "
            f"{size[1]}x{size[0]} ({error}): leave out small and small_share"
        ) from error
