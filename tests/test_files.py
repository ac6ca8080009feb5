"""Files that survive a crash: old content kept, locks freed by the kernel."""

import threading
from pathlib import Path

import pytest
from helpers import full_disk, kill, lock_in_other_process, run_python, start_python

from fashion_core.files import exclusive_lock, is_locked, sha256, write_atomically

KILLED_WHILE_WRITING = """
import os, signal
from pathlib import Path
from fashion_core import files
files.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
files.write_atomically(Path(sys.argv[1]), b"new " * 1000)
"""

WRITE_FOR_EVER = """
from pathlib import Path
from fashion_core.files import write_atomically
print("ready", flush=True)
while True:
    for letter in (b"a", b"b"):
        write_atomically(Path(sys.argv[1]), letter * 50_000)
"""


@pytest.fixture
def path(tmp_path) -> Path:
    """Give a file that holds "old"."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    return path


def test_sha256_is_the_published_one():
    """FIPS 180-2, appendix B.1."""
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256(b"abc") == expected


# Atomic writes


def test_a_write_replaces_the_content_and_leaves_nothing_else(path):
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_keeps_the_old_file_and_leaves_nothing_else(path):
    with full_disk(1_000), pytest.raises(OSError, match="File too large"):
        write_atomically(path, bytes(1_001))
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_write_works_again_when_the_disk_has_room(path):
    with full_disk(1_000), pytest.raises(OSError, match="File too large"):
        write_atomically(path, bytes(1_001))
    write_atomically(path, bytes(1_001))
    assert path.read_bytes() == bytes(1_001)


def test_a_missing_folder_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "missing" / "file", b"new")


def test_a_write_over_a_folder_fails_and_leaves_nothing_else(path):
    folder = path.parent / "folder"
    folder.mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomically(folder, b"new")
    assert sorted(path.parent.iterdir()) == [path, folder]


def test_a_kill_while_writing_keeps_the_old_file(path):
    process = start_python(KILLED_WHILE_WRITING, path)
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert path.read_bytes() == b"old"


def test_a_reader_never_sees_a_part_of_a_write(path):
    process = start_python(WRITE_FOR_EVER, path)
    assert process.stdout.readline() == "ready\n"
    seen = {path.read_bytes() for _ in range(2_000)}
    kill(process)
    assert seen <= {b"old", b"a" * 50_000, b"b" * 50_000}


def test_two_threads_may_write_the_same_file(path):
    """The last one wins; neither fails because of the other."""
    barrier, problems = threading.Barrier(2), []

    def write(letter: bytes) -> None:
        barrier.wait()
        try:
            for _ in range(50):
                write_atomically(path, letter * 1_000)
        except OSError as error:
            problems.append(error)

    run_together(lambda: write(b"a"), lambda: write(b"b"))
    assert problems == []
    assert path.read_bytes() in {b"a" * 1_000, b"b" * 1_000}


# Locks


def run_together(*functions) -> None:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_lock_is_got_and_given_back(path):
    assert not is_locked(path)
    with exclusive_lock(path) as got:
        assert got
        assert is_locked(path)
    assert not is_locked(path)


def test_a_lock_is_given_back_after_an_error(path):
    with pytest.raises(RuntimeError, match="inside"), exclusive_lock(path):
        raise RuntimeError("inside")
    assert not is_locked(path)


def test_a_lock_file_is_made_and_stays(tmp_path):
    path = tmp_path / "lock"
    assert not is_locked(path)
    with exclusive_lock(path):
        pass
    assert path.exists()


def test_locking_leaves_the_content_of_the_file(path):
    with exclusive_lock(path):
        pass
    assert path.read_bytes() == b"old"


def test_a_second_holder_in_the_same_thread_is_refused(path):
    with exclusive_lock(path), exclusive_lock(path, wait_seconds=0) as second:
        assert not second


def test_a_refused_second_holder_does_not_free_the_lock(path):
    with exclusive_lock(path):
        with exclusive_lock(path, wait_seconds=0):
            pass
        assert is_locked(path)


def test_two_threads_exclude_each_other(path):
    got, in_lock, done = [], threading.Event(), threading.Event()

    def hold() -> None:
        with exclusive_lock(path) as first:
            got.append(first)
            in_lock.set()
            done.wait()

    def try_to_hold() -> None:
        in_lock.wait()
        with exclusive_lock(path, wait_seconds=0) as second:
            got.append(second)
        done.set()

    run_together(hold, try_to_hold)
    assert got == [True, False]


def test_a_waiting_thread_gets_the_lock_when_it_is_freed(path):
    in_lock, got = threading.Event(), []

    def hold() -> None:
        with exclusive_lock(path):
            in_lock.set()
            while not got:
                got.append("freed")

    def wait() -> None:
        in_lock.wait()
        with exclusive_lock(path, wait_seconds=30) as second:
            got.append(second)

    run_together(hold, wait)
    assert got == ["freed", True]


def test_a_lock_of_another_process_is_seen_and_respected(path):
    process = lock_in_other_process(path)
    assert is_locked(path)
    with exclusive_lock(path, wait_seconds=0) as got:
        assert not got
    kill(process)


def test_a_killed_process_frees_its_lock_at_once(path):
    kill(lock_in_other_process(path))
    assert not is_locked(path)
    with exclusive_lock(path, wait_seconds=0) as got:
        assert got


def test_a_program_started_while_the_lock_is_held_does_not_inherit_it(path):
    """Otherwise the lock would outlive its holder."""
    with exclusive_lock(path):
        child = start_python("print('up', flush=True); sys.stdin.read()")
        assert child.stdout.readline() == "up\n"
    assert not is_locked(path)
    kill(child)


def test_lookers_do_not_take_each_other_for_holders(path):
    barrier, seen = threading.Barrier(4), set()

    def look() -> None:
        barrier.wait()
        seen.update(is_locked(path) for _ in range(2_000))

    run_together(look, look, look, look)
    assert seen == {False}


def test_a_holder_gets_the_lock_although_others_look_all_the_time(path):
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            is_locked(path)

    def hold() -> None:
        for _ in range(20):
            with exclusive_lock(path) as got:
                results.append(got)
        done.set()

    results: list[bool] = []
    run_together(look, look, hold)
    assert results == [True] * 20


def test_looking_does_not_make_the_file(tmp_path):
    assert not is_locked(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_is_seen_from_another_process(path):
    code = "from pathlib import Path; from fashion_core.files import is_locked\n"
    with exclusive_lock(path):
        assert run_python(code + "print(is_locked(Path(sys.argv[1])))", path) == "True\n"
