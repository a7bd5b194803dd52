"""`mmvkp data check` on configs and annotation lists: all problems in one list."""

import mmvkp  # noqa: F401, isort: skip
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from mmvkp.recognition.config_check import check_config_file
from mmvkp.video.encoding import write_video

from ..cli import run
from ..stick_recipes import RECIPES, make_data, stick_config

ROOT = Path(__file__).resolve().parents[2]
CLASSES = [f'class{i}' for i in range(12)]


@pytest.fixture()
def folder(tmp_path):
    frames = np.zeros((17, 32, 32, 3), np.uint8)
    for name in ('a.mp4', 'b.mp4'):
        write_video(tmp_path / name, frames)
    (tmp_path / 'classes.txt').write_text('\n'.join(CLASSES))
    for name in ('train', 'val', 'test'):
        (tmp_path / f'{name}.txt').write_text('a.mp4 0\nb.mp4 11\n')
    return tmp_path


def config_of(folder, **options):
    """A small recipe with the data of a folder."""
    config = Config.fromfile(ROOT / 'configs' / RECIPES['kpsem'])
    for stage in ('train', 'val', 'test'):
        config[f'{stage}_dataloader'].dataset.update(
            ann_file=f'{folder}/{stage}.txt', data_prefix=dict(video=str(folder))
        )
    config.merge_from_dict(options)
    path = folder / 'config.py'
    config.dump(path)
    return str(path)


def test_a_config_that_fits(folder, capsys):
    path = config_of(folder)
    assert run('data', 'check', path, '--decode') == 0
    assert capsys.readouterr().out == f'{path}: no problems\n'


def test_all_problems_of_a_config(folder, capsys):
    (folder / 'train.txt').write_text('a.mp4 0\n\ngone.mp4 12\nb.mp4 x\n')
    (folder / 'val.txt').write_text('a.mp4 12\nb.mp4\n')
    (folder / 'test.txt').unlink()
    (folder / 'b.mp4').write_bytes(b'')
    (folder / 'classes.txt').write_text('\n'.join(CLASSES[:5]))
    options = {
        'load_from': 'checkpoints/mfnet_k400.pth',
        'val_evaluator': [dict(type='AccMetric'), dict(type='TubeMetrics')],
        'model.cls_head.average_clips': None,
    }
    path = config_of(folder, **options)
    found = check_config_file(path, decode=True).problems
    for text in (
        'with mmvkp weights mfnet MFNet3D_Kinetics-400_72.8.pth checkpoints/mfnet_k',
        f'{folder}/train.txt, line 2: the line is blank; remove it',
        f"{folder}/train.txt, line 4: the label 'x' is not an integer",
        f'{folder}/val.txt, line 1: {folder}/a.mp4: label 12 is outside [0, 11]',
        f'{folder}/val.txt, line 2: {folder}/b.mp4: has no label',
        f'{folder}/val.txt, line 2: {folder}/b.mp4: cannot be decoded',
        'test_dataloader: FileNotFoundError: ',
        'val_evaluator: KeyError: ',
        'average_clips=None returns the scores of each clip; AccMetric needs',
        'average_clips=None returns the scores of each clip; PairAccMetric needs',
        'classes.txt has names for 5 classes, ',
    ):
        assert sum(text in each for each in found) == 1, text
    assert len(found) == 11
    assert run('data', 'check', path, '--limit', 2) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f'{path}: 10 problem(s)'  # without decoding
    assert len(lines) == 4 and lines[-1] == '  ... and 8 more'


def test_a_model_that_cannot_be_built(folder):
    path = config_of(folder, **{'model.backbone.depth': 11})
    (found,) = check_config_file(path).problems
    assert found.startswith('model: ') and '11' in found


@pytest.mark.slow
@pytest.mark.parametrize('method', RECIPES)
def test_recipes_with_their_data(method, tmp_path):
    config = stick_config(method, make_data(tmp_path), tmp_path / 'work')
    for stage in ('val', 'test'):
        config[f'{stage}_dataloader'] = config[f'{stage}_evaluator'] = None
    config.dump(tmp_path / 'config.py')
    assert check_config_file(str(tmp_path / 'config.py')) == ([], [])


def test_lists(folder, capsys):
    lines = ['a.mp4 0', 'gone.mp4 1', '', 'b.mp4 12', 'b.mp4', 'b c.mp4 1']
    (folder / 'train.txt').write_text('\n'.join(lines))
    path = str(folder / 'train.txt')
    assert run('data', 'check', path, '--videos', folder) == 1
    assert capsys.readouterr().out.splitlines() == [
        f'{path}: 5 problem(s)',
        f'  {path}, line 3: the line is blank; remove it',
        f'  {path}, line 4: {folder}/b.mp4: label 12 is outside [0, 11]',
        f'  {path}, line 5: {folder}/b.mp4: has no label',
        f"  {path}, line 6: 'b c.mp4 1' has 2 fields after the path; expected one "
        'label. Set multi_class=True and num_classes for several labels, or remove '
        'blanks in the path',
        f'  {path}, line 2: {folder}/gone.mp4: no such file or folder',
    ]
    assert run('data', 'check', path, '--num-classes', 13) == 1
    out = capsys.readouterr().out
    assert ': 3 problem(s)' in out and 'label 12' not in out and 'gone' not in out


def test_other_formats_of_lists(folder, capsys):
    path = folder / 'list.csv'
    path.write_text('a.mp4,0,3\nb.mp4,1\n')
    options = ('--delimiter', ',', '--multi-label', '--videos', folder, '--decode')
    assert run('data', 'check', path, *options) == 0
    assert f'{path}: no problems; 2 samples' in capsys.readouterr().out
    path.write_text('a.mp4\t0\n')
    assert run('data', 'check', path, '--delimiter', '\\t') == 0
    (folder / 'clip').mkdir()
    (folder / 'clip/img_00002.jpg').write_bytes(b'')
    path.write_text('clip 2 0\nclip 3 0\n')
    assert run('data', 'check', path) == 0
    assert run('data', 'check', path, '--frames', folder) == 1
    out = capsys.readouterr().out
    assert 'line 2' in out and 'img_00003.jpg, is missing' in out
    assert run('data', 'check', path, '--frames', folder, '--filename-tmpl', 'x') == 1
    path.write_text('')
    assert run('data', 'check', path) == 1
    assert 'the list is empty' in capsys.readouterr().out


def test_options_without_effect(folder, capsys):
    for source, option, kind in (
        (config_of(folder), '--multi-label', 'a config'),
        (folder / 'train.txt', f'--joints={folder}', 'an annotation list'),
        ('GT.pkl', '--decode', 'tube annotations'),
    ):
        assert run('data', 'check', source, option) == 1
        name = option.partition('=')[0]
        assert f'{name}: no effect on {kind}' in capsys.readouterr().err
    assert run('data', 'check', 'no_such_recipe') == 1
    assert 'neither a file nor a recipe' in capsys.readouterr().err
