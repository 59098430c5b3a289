"""The same pages, parsed by json and dropped: `python bench/parsing_bare.py ROUNDS`."""

import json
import sys

from parsing_pages import PAGES

if __name__ == "__main__":
    for _ in range(int(sys.argv[1])):
        for page in PAGES:
            json.loads(page)
