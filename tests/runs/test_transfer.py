"""A run that begins from what another has learned."""

from dataclasses import replace
from shutil import copytree, rmtree

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from safetensors.numpy import load_file, save_file

from chainrule.data import Dataset, Split
from chainrule.errors import FormatError, RunError, UsageError
from chainrule.runs import Run, RunFolder, Source, start_from
from chainrule.zoo import RECIPES, network_named

SOURCE = Source("digits", None, known=True)


def classes_of(dataset: Dataset, first: int, last: int) -> Dataset:
    """Some of the digits, numbered from 0."""

    def some(split: Split) -> Split:
        here = np.flatnonzero((split.labels >= first) & (split.labels < last))[:150]
        return Split(split.images[here], split.labels[here] - first)

    return replace(
        dataset,
        train=some(dataset.train),
        test=some(dataset.test),
        classes=dataset.classes[first:last],
    )


@pytest.fixture(scope="session")
def low(digits):
    return classes_of(digits, 0, 4)


@pytest.fixture(scope="session")
def high(digits):
    return classes_of(digits, 4, 10)


def begin(path, dataset, start=None, backend="numpy", **changes):
    settings = replace(RECIPES["digits"].settings, epochs=2, **changes)
    recipe = replace(RECIPES["digits"], settings=settings)
    return Run.begin(
        RunFolder.create(path),
        recipe,
        SOURCE,
        dataset,
        seed=3,
        command="chainrule train digits",
        backend=backend,
        start=start,
    )


@pytest.fixture(scope="session")
def learned(low, tmp_path_factory):
    """A run on the low digits that has ended; to be looked at only."""
    path = tmp_path_factory.mktemp("learned") / "low"
    begin(path, low).train(low)
    return path


def state(run):
    return run.untrained().model.state_dict()


def test_a_run_takes_over_everything_but_the_head_for_other_classes(learned, high, tmp_path):
    start = start_from(str(learned))
    run = begin(tmp_path / "run", high, start)
    best, mine = load_file(learned / "best.safetensors"), state(run)
    new = [name for name in mine if not np.array_equal(best.get(name), mine[name])]
    assert new == ["12.weight", "12.bias"]
    assert mine["12.weight"].shape == (6, 1024)
    assert run.record["start"]["new"] == ["12"]
    assert run.record["start"]["classes"] == ["0", "1", "2", "3"]
    assert run.untrained().preprocessing == Run.open(learned).untrained().preprocessing


def test_for_the_same_classes_the_head_is_taken_over_too(learned, low, tmp_path):
    run = begin(tmp_path / "run", low, start_from(str(learned)))
    best, mine = load_file(learned / "best.safetensors"), state(run)
    for name, values in mine.items():
        assert_array_equal(values, best[name])
    assert run.record["start"]["new"] == []


def test_a_rehearsal_begins_with_the_head_that_the_training_begins_with(learned, low, high):
    start = start_from(str(learned))
    for data in (low, high):
        model, _ = start.give(data.image_shape, data.classes, 3)
        rehearsed = start.builder(data.classes, 3)(data.image_shape, len(data.classes))
        for name, values in model.state_dict().items():
            assert_array_equal(rehearsed.state_dict()[name], values, err_msg=name)


def test_for_as_many_other_classes_the_head_is_new(learned, digits, tmp_path):
    run = begin(tmp_path / "run", classes_of(digits, 5, 9), start_from(str(learned)))
    assert run.record["start"]["new"] == ["12"]


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_what_is_frozen_comes_out_as_it_went_in_to_the_bit(backend, learned, high, tmp_path):
    run = begin(
        tmp_path / "run", high, start_from(str(learned)), backend=backend, freeze="features"
    )
    assert run.record["trainable"] == 6 * 1024 + 6
    run.train(high)
    before, after = load_file(learned / "best.safetensors"), run.classifier().model.state_dict()
    for name, values in before.items():
        if not name.startswith("12."):
            assert_array_equal(after[name], values, err_msg=name)
    assert np.abs(after["12.weight"] - state(run)["12.weight"]).max() > 1e-3


def test_the_run_needs_the_checkpoint_no_more_to_be_used_or_resumed(learned, high, tmp_path):
    moved = tmp_path / "elsewhere"
    copytree(learned, moved)
    whole = begin(tmp_path / "whole", high, start_from(str(moved)), freeze="0,1", layer_decay=0.5)
    stopped = begin(
        tmp_path / "stopped", high, start_from(str(moved)), freeze="0,1", layer_decay=0.5
    )
    rmtree(moved)
    whole.train(high)

    def stop(step):
        if step.epoch == 1 and step.batch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped.train(high, callbacks=[stop])
    again = Run.open(tmp_path / "stopped")
    again.train(high, resume=again.folder.last.exists())
    ours, theirs = (r.classifier().model.state_dict() for r in (again, whole))
    for name, values in theirs.items():
        assert_array_equal(ours[name], values, err_msg=name)


def test_a_run_whose_starting_weights_are_gone_says_so(learned, high, tmp_path):
    run = begin(tmp_path / "run", high, start_from(str(learned)))
    run.folder.start.unlink()
    with pytest.raises(RunError, match=r"start\.safetensors is missing"):
        run.train(high)


