"""Page of the learning benchmark, made from its csv."""

import os.path as osp
from typing import Dict, List, Sequence

from ..files import write_text
from ..recognition.compare_runs import as_markdown
from .learning_claims import SEEDS, claim_cells
from .learning_plots import draw_plots
from .learning_results import Result, read_results
from .learning_rows import ROWS, Row
from .paired_differences import Summary, paired_difference, summarise
from .settings import CROWD, make_settings

_INTRO = """# Learning benchmark{title}

Written by `mmvkp evaluate learning` from [{csv}]({csv}),
which has one line for each run. Data: the variant `crowd` of StickAction,
{clips} training clips. The last checkpoint is tested on all test clips. All rows
train for the same number of epochs. A row after another row starts from the checkpoint
of the same seed, and its epochs and its CPU time include both trainings. The page
`docs/crowd_preset.md` states the choice of the preset and its targets.

Numbers are means over the seeds, with the sample standard deviation. Intervals are
95 % confidence intervals of the mean of the differences of runs with the same seed
(Student's t, n - 1 degrees of freedom; t = 4.303 for three seeds). Rows marked with
`*` have fewer than three seeds: they show the state of the measurement and decide
nothing.

The first command trains and tests all rows, and can be killed and repeated; the second
one writes this page from the csv:

```bash
mmvkp benchmark learning {options} --page docs/{stem}.md
mmvkp evaluate learning docs/{csv}
```

AK-Net over AFNet is not a row: `AKNet` needs a host with a list of stages that each
return one map, and the stages of `AFResNet` return maps and masks.
"""
_RESULTS = [
    'row',
    'seeds',
    'top-1 %',
    'pair accuracy %',
    'MMACs',
    'frames kept %',
    'parameters',
    'epochs',
    'training, CPU s',
]
_COSTS = """
MMACs are for one test clip, measured in the test for networks that select frames.
Parameters are those that a test uses, without auxiliary heads. The CPU time of the
training is measured on one core; other load on the machine changes it, so that only
large differences count. "Shuffled" rows are trained and tested on clips with shuffled
frames.
"""
_DIFFERENCES = ['row', 'compared with', 'seeds', 'difference, points', '95 %', 'result']
_DIFFERENCE_TEXT = """
## Paired differences

Top-1 accuracy of a row minus the accuracy of the row it is compared with, in
percentage points.
"Open" means that the interval contains zero.
"""
_SHORT = [
    *('row', 'seeds', 'top-1 %', 'MMACs'),
    *('compared with', 'difference, points', '95 %'),
]
_CLAIMS = ['claim', 'paper', 'rows', 'seeds', 'difference, points', 'verdict']
_CLAIM_TEXT = """
## Claims of the papers

A claim is confirmed here if the whole 95 % interval of its difference is above zero
(above -1 point for "within one point" and "not worse"), and refuted here if the whole
interval is below it. A small data set and short trainings decide: the verdicts say
nothing about the data sets of the papers.
"""


def write_page(csv: str, page: str, rows: Sequence[Row] = ROWS) -> None:
    """Write the page and its figures.

    Args:
        csv (str): File of `read_results`.
        page (str): Markdown file. Figures are written to a folder beside it with the
            same name.
        rows (Sequence[Row]): Rows in the order of the page; other rows of the csv
            follow under their keys.

    Raises:
        ValueError: If the csv has no runs, or cannot be read.
        FileNotFoundError: If the csv or a file of classes is missing.
    """
    results = read_results(csv)
    if not results:
        raise ValueError(f'{csv} has no runs; `mmvkp benchmark learning` adds them.')
    known = {row.key for row in rows}
    others = dict.fromkeys(each.row for each in results if each.row not in known)
    all_rows = [*rows, *(Row(key, key, '') for key in others)]
    folder = osp.splitext(page)[0]
    plots = draw_plots(results, all_rows, osp.dirname(csv), folder)
    text = page_text(results, all_rows, osp.relpath(csv, osp.dirname(page) or '.'))
    name = osp.basename(folder)
    text += '\n## Figures\n' + ''.join(
        f'\n{title}\n\n![{title}]({name}/{file})\n' for file, title in plots.items()
    )
    write_text(page, text)


