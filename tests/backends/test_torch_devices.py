"""Devices and precisions of torch: what is there, what is chosen, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from chainrule import losses, nn, optim
from chainrule import machine as listings
from chainrule.backends import backend_named, using
from chainrule.backends.torch_guards import worth_checking
from chainrule.data import Augmentation
from chainrule.errors import BackendError
from chainrule.losses.inputs import predicted
from chainrule.tape import Tensor
from chainrule.testing import samples
from chainrule.training.losses import cross_entropy
from chainrule.training.step import make_prediction_step, make_training_step

TORCH = backend_named("torch")


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """machine(flags="amx_bf16", gpus=1, capability=(9, 0)): what torch and the system report."""

    def pretend(flags="avx512f", gpus=0, capability=(9, 0), mps=False):
        cpuinfo = tmp_path / "cpuinfo"
        cpuinfo.write_text(f"model name : Some Processor\nflags : fpu {flags} sse\n")
        monkeypatch.setattr(listings, "CPUINFO", cpuinfo)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Some GPU")
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return pretend


@pytest.mark.parametrize(
    ("there", "device", "precision", "remark"),
    [
        ({}, "cpu", "float32", ""),
        ({"flags": "amx_bf16"}, "cpu", "bfloat16", "bfloat16 because AMX multiplies it natively"),
        ({"flags": "avx512_bf16"}, "cpu", "bfloat16", "bfloat16 because AVX-512 BF16 multiplies"),
        ({"gpus": 2}, "cuda", "bfloat16", "bfloat16 because Some GPU multiplies it natively"),
        ({"gpus": 1, "capability": (7, 5)}, "cuda", "float32", ""),
        ({"mps": True, "flags": "amx_bf16"}, "mps", "float32", ""),
    ],
    ids=["plain", "amx", "avx512", "gpu", "old gpu", "apple"],
)
def test_auto_takes_the_fastest_device_and_bfloat16_only_where_it_is_native(
    machine, there, device, precision, remark
):
    machine(**there)
    chosen = TORCH.configured()
    assert (chosen.device, chosen.precision) == (device, precision)
    assert chosen.remark.startswith(remark)
    assert bool(chosen.remark) == bool(remark)


def test_a_processor_of_another_make_has_no_flags(monkeypatch, tmp_path):
    monkeypatch.setattr(listings, "CPUINFO", tmp_path / "nowhere")
    assert TORCH.configured(device="cpu").precision == "float32"


def test_bfloat16_may_be_asked_for_where_it_is_emulated_and_that_is_said(machine):
    machine()
    chosen = TORCH.configured(device="cpu", precision="bfloat16")
    assert chosen.precision == "bfloat16"
    assert chosen.remark == "bfloat16 is emulated on this cpu: expect it to be slow"
    assert chosen.in_words() == f"torch {TORCH.version} on the CPU in bfloat16"


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "mps", "tpu", "cpu:0:1", ""])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(machine, device):
    machine()
    with pytest.raises(BackendError, match=rf"device '{device}' is not there: .* finds cpu on"):
        TORCH.configured(device=device)


def test_a_gpu_is_known_by_its_number(machine):
    machine(gpus=2)
    assert TORCH.configured(device="cuda:1").device == "cuda:1"
    with pytest.raises(BackendError, match=r"device 'cuda:2' is not there: .* finds cuda, cpu on"):
        TORCH.configured(device="cuda:2")


def test_a_precision_that_is_none_is_refused(machine):
    with pytest.raises(BackendError, match="precision 'int8' is not one of auto, float32, bf"):
        TORCH.configured(precision="int8")


def test_what_is_configured_leaves_the_registered_backend_as_it_was():
    chosen = TORCH.configured(device="cpu", precision="bfloat16", compiling=False)
    assert chosen is not TORCH
    assert (TORCH.device, TORCH.precision, TORCH.remark) == ("cpu", "float32", "")
    assert backend_named("torch") is TORCH


@pytest.mark.parametrize(
    ("device", "vectors", "options"),
    [
        ("cpu", "AVX2", {"cpp.cxx": ("c++",), "cpp.vec_isa_ok": True}),
        ("cpu", "DEFAULT", {"cpp.cxx": ("c++",), "cpp.vec_isa_ok": None}),
        ("cuda", "AVX2", {"triton.cudagraphs": True, "triton.cudagraph_trees": False}),
    ],
)
def test_the_compiler_is_told_what_there_is(machine, monkeypatch, device, vectors, options):
    """A compiler, vectors where torch has them, and that a GPU launches kernels as one graph."""
    asked = []
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: vectors)
    monkeypatch.setattr(torch, "compile", lambda f, **settings: asked.append(settings))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: name if name == "c++" else None)
    machine(gpus=1)
    TORCH.configured(device=device).compile(lambda x: x)
    wanted = {"guard_filter_fn": worth_checking, **options}
    assert asked == [{"fullgraph": True, "dynamic": False, "options": wanted}]
    assert set(options) <= set(torch._inductor.list_options())


def test_apple_s_gpus_get_float32_where_float64_is_asked_for():
    assert torch_dtype("float64", "mps") == torch.float32
    assert torch_dtype("float64", "cpu") == torch.float64


def torch_dtype(name, device):
    from chainrule.backends.torch import _dtype_named

    return _dtype_named(name, device)


class NothingOnTheProcessor(TorchDispatchMode):
    """Refuses every operation that gives an array on the processor, unless it came from NumPy."""

    def __init__(self, *, from_numpy=False):
        super().__init__()
        self.passing = {torch.ops.aten.lift_fresh.default} if from_numpy else set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if function in self.passing:
            return result
        for part in tree_leaves(result):
            if isinstance(part, torch.Tensor):
                assert part.device.type == "meta", f"{function} made an array on {part.device}"
        return result


@pytest.fixture
def meta():
    """A device without values: an array made elsewhere is noticed at once."""
    return on_meta("float32")


def on_meta(precision):
    """No user's device: nothing can be learned there."""
    backend = TORCH.configured(device="cpu", precision=precision)
    backend.device = "meta"
    return backend


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_an_operation_stays_on_the_device_of_its_inputs(sample, meta, rng):
    inputs = [
        Tensor(meta.asarray(array), needs_grad=needed)
        for array, needed in zip(sample.arrays(rng, "float32"), sample.needs, strict=True)
    ]
    with NothingOnTheProcessor():
        y = sample.make()(*inputs)
        y.backward(torch.ones_like(y.data))


