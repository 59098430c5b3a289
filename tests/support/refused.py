"""System calls that the kernel refuses, as file systems of a kind that tests can't mount do."""

import ctypes
import os
import struct
import sys
from collections.abc import Callable

import pytest

NUMBERS = {"x86_64": {"flock": 73}, "aarch64": {"flock": 32}}
MACHINE = os.uname().machine
needs_seccomp = pytest.mark.skipif(sys.platform != "linux" or MACHINE not in NUMBERS, reason="needs Linux's seccomp")

LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ERROR, ALLOW = 0x00050000, 0x7FFF0000
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2


class Program(ctypes.Structure):
    """Linux's sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def refusing(call: str, error: int) -> Callable[[], None]:
    """A function for `preexec_fn`: from then on, a system call always fails with this error."""
    steps = (
        (LOAD, 0, 0, 0), (IF_EQUAL, 0, 1, NUMBERS[MACHINE][call]), (RETURN, 0, 0, ERROR | error), (RETURN, 0, 0, ALLOW)
    )  # fmt: skip
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    libc = ctypes.CDLL(None)

    def refuse() -> None:
        program = Program(len(steps), ctypes.addressof(code))
        assert libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
        assert libc.prctl(SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0) == 0

    return refuse
