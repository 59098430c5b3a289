"""`jc1p --help` against a bare typer program's, whole processes in turn, as a ratio of medians."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = """
import typer
app = typer.Typer()

@app.command()
def one(name: str = "x") -> None:
    "One."

@app.command()
def two(name: str = "x") -> None:
    "Two."

app()
"""
RUNS = 21
BOUND = 1.2


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bare.py"
        script.write_text(BARE)
        bare, ours = [sys.executable, str(script), "--help"], [sys.executable, "-m", "jc1p", "--help"]
        seconds(bare), seconds(ours)
        pairs = [(seconds(ours), seconds(bare)) for _ in range(RUNS)]
    mine, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print("| measure | median of", RUNS, "| bound |")
    print("|---|---|---|")
    print(f"| `jc1p --help` | {1000 * mine:.0f} ms | |")
    print(f"| a bare typer program's `--help` | {1000 * theirs:.0f} ms | |")
    print(f"| ratio, pair by pair | {ratio:.2f} | at most {BOUND} |")
    sys.exit(ratio > BOUND)


if __name__ == "__main__":
    main()
