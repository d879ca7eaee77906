"""All benchmarks, one after another; ``--data`` adds the figures that need data."""

from __future__ import annotations

import subprocess
import sys

NAMES = ("latency", "recogniser")

if __name__ == "__main__":
    codes = [
        subprocess.call([sys.executable, "-m", f"benchmarks.{n}", *sys.argv[1:]]) for n in NAMES
    ]
    sys.exit(max(codes))
