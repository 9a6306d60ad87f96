"""The decks' networks, layer by layer and number by number as the decks print them."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule import nn
from chainrule.data import Split
from chainrule.errors import UsageError
from chainrule.nn import penalty
from chainrule.tape import Tensor
from chainrule.training import Trainer
from chainrule.training.losses import LOSSES
from chainrule.zoo import NETWORKS, RECIPES, Settings
from chainrule.zoo.fingerprint import FINGERPRINT_VGG

MNIST, CIFAR = (1, 28, 28), (3, 32, 32)

PRINTED = {
    "mnist-mlp-as-printed": (MNIST, 39_760),
    "mnist-mlp-sigmoid": (MNIST, 39_760),
    "mnist-mlp-relu": (MNIST, 39_760),
    "mnist-mlp-batchnorm": (MNIST, 39_860),
    "mnist-mlp": (MNIST, 39_860),
    "mnist-cnn": (MNIST, 22_000),
    "fashion-cnn": (MNIST, 412_778),
    "fashion-cnn-b": (MNIST, 412_778),
    "cifar10-linear-svm": (CIFAR, 30_730),
    "cifar10-linear-softmax": (CIFAR, 30_730),
    "cifar10-74": (CIFAR, 1_639_914),
    "cifar10-79": (CIFAR, 1_640_182),
    "cifar10-84": (CIFAR, 698_486),
    "cifar10-88": (CIFAR, 309_290),
}


def table(network, shape, classes=10, *, keras_count=False):
    return nn.summary(NETWORKS[network](shape, classes), shape, keras_count=keras_count)


@pytest.mark.parametrize(("name", "printed"), PRINTED.items(), ids=PRINTED)
def test_a_network_has_the_decks_number_of_parameters(name, printed):
    shape, parameters = printed
    recipe = RECIPES[name]
    rows = table(recipe.settings.network, shape, keras_count=recipe.keras_count)
    assert sum(row.parameters for row in rows) == parameters


@pytest.mark.parametrize(("channels", "parameters"), [(1, 9_668_035), (3, 9_669_187)])
def test_the_fingerprint_network_has_the_decks_number_for_grey_and_for_colour(channels, parameters):
    rows = table("fingerprint-vgg", (channels, 32, 32), classes=3)
    assert sum(row.parameters for row in rows) == parameters
    flat = next(place for place, row in enumerate(rows) if row.kind == "Flatten")
    assert rows[flat - 1].output_shape == (512, 1, 1)  # the deck's 1x1x512


def test_the_network_of_74_percent_is_the_decks_layer_by_layer():
    rows = table("cifar10-74", CIFAR)
    learned = [(row.output_shape, row.parameters) for row in rows if row.parameters]
    assert learned == [
        ((32, 30, 30), 896),
        ((32, 30, 30), 9_248),
        ((64, 15, 15), 18_496),
        ((512,), 1_606_144),
        ((10,), 5_130),
    ]
    assert [row.output_shape for row in rows if row.kind == "Flatten"] == [(3_136,)]


def test_batch_norms_of_79_percent_stand_before_each_convolution():
    rows = table("cifar10-79", CIFAR, keras_count=True)
    norms = [place for place, row in enumerate(rows) if row.kind == "BatchNorm2d"]
    assert [rows[place].parameters for place in norms] == [12, 128, 128]
    assert all(rows[place + 1].kind == "Conv2d" for place in norms)


def test_the_first_rung_is_trained_as_printed():
    settings = RECIPES["cifar10-74"].settings
    assert (settings.epochs, settings.batch_size, settings.optimizer) == (25, 32, "adam")
    assert (settings.scaling, settings.validation, settings.held_out) == ("unit", 0.1, "last")


def test_the_last_images_are_held_out_in_their_order():
    images = np.arange(20, dtype="uint8").reshape(20, 1, 1, 1)
    whole = Split(images, np.arange(20) % 2)
    settings = Settings(network="mnist-mlp", epochs=1, batch_size=2, held_out="last")
    rest, held = settings.part(whole, seed=5)
    assert rest.images.ravel().tolist() == list(range(18))
    assert held.images.ravel().tolist() == [18, 19]


def test_l2_is_the_gradient_of_the_penalty_on_matrices_and_filters_alone():
    """One step of plain SGD: w - lr * (dw + gradient of the penalty), and biases without it."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))
    plain = Settings(network="mnist-mlp", epochs=1, batch_size=2, optimizer="sgd", lr=0.1)
    priced = replace(plain, l2=0.25)
    start = model.state_dict()
    penalty(model, l2=0.25).backward()
    expected = {
        name: np.zeros(p.shape) if p.grad is None else p.grad for name, p in named(model).items()
    }
    after = {}
    for settings in (plain, priced):
        model.load_state_dict(start)
        step(model, settings)
        after[settings.l2] = model.state_dict()
    for name, gradient in expected.items():
        change = after[0.25][name] - after[0.0][name]
        np.testing.assert_allclose(change, -0.1 * gradient, atol=1e-6, err_msg=name)


