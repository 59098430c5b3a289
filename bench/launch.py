"""Runs a command for harness.py and writes its cost as JSON to the file named first.

This is a small separate process: the peak memory of a child starts at its parent's size.
"""

import json
import os
import subprocess
import sys
import time

if __name__ == "__main__":
    began = time.perf_counter()
    process = subprocess.Popen(sys.argv[2:])
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    found = {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss / 1024,
             "code": os.waitstatus_to_exitcode(status)}  # fmt: skip
    with open(sys.argv[1], "w", encoding="utf-8") as file:  # noqa: PTH123 - importing pathlib would make it larger
        json.dump(found, file)
