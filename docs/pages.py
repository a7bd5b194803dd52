"""Copies of pages of the repository, with links that work in the site."""

import os
import re
from pathlib import Path
from typing import Dict, List, Set

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / 'docs'
# Page of the repository -> page below `docs/generated`.
COPIES: Dict[str, str] = {
    'README.md': 'overview.md',
    'CHANGELOG.md': 'changelog.md',
    'CONTRIBUTING.md': 'contributing.md',
    'tools/README.md': 'tools.md',
    'configs/recognition/own_videos.md': 'own_videos.md',
    'configs/detection/point3d/own_videos.md': 'own_videos_point3d.md',
    'configs/detection/stick_action.md': 'stick_action.md',
    'configs/recognition/hosts.md': 'hosts.md',
}
METHODS = [
    path.relative_to(ROOT).as_posix()
    for path in sorted(ROOT.glob('configs/*/*/README.md'), reverse=True)
]
COPIES.update({each: f'methods/{Path(each).parent.name}.md' for each in METHODS})
_LINK = re.compile(r'(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)')
_FENCE = re.compile(r'(^ *(?:```|~~~).*?^ *(?:```|~~~)\s*?$)', re.MULTILINE | re.DOTALL)


def repository() -> str:
    """Address of the files at this commit; empty where it is not known.

    Read the Docs gives the two variables.
    """
    url = os.environ.get('READTHEDOCS_GIT_CLONE_URL', '')
    commit = os.environ.get('READTHEDOCS_GIT_COMMIT_HASH', '')
    if not url.startswith('https://') or not commit:
        return ''
    return f'{url.removesuffix(".git")}/blob/{commit}'


def rewrite(text: str, source: Path, page: Path) -> str:
    """Adapt the relative links of a text to the site.

    Args:
        text (str): Markdown.
        source (Path): Page of the repository for which its links are written.
        page (Path): Page of the site that shows it.

    Returns:
        str: Links to a page of the site lead there, and those to other files to
        the repository if its address is known; otherwise only their text is left.
        Code is not changed.
    """

    def link(match: 're.Match[str]') -> str:
        picture, words, target = match.groups()
        if re.match(r'[a-z]+:|#', target):
            return match[0]
        name, _, anchor = target.partition('#')
        path = (source.parent / name).resolve()
        if not path.is_relative_to(ROOT):
            raise ValueError(f'{source}: link to {target}, outside of the repository')
        inside = path.relative_to(ROOT).as_posix()
        if inside in COPIES:
            path = DOCS / 'generated' / COPIES[inside]
        elif not path.is_relative_to(DOCS):
            if not path.exists():
                raise ValueError(f'{source}: link to {target}, which does not exist')
            address = repository()
            return f'[{words}]({address}/{inside})' if address else words
        new = Path(os.path.relpath(path, page.parent)).as_posix()
        return f'{picture}[{words}]({new}{"#" * bool(anchor)}{anchor})'

    parts = _FENCE.split(text)
    parts[::2] = [_LINK.sub(link, each) for each in parts[::2]]
    return ''.join(parts)


WRITTEN: Set[Path] = set()


def write(path: Path, text: str) -> None:
    """Write a page if it is new, so that Sphinx builds changed pages only."""
    WRITTEN.add(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding='utf-8') != text:
        path.write_text(text, encoding='utf-8')


def remove_old(folder: Path) -> None:
    """Remove the pages of an older version, which no list of contents has."""
    for path in set(folder.rglob('*.md')) - WRITTEN:
        path.unlink()


def write_copies(folder: Path) -> None:
    """Write all copies below a folder."""
    for name, copy in COPIES.items():
        source, page = ROOT / name, folder / copy
        write(page, rewrite(source.read_text(encoding='utf-8'), source, page))
    names = [f'methods/{Path(each).parent.name}' for each in METHODS]
    text = 'Results, recipes and usage of each method.'
    lines = ['# Methods', '', text, '', '```{toctree}', *names, '```', '']
    write(folder / 'methods.md', '\n'.join(lines))


def rewrite_source(app: object, docname: str, source: List[str]) -> None:
    """Rewrite the links of a page of `docs` that is not generated."""
    if not docname.startswith('generated/'):
        page = DOCS / f'{docname}.md'
        source[0] = rewrite(source[0], page, page)
