"""The web half over invented benchmark runs, which the product itself refuses to load.

python -m tests.hardware_site PORT {every_state,cpu_only}
"""

import sys

from werkzeug.serving import run_simple

from dashboard import create_app
from dashboard.live.snapshot import Live
from dashboard.services import Services
from dashboard.settings import Settings
from tests import hardware_runs


def main(port: str, state: str) -> None:
    """Serve on 127.0.0.1 until ended."""
    run = getattr(hardware_runs, state)()
    live = Live(benchmark_runs={run.id: run})
    app = create_app(Settings(), Services(lambda: live, lambda: live))
    run_simple("127.0.0.1", int(port), app.server, threaded=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
