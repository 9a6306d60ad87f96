"""What is known of this machine, and what where nothing is said."""

import os

import pytest

from chainrule import machine


@pytest.fixture
def listings(tmp_path, monkeypatch):
    """listings(cpuinfo="...", meminfo="..."): what Linux says; nothing, as elsewhere, if not."""

    def say(cpuinfo=None, meminfo=None):
        monkeypatch.setattr(machine, "MEMBERSHIP", tmp_path / "none")
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


@pytest.fixture
def groups(tmp_path, monkeypatch, listings):
    """groups("0::/a/b", {"a/memory.max": "500"}): what Linux says of containers, 900 bytes free."""

    def say(membership, files):
        listings(meminfo="MemAvailable:   1 kB\n")
        for name, text in {"membership": membership, **files}.items():
            path = tmp_path / "groups" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        monkeypatch.setattr(machine, "MEMBERSHIP", tmp_path / "groups/membership")
        monkeypatch.setattr(machine, "GROUPS", tmp_path / "groups")

    return say


@pytest.mark.parametrize(
    ("membership", "files", "left"),
    [
        ("0::/\n", {}, 1024),
        ("0::/\n", {"memory.max": "max\n", "memory.current": "500\n"}, 1024),
        (
            "0::/\n",
            {
                "memory.max": "700\n",
                "memory.current": "500\n",
                "memory.stat": "anon 400\ninactive_file 100\n",
            },
            300,
        ),
        ("0::/a/b\n", {"a/memory.max": "600\n", "a/b/memory.max": "max\n"}, 600),
        (
            "9:cpu:/c\n4:memory:/somewhere/outside\n0::/\n",
            {
                "memory/memory.limit_in_bytes": "800\n",
                "memory/memory.usage_in_bytes": "350\n",
                "memory/memory.stat": "inactive_file 1\ntotal_inactive_file 50\n",
            },
            500,
        ),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712\n"}, 1024),
    ],
)
def test_a_container_has_no_more_than_it_was_given(groups, membership, files, left):
    groups(membership, files)
    assert machine.available_memory() == left


def test_the_cores_are_those_this_process_may_use(monkeypatch, listings):
    listings()
    assert 1 <= machine.available_cores() <= (os.cpu_count() or 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 5, 7}, raising=False)
    assert machine.available_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert machine.available_cores() == (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("membership", "files", "cores"),
    [
        ("0::/\n", {}, 8),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 8),
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/a/b\n", {"a/cpu.max": "250000 100000\n", "a/b/cpu.max": "max 100000\n"}, 3),
        ("0::/\n", {"cpu.max": "6400000 100000\n"}, 8),
        (
            "9:memory:/c\n4:cpu,cpuacct:/somewhere/outside\n0::/\n",
            {"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"},
            4,
        ),
        (
            "4:cpu,cpuacct:/\n",
            {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
            8,
        ),
    ],
)
def test_a_container_has_no_more_cores_than_its_share_of_time(
    groups, monkeypatch, membership, files, cores
):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    groups(membership, files)
    assert machine.available_cores() == cores


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
