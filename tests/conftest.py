"""What several test files share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Third-party clips and data, kept beside the checkout and never in it."""
    if not SHARED.is_dir():
        pytest.skip(f"third-party clips and data are not here: no folder {SHARED.name} beside it")
    return SHARED
