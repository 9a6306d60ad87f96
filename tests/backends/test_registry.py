import numpy as np
import pytest

from chainrule.backends import NUMPY, backend_named, backend_of, is_array
from chainrule.errors import BackendError


def test_numpy_is_always_there():
    assert backend_named("numpy") is NUMPY
    assert backend_of(np.zeros(3)) is NUMPY
    assert repr(NUMPY) == "<backend numpy>"


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
