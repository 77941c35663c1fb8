#!/usr/bin/env bash
# Resolve pyproject.toml into the three requirements files: exact pins of the newest versions that
# fit together, every package in one file only, so that each file reads as what it adds.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
    .venv/bin/uv pip compile --quiet --no-header --annotation-style line --python-version 3.11 \
        pyproject.toml "$@"
}

# Lines of standard input whose pin none of the given files has.
new_in() {
    awk 'FILENAME != "-" { seen[$1] = 1; next } !($1 in seen)' "$@" -
}

web=$(compile)
cat >requirements.txt <<END
# The web half, and all that a host installs. Written by \`make lock\` from pyproject.toml.
# pyspark is not here but in requirements-pipeline.txt: pages show what the Spark job published,
# and Spark with its Java would more than triple what a host has to store and start.
$web
END

pipeline=$(compile --group pipeline --constraints requirements.txt | new_in requirements.txt)
cat >requirements-pipeline.txt <<END
# The web half and what the offline half adds. Written by \`make lock\` from pyproject.toml.
-r requirements.txt
$pipeline
END

dev=$(compile --group pipeline --group dev --constraints requirements-pipeline.txt |
    new_in requirements.txt requirements-pipeline.txt)
cat >requirements-dev.txt <<END
# Both halves and what checks them. Written by \`make lock\` from pyproject.toml.
-r requirements-pipeline.txt
$dev
END
