"""What is said of drift: the alarm, the figure on top, and the shapes of a feature."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.components.monitor.alarm import alarm
from dashboard.components.monitor.drift import (
    Named,
    drift_figure,
    drift_table,
    evidence,
    sample,
    verdict_words,
)
from dashboard.components.monitor.histograms import mirrored, typical
from dashboard.drift.verdict import DriftVerdict, FeatureDrift
from tests.dashboard.test_pages import text

AT = datetime(2026, 11, 29, 20, 13, tzinfo=UTC)
CALM = FeatureDrift(
    name="sugar",
    of="input",
    e_value=1.2,
    untested="",
    moved=False,
    since=None,
    share=0.1,
    psi=0.02,
    psi_noise=0.1,
    reference=(2, 6, 2),
    window=(20, 60, 20),
    edges=(0.0, 1.0, 2.0, 3.0),
)
MOVED = replace(
    CALM, name="acidity", e_value=1240.0, moved=True, since=AT, psi=0.4, window=(0, 20, 80)
)
VERDICT = DriftVerdict(
    rows=300,
    window_rows=100,
    reference_rows=10,
    minimum=100,
    e_value=0.8,
    threshold=20.0,
    alarm=False,
    alarmed=None,
    since=None,
    features=(CALM,),
)
ALARM = replace(VERDICT, e_value=1240.0, alarm=True, alarmed=AT, since=AT, features=(CALM, MOVED))
NAMES = {"acidity": Named("Acidity", "g/l", 1), "sugar": Named("Sugar", "g/l", 1)}


def test_an_alarm_says_since_when_how_sure_and_which_features():
    both = {"asked by programs": ALARM, "asked on the page": VERDICT}

    words = json.dumps(json.loads(text(alarm(both, NAMES))), ensure_ascii=False)

    assert "asked by programs" in words
    assert "asked on the page" not in words
    assert "29 November 20:13 UTC" in words
    assert "1,240" in words
    assert "0.081 %" in words
    assert "typically 1.5, now 2.4 g/l" in words
    assert "Sugar" not in words


def test_without_an_alarm_there_is_no_card():
    assert alarm({"asked by programs": VERDICT}, NAMES) is None


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (None, "not compared"),
        (replace(VERDICT, rows=40), "too few"),
        (VERDICT, "as trained"),
        (ALARM, "moved"),
    ],
)
def test_the_figure_on_top_says_it_in_two_words(verdict, said):
    assert f'"{said}"' in text(drift_figure(verdict))


@pytest.mark.parametrize(
    ("feature", "words", "kind"),
    [
        (CALM, "as trained", "ok"),
        (MOVED, "moved", "bad"),
        (replace(CALM, psi=0.3), "unlike, not certain", "caution"),
        (replace(CALM, untested="Too few rows."), "not tested", "plain"),
        (replace(CALM, psi=None, window=(0, 0, 0)), "nothing asked", "plain"),
    ],
)
def test_a_feature_is_judged_in_words(feature, words, kind):
    assert verdict_words(feature) == (words, kind)


def test_the_table_keeps_every_digit_for_the_csv():
    said = text(drift_table(ALARM, NAMES, "drinks"))

    assert '"data-value": "1240.0"' in said
    assert '"data-value": "2 6 2 / 0 20 80"' in said


def test_the_sample_that_a_judgement_takes_is_shown():
    assert "about 100 predictions" in text(sample(VERDICT, "asked by programs"))
    assert "too few" in text(sample(replace(VERDICT, minimum=None), "asked by programs"))


@pytest.mark.parametrize(
    ("e_value", "said"),
    [(0.84, "0.84"), (19.9, "20"), (1240.0, "1,240"), (3.1e12, "10¹²"), (0.0, "0")],
)
def test_evidence_is_told_as_people_read_it(e_value, said):
    assert evidence(e_value) == said


def test_the_median_lies_within_its_bin_and_a_category_is_its_most_frequent():
    category = replace(CALM, edges=(), labels=("dry", "semi", "sweet"))

    assert typical(CALM, (2, 6, 2)) == pytest.approx(1.5)
    assert typical(category, (2, 6, 2)) == "semi"
    assert typical(CALM, (0, 0, 0)) is None


def test_both_histograms_have_one_scale():
    trained, asked = mirrored(replace(CALM, window=(0, 100, 0)), "Sugar").children

    assert "33.3% 40%" in trained.style["clipPath"]  # 6 of 10 rows, where the highest has all
    assert "33.3% 100%" in asked.style["clipPath"]


def test_very_many_bins_are_drawn_together():
    fine = replace(
        CALM, reference=(1,) * 40, window=(2,) * 40, edges=tuple(float(i) for i in range(41))
    )

    trained, _ = mirrored(fine, "Sugar").children

    assert trained.style["clipPath"].count(",") == 20 * 4 + 1
