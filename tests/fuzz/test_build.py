"""Constructors and networks: they work, or name the faulty argument."""

import pytest

from .harness import check, fuzz


@pytest.mark.slow
def test_random_arguments_and_inputs():
    check(fuzz('build', 400))
