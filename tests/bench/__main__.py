"""`python -m tests.bench [name ...]`: run the benchmarks, or those named.

What they print are ratios within one run; absolute figures move with the machine.
"""

from __future__ import annotations

import importlib
import sys

NAMES = ("inbox", "matching", "sweep")


def main() -> int:
    wanted = sys.argv[1:] or NAMES
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in wanted:
        print(f"== {name}")
        importlib.import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
