"""Files with the same content."""

from mmvkp.recognition.same_videos import find_same, join_groups


def test_equal_files(tmp_path):
    for name, text in {
        'a': 'one',
        'b': 'two',
        'c': 'one',
        'd': 'three',
        'e': 'two',
        'f': 'six',
    }.items():
        (tmp_path / name).write_text(text)
    assert find_same(tmp_path, list('abcdef')) == [['a', 'c'], ['b', 'e']]
    assert find_same(tmp_path, list('abdf')) == []


def test_groups_with_equal_files_are_joined():
    paths, groups = list('abcdef'), ['x', 'x', 'y', 'z', 'w', 'v']
    assert join_groups(paths, groups, []) == groups
    # x and y share a content, y and z another one: one group.
    joined = join_groups(paths, groups, [['b', 'c'], ['c', 'd']])
    assert len(set(joined[:4])) == 1
    assert len(set(joined)) == 3
