"""Checkpoint files: what torch.save writes is read without torch's help, and runs nothing."""

import io
import os
import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import safetensors.torch
import torch

from chainrule.errors import FormatError
from chainrule.zoo.pretrained import read_tensors
from chainrule.zoo.pretrained.torch_pickle import KINDS, STAND_INS


def stream(content, path):
    torch.save(content, path, _use_new_zipfile_serialization=False)


WRITERS = {"zip": torch.save, "stream": stream}


@pytest.fixture(params=WRITERS)
def save(request, tmp_path):
    """Writes something as one of the two kinds of torch.save; gives the file."""

    def write(content):
        path = tmp_path / "checkpoint.pth"
        WRITERS[request.param](content, path)
        return path

    return write


def same(came, expected):
    assert list(came) == list(expected)
    for name, tensor in expected.items():
        tensor = tensor.detach()
        tensor = tensor.float() if tensor.dtype == torch.bfloat16 else tensor
        assert came[name].dtype == tensor.numpy().dtype
        np.testing.assert_array_equal(came[name], tensor.numpy(), err_msg=name)


DTYPES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


def test_every_type_is_read(save):
    assert set(DTYPES) == set(KINDS)
    state = {name: (100 * torch.randn(3, 5)).to(dtype) for name, dtype in DTYPES.items()}
    same(read_tensors(save(state)), state)


def test_views_are_read_as_what_they_show(save):
    base = torch.arange(60.0).reshape(3, 4, 5)
    state = {
        "transposed": base.permute(2, 0, 1),
        "strided": base[:, ::2, 1:],
        "shared": base,
        "number": torch.tensor(7),
        "empty": torch.zeros(0, 3),
        "channels last": torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last),
    }
    same(read_tensors(save(state)), state)


def test_a_modules_state_and_its_parameters_are_read(save):
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    same(read_tensors(save(model.state_dict())), model.state_dict())
    parameters = OrderedDict(model.named_parameters())
    same(read_tensors(save(parameters)), parameters)


@pytest.mark.parametrize("wrapper", ["state_dict", "model_state_dict", "model", "net"])
def test_the_state_inside_a_whole_training_is_found(save, wrapper):
    state = {"fc.weight": torch.randn(2, 3)}
    training = {
        "epoch": 3,
        wrapper: state,
        "optimizer": {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 0.1}]},
        "best": 0.5,
    }
    same(read_tensors(save(training)), state)


def test_of_several_states_the_one_with_the_usual_name_is_read(save):
    state = {"fc.weight": torch.randn(2, 3)}
    training = {"ema": {"fc.weight": torch.zeros(2, 3)}, "model": state, "step": torch.tensor(1)}
    same(read_tensors(save(training)), state)


def test_of_several_states_with_other_names_none_is_guessed(save):
    state = {"fc.weight": torch.randn(2, 3)}
    with pytest.raises(FormatError, match=r"holds tensors in ema, net, but one .* is needed: load"):
        read_tensors(save({"ema": state, "net": state, "epoch": 3}))


def test_the_prefix_of_dataparallel_is_taken_off(save):
    state = {"fc.weight": torch.randn(2, 3), "fc.bias": torch.randn(2)}
    same(read_tensors(save({f"module.{name}": t for name, t in state.items()})), state)
    mixed = {"module.a": torch.ones(1), "b": torch.ones(1)}
    same(read_tensors(save(mixed)), mixed)


def test_safetensors_are_read_bfloat16_too(tmp_path):
    state = {name: (100 * torch.randn(3, 5)).to(dtype) for name, dtype in DTYPES.items()}
    state |= {"number": torch.tensor(3), "empty": torch.zeros(0, 2)}
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(state, path, {"format": "pt"})
    came = read_tensors(path)
    same({name: came[name] for name in state}, state)
    assert len(came) == len(state)


class Runs:
    """Pickles to a program that calls a function with arguments."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def test_a_malicious_checkpoint_runs_nothing(save, tmp_path):
    marker = tmp_path / "ran"
    path = save({"fc.weight": torch.ones(2), "x": Runs(os.mkdir, str(marker))})
    torch.load(path, weights_only=False)
    assert marker.exists(), "this checkpoint is harmless even to torch.load"
    marker.rmdir()
    with pytest.raises(FormatError, match=r"for it asks for posix\.mkdir, and no code is run: "):
        read_tensors(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "function", [eval, exec, getattr, __import__, os.system, torch.load, print, pickle.Unpickler]
)
def test_no_function_but_the_few_known_ones_is_reached(save, function):
    with pytest.raises(FormatError, match="asks for"):
        read_tensors(save({"x": Runs(function, "1")}))


def zipped(tmp_path, program, **files):
    """An archive like torch.save's around a pickle written by hand."""
    path = tmp_path / "made.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("made/data.pkl", program)
        for name, content in files.items():
            archive.writestr(f"made/data/{name}", content)
    return path


def tensor_program(storage, *, offset=0, size=(2,), stride=(1,)):
    """The pickle of {"w": a tensor}, as protocol 2 writes it."""

    class Place(pickle._Pickler):
        def persistent_id(self, value):
            return value.pid if isinstance(value, Refers) else None

    class Refers:
        pid = storage

    class Tensor:
        def __reduce__(self):
            return torch._utils._rebuild_tensor_v2, (Refers(), offset, size, stride, False, {})

    out = io.BytesIO()
    Place(out, 2).dump({"w": Tensor()})
    return out.getvalue()


FLOATS = ("storage", torch.FloatStorage, "0", "cpu", 2)
EIGHT = np.arange(2, dtype="<f4").tobytes()


