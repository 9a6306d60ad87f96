"""load_pretrained: networks with the weights of checkpoint files, fitting or not."""

import hashlib
import socket
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

import chainrule
from chainrule import load_pretrained
from chainrule.data import Preprocessing
from chainrule.errors import DownloadError, FormatError, UsageError
from chainrule.nn import init
from chainrule.tape import Tensor, no_grad
from chainrule.zoo import NETWORKS
from chainrule.zoo.imagenet import IMAGENET
from chainrule.zoo.pretrained import official, read_pretrained
from chainrule.zoo.pretrained.fitting import WHOLE

SHAPE = (3, 32, 32)
ADVICE = (
    "is it of another network, or for other images? A folder's are brought to those with --size, "
    "--colour or --grey; load_pretrained takes shape=(C, H, W)"
)


@pytest.fixture(scope="module")
def teacher():
    """A ResNet-20 of ten classes with weights of its own."""
    with init.seeded(4):
        model = NETWORKS["resnet20"](SHAPE, 10)
    for name, t in model.named_tensors():
        if "running" in name:
            t.data = t.data + 0.25
    return model.eval()


@pytest.fixture(scope="module")
def checkpoint(teacher, tmp_path_factory):
    path = tmp_path_factory.mktemp("teacher") / "resnet20.pth"
    torch.save({k: torch.from_numpy(v) for k, v in teacher.state_dict().items()}, path)
    return path


def write(path, state):
    save_file({name: np.asarray(values, order="C") for name, values in state.items()}, path)
    return path


def test_a_loaded_network_answers_as_the_saved_one(teacher, checkpoint, rng):
    x = Tensor(rng.standard_normal((2, *SHAPE)).astype("float32"))
    model = load_pretrained("resnet20", checkpoint)
    with no_grad():
        np.testing.assert_array_equal(model(x).data, teacher(x).data)
    assert not any(module.training for _, module in model.named_modules())
    assert model.state_dict().keys() == teacher.state_dict().keys()


def test_safetensors_and_text_paths_do_as_well(teacher, tmp_path):
    path = write(tmp_path / "resnet20.safetensors", teacher.state_dict())
    pretrained = read_pretrained("resnet20", str(path))
    np.testing.assert_array_equal(pretrained.model.fc.weight.data, teacher.fc.weight.data)
    assert pretrained.preprocessing is None
    assert pretrained.new == []
    assert pretrained.in_words() == "resnet20 with the weights of resnet20.safetensors"


def test_another_number_of_classes_gives_a_new_head_and_says_so(teacher, checkpoint):
    pretrained = read_pretrained("resnet20", checkpoint, classes=3, seed=1)
    assert pretrained.new == ["fc"]
    assert pretrained.in_words() == (
        "resnet20 with the weights of resnet20.pth, but for fc: drawn anew"
    )
    head = pretrained.model.fc
    assert (head.weight.shape, head.bias.shape) == ((3, 64), (3,))
    assert np.ptp(head.weight.data) > 0.1
    assert not head.bias.data.any()
    same = load_pretrained("resnet20", checkpoint, classes=3, seed=1)
    other = load_pretrained("resnet20", checkpoint, classes=3, seed=2)
    np.testing.assert_array_equal(same.fc.weight.data, head.weight.data)
    assert (other.fc.weight.data != head.weight.data).all()
    rest = {k: v for k, v in pretrained.model.state_dict().items() if not k.startswith("fc.")}
    for name, values in rest.items():
        np.testing.assert_array_equal(values, teacher.state_dict()[name], err_msg=name)


def test_a_checkpoint_without_a_head_says_that_it_is_drawn_anew(teacher, tmp_path):
    body = {k: v for k, v in teacher.state_dict().items() if not k.startswith("fc.")}
    pretrained = read_pretrained("resnet20", write(tmp_path / "body.safetensors", body), classes=5)
    assert pretrained.in_words().endswith("but for fc: drawn anew")
    assert np.ptp(pretrained.model.fc.weight.data) > 0.1


def test_the_same_number_of_classes_keeps_the_head(teacher, checkpoint):
    model = load_pretrained("resnet20", checkpoint, classes=10)
    np.testing.assert_array_equal(model.fc.weight.data, teacher.fc.weight.data)


