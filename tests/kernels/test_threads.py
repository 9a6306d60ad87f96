"""Work shared out over threads."""

import multiprocessing
import os

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chainrule.errors import UsageError
from chainrule.kernels import one_blas_thread, set_threads, thread_count
from chainrule.kernels.threads import _blas, share, total


@pytest.fixture(params=[1, 2, 3])
def team(request):
    before = thread_count()
    set_threads(request.param)
    yield request.param
    set_threads(before)


@pytest.fixture
def blas_on_two():
    """BLAS at a thread count that is neither one nor what an earlier test left behind."""
    with threadpool_limits(limits=2, user_api="blas"):
        yield


def blas_threads():
    return {library.get_num_threads() for library in _blas()}


def test_every_job_is_done_once(team):
    done = []
    share(done.append, range(100))
    assert sorted(done) == list(range(100))


def test_an_error_in_a_job_reaches_the_caller_and_the_next_region_works(team):
    def fail(job):
        raise ZeroDivisionError(f"job {job}")

    with pytest.raises(ZeroDivisionError, match="job"):
        share(fail, range(5))
    done = []
    share(done.append, range(5))
    assert sorted(done) == list(range(5))


def test_blas_has_one_thread_inside_and_as_many_as_before_outside(team, blas_on_two):
    inside = []
    share(lambda job: inside.append(blas_threads()), range(2))
    assert inside == [{1}, {1}]
    assert blas_threads() == {2}


def test_one_blas_thread_may_be_nested_and_ends_with_the_last(blas_on_two):
    with one_blas_thread:
        with one_blas_thread:
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_a_total_depends_on_no_thread_count(team, rng):
    terms = rng.standard_normal((50, 4)).astype("float32")
    by_team = total(lambda job: terms[job], range(50), (4,), "float32")
    set_threads(1)
    np.testing.assert_array_equal(
        by_team, total(lambda job: terms[job], range(50), (4,), "float32")
    )
    np.testing.assert_allclose(by_team, terms.sum(axis=0), rtol=1e-5)


def test_a_total_of_nothing_is_zero():
    np.testing.assert_array_equal(total(lambda job: None, [], (3,), "float32"), np.zeros(3))


def test_fewer_than_one_thread_is_refused():
    with pytest.raises(UsageError, match="0 threads came, but 1 or more are needed"):
        set_threads(0)


def _sum_in_child(results):
    results.put(float(total(lambda job: np.float64(job), range(10), (), "float64")))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_a_team_of_its_own(team):
    share(lambda job: None, range(10))
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=_sum_in_child, args=(results,), daemon=True)
    child.start()
    assert results.get(timeout=20) == 45.0
    child.join(timeout=20)
    assert child.exitcode == 0
