"""The documentation: links, generated pages, messages that it explains."""

import ast
import importlib
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest
import yaml

import mmvkp_cli

from .cli import check, lines_of

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / 'docs'


@pytest.fixture
def module(monkeypatch):
    """Import a module of the folder `docs` by its name."""
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module


@pytest.mark.parametrize(
    'source, text, expected',
    [
        ('README.md', '[a](tools/README.md#x)', '[a](tools.md#x)'),
        (
            'tools/README.md',
            '[a](../configs/recognition/kpsem/README.md)',
            '[a](methods/kpsem.md)',
        ),
        ('README.md', '[a](https://b.c/d.md) [e](#f)', '[a](https://b.c/d.md) [e](#f)'),
        ('README.md', '[`compat`](mmvkp/compat.py)', '`compat`'),
        ('docs/a.md', '[a](concepts.md)', '[a](../concepts.md)'),
        ('README.md', '```\n[a](b.md)\n```\n', '```\n[a](b.md)\n```\n'),
    ],
)
def test_links_of_copied_pages(module, monkeypatch, source, text, expected):
    monkeypatch.delenv('READTHEDOCS_GIT_CLONE_URL', raising=False)
    page = DOCS / 'generated/page.md'
    assert module('pages').rewrite(text, ROOT / source, page) == expected


def test_links_to_code_lead_to_the_repository(module, monkeypatch):
    monkeypatch.setenv('READTHEDOCS_GIT_CLONE_URL', 'https://host/a/b.git')
    monkeypatch.setenv('READTHEDOCS_GIT_COMMIT_HASH', 'abc')
    text = module('pages').rewrite('[c](LICENSE)', ROOT / 'README.md', DOCS / 'a.md')
    assert text == '[c](https://host/a/b/blob/abc/LICENSE)'


def test_a_link_to_nothing_is_an_error(module):
    with pytest.raises(ValueError, match='README.md: link to gone.py'):
        module('pages').rewrite('[a](gone.py)', ROOT / 'README.md', DOCS / 'a.md')