def test_all_three_heads_of_googlenet_start_anew(tmp_path):
    with init.undrawn():
        state = NETWORKS["googlenet"](SHAPE, 5).state_dict()
    path = write(tmp_path / "g.safetensors", state)
    pretrained = read_pretrained("googlenet", path, classes=2, shape=SHAPE)
    heads = {
        f"{head}.{kind}" for head in ("fc", "aux1.fc2", "aux2.fc2") for kind in ("weight", "bias")
    }
    assert pretrained.new == ["aux1.fc2", "aux2.fc2", "fc"]
    for name, t in pretrained.model.named_tensors():
        drawn = name in heads and "weight" in name
        assert t.data.any() == (drawn or name.endswith((".key", "running_var"))), name


@pytest.fixture(scope="module")
def bare_googlenet(tmp_path_factory):
    """GoogLeNet's tensors as they are saved without the auxiliary heads; the file, too."""
    with init.seeded(5):
        state = NETWORKS["googlenet"](SHAPE, 5).state_dict()
    bare = {name: values for name, values in state.items() if not name.startswith("aux")}
    return bare, write(tmp_path_factory.mktemp("bare") / "g.safetensors", bare)


def test_googlenet_saved_without_its_auxiliary_heads_is_taken_and_they_start_anew(bare_googlenet):
    bare, path = bare_googlenet
    pretrained = read_pretrained("googlenet", path, shape=SHAPE, seed=1)
    assert pretrained.in_words() == (
        "googlenet with the weights of g.safetensors, but for aux1, aux2: drawn anew"
    )
    came = pretrained.model.state_dict()
    for name, values in bare.items():
        np.testing.assert_array_equal(came[name], values, err_msg=name)
    new = [name for name in came if name.startswith("aux") and name.endswith("weight")]
    assert all(came[name].any() for name in new)
    assert (came["aux1.conv.bn.weight"] == 1).all()
    other = load_pretrained("googlenet", path, shape=SHAPE, seed=2)
    assert (other.aux2.fc2.weight.data != came["aux2.fc2.weight"]).any()


def test_googlenet_without_its_auxiliary_heads_takes_other_classes_too(bare_googlenet):
    _, path = bare_googlenet
    pretrained = read_pretrained("googlenet", path, shape=SHAPE, classes=3)
    assert pretrained.new == ["fc"]
    assert pretrained.in_words().endswith("but for fc, aux1, aux2: drawn anew")
    assert pretrained.model.aux1.fc2.weight.shape == (3, 1024)
    assert pretrained.model.fc.weight.data.any()


def test_half_an_auxiliary_head_is_refused(bare_googlenet, tmp_path):
    bare, _ = bare_googlenet
    path = write(tmp_path / "half.safetensors", bare | {"aux1.fc2.bias": np.zeros(5, np.float32)})
    assert "it lacks aux1.conv.conv.weight, aux1.conv.bn.weight" in (
        refusal("googlenet", path, shape=SHAPE)
    )


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused_by_name(value, teacher, tmp_path):
    state = teacher.state_dict()
    state["layer2.0.conv1.weight"][0, 0, 0, 0] = value
    path = write(tmp_path / "exploded.safetensors", state)
    assert refusal("resnet20", path, kind=FormatError) == (
        f"{path}: layer2.0.conv1.weight has values that are NaN or infinite: its training has "
        "failed, so take another checkpoint"
    )


def test_what_is_left_out_may_be_anything(teacher, tmp_path):
    state = teacher.state_dict()
    state["fc.weight"][:] = np.nan
    load_pretrained("resnet20", write(tmp_path / "head.safetensors", state), classes=3)


@pytest.mark.parametrize("dtype", ["int64", "int8", "bool"])
def test_weights_that_are_whole_numbers_are_refused_by_name(dtype, teacher, tmp_path):
    state = teacher.state_dict()
    state["conv1.weight"] = state["conv1.weight"].astype(dtype)
    path = write(tmp_path / "whole.safetensors", state)
    assert refusal("resnet20", path, kind=FormatError) == (
        f"{path}: conv1.weight holds values of type {dtype}, but a network computes with floats: "
        "was it quantised? Save it as float32"
    )


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_weights_of_other_floats_are_taken(dtype, teacher, tmp_path):
    state = teacher.state_dict()
    state["conv1.weight"] = state["conv1.weight"].astype(dtype)
    model = load_pretrained("resnet20", write(tmp_path / "other.safetensors", state))
    assert model.conv1.weight.data.dtype == "float32"


