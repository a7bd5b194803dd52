"""Pages of a method: its README and the page of detailed results."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def text_of(folder: Path) -> str:
    """Text of both pages, links to recipes without their folder.

    Args:
        folder (Path): Folder of the recipes, such as `configs/detection/point3d`.
    """
    text = (folder / 'README.md').read_text(encoding='utf-8')
    page = ROOT / f'docs/results/{folder.name}.md'
    if page.is_file():
        inside = folder.resolve().relative_to(ROOT).as_posix()
        more = page.read_text(encoding='utf-8')
        text += more.replace(f'(../../{inside}/', '(')
    return text
