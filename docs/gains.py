"""Table of gains on the front page, read from the tables of the methods' pages.

`python docs/gains.py` writes it into README.md.
"""

import re
from pathlib import Path
from typing import List, NamedTuple, Tuple

ROOT = Path(__file__).resolve().parents[1]
START, END = '<!-- gains: written by docs/gains.py -->\n', '<!-- end of gains -->\n'
_NUMBER = re.compile(r'(?:^\[|\| )(\d[\d.]*(?: \+- [\d.]+)?)(?=\]| \|)')
HMDB, STICK = '1xb16-16x2x1-40e_hmdb51-split1', '1xb16-u8-6e_stick-action'


class Gain(NamedTuple):
    """Two recipes that differ in one component.

    `folder` is that of the recipes, below `configs`.
    """

    change: str
    measure: str
    folder: str
    without: str
    recipe: str
    source: str


GAINS = (
    Gain(
        'KPSEM added to R3D',
        'StickAction, top-1 %',
        'recognition/kpsem',
        f'r3d_r3d10_{STICK}-rgb',
        f'kpsem_r3d10_{STICK}-rgb',
        'ours',
    ),
    Gain(
        'KPSEM added to R3D',
        'HMDB51, top-1 %',
        'recognition/kpsem',
        f'r3d_in1k-pre-r3d50_{HMDB}-rgb',
        f'kpsem_in1k-pre-r3d50_{HMDB}-rgb',
        'paper',
    ),
    Gain(
        'AFNet, half of the frames, for TSN',
        'StickAction, top-1 %',
        'recognition/afnet',
        f'tsn_r10_{STICK}-rgb',
        f'afnet-rt50_af-r10_{STICK}-rgb',
        'ours',
    ),
    Gain(
        'AFNet, half of the frames, for TSN',
        'Something-Something v1, top-1 %',
        'recognition/afnet',
        'tsn_in1k-pre-r50_2xb16-1x1x8-55e_sthv1-rgb',
        'afnet-rt50_in1k-pre-af-r50_2xb16-1x1x8-55e_sthv1-rgb',
        'paper',
    ),
    Gain(
        'AK-Net over TSM',
        'StickAction, top-1 %',
        'recognition/aknet',
        f'tsm_slim-r10_{STICK}-rgb',
        f'aknet-tsm-res3_slim-r10_{STICK}-rgb',
        'ours',
    ),
    Gain(
        'AK-Net over TSM',
        'Something-Something v2, top-1 %',
        'recognition/aknet',
        'tsm_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb',
        'aknet-tsm_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb',
        'paper',
    ),
    Gain(
        '3D head of Point3D',
        'StickAction, frame-mAP %',
        'detection/point3d',
        'point3d-no-twa-no-3d_hg32_1xb8-8x1x1-1e_stick-tubes-rgb',
        'point3d-no-twa_hg32_1xb8-8x1x1-1e_stick-tubes-rgb',
        'ours',
    ),
    Gain(
        '3D head of Point3D',
        'JHMDB, frame-mAP %',
        'detection/point3d',
        'point3d-no-twa-no-3d_coco-pre-hg104_8xb2-16x1x1-20e_jhmdb-split1-rgb',
        'point3d-no-twa_coco-pre-hg104_8xb2-16x1x1-20e_jhmdb-split1-rgb',
        'paper',
    ),
)


def read_row(pages: str, recipe: str) -> Tuple[str, str, str]:
    """Result and cost in the row that links a recipe.

    Args:
        pages (str): Tables in Markdown.
        recipe (str): Name of the recipe.

    Returns:
        tuple: The number that is the link, or else the first one after it; the last
        column; its unit. All as they are written.

    Raises:
        ValueError: If no row with a number links the recipe.
    """
    header: List[str] = []
    before = ''
    for line in pages.splitlines():
        cells = [each.strip() for each in line.strip('| ').split('|')]
        if line.startswith('| ') and not before.startswith('|'):
            header = cells
        before = line
        place = line.find(f'{recipe}.py)')
        if line.startswith('| ') and place >= 0:
            number = _NUMBER.search(line[line.rindex('[', 0, place) :])
            if number:
                return number[1], cells[-1], header[-1]
    raise ValueError(f'docs/gains.py: no row with results links {recipe}.')


def table() -> str:
    """The table in Markdown."""
    lines = [
        '| component | data | without | with | MACs of a clip | source |',
        '| --- | --- | ---: | ---: | ---: | --- |',
    ]
    for gain in GAINS:
        paths = (
            ROOT / f'configs/{gain.folder}/README.md',
            ROOT / f'docs/results/{Path(gain.folder).name}.md',
        )
        pages = '\n'.join(each.read_text('utf-8') for each in paths if each.is_file())
        old, cost, _ = read_row(pages, gain.without)
        new, less, unit = read_row(pages, gain.recipe)
        macs = f'{cost} to {less} {unit}'
        source = f'[{gain.source}](configs/{gain.folder}/README.md)'
        cells = (gain.change, gain.measure, old, new, macs, source)
        lines.append(f'| {" | ".join(cells)} |')
    return '\n'.join(lines) + '\n'


def between(page: str, start: str, end: str, text: str) -> str:
    """A page with another text between two marks."""
    before, _, rest = page.partition(start)
    return f'{before}{start}\n{text}\n{end}{rest.partition(end)[2]}'


def with_table(page: str) -> str:
    """The front page with the table between its marks."""
    return between(page, START, END, table())


if __name__ == '__main__':
    front = ROOT / 'README.md'
    front.write_text(with_table(front.read_text('utf-8')), encoding='utf-8')
