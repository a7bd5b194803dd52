"""Files: damaged ones are refused by name, changed ones are read right."""

import pytest

from .harness import check, fuzz


@pytest.mark.slow
def test_damaged_and_changed_files():
    check(fuzz('files', 1500))


@pytest.mark.slow
def test_files_of_annotation_tools():
    check(fuzz('format', 800))
