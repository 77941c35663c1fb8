"""A small SVG as an address, for an image or a style."""

from urllib.parse import quote

SAFE = " ='/:,.-"  # readable, and allowed between the double quotes of HTML and CSS


def address(body: str, *, width: int, height: int) -> str:
    """The ``data:`` address of an SVG that fills whatever room it gets."""
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' "
        f"preserveAspectRatio='none'>{body}</svg>"
    )
    return f"data:image/svg+xml,{quote(svg, safe=SAFE)}"
