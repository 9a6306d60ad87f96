"""The batches of an epoch and the tensors of a model that take part in learning."""

import pytest

from chainrule import nn, ops, optim
from chainrule.errors import TrainingError
from chainrule.optim import SGD
from chainrule.training import Trainer, find_learning_rate
from chainrule.training.taking_part import batches_learned


def with_features():
    with nn.init.seeded(2):
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.BatchNorm1d(10))


def with_maps(pool=8):
    """Batch norm on maps of 8 / pool pixels."""
    with nn.init.seeded(2):
        return nn.Sequential(
            nn.Conv2d(1, 4, 3, padding="same"),
            nn.MaxPool2d(pool),
            nn.BatchNorm2d(4),
            nn.Flatten(),
            nn.Linear(4 * (8 // pool) ** 2, 10),
        )


def without_norm():
    with nn.init.seeded(2):
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def sizes_learned(model, examples, *, batch_size, accumulate=1):
    """The sizes of the parts that an epoch's steps went through the model in."""
    sizes = []

    def noting(scores, labels):
        sizes.append(len(labels))
        return ops.softmax_cross_entropy(scores, labels)

    trainer = Trainer(model, optimizer=SGD(lr=0.1), loss=noting, accumulate=accumulate)
    trainer.fit(examples, epochs=1, batch_size=batch_size)
    return sizes


@pytest.mark.parametrize(
    ("model", "images", "accumulate", "parts"),
    [
        (with_features, 17, 1, [16]),
        (with_features, 18, 1, [16, 2]),
        (with_features, 21, 4, [4] * 4),  # 5 would be 1 + 1 + 1 + 2
        (with_features, 24, 4, [4] * 4 + [2] * 4),
        (with_maps, 17, 1, [16]),
        (lambda: with_maps(pool=2), 17, 1, [16]),
        (without_norm, 17, 1, [16, 1]),
        (without_norm, 21, 4, [4] * 4 + [1, 1, 1, 2]),
    ],
)
def test_a_last_batch_is_left_out_where_batch_norm_would_see_a_single_image(
    digits, model, images, accumulate, parts
):
    examples = digits.train.subset(slice(0, images))
    assert sizes_learned(model(), examples, batch_size=16, accumulate=accumulate) == parts


def test_single_images_stay_where_full_batches_are_cut_into_them_too(digits):
    model = with_maps(pool=2)
    examples = digits.train.subset(slice(0, 7))
    assert sizes_learned(model, examples, batch_size=4, accumulate=4) == [1] * 7
    assert sizes_learned(model, examples, batch_size=1) == [1] * 7


def test_a_frozen_batch_norm_minds_no_single_image(digits):
    model = with_maps()
    nn.freeze(model, "0", "2")
    examples = digits.train.subset(slice(0, 17))
    assert sizes_learned(model, examples, batch_size=16) == [16, 1]


@pytest.mark.parametrize(("images", "batch_size"), [(45_000, 32), (54_000, 128), (1_293, 32)])
def test_trainings_that_never_were_down_to_single_images_keep_their_steps(images, batch_size):
    assert batches_learned(with_maps(), images, batch_size) == -(-images // batch_size)


@pytest.mark.parametrize("model", [with_features, with_maps])
def test_the_search_for_a_rate_leaves_the_same_batch_out(digits, model):
    seen = []
    find_learning_rate(
        model(),
        digits.train.subset(slice(0, 17)),
        optimizer=SGD(lr=1.0),
        batch_size=16,
        loss=lambda scores, t: seen.append(len(t)) or ops.softmax_cross_entropy(scores, t),
    )
    assert set(seen) == {16}


def only_the_head(model, callbacks=(), **settings):
    return Trainer(
        model,
        optimizer=optim.Adam(),
        parameters=model[-1].parameters(),
        callbacks=callbacks,
        **settings,
    )


def needing(model):
    return [name for name, p in model.named_parameters() if p.needs_grad]


def test_no_gradient_is_computed_for_what_does_not_learn(digits):
    model, told = with_maps(), []
    everything = needing(model)

    def look(progress):
        told.append(needing(model))
        assert [p.grad for p in model.parameters()] == [None] * len(everything)

    only_the_head(model, [look]).fit(digits.train.subset(slice(0, 60)), epochs=2, batch_size=20)
    assert told == [["4.weight", "4.bias"]] * 6
    assert needing(model) == everything


def test_backward_ends_where_learning_does(digits, monkeypatch):
    needs = []
    call = ops.Conv2d.send_back
    monkeypatch.setattr(
        ops.Conv2d, "send_back", lambda op, xp, dy: needs.append(op.needs) or call(op, xp, dy)
    )
    examples = digits.train.subset(slice(0, 20))
    only_the_head(with_maps()).fit(examples, epochs=1, batch_size=20)
    assert needs == []
    Trainer(with_maps(), optimizer=SGD(lr=0.1)).fit(examples, epochs=1, batch_size=20)
    assert needs == [(False, True, True)]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, TrainingError, ZeroDivisionError])
def test_what_needed_a_gradient_needs_it_again_however_a_training_ends(digits, kind):
    model = with_maps()
    nn.freeze(model, "0")
    before = needing(model)

    def end(progress):
        raise kind

    with pytest.raises(kind):
        only_the_head(model, [end]).fit(digits.train, epochs=1)
    assert needing(model) == before == ["2.weight", "2.bias", "4.weight", "4.bias"]
