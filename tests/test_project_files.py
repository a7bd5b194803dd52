"""Files that describe the project."""

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
