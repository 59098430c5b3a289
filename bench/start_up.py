"""Start-up compared with a bare typer program, in alternating processes: help, version (against help), completion."""

import os
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


def seconds(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    return time.perf_counter() - started


def completing(program: str) -> dict[str, str]:
    """The variables that bash sets for a completion."""
    return {f"_{program}_COMPLETE": "complete_bash", "COMP_WORDS": f"{program.lower()} ", "COMP_CWORD": "1"}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bare.py"
        script.write_text(BARE)
        jc1p, bare = [str(Path(sys.executable).with_name("jc1p"))], [sys.executable, str(script)]
        measured = {
            "`--help`": (["--help"], {}, {}),
            "`--version`": (["--version"], {}, {}),
            "completion": ([], completing("JC1P"), completing("BARE.PY")),
        }
        print(f"| measure, median of {RUNS} pairs | jc1p | a bare typer program | ratio, pair by pair | bound |")
        print("|---|---|---|---|---|")
        over = False
        for what, (words, ours, theirs) in measured.items():
            plain = ["--help"] if what == "`--version`" else words
            pairs = [(seconds([*jc1p, *words], ours), seconds([*bare, *plain], theirs)) for _ in range(RUNS + 1)][1:]
            mine, bares = (statistics.median(times) for times in zip(*pairs, strict=True))
            ratio = statistics.median(a / b for a, b in pairs)
            bound = f"at most {BOUND}" if what == "`--help`" else ""
            print(f"| {what} | {1000 * mine:.0f} ms | {1000 * bares:.0f} ms | {ratio:.2f} | {bound} |")
            over = over or bool(bound and ratio > BOUND)
    sys.exit(over)


if __name__ == "__main__":
    main()
