"""Images that come more than once: an accuracy on what was learned by heart says little."""

from chainrule.data.sets import Split
from chainrule.data.streaming import FileImages
from chainrule.sentence import Sentence


def about_repeats(train: Split, test: Split) -> list[str]:
    """Notes on test images that are also learned from, and on equal images of two classes.

    Equal are those whose pixels are, as they come to the network. Images that stay in their files
    are not looked through.
    """
    if isinstance(train.images, FileImages) or isinstance(test.images, FileImages):
        return []
    learned: dict[int, int] = {}
    contradicting = 0
    for image, label in zip(train.images, train.labels.tolist(), strict=True):
        contradicting += learned.setdefault(hash(image.tobytes()), label) != label
    known = sum(hash(image.tobytes()) in learned for image in test.images)
    notes = list[str]()
    if known:
        both = (
            "test images that are training images as well: {known:,} of {all:,}; the test accuracy "
            "promises too much"
        )
        notes.append(Sentence(both, known=known, all=len(test)))
    if contradicting:
        contradiction = (
            "training images that equal one of another class: {images:,}; one of the two labels is "
            "wrong"
        )
        notes.append(Sentence(contradiction, images=contradicting))
    return notes
