"""How the web half is served; gunicorn reads this file by itself. ``PORT`` names the port."""

import os
from pathlib import Path

hosted = "DYNO" in os.environ  # set by Heroku and by what follows its ways
port = os.environ.get("PORT") or "8050"

# A host's router comes from outside and may speak IPv6; a laptop shows nothing to its network.
bind = f"[::]:{port}" if hosted else f"127.0.0.1:{port}"
# The router in front is the only one that can reach a hosted process: believe it that the
# visitor came by https. Without one, a visitor could claim anything.
forwarded_allow_ips = "*" if hosted else "127.0.0.1,::1"

# Threads keep many idle connections; what is imported before the fork is shared by the workers,
# which is what fits two of them into 512 MB.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = 4
preload_app = True

timeout = 30  # seconds; the router gives up a request after as many
graceful_timeout = 20  # seconds for running requests after SIGTERM; SIGKILL follows after 30
keepalive = 95  # seconds; longer than the router's 90, or it writes into a closed connection

# The workers' heartbeat is a file; on a slow disk it could stall them.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Nobody steers this server through a socket in the home folder.
control_socket_disable = True
