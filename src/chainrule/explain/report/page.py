"""The page: every section's content put into the template."""

import base64
import hashlib
from pathlib import Path

from chainrule.explain.palette import DARK, LIGHT
from chainrule.explain.report import origin
from chainrule.explain.report.facts import Facts
from chainrule.explain.report.headline import headline
from chainrule.explain.report.learning import learning
from chainrule.explain.report.pictures import MOST, first_filters
from chainrule.explain.report.results import results
from chainrule.explain.report.words import Words
from chainrule.version import __version__

TEMPLATES = Path(__file__).parent / "templates"


def page(facts: Facts, words: Words) -> str:
    """The whole report as one HTML document that loads nothing."""
    import jinja2  # heavy, and this is its one door

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = (TEMPLATES / "script.js").read_text(encoding="utf-8").strip()
    return environment.get_template("report.html").render(
        words=words,
        version=__version__,
        light=LIGHT.variables(),
        dark=DARK.variables(),
        script=script,
        script_digest=_digest(script),
        headline=headline(facts, words),
        learning=learning(facts, words),
        results=results(facts, words),
        filters=first_filters(facts.classifier) if facts.trained else None,
        trained=facts.trained,
        most_filters=MOST,
        layers=origin.layer_rows(facts),
        parameters=f"{facts.layers.parameters:,}",
        layers_remark=origin.layers_remark(facts, words),
        input_shape=origin.input_shape(facts),
        data=origin.data_rows(facts, words),
        notes=origin.data_notes(facts, words),
        digest=facts.record["data"]["sha256"],
        reasons=[words.said(reason) for reason in facts.run.reasons],
        settings=origin.setting_rows(facts, words),
        command=facts.record["command"],
        origin=origin.origin_rows(facts, words),
        resumed=origin.resumed_rows(facts, words),
    )


def _digest(script: str) -> str:
    """What the page's security policy knows its one script by, so that no other can run."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
