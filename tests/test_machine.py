"""What is known of this machine, and what where nothing is said."""

import os

import pytest

from chainrule import machine


@pytest.fixture
def listings(tmp_path, monkeypatch):
    """listings(cpuinfo="...", meminfo="..."): what Linux says; nothing, as elsewhere, if not."""

    def say(cpuinfo=None, meminfo=None):
        for name, text in (("CPUINFO", cpuinfo), ("MEMINFO", meminfo)):
            path = tmp_path / name
            if text is not None:
                path.write_text(text)
            monkeypatch.setattr(machine, name, path)

    return say


def test_linux_says_how_much_memory_is_free(listings):
    listings(meminfo="MemTotal: 900 kB\nMemAvailable:   250 kB\n")
    assert machine.available_memory() == 250 * 1024


def test_elsewhere_it_is_all_there_is(listings, monkeypatch):
    listings()
    assert machine.available_memory() > 2**28
    monkeypatch.delattr(machine.os, "sysconf_names")
    assert machine.available_memory() is None


def test_the_cores_are_those_this_process_may_use(monkeypatch):
    assert 1 <= machine.available_cores() <= (os.cpu_count() or 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 5, 7}, raising=False)
    assert machine.available_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert machine.available_cores() == (os.cpu_count() or 1)


def test_the_processor_is_the_first_that_is_listed(listings):
    one = "model name : Some: Processor\nflags : fpu avx512f\n"
    listings(cpuinfo=f"processor : 0\n{one}\nprocessor : 1\nmodel name : Another\n")
    assert machine.processor() == "Some: Processor"
    assert machine.processor_flags() == {"fpu", "avx512f"}


def test_elsewhere_it_has_a_name_too(listings, monkeypatch):
    listings()
    monkeypatch.setattr(machine.platform, "processor", lambda: "arm")
    assert machine.processor() == "arm"
    monkeypatch.setattr(machine.platform, "processor", lambda: "")
    assert machine.processor() == "unknown"
    assert machine.processor_flags() == set()
