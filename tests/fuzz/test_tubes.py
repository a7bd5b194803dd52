"""Tubes: IoU, suppression, linking and metrics against plain Python."""

import pytest

from .harness import check, fuzz


@pytest.mark.slow
def test_random_detections_and_options():
    check(fuzz('tubes', 1500))
