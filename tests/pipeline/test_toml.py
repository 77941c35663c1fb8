"""A descriptor written as TOML is read back as it was."""

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.toml import to_toml
from store.descriptor import Descriptor, Feature, read_descriptor


def test_any_descriptor_survives_its_text(tmp_path: Path) -> None:
    raw = {
        "name": "odd",
        "credit": 'Line\nfeed, "quotes", \\, \x7f, é, 🍷',
        "target": {"column": "a.b", "classes": {"0": "null", "é x": "ja"}},
        "feature": [{"column": "ü [g/L]", "aliases": ["u", "v"]}, {"column": "w", "decimals": 0}],
        "categories": ["shop"],
        "preset": [{"label": "p", "kind": "values", "values": {"w": 1e16}}],
        "model": {
            "step": [{"estimator": "x.Y", "parameters": {"a": [1, True], "b": {"c": -0.5}}}],
        },
    }
    descriptor = Descriptor.model_validate(raw)

    (tmp_path / "odd.toml").write_text(to_toml(descriptor), encoding="utf-8")

    assert read_descriptor(tmp_path / "odd.toml") == descriptor


def test_what_is_as_by_default_is_not_said() -> None:
    text = to_toml(Descriptor(name="x", features=(Feature(column="a"),)))

    assert text == 'name = "x"\n\n[[feature]]\ncolumn = "a"\n'


@given(st.text(min_size=1))
def test_any_text_is_read_back(text: str) -> None:
    descriptor = Descriptor(name="x", credit=text, features=(Feature(column="a", label=text),))

    assert Descriptor.model_validate(tomllib.loads(to_toml(descriptor))) == descriptor
