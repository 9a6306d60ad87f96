import hashlib
import socket
import threading

import pytest

from chainrule.data.download import fetch
from chainrule.data.registry import KnownFile
from chainrule.errors import DownloadError

CONTENT = bytes(range(256)) * 8000
"""2 MB, so that it travels in several pieces."""
FILE = KnownFile("images.gz", len(CONTENT), hashlib.md5(CONTENT).hexdigest())


@pytest.fixture
def nobody():
    """An address at which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_and_progress_counts_its_bytes(tmp_path, server):
    server.files["images.gz"] = CONTENT
    seen = []
    path = fetch(FILE, tmp_path / "new", (server.address,), lambda *step: seen.append(step))
    assert path == tmp_path / "new" / "images.gz"
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert files_in(tmp_path / "new") == ["images.gz"]


def test_a_file_that_is_there_is_not_fetched_again(tmp_path, server):
    (tmp_path / "images.gz").write_bytes(b"mine")
    assert fetch(FILE, tmp_path, (server.address,)).read_bytes() == b"mine"
    assert server.asked == []


def test_a_broken_connection_is_taken_up_where_it_broke(tmp_path, server):
    server.files["images.gz"] = CONTENT
    server.cut_after = [700_000, 600_000]
    assert fetch(FILE, tmp_path, (server.address,)).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=700000-", "bytes=1300000-"]


def test_what_an_earlier_run_left_is_taken_up(tmp_path, server):
    server.files["images.gz"] = CONTENT
    (tmp_path / "images.gz.part").write_bytes(CONTENT[:1_000_000])
    seen = []
    fetch(FILE, tmp_path, (server.address,), lambda *step: seen.append(step))
    assert (tmp_path / "images.gz").read_bytes() == CONTENT
    assert server.asked == ["bytes=1000000-"]
    assert seen[0][0] > 1_000_000
    assert files_in(tmp_path) == ["images.gz"]


def test_a_server_that_cannot_resume_sends_the_whole_file_again(tmp_path, server):
    server.files["images.gz"] = CONTENT
    server.ranges = False
    server.cut_after = [700_000]
    assert fetch(FILE, tmp_path, (server.address,)).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=700000-"]


def test_a_file_with_a_wrong_checksum_is_refused_and_does_not_get_the_name(tmp_path, server):
    server.files["images.gz"] = CONTENT[:-1] + b"!"
    with pytest.raises(DownloadError, match=r"images\.gz \(its MD5 is not the official one\)"):
        fetch(FILE, tmp_path, (server.address,))
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("content", [CONTENT + b"!", CONTENT[:-1], b""])
def test_a_file_of_another_length_is_refused(tmp_path, server, content):
    server.files["images.gz"] = content
    with pytest.raises(DownloadError, match=r"images\.gz could not be downloaded"):
        fetch(FILE, tmp_path, (server.address,))
    assert not (tmp_path / "images.gz").exists()


@pytest.mark.parametrize("left", [b"?" * 1_000_000, b"?" * len(CONTENT), b"?" * 3_000_000])
def test_a_spoilt_rest_of_an_earlier_run_is_fetched_afresh(tmp_path, server, left):
    server.files["images.gz"] = CONTENT
    (tmp_path / "images.gz.part").write_bytes(left)
    assert fetch(FILE, tmp_path, (server.address,)).read_bytes() == CONTENT
    assert files_in(tmp_path) == ["images.gz"]


def test_when_the_first_mirror_is_dead_the_second_serves(tmp_path, server, nobody):
    server.files["images.gz"] = CONTENT
    addresses = (nobody, server.address + "gone/", server.address)
    assert fetch(FILE, tmp_path, addresses).read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_the_error_names_every_address_its_reason_and_what_to_do(tmp_path, server, nobody):
    server.files["wrong/images.gz"] = b"!" * len(CONTENT)
    addresses = (nobody, server.address, server.address + "wrong/")
    with pytest.raises(DownloadError) as caught:
        fetch(FILE, tmp_path / "home", addresses)
    assert str(caught.value) == (
        "images.gz could not be downloaded from "
        f"{nobody}images.gz (no connection) or "
        f"{server.address}images.gz (HTTP status 404) or "
        f"{server.address}wrong/images.gz (its MD5 is not the official one): "
        f"put the file into {tmp_path / 'home'}, or set CHAINRULE_DATA to a folder that has it"
    )


def test_a_connection_that_breaks_before_anything_new_came_is_given_up(tmp_path, server):
    server.files["images.gz"] = CONTENT
    server.cut_after = [700_000, 0]
    with pytest.raises(DownloadError, match=r"images\.gz \(the connection broke\)"):
        fetch(FILE, tmp_path, (server.address,))
    assert (tmp_path / "images.gz.part").stat().st_size == 700_000


@pytest.mark.parametrize("sent", [0, 500_000])
def test_a_server_that_falls_silent_is_given_up(tmp_path, server, monkeypatch, sent):
    monkeypatch.setattr("chainrule.data.download.TIMEOUTS", (0.2, 0.2))
    server.files["images.gz"] = CONTENT
    server.cut_after = [sent, 0]
    server.silent = threading.Event()
    with pytest.raises(DownloadError, match=r"images\.gz \(no answer in time\)"):
        fetch(FILE, tmp_path, (server.address,))
    server.silent.set()


def test_a_folder_that_cannot_be_made_is_named(tmp_path, server):
    (tmp_path / "home").write_text("a file is in the way")
    with pytest.raises(DownloadError, match=r"home: cannot be made to hold images\.gz"):
        fetch(FILE, tmp_path / "home", (server.address,))
    assert server.asked == []
