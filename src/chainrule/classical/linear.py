"""Linear classifiers: one template per class; learned by gradients, for there is no closed form.

They are networks of one layer, and differ in their loss alone. The rules of differentiation are
those of ops/; here stand the losses and the way down.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule import ops
from chainrule.classical.model import Model
from chainrule.classical.rows import Rows, brightness
from chainrule.data import Labels, Progress
from chainrule.data.batching import epoch_order
from chainrule.errors import TrainingError, UsageError
from chainrule.optim import SGD, Cosine
from chainrule.tape import Tensor

Scores = NDArray[np.float32]


class Linear(Model):
    """scores = x @ weight.T + bias, with the weights of least loss, by stochastic gradient descent.

    Forward   x = (brightness - mean) / scale       mean of each pixel; one scale for all, so that
                                                    the mean squared length of a row is 1
              L = mean of loss(scores, labels) + l2 * sum(weight**2)
    Way down  Nesterov's momentum of 0.9, the learning rate falling to 0 along a cosine
    Shapes    weight: (K, D), bias: (K,)
    lr          learning rate; the scale makes one number fit images of any kind
    epochs      passes over the images
    batch_size  images per step; None: all of them in each
    l2          penalty on the weights, of rows so scaled
    seed        decides the order of the images; the weights start at 0, for the loss is convex

    Raises    UsageError for numbers that cannot work; TrainingError when the loss is no number
    """

    def __init__(
        self,
        *,
        lr: float = 2.0,
        epochs: int = 20,
        batch_size: int | None = 100,
        l2: float = 1e-5,
        seed: int = 0,
    ) -> None:
        for name, number in (("epochs", epochs), ("batch_size", batch_size)):
            if number is not None and number < 1:
                raise UsageError(f"{type(self).__name__}: {name} is {number}, but 1 is the least")
        if l2 < 0 or seed < 0:
            raise UsageError(f"{type(self).__name__}: l2 {l2} and seed {seed} need to be 0 or more")
        self.optimizer = SGD(lr=lr, momentum=0.9, nesterov=True)
        self.epochs = epochs
        self.batch_size = batch_size
        self.l2 = l2
        self.seed = seed

    def loss(self, scores: Tensor, labels: Labels) -> Tensor:
        """How wrong the scores (N, K) of a batch are: one number."""
        raise NotImplementedError

    def learn(self, rows: Rows, labels: Labels, progress: Progress | None) -> None:
        self._scale_by(rows)
        weight = Tensor(np.zeros((self.classes, self.features), np.float32), needs_grad=True)
        bias = Tensor(np.zeros(self.classes, np.float32), needs_grad=True)
        self.optimizer.attach([weight, bias])
        N = len(rows)
        size = min(self.batch_size or N, N)
        starts = range(0, N, size)
        steps, step, falling = self.epochs * len(starts), 0, Cosine()
        for epoch in range(self.epochs):
            order = epoch_order(N, self.seed, epoch)
            for start in starts:
                batch = order[start : start + size]
                scores = ops.affine(self._scaled(rows[batch]), weight, bias)
                loss = self.loss(scores, labels[batch]) + self.l2 * (weight**2).sum()
                loss.backward(keep=False)
                self.optimizer.step(self.optimizer.lr * falling(step, steps))
                self.optimizer.clear_gradients()
                step += 1
            if not np.isfinite(loss.item()):
                raise TrainingError(
                    f"{type(self).__name__}: the loss became {loss.item()} in epoch {epoch + 1}: "
                    "try a smaller lr"
                )
            if progress is not None:
                progress(epoch + 1, self.epochs)
        self.weight, self.bias = weight.numpy(), bias.numpy()

    def score(self, rows: Rows, progress: Progress | None) -> Scores:
        return np.asarray(self._scaled(rows) @ self.weight.T + self.bias)

    def _scale_by(self, rows: Rows) -> None:
        """Find the mean row, and the scale by which rows are 1 long in the mean square."""
        x = brightness(rows)
        self.mean = x.mean(axis=0, dtype=np.float64).astype(np.float32)
        x = x - self.mean
        length = np.sqrt(np.einsum("nd,nd->", x, x, dtype=np.float64) / len(x))
        self.scale = np.float32(length or 1.0)  # 0 where all images are the same

    def _scaled(self, rows: Rows) -> NDArray[np.float32]:
        return np.asarray((brightness(rows) - self.mean) / self.scale)


class SoftmaxRegression(Linear):
    """Softmax of the scores, surprised as little as can be by the right classes.

    Forward   p = softmax(x @ weight.T + bias)
    Loss      L = mean of -log(p[n, label[n]])
    Gradient  dscores = (p - one_hot(labels)) / N
              dweight = dscores.T @ x + 2 * l2 * weight,  dbias = sum of dscores over the batch
    Source    multinomial logistic regression: Theil 1969; the decks' softmax classifier
    """

    def loss(self, scores: Tensor, labels: Labels) -> Tensor:
        return ops.SoftmaxCrossEntropy()(scores, Tensor(labels))

    def probabilities(self, images: ArrayLike) -> NDArray[np.floating[Any]]:
        """(N, K) rows that sum to 1.

        Raises    as scores does
        """
        return np.asarray(ops.softmax(self.scores(images)).numpy())


class LinearSVM(Linear):
    """The right score above each other one by a margin: all that is nearer is paid for.

    Forward   scores = x @ weight.T + bias
    Loss      L = mean of sum over wrong j of max(0, margin + scores[n, j] - scores[n, label[n]])
    Gradient  dscores[n, j] = 1/N where that is over 0; in the label's column, minus their sum
    margin: the decks' Delta; with l2 free to choose, any value serves (the scores' unit)

    Its scores have no meaning as probabilities.

    Source    Weston and Watkins 1999; the decks' multiclass SVM loss, as in CS231n
    """

    def __init__(self, *, margin: float = 1.0, lr: float = 0.5, **numbers: Any) -> None:
        super().__init__(lr=lr, **numbers)
        if margin <= 0:
            raise UsageError(f"LinearSVM: margin is {margin}, but a number over 0 is needed")
        self.margin = margin

    def loss(self, scores: Tensor, labels: Labels) -> Tensor:
        return ops.MultiClassHinge(self.margin)(scores, Tensor(labels)).mean()
