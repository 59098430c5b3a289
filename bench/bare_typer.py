"""The least that a typer program with two commands costs."""

import typer

app = typer.Typer()


@app.command()
def one(name: str = "x") -> None:
    "One."


@app.command()
def two(name: str = "x") -> None:
    "Two."


app()
