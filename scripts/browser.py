"""Find a Chromium for the browser tests and the screenshots, or install Debian's.

python -m scripts.browser       prints its path
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "The browser tests need a Chromium or Chrome: install Debian's package chromium, or say "
    "where one is with CHROME_PATH."
)


def find() -> str | None:
    """Path of an installed Chromium or Chrome: CHROME_PATH, else the first one on the PATH."""
    candidates = (os.environ.get("CHROME_PATH"), *NAMES)
    return next((path for name in candidates if name and (path := shutil.which(name))), None)


def install() -> None:
    """Install Debian's Chromium. Raises OSError or CalledProcessError where that fails."""
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", "--quiet", "--quiet", *arguments], check=True)


def main() -> int:
    """Make sure that there is a browser; the exit code says whether there is."""
    if find() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("No Chromium found; installing Debian's.", file=sys.stderr)
        try:
            install()
        except (OSError, subprocess.CalledProcessError) as error:
            print(error, file=sys.stderr)
    if (path := find()) is None:
        print(MISSING, file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
