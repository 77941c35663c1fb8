#!/usr/bin/env bash
# Fetch the browser files that this repository carries, from npm: unchanged, but for Bootstrap and
# the fonts, of which only what is used stays. Their versions stand here and, where a
# browser caches them for good, in their names.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# take PACKAGE@VERSION, then pairs: a file of the package, and where it goes
take() {
    local archive
    archive=$(npm pack --silent --pack-destination "$folder" "$1")
    shift
    while (($# > 0)); do
        tar -xzOf "$folder/$archive" "package/$1" >"$2"
        shift 2
    done
}

take @fontsource-variable/fraunces@5.3.0 \
    files/fraunces-latin-wght-normal.woff2 "$folder/fraunces.woff2" \
    LICENSE assets/fonts/fraunces-LICENSE.txt
take @fontsource-variable/inter@5.3.0 \
    files/inter-latin-wght-normal.woff2 "$folder/inter.woff2" \
    LICENSE assets/fonts/inter-LICENSE.txt
# Of each font the weights that the pages use: headings have one, text those from 400 to 700.
.venv/bin/uv run --no-project --with 'fonttools[woff]==4.68.0' python - "$folder" <<'PYTHON'
import sys
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

for name, weight, made in (
    ("fraunces", 560, "fraunces-latin-560-normal-5.3.0"),
    ("inter", (400, 700), "inter-latin-400-700-5.3.0"),
):
    font = instantiateVariableFont(TTFont(f"{sys.argv[1]}/{name}.woff2"), {"wght": weight})
    font.flavor = "woff2"
    font.save(f"assets/fonts/{made}.woff2")
PYTHON
take plotly.js-cartesian-dist-min@4.1.1 \
    plotly-cartesian.min.js assets/vendor/plotly-cartesian-4.1.1.min.js \
    LICENSE assets/vendor/plotly-LICENSE.txt
take regenerator-runtime@0.14.1 \
    runtime.js assets/vendor/regenerator-runtime-0.14.1.js \
    LICENSE assets/vendor/regenerator-runtime-LICENSE.txt
take axe-core@4.14.1 \
    axe.min.js tests/browser/axe.min.js

# Of Bootstrap only what the pages use: its reset for the elements named here, and three controls.
take bootstrap@5.3.8 dist/css/bootstrap.min.css "$folder/bootstrap.css"
cat >"$folder/used.html" <<'HTML'
<html><body><a><b><button><caption><code><hr><h1><h2><h3><input><label><legend><fieldset><p><pre>
<select><small><strong><svg><table><ul><dl><dt><dd>
<input class="form-control form-check-input"><select class="form-select"></select>
<div class="form-check form-check-inline"><label class="form-check-label"></label></div></body></html>
HTML
npx --yes purgecss@8.0.0 --css "$folder/bootstrap.css" --content "$folder/used.html" \
    --output "$folder/purged.css"
{ cat "$folder/purged.css"; echo; } >assets/00-bootstrap.css