def page_text(results: Sequence[Result], rows: Sequence[Row], csv: str) -> str:
    """Text of the page without its figures.

    Args:
        results (Sequence[Result]): All runs.
        rows (Sequence[Row]): Rows in the order of the page.
        csv (str): Path of the csv relative to the page.
    """
    groups = _by_row(results, rows)
    present = [row for row in rows if groups[row.key]]
    first = results[0]
    ceilings = [('order-blind ceiling', first.order_blind)]
    ceilings += [('actor-blind ceiling', first.actor_blind)]
    cells = [
        [name, '', f'{100 * value:.1f}', *[''] * (len(_RESULTS) - 3)]
        for name, value in ceilings
    ]
    cells += [_result_cells(row, groups) for row in present]
    differences = [
        _difference_cells(row, groups, rows)
        for row in present
        if row.against and groups[row.against]
    ]
    clips = sorted({each.train_clips for each in results})
    preset = clips == [make_settings('bench', CROWD)['train']]
    counts = ' or '.join(map(str, clips))
    chosen = [f'--rows {row.key}' for row in present]
    changed = [f'--train {clips[-1]}', *(f'--seed {each}' for each in range(SEEDS))]
    lines = _INTRO.format(
        title='' if preset else f', {counts} training clips',
        csv=csv,
        stem=osp.splitext(csv)[0],
        clips=counts,
        options='--budget full' if preset else ' '.join(chosen + changed),
    ).split('\n')
    lines += as_markdown(_RESULTS, cells) + _COSTS.rstrip().split('\n')
    if differences:
        lines += _DIFFERENCE_TEXT.split('\n')
        lines += as_markdown(_DIFFERENCES, differences)
    top1 = {key: _by_seed(runs) for key, runs in groups.items()}
    claims = claim_cells(top1, rows)
    if claims:
        lines += [*_CLAIM_TEXT.split('\n'), *as_markdown(_CLAIMS, claims)]
    missing = [row.label for row in rows if not groups[row.key]]
    if missing and preset:
        lines += ['', f'Not run: {"; ".join(missing)}.']
    return '\n'.join(lines) + '\n'


def short_table(results: Sequence[Result], method: str) -> str:
    """Rows of one method and of its hosts, for the page of the method.

    Args:
        results (Sequence[Result]): All runs.
        method (str): Start of the keys of its rows, such as `kpsem`.

    Returns:
        str: Table in Markdown; rows that were not run are left out.
    """
    groups = _by_row(results, ROWS)
    ours = [row for row in ROWS if row.key.startswith(method)]
    keys = {key for row in ours for key in (row.key, row.against)}
    cells = []
    for row in ROWS:
        if row.key in keys and groups[row.key]:
            found = _result_cells(row, groups)
            other = row in ours and row.against and groups[row.against]
            difference = _difference_cells(row, groups, ROWS) if other else [''] * 6
            cells.append([*found[:3], found[4], difference[1], *difference[3:5]])
    return '\n'.join([*as_markdown(_SHORT, cells), ''])


def _by_row(results: Sequence[Result], rows: Sequence[Row]) -> Dict[str, List[Result]]:
    """Runs of each row, by its key."""
    return {row.key: [each for each in results if each.row == row.key] for row in rows}


def _by_seed(runs: Sequence[Result]) -> Dict[int, float]:
    """Top-1 accuracy by seed."""
    return {each.seed: each.top1 for each in runs}


def _mark(label: str, count: int) -> str:
    """Label with the mark of rows with fewer seeds than needed."""
    return label if count >= SEEDS else f'{label} *'


def _with_deviation(summary: Summary) -> str:
    """Mean and deviation in percent."""
    text = f'{100 * summary.mean:.1f}'
    if summary.deviation is not None:
        text += f' +- {100 * summary.deviation:.1f}'
    return text


def _result_cells(row: Row, groups: Dict[str, List[Result]]) -> List[str]:
    """Line of a row in the table of results."""
    runs = groups[row.key]
    stages = [runs, *([groups[runs[0].after]] if runs[0].after in groups else [])]
    epochs = sum(stage[0].epochs for stage in stages if stage)
    seconds = sum(
        summarise([each.cpu_seconds for each in stage]).mean
        for stage in stages
        if stage
    )
    kept = [float(each.kept) for each in runs if each.kept]
    return [
        _mark(row.label, len(runs)),
        str(len(runs)),
        _with_deviation(summarise([each.top1 for each in runs])),
        _with_deviation(summarise([each.pair_accuracy for each in runs])),
        f'{summarise([each.mmacs for each in runs]).mean:.1f}',
        _with_deviation(summarise(kept)) if kept else '',
        str(runs[0].parameters),
        str(epochs),
        f'{seconds:.0f}',
    ]


def _difference_cells(
    row: Row, groups: Dict[str, List[Result]], rows: Sequence[Row]
) -> List[str]:
    """Line of a row in the table of differences."""
    labels = {each.key: each.label for each in rows}
    ours, host = groups[row.key], groups[row.against or '']
    found = paired_difference(_by_seed(ours), _by_seed(host))
    if found is None:
        return [row.label, labels[row.against or ''], '0', '', '', 'no common seed']
    interval, verdict = '', 'one seed'
    if found.half_width is not None:
        low, high = found.mean - found.half_width, found.mean + found.half_width
        interval = f'{100 * low:+.1f} to {100 * high:+.1f}'
        verdict = ('above' if found.mean > 0 else 'below') if found.decided else 'open'
    if found.seeds < SEEDS and found.seeds > 1:
        verdict = 'too few seeds'
    return [
        _mark(row.label, found.seeds),
        labels[row.against or ''],
        str(found.seeds),
        f'{100 * found.mean:+.1f}',
        interval,
        verdict,
    ]
