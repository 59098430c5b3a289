"""`python -m jc1p` is `jc1p`."""

from jc1p.cli import main

main()
