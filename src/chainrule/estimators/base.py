"""What the estimators share: one training by the Trainer, then answers in float64."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from chainrule.data import Images, Preprocessing, Split, split
from chainrule.errors import UsageError
from chainrule.nn import Module, init
from chainrule.ops import softmax
from chainrule.tape import Tensor, no_grad
from chainrule.zoo import Settings, Shape

BATCH = 500
"""Rows answered together."""


class NetworkClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose model is a network; a subclass says which, and what its inputs are.

    After fit:
      classes_     the labels there are, sorted; predict answers in these
      model_       the network, with float64 weights
      history_     a training.History: losses and accuracies, epoch by epoch
    """

    optimizer: str
    lr: float
    momentum: float
    weight_decay: float
    schedule: str
    epochs: int
    batch_size: int
    early_stopping: bool
    validation_fraction: float
    patience: int
    random_state: Any

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """(n,) the likeliest label of each sample."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """(n, K) how likely each label of classes_ is.

        In float64: the answer for a sample then depends on the samples asked with it by no more
        than 1e-12, where float32 products of other sizes round otherwise in the seventh digit.
        """
        check_is_fitted(self)
        x = self.inputs(X)
        with no_grad():
            parts = [
                softmax(self.model_(Tensor(x[start : start + BATCH]))).numpy()
                for start in range(0, len(x), BATCH)
            ]
        return np.concatenate(parts)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "model_" in state:  # joblib may have mapped its arrays: views of them are plain again
            for _, values in self.model_.named_tensors():
                values.data = np.asarray(values.data)

    def inputs(self, X: ArrayLike) -> NDArray[np.float64]:
        """Samples as the network takes them."""
        raise NotImplementedError

    def make_model(self, shape: Shape, classes: int) -> Module:
        """The network for inputs (C, H, W), its weights drawn at random."""
        raise NotImplementedError

    def settings(self, **others: Any) -> Settings:
        """The parameters as the numbers of a training; raises UsageError for what cannot work."""
        return Settings(
            network=type(self).__name__,
            epochs=self.epochs,
            batch_size=self.batch_size,
            optimizer=self.optimizer,
            lr=self.lr,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            schedule=self.schedule,
            patience=self.patience if self.early_stopping else None,
            **others,
        )

    def learn(
        self, images: Images, y: NDArray[Any], preprocessing: Preprocessing, settings: Settings
    ) -> None:
        """Train a new network on images (N, C, H, W) and their labels, whatever these are."""
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise UsageError(
                f"{type(self).__name__}: y has one class, {self.classes_.tolist()[0]!r}, "
                "but telling apart takes two or more"
            )
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        with init.seeded(seed):
            model = self.make_model(images.shape[1:], len(self.classes_))
        trainer = settings.make_trainer(model, preprocessing, seed=seed)
        train, validation = Split(images, labels), None
        if self.early_stopping:
            train, validation = split(train, self.validation_fraction, seed=seed)
        self.history_ = trainer.fit(
            train,
            validation=validation,
            epochs=settings.epochs,
            batch_size=min(settings.batch_size, len(train)),
            patience=settings.patience,
        )
        self.model_ = in_float64(trainer.model)


def in_float64(model: Module) -> Module:
    """The model with its weights and running statistics widened, in place."""
    for _, values in model.named_tensors():
        if values.data.dtype == np.float32:
            values.data = values.data.astype(np.float64)
    return model