def test_lists_go_into_a_loss_on_the_device_of_the_predictions(meta):
    x = Tensor(meta.asarray(np.ones((2, 3), "float32")))
    for given in ([[1, 2, 3]] * 2, [[1.0, 2.0, 3.0]] * 2, 0.5):
        t = predicted(given, x)
        assert (t.device.type, t.dtype) == ("meta", torch.float32)
    loss = losses.keras.MeanSquaredError()(np.ones((2, 3)), x, sample_weight=[1, 2])
    assert (loss.device.type, loss.dtype) == ("meta", torch.float32)


LAYERS = {
    "convolutions": lambda: (
        nn.Conv2d(3, 4, 3, padding="same"),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout2d(0.1),
        nn.ConvTranspose2d(4, 4, 2, stride=2),
        nn.AvgPool2d(2),
        nn.LocalResponseNorm(2),
        nn.Flatten(),
        nn.Linear(64, 5),
    ),
    "normalisations": lambda: (
        nn.GroupNorm(1, 3),
        nn.Residual(nn.Sequential(nn.Conv2d(3, 3, 1), nn.StochasticDepth(0.5))),
        nn.GlobalAvgPool2d(),
        nn.LayerNorm(3),
        nn.Linear(3, 8),
        nn.BatchNorm1d(8),
        nn.GELU(),
        nn.Dropout(0.5),
        nn.Linear(8, 5),
    ),
    "adaptive": lambda: (
        nn.AdaptiveMaxPool2d(3),
        nn.Conv2d(3, 4, 2),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(16, 8),
        nn.Maxout(2),
        nn.Linear(4, 5),
    ),
}


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_whole_training_step_stays_on_the_device_of_the_model(kind, precision):
    backend = on_meta(precision)
    model = nn.Sequential(*LAYERS[kind]()).to(backend).train()
    optimizer = optim.Adam(weight_decay=0.1).clip(norm=1.0)
    optimizer.attach(model.parameters())
    x = backend.asarray(np.zeros((4, 3, 8, 8), "float32"))
    labels, lr = backend.asarray(np.arange(4)), backend.asarray(0.1, dtype="float64")
    step = make_training_step(model, optimizer, cross_entropy, accumulate=2)
    with using(backend), NothingOnTheProcessor():
        loss, scores = step(x, labels, lr)
        assert make_prediction_step(model.eval())(x).shape == scores.shape == (4, 5)
    assert (loss.device.type, loss.dtype) == ("meta", torch.float32)
    assert scores.dtype == getattr(torch, precision)
    for name, tensor in model.named_tensors():
        assert tensor.data.device.type == "meta", name


@pytest.mark.parametrize(
    "kind",
    [
        optim.SGDW(lr=0.1, momentum=0.9, weight_decay=0.1),
        optim.AdaGrad(initial=0.1),
        optim.AdaDelta(),
        optim.RMSProp(momentum=0.9, centered=True),
        optim.AdamW(),
        optim.Nadam(),
        optim.Muon(),
    ],
    ids=lambda kind: type(kind).__name__,
)
def test_an_optimizer_stays_on_the_device_of_its_tensors(kind, meta):
    weights = [Tensor(meta.asarray(np.ones(shape, "float32"))) for shape in ((4, 3), (3,))]
    optimizer = kind.renewed()
    with NothingOnTheProcessor():
        optimizer.attach(weights)
        for w in weights:
            w.grad = torch.ones_like(w.data)
        optimizer.step(0.01)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_images_are_changed_on_the_device_where_they_are(meta, dtype):
    everything = Augmentation(shift=1, flip=True, colour=0.2, cutout=2, mixup=0.5)
    here = {"seed": 0, "epoch": 0, "batch": 0, "backend": meta}
    images = meta.asarray(np.zeros((4, 3, 8, 8), dtype))
    with NothingOnTheProcessor(from_numpy=True):
        for changes in (everything, replace(everything, rotation=10, zoom=0.1)):
            changed, _ = changes.mix(changes(images, **here), np.arange(4), 4, **here)
            assert changed.shape == images.shape
            assert changed.dtype == images.dtype


def test_random_layers_draw_on_the_device_of_the_model(meta):
    model = nn.Sequential(nn.Dropout(0.5)).to(meta)
    nn.reseed(model, 3, 4)
    assert model[0].key.data.device.type == "meta"