def test_pages_of_older_versions_are_removed(module, tmp_path):
    pages = module('pages')
    pages.write(tmp_path / 'new.md', 'a')
    for name in ('old.md', 'old.png'):
        (tmp_path / name).touch()
    pages.remove_old(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {'new.md', 'old.png'}


def test_docstrings_become_markdown(module):
    text = module('reference').markdown(
        """Sum up `a * b` * 2.

        Args:
            x (dict[str, int]): First
                line and second.
            **more: Rest.

        Raises:
            ValueError: If `x` is empty.

        Shape:
            - x: (N * T, C).

        Example:
            >>> f(1)
        """
    )
    assert 'Sum up `a * b` \\* 2.' in text
    assert '- **x** (dict\\[str, int\\]): First line and second.' in text
    assert '- **\\*\\*more**: Rest.' in text
    assert '- **ValueError**: If `x` is empty.' in text
    assert '- x: (N \\* T, C).' in text
    assert '```python\n>>> f(1)\n```' in text


def test_the_reference_is_complete(module, tmp_path):
    """All commands, components and public names, each with its options."""
    reference = module('reference')
    reference.write_reference(tmp_path)
    commands = (tmp_path / 'reference/commands.md').read_text()
    for words in mmvkp_cli.COMMANDS:
        assert f'\n## mmvkp {words}\n' in commands
    assert commands.count('**Inputs**: ') == len(mmvkp_cli.COMMANDS)
    components = (tmp_path / 'reference/components.md').read_text()
    for name in reference.registered():
        assert f'\n## {name}\n' in components
    assert '- **num\\_regions** (int)' in components
    video = (tmp_path / 'reference/video.md').read_text()
    assert '## read\\_frames' in video or '## read_frames' in video


def test_the_model_zoo_has_every_recipe(module, tmp_path):
    module('zoo').write_zoo(tmp_path)
    text = ''.join(each.read_text() for each in (tmp_path / 'zoo').glob('*.md'))
    recipes = [
        each.stem
        for each in ROOT.glob('configs/*/*/*.py')
        if each.parts[-3] != '_base_'
    ]
    assert len(recipes) > 100
    assert all(f'| `{each}` |' in text for each in recipes)


PAGES = """
| network | top-1 % | MMACs |
| --- | ---: | ---: |
| [A, K = 4](a_x.py), G = 0.5 | 62.0 +- 1.5 | 3.0 |

| links | GMACs |
| :-: | ---: |
| [70.5](b/b_x.py) | not counted |
| [C](c.py) | none | - |
"""


@pytest.mark.parametrize(
    'recipe, row',
    [
        ('a_x', ('62.0 +- 1.5', '3.0', 'MMACs')),
        ('b_x', ('70.5', 'not counted', 'GMACs')),
    ],
)
def test_the_result_in_a_row(module, recipe, row):
    assert module('gains').read_row(PAGES, recipe) == row


@pytest.mark.parametrize('recipe', ['c', 'd'])
def test_a_row_without_a_result_is_an_error(module, recipe):
    with pytest.raises(ValueError, match=f'links {recipe}.$'):
        module('gains').read_row(PAGES, recipe)


def test_the_gains_of_the_front_page(module):
    """As on the methods' pages; the commands below train all rows of ours."""
    gains = module('gains')
    page = (ROOT / 'README.md').read_text(encoding='utf-8')
    assert gains.with_table(page) == page, 'run `python docs/gains.py`'
    results = {}
    for path in ROOT.glob('configs/*/*/results.yml'):
        for table in yaml.safe_load(path.read_text())['measured']:
            results.update({each: row[0] for each, row in table['results'].items()})
    patterns = [words for words in sum(lines_of(page), []) if '*' in words]
    for gain in gains.GAINS:
        if gain.source == 'ours':
            for recipe in (gain.without, gain.recipe):
                mean, deviation = results[recipe]
                assert f' {mean} +- {deviation} |' in gains.table()
                name = f'{Path(gain.folder).name}/{recipe}'
                assert recipe in page or any(fnmatch(name, each) for each in patterns)


def test_the_strip_of_the_front_page(module):
    """A title and six frames for each method, cut out of the commands' pictures."""
    figures = module('draw_figures')
    height, width = 300, 8 * 260 - 4
    column = np.arange(width) // 260
    pictures = {}
    for number, (_, name, above, _) in enumerate(figures.ROWS):
        pictures[name] = np.zeros((height, width, 3), np.uint8)
        pictures[name][above : above + 256] = (10 * number + column)[:, None] + 1
    strip = figures.strip(pictures)
    assert strip.shape == (4 * 286, 6 * 260 - 4, 3)
    for number, (*_, chosen) in enumerate(figures.ROWS):
        title, frames = np.split(strip[number * 286 :][:286], [30])
        assert title.min() < 50 and title[0].min() == 255
        for place, index in enumerate(chosen):
            frame = frames[:, place * 260 :][:, :256]
            assert (frame == 10 * number + index + 1).all()


def test_the_commands_of_the_figures(module):
    figures = module('draw_figures')
    words = figures.commands()
    for _, *rest in words:
        check(rest)
    drawn = {Path(each).stem for line in words for each in line if '.png' in each}
    assert {name for _, name, *_ in figures.ROWS} <= drawn
    stored = {path.stem for path in DOCS.glob('figures/*.jpg')}
    assert stored == {*drawn, 'methods'}
    assert (DOCS / 'figures/methods.jpg').stat().st_size < 1e6


def test_the_short_tables_of_the_learning_benchmark(module):
    for path, text in module('crowd_tables').pages().items():
        page = path.read_text(encoding='utf-8')
        assert text == page, 'run `python docs/crowd_tables.py`'


def texts(tree):
    """All texts of a module; a value in an f-string is `...`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (
                each.value if isinstance(each, ast.Constant) else '...'
                for each in node.values
            )
            yield ''.join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_the_explained_messages_exist():
    page = (DOCS / 'troubleshooting.md').read_text()
    entries = re.findall(r'^### `([^\n]*)`\n\n(.*?)(?=\n#)', page, re.M | re.S)
    assert len(entries) >= 25 and page.count('\n### ') == len(entries)
    files = [*ROOT.glob('mmvkp/**/*.py'), ROOT / 'mmvkp_cli.py']
    code = [
        text
        for path in files
        if '.mim' not in path.parts
        for text in texts(ast.parse(path.read_text(encoding='utf-8')))
    ]
    for message, entry in entries:
        parts = '.*'.join(map(re.escape, message.split('...')))
        assert any(re.search(parts, each, re.S) for each in code), message
        assert entry.startswith('Cause: ') and ' Remedy:' in entry.replace('\n', ' ')


@pytest.mark.slow
def test_the_site_builds_without_warnings(tmp_path):
    """From a copy without generated pages; nothing is loaded from elsewhere."""
    pytest.importorskip('sphinx', reason='pip install -r requirements/docs.txt')
    words = ('-W', '--keep-going', '-n', '-q', '-E', DOCS, tmp_path / 'html')
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'sphinx', *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / 'html/index.html').read_text()
    loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', page)
    assert loaded and not any(each.startswith(('http', '//')) for each in loaded)
