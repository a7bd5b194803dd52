"""Parts of a version."""

import pytest

import mmvkp
from mmvkp.version import parse_version_info, version_info


@pytest.mark.parametrize(
    'text, parts', [('0.1.0', (0, 1, 0)), ('1.0.0rc2', (1, 0, 0, 'rc2'))]
)
def test_version_info(text: str, parts: tuple) -> None:
    assert parse_version_info(text) == parts


def test_the_version_of_the_package() -> None:
    assert mmvkp.__version__ == '.'.join(str(part) for part in version_info)


@pytest.mark.parametrize('text', ['', '1.x', '1.0.dev1', 'rc1'])
def test_texts_that_are_no_version(text: str) -> None:
    with pytest.raises(ValueError, match='invalid literal for int'):
        parse_version_info(text)
