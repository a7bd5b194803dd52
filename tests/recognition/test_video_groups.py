"""Groups of related videos."""

import pytest

from mmvkp.recognition.own_videos import OwnVideo
from mmvkp.recognition.video_groups import find_groups


def groups(names, pattern='auto'):
    return find_groups([OwnVideo(f'a/{each}.mp4', 'a') for each in names], pattern)


@pytest.mark.parametrize(
    'names, expected',
    [
        # UCF101
        (
            ['v_Biking_g01_c01', 'v_Biking_g01_c02', 'v_Diving_g02_c01'],
            ['g01', 'g01', 'g02'],
        ),
        # NTU RGB+D: the performer, not the replication
        (
            [
                'S001C001P003R001A001_rgb',
                'S001C002P003R002A002_rgb',
                'S001C001P001R001A001_rgb',
            ],
            ['p003', 'p003', 'p001'],
        ),
        # KTH and similar names
        (
            ['person03_run_d1', 'person03_walk_d2', 'person10_run'],
            ['person03'] * 2 + ['person10'],
        ),
        (['run Subject 4 b', 'walk subject 4', 'run subject 5'], ['subject 4'] * 2),
        # MSR Daily Activity
        (['a01_s02_e01', 'a02_s02_e02', 'a01_s10_e01'], ['s02', 's02', 's10']),
        # Kinetics
        (
            [
                '-0a_bcdefgh_000010_000020',
                '-0a_bcdefgh_000030_000040',
                f'{"x" * 11}_000001_000002',
            ],
            ['-0a_bcdefgh'] * 2,
        ),
        # Parts of a recording
        (['clip_17_part2', 'clip_17_part3', 'clip_2_part1'], ['clip_17'] * 2),
        (['visit 3 - scene 04', 'visit 3 - scene 5', 'visit 4 - scene 1'], None),
    ],
)
def test_names_of_public_data_sets(names, expected):
    kind, found = groups(names)
    assert kind
    expected = expected or ['visit 3'] * 2
    assert found[: len(expected)] == expected
    assert len(set(found)) == 2


@pytest.mark.parametrize(
    'names',
    [
        # Names of phones and cameras have no groups.
        ['IMG_0001', 'IMG_0002', 'IMG_0003'],
        ['VID_20240101_120000', 'VID_20240101_120100'],
        ['PXL_20240101_120000123', 'PXL_20240102_120000123'],
        ['20240101_120000', '20240101_130000'],
        ['WhatsApp Video 2024-01-01 at 12.00.00 (1)', 'WhatsApp Video 2024-01-01 (2)'],
        ['a', 'b', 'c'],
        # Nothing would be joined, or everything.
        ['person01_run', 'person02_run'],
        ['person01_run', 'person01_walk'],
        # Less than half of the names.
        ['person01_a', 'person01_b', 'person02_c', 'd', 'e', 'f', 'g'],
    ],
)
def test_names_without_groups(names):
    kind, found = groups(names)
    assert kind == '' and len(set(found)) == len(names)


def test_given_groups():
    names = ['kitchen-1', 'kitchen-2', 'garden-1', 'x']
    kind, found = groups(names, r'^([a-z]+)-')
    assert kind == r'^([a-z]+)-'
    assert found == ['kitchen', 'kitchen', 'garden', 'a/x.mp4']
    assert groups(['person01_a', 'person01_b', 'person02_c'], 'none')[0] == ''
    for pattern, reason in {
        '(': 'not a regular expression',
        'a': 'has 0 groups',
        '(a)(b)': 'has 2 groups',
        '(zzz)': 'matches no file name',
    }.items():
        with pytest.raises(ValueError, match=reason):
            groups(names, pattern)


def test_groups_of_the_table_are_kept():
    videos = [OwnVideo('a.mp4', 'a', '', 'anna'), OwnVideo('person01_b.mp4', 'a')]
    assert find_groups(videos) == ('table', ['anna', 'person01_b.mp4'])
