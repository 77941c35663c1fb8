"""Colours: the charts and the pages have the same ones, and all text can be read."""

import re

import pytest

from dashboard.theme import PALETTES, mode_of, template

TOKENS = {"surface": "surface", "ink": "ink", "muted": "muted", "border": "border", "wine": "wine"}


@pytest.fixture(scope="module")
def tokens(root):
    """The tokens of the style sheet by mode."""
    css = (root / "assets" / "10-tokens.css").read_text()
    found = {}
    for mode in ("light", "dark"):
        block = css.split(f'[data-bs-theme="{mode}"] {{')[1].split("}")[0]
        found[mode] = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    return found


def luminance(colour):
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_charts_and_pages_have_the_same_colours(tokens, mode):
    palette = PALETTES[mode]
    for field, token in TOKENS.items():
        assert getattr(palette, field).lower() == tokens[mode][token]
    for index, colour in enumerate(palette.series):
        assert colour.lower() == tokens[mode][f"class-{index}"]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "muted", "wine", "class-0", "class-1", "class-2"])
@pytest.mark.parametrize("ground", ["bg", "surface", "surface-2"])
def test_text_has_a_contrast_of_four_and_a_half(tokens, mode, text, ground):
    assert contrast(tokens[mode][text], tokens[mode][ground]) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("kind", ["ok", "caution", "bad"])
def test_chips_and_notices_can_be_read(tokens, mode, kind):
    assert contrast(tokens[mode][kind], tokens[mode][f"{kind}-bg"]) >= 4.5


def test_a_visitor_without_a_cookie_gets_the_light_charts():
    assert mode_of(None) == mode_of("nonsense") == "light"
    assert mode_of("dark") == "dark"


def test_only_the_theme_and_the_tokens_name_colours(root):
    allowed = {"dashboard/theme.py"}
    named = [
        str(path.relative_to(root))
        for path in (root / "dashboard").rglob("*.py")
        if re.search(r"#[0-9a-fA-F]{6}\b", path.read_text())
    ]

    assert set(named) <= allowed


def test_the_template_is_small(root):
    import json

    assert len(json.dumps(template("light"))) < 2_500
