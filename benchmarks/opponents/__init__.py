"""The same training step three times: with chainrule, with PyTorch, and by the textbook.

Each module offers NETWORKS: by name a function (images, labels) -> step. step() trains on that one
batch once and returns the loss as a number.

    cnn  conv 3 to 32 (3x3, valid), ReLU, dropout 0.2; conv 32 to 32 (same), ReLU, max pool 2;
         conv 32 to 64 (same), ReLU, max pool 2, dropout 0.2; dense 512, ReLU, dropout 0.2;
         dense 10; 1,639,914 parameters, Adam, 128 images (3, 32, 32)
    mlp  784-50-10 with sigmoid, SGD, 100 images of 784 values
"""
