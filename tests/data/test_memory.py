from chainrule.data import memory


def test_linux_says_how_much_is_free(tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text("MemTotal: 900 kB\nMemAvailable:   250 kB\n")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    assert memory.available_memory() == 250 * 1024


def test_elsewhere_it_is_all_there_is(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "missing")
    assert memory.available_memory() > 2**28
    monkeypatch.delattr(memory.os, "sysconf_names")
    assert memory.available_memory() is None
