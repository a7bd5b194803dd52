"""Short tables of the learning benchmark on the pages of the methods.

`python docs/crowd_tables.py` writes them from `docs/learning_benchmark.csv`.
"""

from pathlib import Path
from typing import Dict

from gains import between

from mmvkp.stick_action.learning_page import short_table
from mmvkp.stick_action.learning_results import read_results

ROOT = Path(__file__).resolve().parents[1]
CSV = ROOT / 'docs/learning_benchmark.csv'
START, END = (
    '<!-- crowd: written by docs/crowd_tables.py -->\n',
    '<!-- end of crowd -->\n',
)
METHODS = ('kpsem', 'afnet', 'aknet')


def pages() -> Dict[Path, str]:
    """Text of the page of each method with its table between the marks."""
    results = read_results(str(CSV))
    found: Dict[Path, str] = {}
    for method in METHODS:
        path = ROOT / f'configs/recognition/{method}/README.md'
        table = short_table(results, method)
        found[path] = between(path.read_text('utf-8'), START, END, table)
    return found


if __name__ == '__main__':
    for path, text in pages().items():
        path.write_text(text, encoding='utf-8')
