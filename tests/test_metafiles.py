"""Metafiles: those of the checkout, and how they are made."""

from pathlib import Path

import pytest
import yaml

from mmvkp.recognition.metafiles import make_metafile, read_facts

from .method_pages import text_of

ROOT = Path(__file__).resolve().parents[1]
INDEX = yaml.safe_load((ROOT / 'model-index.yml').read_text())
METAFILES = [ROOT / each for each in INDEX['Import']]


def test_every_metafile_is_in_the_index():
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / 'configs').rglob('metafile.yml')
    }
    assert here == set(INDEX['Import'])


@pytest.mark.parametrize('path', METAFILES, ids=lambda path: path.parent.name)
def test_collections(path):
    file = yaml.safe_load(path.read_text())
    (collection,) = file['Collections']
    assert (ROOT / collection['README']).is_file()
    assert collection['Paper']['URL'].startswith('https://arxiv.org/abs/')
    for model in file['Models']:
        assert model['In Collection'] == collection['Name']
        assert Path(model['Config']).stem == model['Name']
    assert {model['Config'] for model in file['Models']} == {
        each.relative_to(ROOT).as_posix() for each in path.parent.glob('*.py')
    }


@pytest.mark.parametrize('path', METAFILES, ids=lambda path: path.parent.name)
@pytest.mark.parametrize(
    'step', [8, pytest.param(1, marks=pytest.mark.slow)], ids=['some', 'all']
)
def test_metafile_is_up_to_date(path, step):
    """All facts of every recipe; parameters and MACs of every `step`-th one."""
    models = yaml.safe_load(path.read_text())['Models']
    costs = {
        each['Name']: (each['Metadata']['Parameters'], each['Metadata']['FLOPs'])
        for index, each in enumerate(models)
        if index % step
    }
    assert make_metafile(path.parent, costs=costs) == path.read_text(), (
        f'run `mmvkp metafiles {path.parent.relative_to(ROOT)}`'
    )


@pytest.mark.parametrize('path', METAFILES, ids=lambda path: path.parent.name)
def test_every_recipe_of_stick_action_is_measured(path):
    measured = {
        model['Name']
        for model in yaml.safe_load(path.read_text())['Models']
        if 'Results' in model
    }
    assert measured == {each.stem for each in path.parent.glob('*_stick-*.py')}


@pytest.mark.parametrize('path', METAFILES, ids=lambda path: path.parent.name)
def test_results_are_those_of_the_readme(path):
    page = text_of(path.parent)
    for table in read_facts(path.parent)['measured']:
        assert table['source'] == 'ours' and table['seeds'] and table['commands']
        for name, values in table['results'].items():
            (row, *_) = [line for line in page.splitlines() if f'({name}.py)' in line]
            for value in filter(None, values):
                several = isinstance(value, list)
                assert ('{} +- {}'.format(*value) if several else str(value)) in row
