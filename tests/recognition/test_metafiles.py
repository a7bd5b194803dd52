"""How metafiles are made of recipes and results."""

import shutil
from pathlib import Path

import pytest
import yaml

from mmvkp.recognition import metafiles

from ..cli import run

ROOT = Path(__file__).resolve().parents[2]
NAME = 'r3d_r3d10_1xb16-u8-6e_stick-action-rgb'
FACTS = """
collection: {name: R3D, url: 'https://arxiv.org/abs/1711.09577', title: A title}
architectures: {'r3d_*': R3D-10, '*': other}
measured:
  - task: Action Recognition
    dataset: StickAction
    metrics: [Top 1 Accuracy, Pair Accuracy, Frames Kept]
    results:
      NAME: [[49.4, 3.5], 97.6, null]
"""


@pytest.fixture
def folder(tmp_path):
    """A checkout with one recipe."""
    shutil.copytree(ROOT / 'configs/_base_', tmp_path / 'configs/_base_')
    made = tmp_path / 'configs/recognition/mine'
    made.mkdir(parents=True)
    shutil.copy(ROOT / f'configs/recognition/kpsem/{NAME}.py', made)
    (made / 'results.yml').write_text(FACTS.replace('NAME', NAME))
    return made


def test_the_command_writes_a_metafile(folder, capsys):
    assert run('metafiles', folder) == 0
    assert '1 models' in capsys.readouterr().out
    text = (folder / 'metafile.yml').read_text()
    assert text.startswith('# Written by `mmvkp metafiles`')
    file = yaml.safe_load(text)
    assert file['Collections'][0]['README'] == 'configs/recognition/mine/README.md'
    (model,) = file['Models']
    assert model == {
        'Name': NAME,
        'Config': f'configs/recognition/mine/{NAME}.py',
        'In Collection': 'R3D',
        'Metadata': {
            'Architecture': 'R3D-10',
            'Batch Size': 16,
            'Epochs': 6,
            'Parameters': 171628,
            'FLOPs': 151782144,
            'Pretrained': 'None',
            'Training Data': 'StickAction',
            'Training Resources': '1 CPU',
        },
        'Modality': 'RGB',
        'Weights': None,
        'Results': [
            {
                'Task': 'Action Recognition',
                'Dataset': 'StickAction',
                'Metrics': {'Top 1 Accuracy': 49.4, 'Pair Accuracy': 97.6},
            }
        ],
    }


@pytest.mark.parametrize(
    'before, after, message',
    [
        ('[[49.4, 3.5], 97.6, null]', '[49.4]', 'has 1 values for 3 metrics'),
        (NAME, 'another', 'no recipe another'),
        (
            "{'r3d_*': R3D-10, '*': other}",
            "{'x*': X}",
            'no architecture; add a pattern',
        ),
    ],
)
def test_bad_facts(folder, capsys, before, after, message):
    path = folder / 'results.yml'
    path.write_text(path.read_text().replace(before, after))
    assert run('metafiles', folder) == 1
    assert message in capsys.readouterr().err
    assert not (folder / 'metafile.yml').exists()


def test_a_folder_without_facts(folder, tmp_path, capsys):
    (folder / 'results.yml').unlink()
    assert run('metafiles', folder) == 1
    assert 'results.yml; it has the facts' in capsys.readouterr().err


@pytest.mark.parametrize(
    'token, words',
    [
        ('hmdb51-split2', 'HMDB51, split 2'),
        ('ucf101-24', 'UCF101-24'),
        ('ucf101-split1', 'UCF101, split 1'),
        ('in1k', 'ImageNet'),
    ],
)
def test_words_of_data_sets(token, words):
    assert metafiles.dataset_words(token) == words


def test_an_unknown_data_set():
    with pytest.raises(KeyError, match='data set nowhere is unknown'):
        metafiles.dataset_words('nowhere')


@pytest.mark.parametrize(
    'token, words',
    [
        ('coco-k400-pre-hg104', 'COCO, Kinetics-400'),
        ('ucf101-24-pre-hg104', 'UCF101-24'),
        ('r3d10', 'None'),
    ],
)
def test_words_of_weights(token, words):
    assert metafiles.pretrained_words(token) == words


def test_a_path_outside_a_checkout(tmp_path):
    with pytest.raises(ValueError, match='is not below a folder configs'):
        metafiles.inside_checkout(tmp_path)
