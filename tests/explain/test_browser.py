"""The report in a real browser: it fits the screen, runs clean, and its table can be sorted."""

import re
import shutil
import subprocess

import pytest

from chainrule.explain.report import write_report

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason=f"none of {', '.join(BROWSERS)} is here")

FRAME = """<!doctype html><meta charset="utf-8"><body style="margin:0">
<iframe src="report.html" style="border:0;width:{width}px;height:800px"></iframe>
<script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument, root = page.scrollingElement;
  const button = page.querySelector("table.sortable th button");
  const first = () => page.querySelector("table.sortable tbody th").textContent;
  button.click();
  const up = first();
  button.click();
  document.title = [root.clientWidth, root.scrollWidth, up, first()].join("|");
}};
</script>"""


def browse(page, profile):
    """What a browser makes of a page: its final HTML, and what it logged."""
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--allow-file-access-from-files",
        "--enable-logging=stderr",
        "--window-size=1400,900",
        f"--user-data-dir={profile}",
        "--dump-dom",
        page.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    return done.stdout.decode(), done.stderr.decode(errors="replace")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("which", ["finished", "many"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_fits_the_screen_and_runs_clean(request, tmp_path, which, width, language):
    write_report(request.getfixturevalue(which), tmp_path / "report.html", language=language)
    frame = tmp_path / "frame.html"
    frame.write_text(FRAME.format(width=width), encoding="utf-8")
    html, logged = browse(frame, tmp_path / "profile")
    client, scroll, first, last = re.search(r"<title>(.*?)</title>", html, re.S)[1].split("|")
    assert width - 20 <= int(client) <= width
    assert int(scroll) <= int(client)
    assert first != last
    assert "CONSOLE" not in logged
