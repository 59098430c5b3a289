"""Parsing both services' pages like jc1p: `python bench/parsing.py ROUNDS`."""

import gc
import sys

from parsing_pages import PAGES

from jc1p.clients.http.large_pages import split_page
from jc1p.clients.jumpcloud.directory import usual_paths
from jc1p.clients.jumpcloud.paging import parsed
from jc1p.clients.jumpcloud.parse import id_of, parse_path, parse_person
from jc1p.clients.jumpcloud.usual_rows import usual_person
from jc1p.clients.scim import wire
from jc1p.clients.scim.directory import parse_rows

NOTHING_MORE: frozenset[str] = frozenset()

if __name__ == "__main__":
    gc.disable()  # commands collect garbage every 50,000 objects, which would blur the count
    users, access, accounts, groups = PAGES
    for _ in range(int(sys.argv[1])):
        rows = split_page(users)["results"]
        dict(parsed(rows, id_of, lambda id_, row: parse_person(row, NOTHING_MORE, id_), lambda: usual_person))
        dict(parsed(split_page(access), id_of, lambda _, row: parse_path(row), usual_paths))
        for page, kind in ((accounts, "Users"), (groups, "Groups")):
            listed = wire.parse_page(split_page(page))
            assert listed
            for row in parse_rows(kind, listed.resources):
                assert row.id