@pytest.mark.parametrize("network", NETWORKS)
def test_all_that_a_network_saves_is_floats_but_what_is_listed(network):
    with init.undrawn():
        saved = NETWORKS[network]((3, 64, 64), 2).saved_tensors()
    others = [name for name, tensor in saved.items() if tensor.data.dtype.kind != "f"]
    assert all(name.endswith(WHOLE) for name in others)


def test_a_checkpoint_without_a_head_takes_as_many_classes_as_are_said(teacher, tmp_path):
    state = {k: v for k, v in teacher.state_dict().items() if not k.startswith("fc.")}
    path = write(tmp_path / "body.safetensors", state)
    assert load_pretrained("resnet20", path, classes=4).fc.weight.shape == (4, 64)
    with pytest.raises(UsageError, match=r"has no layer that names classes: .* with classes=10"):
        load_pretrained("resnet20", path)


def test_a_head_that_is_a_single_number_is_refused(teacher, tmp_path):
    state = teacher.state_dict() | {"fc.bias": np.float32(1), "fc.weight": np.float32(1)}
    path = write(tmp_path / "odd.safetensors", state)
    assert "has no layer that names classes" in refusal("resnet20", path)


def test_old_checkpoints_that_count_no_batches_are_taken(teacher, tmp_path):
    state = {k: v for k, v in teacher.state_dict().items() if not k.endswith("tracked")}
    model = load_pretrained("resnet20", write(tmp_path / "old.safetensors", state))
    np.testing.assert_array_equal(model.bn1.running_mean.data, teacher.bn1.running_mean.data)
    assert model.bn1.num_batches_tracked.data == 0


def refusal(network, path, kind=UsageError, **options):
    with pytest.raises(kind) as refused:
        load_pretrained(network, path, **options)
    return str(refused.value)


def test_missing_and_unknown_names_are_told_in_one_sentence_with_the_nearest(teacher, tmp_path):
    state = teacher.state_dict()
    state["stem.conv1.weight"] = state.pop("conv1.weight")
    path = write(tmp_path / "renamed.safetensors", state)
    assert refusal("resnet20", path) == (
        f"{path} does not fit resnet20: it lacks conv1.weight (nearest to the first is "
        f"stem.conv1.weight), and has stem.conv1.weight, which the network has not; {ADVICE}"
    )


def test_a_tensor_of_another_shape_is_refused_even_where_nobody_uses_it(teacher, tmp_path):
    state = teacher.state_dict()
    state["bn1.num_batches_tracked"] = np.zeros(1, np.int64)
    path = write(tmp_path / "odd.safetensors", state)
    assert "has bn1.num_batches_tracked of shape (1,), where the network's is ()" in (
        refusal("resnet20", path)
    )


def test_a_checkpoint_of_another_network_is_refused(checkpoint):
    assert "lacks layer1.3.conv1.weight, layer1.3.bn1.weight, layer1.3.bn1.bias and 177 more" in (
        refusal("resnet56", checkpoint)
    )


def test_a_checkpoint_for_colour_does_not_fit_grey_images(checkpoint):
    assert refusal("resnet20", checkpoint, shape=(1, 32, 32)).endswith(
        "does not fit resnet20: it has conv1.weight of shape (16, 3, 3, 3), where the network's "
        f"is (16, 1, 3, 3); {ADVICE}"
    )


def test_names_that_are_none_are_refused(checkpoint):
    assert "did you mean resnet20?" in refusal("resnet21", checkpoint)
    assert refusal("resnet18", "imagenet").startswith("there is no checkpoint file imagenet: name")
    assert refusal("resnet20", "imagenet1k-v1").startswith("there is no imagenet1k-v1 of resnet20")


