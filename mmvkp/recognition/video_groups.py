"""Groups of videos that belong together, from the names of their files.

Clips of one recording or of one person resemble each other. If they are in both
training and test data, a test measures recognition of the recording.
"""

import re
from pathlib import PurePosixPath
from typing import Dict, List, Sequence, Tuple

from .own_videos import OwnVideo

# Kind of group -> pattern of file names without ending; the key is group 1.
PATTERNS: Dict[str, str] = {
    # UCF101: v_Biking_g01_c02
    'g..': r'(?:^|.*[_-])(g\d+)[_-]c\d+$',
    # NTU RGB+D: S001C001P003R001A001
    'P...': r'^S\d{3}C\d{3}(P\d{3})R\d{3}A\d{3}',
    # KTH: person03_boxing_d1; MSR Daily Activity: a01_s02_e01
    'person': r'(?:^|.*[ _-])((?:person|subject|subj|actor|user|participant)[ _-]?\d+)',
    's..': r'(?:^|.*[_-])([sp]\d+)(?:[_-]|$)',
    # Kinetics: abcdefghijk_000010_000020
    'YouTube id': r'^([\w-]{11})_\d{6}_\d{6}$',
    # clip_17_part2, visit 3 - scene 04
    'part': r'^(.+?)[ _-]+(?:part|clip|seg|segment|chunk|scene|cut|pt)[ _-]?\d+$',
}


def find_groups(
    videos: Sequence[OwnVideo], pattern: str = 'auto'
) -> Tuple[str, List[str]]:
    """Group of each video.

    A group of the table is kept. Otherwise the first pattern of `PATTERNS` that
    matches at least half of the names, and joins some of them, is used.

    Args:
        videos (Sequence[OwnVideo]): Videos.
        pattern (str): `auto`; `none`; or a regular expression with one group that is
            searched in the name of the file without its ending.

    Returns:
        tuple[str, list[str]]: Kind of the groups (empty without groups), and one
        group per video; a video without a match is its own group.

    Raises:
        ValueError: If the expression is invalid, or matches no name.
    """
    names = [PurePosixPath(each.path).stem for each in videos]
    own = [each.path for each in videos]
    if any(each.group for each in videos):
        return 'table', [each.group or path for each, path in zip(videos, own)]
    if pattern == 'none':
        return '', own
    if pattern != 'auto':
        return pattern, _given(names, own, pattern)
    for kind, expression in PATTERNS.items():
        found = _match(names, expression)
        matched = [each for each in found if each]
        joined = len(matched) - len(set(matched))
        if 2 * len(matched) >= len(names) and joined and len(set(matched)) > 1:
            return kind, [each or path for each, path in zip(found, own)]
    return '', own


def _given(names: Sequence[str], own: Sequence[str], pattern: str) -> List[str]:
    """Groups by the expression of the user."""
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(
            f'group {pattern!r} is not a regular expression: {error}.'
        ) from error
    if groups != 1:
        raise ValueError(
            f'group {pattern!r} has {groups} groups; put the part of a name that its '
            "group has in common into parentheses, such as '(person\\d+)'."
        )
    found = _match(names, pattern)
    if not any(found):
        raise ValueError(
            f'group {pattern!r} matches no file name, such as {names[0]!r}.'
        )
    return [each or path for each, path in zip(found, own)]


def _match(names: Sequence[str], expression: str) -> List[str]:
    """Group of each name; empty without a match."""
    found = [re.search(expression, name, re.IGNORECASE) for name in names]
    return [each[1].lower() if each and each[1] else '' for each in found]
