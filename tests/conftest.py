"""Settings of all tests."""

import signal
import sys
from typing import List

import pytest
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

# MMAction2's tools do this first; without it no plain name is found.
init_default_scope('mmaction')
# A shell starts background processes with SIGINT ignored, which some tests send.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--slow`: run the second tier, which the first one leaves out."""
    parser.addoption('--slow', action='store_true', help='run only tests marked slow')


def pytest_collection_modifyitems(
    config: pytest.Config, items: List[pytest.Item]
) -> None:
    """Keep the tests of one tier."""
    slow = config.getoption('--slow')
    chosen = [each for each in items if bool(each.get_closest_marker('slow')) == slow]
    left = [each for each in items if bool(each.get_closest_marker('slow')) != slow]
    items[:] = chosen
    config.hook.pytest_deselected(items=left)


@pytest.fixture(autouse=True)
def no_traces_of_other_tests() -> None:
    """Forget the loggers of runners, whose level may hide warnings, and plot styles."""
    MMLogger._instance_dict.clear()
    if 'matplotlib' in sys.modules:
        sys.modules['matplotlib'].rcdefaults()
