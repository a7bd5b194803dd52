"""Files of class names."""

import pytest

from mmvkp.class_files import read_class_names, read_label_map


def _write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    'name, text, expected',
    [
        ('a.txt', 'run\n\n sit up \n', {1: 'run', 2: 'sit up'}),
        ('a.txt', b'\xef\xbb\xbf2: run\r\n1: sit\r\n', {1: 'sit', 2: 'run'}),
        (
            'a.txt',
            '1: bend\n3: crouch, low\n4: dance\n',
            {1: 'bend', 3: 'crouch, low', 4: 'dance'},
        ),
        ('a.txt', '7 run\n3 sit up\n', {3: 'sit up', 7: 'run'}),
        ('a.txt', '0,run\n1,"sit, up"\n', {0: 'run', 1: 'sit, up'}),
        ('a.txt', 'run,0\nsit,4\n', {0: 'run', 4: 'sit'}),
        ('a.txt', '"run, fast"\nsit\n', {1: 'run, fast', 2: 'sit'}),
        ('a.txt', 'run, fast\nsit, low\n', {1: 'run, fast', 2: 'sit, low'}),
        ('a.csv', 'name,id\nx y,2\n"z, w",5\n', {2: 'x y', 5: 'z, w'}),
        ('a.csv', 'id,name,more\n4,x,1\n', {4: 'x'}),
        ('a.csv', 'name\nx\ny\n', {1: 'x', 2: 'y'}),
        ('a.tsv', '1\trun\n2\tsit\n', {1: 'run', 2: 'sit'}),
        ('a.json', '["run", "sit"]', {1: 'run', 2: 'sit'}),
        ('a.json', '{"run": 0, "sit": 4}', {0: 'run', 4: 'sit'}),
        ('a.json', '{"0": "run", "4": "sit"}', {0: 'run', 4: 'sit'}),
        (
            'a.json',
            '{"images": [], "categories": [{"id": 3, "name": "run"}]}',
            {3: 'run'},
        ),
        ('a.pbtxt', 'label { name: "run" label_id: 7 }', {7: 'run'}),
        (
            'a.pbtxt',
            'item {\n id: 3\n name: \'a "b" {id: 9}\'\n}\n# id: 1\nitem{id:1 name:"c"}',
            {1: 'c', 3: 'a "b" {id: 9}'},
        ),
    ],
)
def test_label_maps(tmp_path, name, text, expected):
    found = read_label_map(_write(tmp_path, name, text))
    assert found == expected and list(found) == sorted(found)


@pytest.mark.parametrize(
    'name, text, message',
    [
        ('a.txt', '\n', 'is empty'),
        ('a.txt', b'\xff\xfe\x00', 'not text in UTF-8'),
        ('a.txt', 'a\nb\na\n', "line 3: 'a' occurs twice"),
        ('a.txt', '1: a\n1: b\n', 'line 2: class 1 occurs twice'),
        ('a.txt', '1: a\nb\n', 'line 2: has no number and name, but line 1 has'),
        (
            'a.txt',
            'Run\nrun\n',
            r"line 2: 'run' differs from 'Run' \(line 1\) in case or blanks",
        ),
        ('a.txt', 'a' * 1001, 'longer than 1000 characters'),
        ('a.csv', 'id,name\nx,b\n', r"line 2: \['x', 'b'\] has no number"),
        ('a.json', '{', 'not readable as JSON'),
        ('a.json', '3', 'holds no list or dict'),
        ('a.json', '[{"name": "a"}]', 'class 1 is'),
        ('a.json', '{"a": true}', 'class 1 is'),
        (
            'a.pbtxt',
            'a { name: "x" } b { id: 1 name: "y" }',
            'item 1: has 1 names and 0',
        ),
    ],
)
def test_faults_are_named(tmp_path, name, text, message):
    with pytest.raises(ValueError, match=message):
        read_label_map(_write(tmp_path, name, text))


@pytest.mark.parametrize(
    'text, names',
    [
        ('run\nsit up\n\n', ['run', 'sit up']),
        ('1 run\n2 sit up\n', ['run', 'sit up']),
        ('2 run\n1 sit\n', ['sit', 'run']),
        ('0,run\n1,sit\n', ['run', 'sit']),
        ('100 m run\n400 m run\n', ['100 m run', '400 m run']),
    ],
)
def test_class_names_in_the_order_of_their_labels(tmp_path, text, names):
    assert read_class_names(_write(tmp_path, 'a.txt', text)) == names


def test_gaps_and_empty_lines_between_labels(tmp_path):
    with pytest.raises(ValueError, match='the class 2 is missing'):
        read_class_names(_write(tmp_path, 'a.txt', '1: a\n3: b\n'))
    with pytest.raises(ValueError, match='line 2: empty line'):
        read_class_names(_write(tmp_path, 'a.txt', 'a\n\nb\n'))
    with pytest.raises(FileNotFoundError, match='no file of class names'):
        read_class_names(tmp_path / 'gone.txt')
