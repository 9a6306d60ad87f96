"""Losses: how wrong each prediction is, from predictions x and targets t that are given.

    targets.py        labels, one-hot rows and the shapes that x and t must have
    cross_entropy.py  of classes: from scores, from probabilities, from their logarithms
    binary.py         of yes or no: from scores, from probabilities
    hinge.py          margins: every wrong class, the worst wrong class, two classes
    regression.py     of numbers: squares, absolute values, and what lies between
    likelihood.py     minus the logarithm of a density: normal, Laplace, mixture, Poisson

A rule compares value with value and gives as many losses, or row with row and gives one loss per
row. A mean or a sum follows as an operation of its own; only SoftmaxCrossEntropy, with which nearly
every training step ends, has it inside. The dialects of the decks, Keras and PyTorch, and checks of
values, are in chainrule.losses.
"""
