"""Write the ladder's tables into the READMEs and docs/ladder.md, and its picture, from the records.

    python benchmarks/ladder/pages.py

A table stands between the lines <!-- ladder: NAME --> and <!-- ladder: end -->.
"""

from pathlib import Path

from chainrule.explain.ladder import draw, places_of_claims
from chainrule.explain.ladder.pages import TITLE, refreshed, shown_claims, verdicts_in

ROOT = Path(__file__).parents[2]
PAGES = {"README.md": "en", "README.ko.md": "ko", "docs/ladder.md": "en"}


def main() -> None:
    """Each page, then the picture."""
    verdicts = verdicts_in(ROOT / "benchmarks" / "records")
    for name, language in PAGES.items():
        page = ROOT / name
        text = refreshed(page.read_text(encoding="utf-8"), language, verdicts)
        page.write_text(text, encoding="utf-8")
        print(name)
    if claims := shown_claims():
        draw(places_of_claims(claims), ROOT / "docs" / "images" / "ladder.png", title=TITLE)
        print("docs/images/ladder.png")


if __name__ == "__main__":
    main()
