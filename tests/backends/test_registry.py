from threading import Thread

import numpy as np
import pytest

from chainrule.backends import NUMPY, backend_named, backend_of, is_array, using
from chainrule.backends.numpy import NumpyBackend
from chainrule.errors import BackendError


def test_numpy_is_always_there():
    assert backend_named("numpy") is NUMPY
    assert backend_of(np.zeros(3)) is NUMPY
    assert repr(NUMPY) == "<backend numpy on cpu in float32>"


def test_a_list_is_no_array():
    assert is_array(np.zeros(3))
    assert not is_array([0.0])


def test_an_array_of_no_backend_is_refused_by_its_type():
    with pytest.raises(BackendError, match=r"type builtins\.list belongs to no backend: known are"):
        backend_of([1.0])


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(BackendError, match=r"backend 'abacus' is not one of .*'numpy'"):
        backend_named("abacus")


def test_numpy_hands_arrays_through_without_a_copy():
    array = np.zeros(3)
    assert NUMPY.asarray(array) is array
    assert NUMPY.asarray(array, dtype="float64") is array
    assert NUMPY.to_numpy(array) is array
    assert NUMPY.asarray([1, 2], dtype="float32").dtype == "float32"


def test_numpy_compiles_a_function_to_itself():
    assert NUMPY.compile(abs) is abs


def test_numpy_knows_the_processor_and_float32_and_says_so():
    assert NUMPY.configured() is NUMPY.configured(device="cpu", precision="float32") is NUMPY
    assert NUMPY.in_words() == f"numpy {np.__version__} on the CPU in float32"
    for asked, message in (
        ({"device": "cuda"}, "computes on the processor alone, but device 'cuda' was asked for"),
        ({"precision": "bfloat16"}, "in float32 alone, but precision 'bfloat16' was asked for"),
        ({"compiling": True}, "backend 'numpy' compiles nothing: use backend 'torch'"),
    ):
        with pytest.raises(BackendError, match=message):
            NUMPY.configured(**asked)


def test_a_backend_in_use_has_its_type_s_arrays_in_this_thread_until_the_end():
    seen = []
    other = NumpyBackend()

    def look():
        seen.append(backend_of(np.zeros(3)))

    def look_around_and_fail():
        with using(other):
            look()
            thread = Thread(target=look)
            thread.start()
            thread.join()
            with using(NUMPY):
                look()
            look()
            raise KeyError

    with pytest.raises(KeyError):
        look_around_and_fail()
    assert seen == [other, NUMPY, NUMPY, other]
    assert backend_of(np.zeros(3)) is NUMPY
