"""The fixed table of the learning benchmark: data, runs, csv and page."""

import os
import os.path as osp
from typing import Optional, Sequence, Tuple

from ..console import say
from ..files import locked
from .learning_benchmark import Run, is_finished, plan_runs, run_all
from .learning_configs import make_data, write_configs
from .learning_page import write_page
from .learning_results import add_results, read_run
from .learning_rows import ROWS, Row


def run_budget(
    rows: Sequence[Row],
    seeds: Sequence[int],
    out: str,
    page: str,
    jobs: int = 2,
    data: Optional[str] = None,
    train: Optional[int] = None,
) -> Tuple[str, str]:
    """Make the data, train and test all rows, and write csv and page.

    Finished runs are skipped and interrupted ones are resumed; the csv grows with
    each run.

    Args:
        rows (Sequence[Row]): Result of `select_rows`.
        seeds (Sequence[int]): Seeds of each row.
        out (str): Folder of all runs, of the configs and of the data.
        page (str): Markdown file of the page, beside the csv with the same name.
        jobs (int): Runs at a time.
        data (str, optional): Folder of the data; None: `OUT/data`.
        train (int, optional): Training clips; None: as in the bench size.

    Returns:
        tuple[str, str]: Paths of the csv and of the page.

    Raises:
        RunFailed: If a run fails.
        ValueError: If `page` does not end in .md, or data or runs in `out` were made
            with other settings.
    """
    stem, ending = osp.splitext(page)
    if ending != '.md':
        raise ValueError(f'page={page} must end in .md, a Markdown file.')
    for folder in (out, osp.dirname(page) or '.'):
        os.makedirs(folder, exist_ok=True)
    data = osp.abspath(data or osp.join(out, 'data'))
    waiting = 'waiting for another process that makes the data'
    with locked(osp.join(out, 'data.lock'), lambda: say(waiting)):
        settings = make_data(data, jobs, train)
    configs = write_configs(rows, data, out)
    after = {row.key: row.after or '' for row in rows}
    runs = plan_runs(configs, seeds, out)
    left = sum(not is_finished(run) for run in runs)
    say(f'{len(runs)} runs, of which {len(runs) - left} are finished')
    csv, order = f'{stem}.csv', [row.key for row in ROWS]

    def finished(run: Run) -> None:
        result = read_run(run, after[run.name], settings, osp.basename(stem))
        add_results(csv, [result], order)
        say(f'{run.name} seed {run.seed}: top-1 {100 * result[0].top1:.1f} %')

    # One thread, so that the CPU times can be compared.
    run_all(runs, jobs, finished, threads=1)
    write_page(csv, page)
    return csv, page
