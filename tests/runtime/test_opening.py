"""Choice of the class for an exported file."""

import pytest

from mmvkp.runtime import opening


@pytest.mark.parametrize(
    'files, path, expected',
    [
        (['m.onnx'], 'm.onnx', 'Recognizer'),
        (['m.frame.onnx', 'm.clip.onnx'], 'm.onnx', 'TubeFinder'),
        (['m.frame.onnx', 'm.clip.onnx'], 'm.clip.onnx', 'TubeFinder'),
        (['m.onnx', 'm.frame.onnx'], 'm.onnx', 'Recognizer'),
        ([], 'm.frame.onnx', 'TubeFinder'),
        ([], 'm.onnx', 'Recognizer'),
    ],
)
def test_the_class_for_a_file(tmp_path, monkeypatch, files, path, expected):
    for name in ('Recognizer', 'TubeFinder'):
        monkeypatch.setattr(opening, name, lambda *given, name=name, **_: (name, given))
    for name in files:
        (tmp_path / name).touch()
    given = str(tmp_path / path)
    assert opening.open_model(given) == (expected, (given,))


def test_options_reach_the_class(tmp_path, monkeypatch):
    given = {}
    monkeypatch.setattr(opening, 'TubeFinder', lambda path, **options: given)
    monkeypatch.setattr(opening, 'Recognizer', lambda path, **options: options)
    (tmp_path / 'm.onnx').touch()
    assert opening.open_model(str(tmp_path / 'm.onnx'), num_threads=3) == dict(
        num_threads=3
    )


def test_a_missing_file_is_named(tmp_path):
    pytest.importorskip('onnxruntime')
    for name in ('m.onnx', 'm.clip.onnx'):
        with pytest.raises(FileNotFoundError, match=r'no exported model .*m\.'):
            opening.open_model(str(tmp_path / name))
