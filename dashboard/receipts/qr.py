"""QR codes as SVG, by segno."""

import segno

from dashboard.theme import PALETTES


def qr_address(text: str) -> str:
    """A QR code of a text as the address of an SVG image; error correction 15 %.

    Dark on white in both modes, as cameras want it, with the margin of four modules that the
    standard asks for.
    """
    made = segno.make(text, error="m", micro=False)
    ink = PALETTES["light"].ink
    found: str = made.svg_data_uri(dark=ink, light="white", border=4, omitsize=True)
    return found
