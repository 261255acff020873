"""`python -m cleanform.cli`."""

from __future__ import annotations

import sys

from cleanform.cli import main

if __name__ == "__main__":
    sys.exit(main())
