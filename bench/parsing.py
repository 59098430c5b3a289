"""Parsing both services' pages like jc1p: `python bench/parsing.py ROUNDS`."""

import gc
import sys

from parsing_pages import PAGES

from jc1p.clients.http.json_values import id_text
from jc1p.clients.http.responses import loads
from jc1p.clients.jumpcloud.paging import parsed
from jc1p.clients.jumpcloud.parse import id_of, parse_path, parse_person
from jc1p.clients.scim import wire

NOTHING_MORE: frozenset[str] = frozenset()

if __name__ == "__main__":
    gc.disable()  # commands collect garbage every 50,000 objects, which would blur the count
    users, access, accounts, groups = PAGES
    for _ in range(int(sys.argv[1])):
        dict(parsed(loads(users)["results"], id_of, lambda id_, row: parse_person(row, NOTHING_MORE, id_)))
        dict(parsed(loads(access), id_of, lambda _, row: parse_path(row)))
        for page, parse in ((accounts, wire.parse_user_row), (groups, wire.parse_group_row)):
            listed = wire.parse_page(loads(page))
            assert listed
            {id_text(wire.value(row, "id")): parse(row) for row in listed.resources}