def named(model):
    return dict(model.named_parameters())


def step(model, settings):
    rng = np.random.default_rng(0)
    for parameter in model.parameters():
        parameter.grad = None
    optimizer = settings.make_optimizer()
    optimizer.attach(settings.groups(model))
    x = rng.standard_normal((4, 1, 4, 4)).astype("float32")
    LOSSES["cross_entropy"](model(Tensor(x)), Tensor(np.array([0, 1, 2, 0]))).backward()
    optimizer.step()


def test_every_parameter_learns_whatever_is_priced():
    model = NETWORKS["cifar10-84"](CIFAR, 10)
    for name in ("cifar10-79", "cifar10-84"):
        groups = RECIPES[name].settings.groups(model)
        learning = [id(tensor) for group in groups for tensor in group.tensors]
        assert sorted(learning) == sorted(id(p) for p in model.parameters())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"l2": -1.0}, "l2 is -1.0, but 0 or more is needed"),
        ({"l2": 0.1, "optimizer": "adamw"}, "adamw shrinks weights itself: give weight_decay"),
        ({"loss": "mse"}, "loss 'mse' is not one of cross_entropy, hinge"),
        ({"held_out": "first"}, "held_out 'first' is not one of stratified, last"),
    ],
)
def test_what_cannot_work_is_refused(changes, message):
    with pytest.raises(UsageError) as refused:
        Settings(network="mnist-mlp", epochs=1, batch_size=2, **changes)
    assert message in str(refused.value)


def test_bce_on_softmax_is_the_mean_over_classes_of_yes_and_no():
    scores = np.array([[2.0, 0.0, -1.0], [0.0, 1.0, 0.5]])
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    t = np.eye(3)[[0, 2]]
    expected = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()
    loss = LOSSES["bce_on_softmax"]
    assert float(loss(Tensor(scores), Tensor(np.array([0, 2]))).data) == pytest.approx(expected)
    assert float(loss(Tensor(scores), Tensor(t)).data) == pytest.approx(expected)


def test_positive_weights_saturate_the_printed_network_so_that_it_does_not_learn():
    """Every hidden unit starts at 1, where the sigmoid's slope is nothing."""
    model = NETWORKS["mnist-mlp-as-printed"](MNIST, 10)
    pixels = np.random.default_rng(1).random((8, *MNIST)).astype("float32")
    hidden = nn.Sequential(*list(model)[:3])(Tensor(pixels))
    assert float(hidden.data.min()) > 0.999


def test_the_fingerprint_recipe_learns_its_patches():
    settings = FINGERPRINT_VGG.settings
    assert FINGERPRINT_VGG.data == "textures"
    model = NETWORKS[settings.network]((1, 32, 32), 3)
    rng = np.random.default_rng(0)
    labels = np.arange(12) % 3
    images = (rng.integers(0, 80, (12, 1, 32, 32)) + 80 * labels[:, None, None, None]).astype(
        "uint8"
    )
    trainer = Trainer(model, optimizer=settings.make_optimizer(), seed=0)
    history = trainer.fit(Split(images, labels), epochs=6, batch_size=12)
    assert history[-1].train_loss < 0.7 * history[0].train_loss
