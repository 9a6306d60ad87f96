"""Tables that are written into pages between marks, from records, so that nobody types them."""

import re
from collections.abc import Callable


def filled(page: str, kind: str, table: Callable[[str], str]) -> str:
    """The page, with table(NAME) between each <!-- kind: NAME --> and its <!-- kind: end -->."""
    return _marked(kind).sub(lambda found: found[1] + table(found[2]) + found[3], page)


def names(page: str, kind: str) -> list[str]:
    """The NAMEs of the page's marks of a kind, in their order."""
    return [found[2] for found in _marked(kind).finditer(page)]


def _marked(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {kind}: ([\w-]+) -->\n).*?(<!-- {kind}: end -->)", re.S)
