"""The minimum cost of a typer program with two commands."""

import typer

app = typer.Typer()


@app.command()
def one(name: str = "x") -> None:
    "One."


@app.command()
def two(name: str = "x") -> None:
    "Two."


app()
