"""The cards about the engines: all that was measured, or how to measure it."""

import pytest
from dash import dcc, html

from dashboard.components.engines import TITLE, engine_cards
from dashboard.figures.engines.sentences import headline
from dashboard.theme import PALETTES
from tests import builders
from tests.charts import checked


def parts(component):
    """A component and all below it."""
    yield component
    children = getattr(component, "children", None)
    for child in children if isinstance(children, list | tuple) else [children]:
        if child is not None:
            yield from parts(child)


def texts(cards):
    return [part for card in cards for part in parts(card) if isinstance(part, str)]


def test_there_is_a_card_for_each_question_and_every_chart_is_styled():
    cards = engine_cards(builders.engine_run(), "dark")

    headings = [p.children for card in cards for p in parts(card) if isinstance(p, html.H2)]
    assert headings == [
        TITLE,
        "From the command to the answer",
        "Once it runs",
        "Memory",
        "Where the time goes at the start",
        "Where Spark passes the others",
        "What each engine computes",
    ]
    graphs = [p.to_plotly_json() for card in cards for p in parts(card) if isinstance(p, dcc.Graph)]
    for graph in graphs:
        drawn = checked(graph["props"]["figure"]).layout.template.layout
        assert drawn.font.color == PALETTES["dark"].ink
    assert len(graphs) == 4
    assert headline(builders.engine_run()) in texts(cards)


def test_every_chart_has_its_table():
    cards = engine_cards(builders.engine_run(), "light")

    tables = [p for card in cards for p in parts(card) if isinstance(p, html.Table)]
    assert len(tables) == 6  # four charts, the crossovers, what is covered


@pytest.mark.parametrize("why", [None, "engines/x/engines.json was changed after publishing."])
def test_without_a_run_the_card_says_how_to_make_one(why):
    cards = engine_cards(None, "light", problem=why)

    said = texts(cards)
    assert "python -m pipeline engines --publish" in said
    assert (why in said) == (why is not None)
    assert len(cards) == 1


def test_no_crossing_is_said_and_not_shown_as_an_empty_table():
    run = builders.engine_run(builders.engine_cell("pandas", 1_000, 1.0))

    said = texts(engine_cards(run, "light"))

    assert any("does an engine on Spark pass" in text for text in said)
