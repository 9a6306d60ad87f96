"""The torch backend without its compiler: arrays, random bytes, and what it says when it cannot."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from chainrule import backends, nn, ops
from chainrule.backends import backend_named, registry
from chainrule.backends.hashing import hashed_bytes, key_array
from chainrule.errors import BackendError
from chainrule.tape import Tensor
from chainrule.version import __version__

TORCH = backend_named("torch")


def ran(program, environment):
    """What a program, which has to succeed, has printed where it finds these settings."""
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True
    )


def test_torch_is_imported_when_it_is_named_and_not_before():
    program = (
        "import sys, chainrule; assert 'torch' not in sys.modules; "
        "from chainrule.backends import backend_named; torch = backend_named('torch'); "
        "assert torch.kernels; assert backend_named('torch') is torch"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("chosen", [None, "elsewhere"])
def test_compiled_code_is_kept_in_the_user_s_cache_unless_another_place_is_set(chosen, tmp_path):
    program = (
        "from chainrule.backends import backend_named; backend_named('torch'); "
        "from torch._inductor.runtime.cache_dir_utils import cache_dir; print(cache_dir())"
    )
    setting = "TORCHINDUCTOR_CACHE_DIR"
    environment = {name: value for name, value in os.environ.items() if name != setting}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    if chosen:
        environment[setting] = str(tmp_path / chosen)
    run = ran(program, environment)
    found = Path(run.stdout.strip())
    if chosen:
        assert found == tmp_path / chosen
    else:
        assert found.is_relative_to(tmp_path)
        assert found.parts[-3:] == ("chainrule", "torch", __version__)


def test_where_nothing_can_be_kept_torch_works_all_the_same_and_says_so(tmp_path):
    (tmp_path / "file").touch()
    program = "from chainrule.backends import backend_named; print(backend_named('torch').device)"
    environment = {k: v for k, v in os.environ.items() if k != "TORCHINDUCTOR_CACHE_DIR"}
    environment |= {"HOME": str(tmp_path / "file"), "XDG_CACHE_HOME": str(tmp_path / "file/cache")}
    run = ran(program, environment)
    assert run.stdout == "cpu\n"
    assert "compiled steps cannot be kept in" in run.stderr


def test_compiling_does_not_warn_of_what_torch_alone_can_mend(tmp_path):
    program = (
        "from chainrule.backends import backend_named; torch = backend_named('torch'); "
        "import numpy; x = torch.asarray(numpy.ones((4, 4), 'float32')); "
        "print(torch.compile(lambda x: x.diagonal() + 1)(x)[0].item())"
    )
    environment = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": str(tmp_path)}
    run = ran(program, environment)
    assert (run.stdout, run.stderr) == ("2.0\n", "")


@pytest.mark.parametrize("missing", ["torch", "array_api_compat"])
def test_a_missing_library_is_named_with_its_remedy(missing, monkeypatch):
    monkeypatch.setattr(registry, "_by_name", {})
    monkeypatch.delitem(sys.modules, "chainrule.backends.torch")
    monkeypatch.delattr(backends, "torch")
    for name in [name for name in sys.modules if name.split(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(BackendError, match=r"needs PyTorch: pip install 'chainrule\[torch\]'"):
        backend_named("torch")


def test_an_old_torch_is_refused_with_its_version(monkeypatch):
    monkeypatch.setattr("chainrule.backends.torch.TorchBackend.version", "2.5.1+cpu")
    with pytest.raises(BackendError, match=r"torch 2\.5\.1\+cpu is older than 2\.8: pip install"):
        type(TORCH)()


def test_a_machine_without_a_compiler_is_told_so(monkeypatch):
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(BackendError, match=r"C\+\+ compiler, but g\+\+, .* are all missing"):
        TORCH.compile(lambda x: x)
    monkeypatch.setenv("CXX", "mine")
    with pytest.raises(BackendError, match=r"C\+\+ compiler, but mine is missing: install one"):
        TORCH.compile(lambda x: x)


@pytest.mark.parametrize("numbers", [(0,), (7, 3, 2), (2**40, 5), (-1, 0), (9, 9, 9, 9)], ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (4, 0, 2), (2, 3, 5), (257, 1031)])
def test_random_bytes_are_those_of_numpy_bit_for_bit(numbers, shape):
    key = key_array(*numbers)
    drawn = TORCH.to_numpy(TORCH.random_bytes(TORCH.asarray(key), shape))
    assert drawn.dtype == np.uint8
    assert_array_equal(drawn, hashed_bytes(key, shape))


@pytest.mark.parametrize("value", [3, 2.5, True, [1, 2], [0.5], np.float32(2), np.arange(3.0)])
def test_values_get_the_dtype_that_numpy_gives_them(value):
    made = TORCH.to_numpy(TORCH.asarray(value))
    assert made.dtype == np.asarray(value).dtype
    assert_array_equal(made, value)


def test_an_array_is_shared_where_torch_can():
    array = np.zeros(3, "float32")
    TORCH.asarray(array)[0] = 1
    assert array[0] == 1
    frozen = np.zeros(3)
    frozen.flags.writeable = False
    assert_array_equal(TORCH.asarray(frozen), frozen)
    assert_array_equal(TORCH.asarray(np.arange(4)[::-1]), [3, 2, 1, 0])


def test_key_words_survive_the_way_to_torch_and_back():
    layer = nn.Dropout(0.5)
    nn.reseed(layer, 7, 3)
    x = np.ones((4, 9), "float32")
    kept = [layer(Tensor(x)).numpy()]
    for backend in (TORCH, backend_named("numpy")):
        layer.to(backend)
        layer.calls = 0
        kept.append(layer(Tensor(backend.asarray(x))).numpy())
    assert_array_equal(kept[1], kept[0])
    assert_array_equal(kept[2], kept[0])


def test_a_maximum_may_be_of_an_array_and_a_number():
    x = TORCH.asarray([-1.0, 0.5])
    assert_array_equal(ops.relu(Tensor(x)).numpy(), [0, 0.5])
    assert_array_equal(TORCH.xp.minimum(x, 0), [-1, 0])
    assert_array_equal(TORCH.xp.minimum(x, -x), [-1, -0.5])
    assert_array_equal(TORCH.xp.maximum(x, -x), [1, 0.5])