def test_a_checkpoint_file_of_a_named_network_is_a_start_as_well(learned, high, tmp_path):
    file = tmp_path / "weights.safetensors"
    save_file(load_file(learned / "best.safetensors"), file)
    start = start_from(f"digits-cnn:{file}")
    assert (start.preprocessing, start.classes) == (None, None)
    run = begin(tmp_path / "run", high, start)
    assert run.record["start"]["new"] == ["12"]
    assert_array_equal(state(run)["0.weight"], load_file(file)["0.weight"])


def test_a_checkpoint_without_names_of_classes_keeps_its_head_for_as_many(
    learned, digits, tmp_path
):
    file = tmp_path / "weights.safetensors"
    save_file(load_file(learned / "best.safetensors"), file)
    four = classes_of(digits, 6, 10)
    run = begin(tmp_path / "run", four, start_from(f"digits-cnn:{file}"))
    assert run.record["start"]["new"] == []


def test_a_torch_checkpoint_is_a_start_as_well(learned, high, tmp_path):
    torch = pytest.importorskip("torch")
    file = tmp_path / "weights.pt"
    torch.save(
        {n: torch.tensor(v) for n, v in load_file(learned / "best.safetensors").items()}, file
    )
    run = begin(tmp_path / "run", high, start_from(f"digits-cnn:{file}"))
    assert_array_equal(state(run)["0.weight"], load_file(learned / "best.safetensors")["0.weight"])


def test_images_of_another_size_are_refused_where_the_weights_depend_on_it(learned, high, tmp_path):
    def wider(split):
        return replace(split, images=np.pad(split.images, ((0, 0), (0, 0), (0, 4), (0, 4))))

    larger = replace(high, train=wider(high.train), test=wider(high.test))
    # Only the last layer depends on the size; it is taken over for the same classes alone.
    four = replace(
        larger,
        train=larger.train.subset(larger.train.labels < 4),
        test=larger.test.subset(larger.test.labels < 4),
        classes=("0", "1", "2", "3"),
    )
    with pytest.raises(UsageError, match=r"does not fit digits-cnn: it has 12\.weight of shape"):
        begin(tmp_path / "run", four, start_from(str(learned)))
    assert not (tmp_path / "run").exists()


def test_images_unlike_those_of_a_checkpoint_file_are_refused_with_what_brings_them_to_those(
    learned, high, tmp_path
):
    def coloured(split):
        return replace(split, images=np.repeat(split.images, 3, axis=1))

    file = tmp_path / "weights.safetensors"
    save_file(load_file(learned / "best.safetensors"), file)
    colour = replace(high, train=coloured(high.train), test=coloured(high.test))
    with pytest.raises(UsageError, match=r"0\.weight of shape .* with --size, --colour or --grey"):
        begin(tmp_path / "run", colour, start_from(f"digits-cnn:{file}"))


def test_a_checkpoint_file_with_weights_that_are_no_numbers_is_refused(learned, high, tmp_path):
    tensors = load_file(learned / "best.safetensors")
    tensors["0.weight"][:] = np.nan
    file = tmp_path / "weights.safetensors"
    save_file(tensors, file)
    with pytest.raises(FormatError, match=r"weights\.safetensors: 0\.weight has values that are"):
        begin(tmp_path / "run", high, start_from(f"digits-cnn:{file}"))
    assert not (tmp_path / "run").exists()


def test_colour_images_are_refused_where_grey_ones_were_learned(learned, high, tmp_path):
    def coloured(split):
        return replace(split, images=np.repeat(split.images, 3, axis=1))

    colour = replace(high, train=coloured(high.train), test=coloured(high.test))
    with pytest.raises(UsageError, match=r"8x8 colour, but .* learned from 8x8 grey"):
        begin(tmp_path / "run", colour, start_from(str(learned)))


def test_a_part_that_is_not_there_is_refused_before_anything_is_written(learned, high, tmp_path):
    with pytest.raises(UsageError, match="no part 'feature'"):
        begin(tmp_path / "run", high, start_from(str(learned)), freeze="feature")
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_of_another_network_is_refused_by_name(learned, high, tmp_path):
    file = tmp_path / "weights.safetensors"
    save_file(network_named("mnist-mlp")((1, 8, 8), 4).state_dict(), file)
    with pytest.raises(UsageError, match=r"weights\.safetensors does not fit digits-cnn: it lacks"):
        begin(tmp_path / "run", high, start_from(f"digits-cnn:{file}"))


@pytest.mark.parametrize(
    ("checkpoint", "error", "problem"),
    [
        ("nowhere", UsageError, "nowhere is neither a run folder nor a checkpoint"),
        ("resnet19:x.pth", UsageError, "neither a run folder nor a checkpoint"),
        ("resnet18:x.pth", UsageError, r"no checkpoint file x\.pth"),
        ("mnist-mlp", UsageError, "there is no imagenet1k-v1 of mnist-mlp"),
        (".", RunError, "is not a run folder"),
    ],
)
def test_what_is_no_checkpoint_is_refused(checkpoint, error, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=problem):
        start_from(checkpoint)


def test_a_file_without_its_networks_name_is_refused_with_what_to_write(tmp_path):
    file = tmp_path / "weights.pth"
    file.write_bytes(b"x")
    with pytest.raises(UsageError, match=r"write NETWORK:.*weights\.pth"):
        start_from(str(file))


def test_a_run_that_has_learned_nothing_yet_is_refused(high, tmp_path):
    begin(tmp_path / "run", high)
    with pytest.raises(RunError, match=r"best\.safetensors is missing"):
        start_from(str(tmp_path / "run"))
