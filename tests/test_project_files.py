"""Files that describe the project."""

import importlib.util
from pathlib import Path

import pytest
import yaml

from mmvkp.version import __version__

ROOT = Path(__file__).parents[1]


def test_the_citation_names_the_version_and_each_paper():
    cited = yaml.safe_load((ROOT / 'CITATION.cff').read_text())
    assert cited['cff-version'] == '1.2.0' and cited['version'] == __version__
    papers = {each['url'] for each in cited['references']}
    linked = {
        url
        for page in ROOT.glob('configs/*/*/README.md')
        for url in papers
        if url in page.read_text()
    }
    assert linked == papers and len(papers) == 4


def test_the_links_of_the_package():
    """The papers that are cited; the repository as soon as its place is known."""
    spec = importlib.util.spec_from_file_location('setup_file', ROOT / 'setup.py')
    setup = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(setup)
    text = (ROOT / 'CITATION.cff').read_text()
    links = setup.project_urls(text)
    papers = {each['url'] for each in yaml.safe_load(text)['references']}
    assert papers < set(links.values())
    more = setup.project_urls(text + 'repository-code: "https://host/a/b"\n')
    assert {key: more[key] for key in set(more) - set(links)} == {
        'Source': 'https://host/a/b',
        'Issues': 'https://host/a/b/issues',
        'Changelog': 'https://host/a/b/blob/main/CHANGELOG.md',
    }


@pytest.mark.parametrize(
    'form',
    sorted((ROOT / '.github/ISSUE_TEMPLATE').glob('*_*.yml')),
    ids=lambda p: p.stem,
)
def test_issue_forms(form):
    """The keys that a form needs; ids are unique."""
    content = yaml.safe_load(form.read_text())
    assert content['name'] and content['description']
    fields = [each for each in content['body'] if each['type'] != 'markdown']
    assert len({each['id'] for each in fields}) == len(fields) > 0
    assert all(each['attributes']['label'] for each in fields)
