"""What a Python needs of its machine, found by asking it: a script that the host's own interpreter runs, with `-I -S`.

Its arguments are the folders that hold numpy and sympy; one line of JSON goes out: the executable, the standard
library, the shared libraries that these and the two packages load (by the names that the loader opened), and how much
data memory an interpreter takes that has imported both.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import sys
import sysconfig
from pathlib import Path

_PACKAGES = ("numpy", "numpy.fft", "numpy.linalg", "numpy.random", "sympy")
# Extensions that need a screen, and those of CPython's own tests.
_LEFT_OUT = ("_tkinter", "_test", "_xx", "xx", "_ctypes_test")


class _Loaded(ctypes.Structure):
    """The head of `struct dl_phdr_info`."""

    _fields_ = (("address", ctypes.c_void_p), ("name", ctypes.c_char_p))


def loaded_libraries() -> list[str]:
    """Return the paths of all shared objects in this process, as the loader opened them."""
    found: list[str] = []

    def note(info: ctypes._Pointer[_Loaded], _size: int, _data: object) -> int:
        name = info.contents.name
        if name and name.startswith(b"/"):
            found.append(os.fsdecode(name))
        return 0

    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Loaded), ctypes.c_size_t, ctypes.c_void_p)
    ctypes.CDLL(None).dl_iterate_phdr(kind(note), None)
    return found


def data_bytes() -> int:
    """Return how much private memory this process may write to (VmData)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:"))


def main() -> None:
    """Import and load everything, then say what that took."""
    sys.path += sys.argv[1:]
    for name in _PACKAGES:
        importlib.import_module(name)
    data = data_bytes()
    standard = Path(sysconfig.get_path("stdlib", vars={"base": sys.base_prefix, "installed_base": sys.base_prefix}))
    dynamic = next((Path(path) for path in sys.path if path.endswith("lib-dynload")), standard / "lib-dynload")
    for extension in sorted(dynamic.glob("*.so")):
        if not extension.name.startswith(_LEFT_OUT):
            with contextlib.suppress(OSError):
                ctypes.CDLL(str(extension))
    print(
        json.dumps(
            {
                "executable": os.path.realpath(sys.executable),
                "prefix": sys.base_prefix,
                "standard": str(standard),
                "dynamic": str(dynamic),
                "libraries": loaded_libraries(),
                "data_bytes": data,
            }
        )
    )


if __name__ == "__main__":
    main()
