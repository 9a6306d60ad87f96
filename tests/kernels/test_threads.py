"""Work shared out over threads."""

import multiprocessing
import os
import time
from threading import Barrier, Event, Thread

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chainrule.errors import UsageError
from chainrule.kernels import one_blas_thread, set_threads, thread_count
from chainrule.kernels.threads import Team, _blas, share, total


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


def test_an_error_is_raised_when_every_thread_has_ended():
    for _ in range(10):
        meeting, ended = Barrier(3), []

        def work(job, meeting=meeting, ended=ended):
            meeting.wait(timeout=20)  # so that each thread takes one
            if job == 0:
                raise ZeroDivisionError
            time.sleep(0.02)
            ended.append(job)

        with pytest.raises(ZeroDivisionError):
            Team(3).share(work, range(3))
        assert sorted(ended) == [1, 2]


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


forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
warned = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def in_forked_child(work):
    """What work() gives in a child of this process."""
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=lambda: results.put(work()), daemon=True)
    child.start()
    result = results.get(timeout=20)
    child.join(timeout=20)
    assert child.exitcode == 0
    return result


def blas_threads_inside_and_after():
    inside = []
    share(lambda job: inside.append(blas_threads()), range(2))
    return *inside, blas_threads()


def sum_by_team():
    return float(total(lambda job: np.float64(job), range(10), (), "float64"))


@forking
@warned
def test_a_forked_child_has_a_team_of_its_own(team):
    share(lambda job: None, range(10))
    assert in_forked_child(sum_by_team) == 45.0


@forking
@warned
def test_what_another_thread_held_at_a_fork_ends_with_the_next_to_hold_it(blas_on_two):
    held, done = Event(), Event()

    def hold():
        with one_blas_thread:
            held.set()
            done.wait(timeout=60)

    other = Thread(target=hold)
    other.start()
    held.wait(timeout=20)
    found = in_forked_child(blas_threads_inside_and_after)
    done.set()
    other.join()
    assert found == ({1}, {1}, {2})


@forking
@warned
def test_what_the_forking_thread_holds_its_child_still_holds(blas_on_two):
    def inside_and_after():
        found = blas_threads_inside_and_after()
        one_blas_thread.__exit__()
        return *found, blas_threads()

    with one_blas_thread:
        assert in_forked_child(inside_and_after) == ({1}, {1}, {1}, {2})
