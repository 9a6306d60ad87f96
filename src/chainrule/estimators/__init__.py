"""Networks as scikit-learn estimators: for pipelines, grid searches, and whoever is at home there.

base.py    what they share: training, probabilities, labels
mlp.py     MLPClassifier: rows of features
images.py  ImageClassifier: images

This room imports scikit-learn, which takes a second: chainrule itself opens it when first asked
for chainrule.MLPClassifier or chainrule.ImageClassifier.
"""

from chainrule.estimators.images import ImageClassifier
from chainrule.estimators.mlp import MLPClassifier

__all__ = ["ImageClassifier", "MLPClassifier"]
