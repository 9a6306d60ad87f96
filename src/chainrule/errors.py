"""Every error chainrule raises on purpose, and how they are related.

    ChainruleError                 catch this to catch them all
      UsageError                   a value somebody passed cannot work      (also a ValueError)
        ShapeError                 shapes that do not fit together
      DataError                    a data set cannot be used as it is       (also a ValueError)
        FormatError                a file is damaged, or not in the format its name promises
        ImageError                 one image cannot be read
        DownloadError              a file could not be fetched
      RunError                     a run folder cannot be used              (also a ValueError)
      TrainingError                training cannot go on, a loss of NaN for example
      BackendError                 an array library is missing or cannot do what was asked

A message is one sentence that says who, what came, what was needed and what to do:
"conv3: x has 32 channels, but weight (64, 16, 3, 3) needs 16".
"""


class ChainruleError(Exception):
    """The root: whatever chainrule refuses, it refuses with one of these."""


class UsageError(ChainruleError, ValueError):
    """A value somebody passed cannot work."""


class ShapeError(UsageError):
    """Shapes that do not fit together.

    Raised by an operation, it is signed with the operation's name. On its way out through a model,
    each module adds what it calls the part the error came from, and the message names that instead.
    """

    def __init__(self, problem: str, operation: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.operation = operation
        self.layers: tuple[str, ...] = ()
        self.source: object = None

    def __str__(self) -> str:
        who = ".".join(self.layers) or self.operation
        return f"{who}: {self.problem}" if who else self.problem


class DataError(ChainruleError, ValueError):
    """A data set cannot be used as it is."""


class FormatError(DataError):
    """A file is damaged, or not in the format its name promises."""


class ImageError(DataError):
    """One image cannot be read."""


class DownloadError(DataError):
    """A file could not be fetched from any of its addresses."""


class RunError(ChainruleError, ValueError):
    """A run folder is missing, damaged, or of a version this one cannot read."""


class TrainingError(ChainruleError, RuntimeError):
    """Training cannot go on."""


class SearchError(TrainingError):
    """A search for a learning rate found none."""


class BackendError(ChainruleError, RuntimeError):
    """An array library is missing, or cannot do what was asked of it."""
