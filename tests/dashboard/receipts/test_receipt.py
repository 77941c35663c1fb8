"""A signature holds for what was signed, in any spelling, and for nothing else."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.receipts.canonical import canonical, parsed
from dashboard.receipts.receipt import check_signature, code, read, signed
from dashboard.receipts.signing import Signer
from store.errors import InputError, NotSigned
from tests.dashboard.receipts.conftest import said

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
NUMBERS = st.one_of(
    st.floats(-1e30, 1e30),
    st.integers(-(2**60), 2**60),
    st.sampled_from([5e-324, 0.1 + 0.2, 1e16, 1e22, 1e-7, -0.0, 2.0**53, 123456789012345680000]),
)
SHARES = st.floats(0, 1)
SAID = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "time": TEXTS,
        "source": st.sampled_from(["page", "api", "batch"]),
        "inputs": st.dictionaries(TEXTS, NUMBERS | TEXTS, max_size=6),
        "answer": TEXTS,
        "probabilities": st.dictionaries(TEXTS, SHARES, max_size=4),
        "model": st.fixed_dictionaries(
            {
                "name": TEXTS,
                "version": TEXTS,
                "hash": st.from_regex(r"[0-9a-f]{12}", fullmatch=True),
                "engine": st.sampled_from(["flat", "scikit-learn"]),
            }
        ),
        "microseconds": st.integers(0, 10**9),
    }
)
OFTEN = settings(
    max_examples=1000,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def holds(data: bytes) -> bool:
    """Whether these bytes are a receipt whose signature holds."""
    try:
        check_signature(read(data))
    except (InputError, NotSigned):
        return False
    return True


@OFTEN
@given(SAID)
def test_whatever_was_signed_verifies_in_every_spelling(signer: Signer, what: dict[str, Any]):
    receipt = signed(signer, what)

    written = canonical(receipt.data())
    assert holds(written)
    assert holds(json.dumps(json.loads(written), indent=2, ensure_ascii=False).encode())
    assert holds(json.dumps(dict(reversed(json.loads(written).items()))).encode())
    assert canonical(read(written).data()) == written


@OFTEN
@given(SAID, st.data())
def test_no_single_bit_of_a_receipt_can_be_another(
    signer: Signer, what: dict[str, Any], data: st.DataObject
):
    written = bytearray(canonical(signed(signer, what).data()))

    place = data.draw(st.integers(0, 8 * len(written) - 1))
    written[place // 8] ^= 1 << place % 8

    assert not holds(bytes(written))


def test_not_one_of_all_the_bits_of_a_receipt_can_be_another(receipt):
    written = canonical(receipt.data())

    for place in range(8 * len(written)):
        changed = bytearray(written)
        changed[place // 8] ^= 1 << place % 8
        assert not holds(bytes(changed)), changed


def test_numbers_are_written_shortest_and_whole_ones_without_a_point():
    found = canonical({"b": [1.0, -0.0, 0.1 + 0.2, 1e-7, 1e22], "a": 2**53, "é": True})

    assert (
        found
        == '{"a":9007199254740992.0,"b":[1,0,0.30000000000000004,1e-7,1e+22],"é":true}'.encode()
    )


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), "\ud800", {1: 2}, object(), 10**400])
def test_what_is_no_json_is_not_written(wrong: Any):
    with pytest.raises(InputError):
        canonical({"a": wrong})


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1E5}',
        '{"a":0.30000000000000003}',
        '{"a":NaN}',
        '{"a":1e999}',
        '{"a":"\\u00E9"}',
        '{"a":1',
        "[" * 100_000,
        "\ufeff{}",
    ],
)
def test_a_spelling_that_is_no_programs_is_refused(text: str):
    with pytest.raises(InputError):
        parsed(text.encode())


def test_a_backslash_before_capital_letters_is_a_text_like_any_other():
    assert parsed(rb'{"a":"\\u00E9"}') == {"a": "\\u00E9"}


def test_bytes_that_are_not_utf_8_are_refused():
    with pytest.raises(InputError):
        parsed('{"a":"é"}'.encode("latin-1"))
    with pytest.raises(InputError):
        parsed("{}".encode("utf-16"))


def test_another_key_is_noticed(receipt):
    other = Signer("another secret text of the tests, long enough")

    changed = receipt.data() | {"key": other.public}

    assert holds(canonical(receipt.data()))
    assert not holds(canonical(changed))


def test_the_key_of_a_secret_is_always_the_same():
    secret = "x" * 32

    assert Signer(secret).public == Signer(secret).public
    assert Signer(secret).public != Signer("y" * 32).public


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "cellar-lab receipt 2"},
        {"id": "'; DROP TABLE predictions; --"},
        {"inputs": {"acidity": True}},
        {"inputs": {"acidity": None}},
        {"probabilities": {"Dry": 1.5}},
        {"microseconds": -1},
        {"answer": "x" * 1_001},
        {"more": 1},
        {"model": {}},
    ],
)
def test_what_is_no_receipt_is_refused_and_nothing_of_it_repeated(receipt, changes):
    with pytest.raises(InputError) as caught:
        read(canonical(receipt.data() | changes))

    assert str(caught.value) == "This is no receipt of this format."


def test_a_receipt_names_the_code_that_issued_it(receipt):
    assert receipt.code == code()
    assert re.fullmatch("[0-9a-f]{12}", receipt.code)


def test_a_latency_that_is_no_whole_number_is_refused(receipt):
    with pytest.raises(InputError):
        read(canonical(receipt.data() | {"microseconds": 1.5}))


def test_what_is_said_of_a_prediction_is_in_the_receipt(receipt):
    told = receipt.data()

    assert {name: told[name] for name in said()} == said()
