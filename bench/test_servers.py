# SPDX-License-Identifier: Apache-2.0
"""Memory that the benchmark counts: a file of memfd_create(2), mapped or open, touched or not."""
import mmap
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import servers  # noqa: E402

SIZE = 32 << 20


def resident():
    return servers._resident_kilobytes([os.getpid()]) * 1024


@pytest.mark.parametrize("keep_open, keep_mapped, counted",
                         [(True, False, 1), (True, True, 1), (False, True, 1), (False, False, 0)])
def test_memory_files_count_once_while_they_are_held(keep_open, keep_mapped, counted):
    block = os.urandom(1 << 20)
    before = resident()
    file = os.memfd_create("test")
    for _ in range(SIZE >> 20):
        os.write(file, block)
    mapping = mmap.mmap(file, SIZE, prot=mmap.PROT_READ) if keep_mapped else None
    duplicate = os.dup(file) if keep_open else None
    os.close(file)
    if mapping and not keep_open:  # mmap keeps a descriptor of its own
        for entry in os.listdir("/proc/self/fd"):
            try:
                if os.readlink(f"/proc/self/fd/{entry}").startswith("/memfd:test"):
                    os.close(int(entry))
            except OSError:
                pass
    grown = resident() - before
    if duplicate is not None:
        os.close(duplicate)
    del mapping
    assert abs(grown - counted * SIZE) < 4 << 20


def test_a_hole_is_no_memory():
    before = resident()
    file = os.memfd_create("test")
    os.truncate(file, SIZE)
    assert resident() - before < 4 << 20
    os.close(file)