def test_a_pickle_written_by_hand_is_read_like_torchs(tmp_path):
    path = zipped(tmp_path, tensor_program(FLOATS), **{"0": EIGHT})
    np.testing.assert_array_equal(read_tensors(path)["w"], [0, 1])


@pytest.mark.parametrize(
    "place",
    [
        {"offset": 1},
        {"size": (3,)},
        {"size": (2**40,), "stride": (0,)},
        {"stride": (2,)},
        {"offset": -1},
        {"stride": (-1,)},
        {"size": (2, 1)},
        {"offset": 2, "size": (), "stride": ()},
        {"size": (1.0,)},
    ],
    ids=str,
)
def test_a_tensor_that_reaches_beyond_its_memory_is_refused(tmp_path, place):
    path = zipped(tmp_path, tensor_program(FLOATS, **place), **{"0": EIGHT})
    with pytest.raises(
        FormatError, match=r"a tensor (reaches beyond its|without a place in) memory"
    ):
        read_tensors(path)


@pytest.mark.parametrize(
    ("storage", "problem"),
    [
        (("storage", torch.FloatStorage, "0", "cpu", 3), "3 values of <f4 need other than 8 bytes"),
        (("storage", torch.FloatStorage, "../1", "cpu", 2), "no item named"),
        (("module", torch.FloatStorage, "0", "cpu", 2), "a reference to something else"),
        (("storage", OrderedDict, "0", "cpu", 2), "a reference to something else"),
        (("storage", torch.FloatStorage, "0", "cpu", -2), "a reference to something else"),
        (("storage", torch.FloatStorage, "0", "cpu", 2, (1, 2)), "a reference to something else"),
    ],
)
def test_a_storage_that_is_none_is_refused(tmp_path, storage, problem):
    path = zipped(tmp_path, tensor_program(storage), **{"0": EIGHT})
    with pytest.raises(FormatError, match=problem):
        read_tensors(path)


def test_what_a_pickle_says_of_an_objects_state_changes_nothing(tmp_path):
    """It could put defaults into the reader's own functions, and so into the next file's values."""
    rebuild = STAND_INS["torch._utils", "_rebuild_tensor_v2"]
    state = b"ctorch._utils\n_rebuild_tensor_v2\n" + pickle.dumps((None, {"evil": 1}), 2)[2:-1]
    program = tensor_program(FLOATS)[:-1] + state + b"b0."
    read_tensors(zipped(tmp_path, program, **{"0": EIGHT}))
    assert not hasattr(rebuild, "evil")


def test_a_compressed_archive_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("made/data.pkl", bytes(10_000_000))
    with pytest.raises(FormatError, match=r"made/data.pkl in it is compressed"):
        read_tensors(path)


def test_big_endian_numbers_are_refused(tmp_path):
    path = zipped(tmp_path, tensor_program(FLOATS), **{"0": EIGHT})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("made/byteorder", "big")
    with pytest.raises(FormatError, match="its numbers are big-endian"):
        read_tensors(path)


def test_other_files_are_refused_in_words(tmp_path):
    other = tmp_path / "other"
    for content in (b"", b"hello, world, this is text", b"\x89PNG\r\n\x1a\n0000000000"):
        other.write_bytes(content)
        with pytest.raises(FormatError, match=r"other: is neither a safetensors file nor a check"):
            read_tensors(other)
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("photo.png", b"0")
    with pytest.raises(FormatError, match=r"a zip archive, but none that torch\.save wrote"):
        read_tensors(other)


@pytest.mark.parametrize(
    "content", [[torch.ones(2)], torch.ones(2), {0: torch.ones(2)}, {"epoch": 3}, {}], ids=str
)
def test_a_checkpoint_without_a_state_is_refused(save, content):
    with pytest.raises(FormatError, match=r"holds no tensors by name, but a network's state_dict"):
        read_tensors(save(content))


def test_a_truncated_file_is_refused_by_name_wherever_it_ends(save, tmp_path):
    content = save({"fc.weight": torch.randn(3, 4), "fc.bias": torch.randn(3)}).read_bytes()
    short = tmp_path / "short.pth"
    for end in range(0, len(content), 7):
        short.write_bytes(content[:end])
        with pytest.raises(FormatError, match=r"short\.pth: ") as refused:
            read_tensors(short)
        said = str(refused.value)
        assert "damaged ()" not in said
        # A name that ends early is another name, which is asked for.
        assert end <= 16 or "is damaged (" in said or "it asks for" in said
    assert said.endswith("): take another copy")


def test_a_truncated_safetensors_file_is_damaged(tmp_path):
    whole = tmp_path / "whole.safetensors"
    safetensors.torch.save_file({"fc.weight": torch.randn(30, 4)}, whole)
    content, short = whole.read_bytes(), tmp_path / "short.safetensors"
    for end in range(20, len(content), 50):
        short.write_bytes(content[:end])
        with pytest.raises(FormatError, match=r"short\.safetensors: is damaged \(.+\): take ano"):
            read_tensors(short)


def test_a_file_that_may_not_be_read_says_so_and_is_not_called_damaged(tmp_path):
    with pytest.raises(FormatError, match=r"cannot be read \(Is a directory\)$"):
        read_tensors(tmp_path)


def test_a_flipped_bit_gives_tensors_or_a_format_error_and_nothing_else(save, tmp_path):
    content = save({"fc.weight": torch.randn(2, 3)}).read_bytes()
    damaged, refused = tmp_path / "damaged.pth", 0
    places = range(0, len(content), 3)
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        damaged.write_bytes(changed)
        try:
            read_tensors(damaged)
        except FormatError:
            refused += 1
    assert refused > len(places) / 4