@pytest.fixture
def official_one(teacher, tmp_path, monkeypatch):
    """Makes a checkpoint the official one of "resnet20", and the data folder an empty one."""
    whole = tmp_path / "whole.pth"
    torch.save({k: torch.from_numpy(v) for k, v in teacher.state_dict().items()}, whole)
    digits = hashlib.sha256(whole.read_bytes()).hexdigest()[:8]
    monkeypatch.setitem(official.FILES, "resnet20", f"resnet20-{digits}.pth")
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "data"))
    return whole, tmp_path / "data" / "checkpoints" / f"resnet20-{digits}.pth"


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A folder whose files are at the official address."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=folder))
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(official, "ADDRESSES", (f"http://127.0.0.1:{http.server_port}/",))
    yield folder
    http.shutdown()
    thread.join()
    http.server_close()


def test_an_official_file_in_the_data_folder_is_used_and_brings_its_preprocessing(
    official_one, teacher
):
    content, place = official_one
    place.parent.mkdir(parents=True)
    place.write_bytes(content.read_bytes())
    pretrained = read_pretrained("resnet20", "imagenet1k-v1", shape=SHAPE)
    np.testing.assert_array_equal(pretrained.model.fc.weight.data, teacher.fc.weight.data)
    assert pretrained.preprocessing == Preprocessing(
        3, 32, 32, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
    )


def test_a_file_with_the_official_name_but_other_content_is_refused(official_one):
    content, place = official_one
    place.parent.mkdir(parents=True)
    place.write_bytes(content.read_bytes() + b" ")
    with pytest.raises(FormatError, match=r"is not the official file, for its SHA-256 starts with"):
        load_pretrained("resnet20", "imagenet1k-v1")


def test_an_official_file_is_downloaded_and_compared(official_one, served, teacher):
    content, place = official_one
    (served / place.name).write_bytes(content.read_bytes())
    seen = []
    model = load_pretrained("resnet20", "imagenet1k-v1", progress=lambda *step: seen.append(step))
    np.testing.assert_array_equal(model.fc.weight.data, teacher.fc.weight.data)
    assert seen[-1] == (content.stat().st_size,) * 2
    assert place.is_file()


def test_a_download_with_another_checksum_is_refused_and_nothing_is_left(official_one, served):
    content, place = official_one
    (served / place.name).write_bytes(content.read_bytes()[:-1] + b"!")
    with pytest.raises(DownloadError, match="its SHA-256 is not the official one"):
        load_pretrained("resnet20", "imagenet1k-v1")
    assert list(place.parent.iterdir()) == []


def test_without_a_network_one_sentence_says_what_to_do(official_one, monkeypatch):
    _, place = official_one
    with socket.socket() as taken:  # nobody answers there
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        monkeypatch.setattr(official, "ADDRESSES", (nobody,))
        with pytest.raises(DownloadError) as refused:
            load_pretrained("resnet20", "imagenet1k-v1")
    assert str(refused.value) == (
        f"{place.name} could not be downloaded from {nobody}{place.name} (no connection): put the "
        f"file into {place.parent}, or set CHAINRULE_DATA to a folder that has it, in its folder "
        "checkpoints; or name a checkpoint file instead of imagenet1k-v1"
    )


def test_every_network_of_imagenet_has_an_official_file_with_its_digits():
    assert set(official.FILES) == set(IMAGENET)
    for network, name in official.FILES.items():
        assert name.startswith(network)
        digits = name.removesuffix(".pth").rpartition("-")[2]
        assert len(digits) == 8
        assert int(digits, 16)


def test_googlenets_official_weights_want_pixels_from_minus_1_to_1(tmp_path):
    file = tmp_path / "googlenet-1378be20.pth"
    wanted = official.official_preprocessing("googlenet", file, SHAPE)
    assert wanted(np.array([0, 255], np.uint8).repeat(3 * 1024).reshape(2, *SHAPE)).min() == -1
    assert (wanted.mean, wanted.std) == ((0.5,) * 3, (0.5,) * 3)
    assert official.official_preprocessing("googlenet", tmp_path / "mine.pth", SHAPE) is None


def test_torch_is_not_needed(checkpoint):
    look = (
        "import sys, chainrule; "
        f"chainrule.load_pretrained('resnet20', {str(checkpoint)!r}); "
        "print('torch' in sys.modules, 'pooch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
    assert chainrule.load_pretrained is load_pretrained
