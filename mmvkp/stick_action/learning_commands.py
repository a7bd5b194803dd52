"""Commands of the learning benchmark."""

import os
from typing import Optional, Tuple

import click

from ..console import command, say
from . import learning_benchmark, learning_budget, learning_page, learning_rows


@command(
    'Configs of recognizers and their data sets; with --budget or --rows nothing.',
    'Logs, checkpoints and scores in OUT/NAME_seedN, and the table OUT/table.md; with '
    '--budget or --rows PAGE, and beside it a csv and figures with the same name.',
    'mmvkp benchmark learning --budget small',
)
@click.argument('configs', nargs=-1, metavar='[NAME=]CONFIG...')
@click.option(
    '--budget',
    type=click.Choice(learning_rows.BUDGETS),
    help='Instead of configs: small, a selection of the rows of the fixed table in '
    'less than two hours on two cores; full, all rows.',
)
@click.option(
    '--rows',
    multiple=True,
    metavar='ROW',
    help='Instead of configs: rows of the fixed table, or a pattern such as afnet-*; '
    'may be repeated.',
)
@click.option(
    '--seed',
    '--seeds',
    'seeds',
    type=int,
    multiple=True,
    help='Seed of the training; may be repeated.  [default: 0; with --budget 0, 1, 2]',
)
@click.option(
    '--jobs',
    '--workers',
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help='Runs at a time, which share the cores; small convolutions gain little from '
    'more threads.',
)
@click.option(
    '--out', default='work_dirs/learning', show_default=True, help='Folder of all runs.'
)
@click.option(
    '--data', help='Folder of the data of the fixed table.  [default: OUT/data]'
)
@click.option(
    '--train',
    type=click.IntRange(min=1),
    help='Training clips of the fixed table; more clips are also more steps. '
    '[default: 1280]',
)
@click.option('--page', help='Page of the fixed table.  [default: OUT/results.md]')
def benchmark_learning(
    configs: Tuple[str, ...],
    budget: Optional[str],
    rows: Tuple[str, ...],
    seeds: Tuple[int, ...],
    jobs: int,
    out: str,
    data: Optional[str],
    train: Optional[int],
    page: Optional[str],
) -> None:
    """Train and test configs with several seeds, and compare them in a table.

    Each CONFIG is a row; without a NAME the first two parts of its file name are
    used, such as kpsem_r3d10. Finished runs are skipped and interrupted runs are
    resumed. A config whose load_from is work_dirs/STEM/FILE.pth, with STEM the file
    name of another CONFIG, waits for that one and starts from its checkpoint.

    With --budget or --rows, a fixed table of rows is trained on the variant crowd of
    StickAction, which is made first. The command can be stopped and repeated, and
    several of them can share OUT. `mmvkp evaluate learning` writes the page again.
    """
    fixed = bool(budget or rows)
    if fixed == bool(configs):
        raise click.UsageError('give either configs, or --budget or --rows.')
    if not fixed and (data or train or page):
        raise click.UsageError(
            '--data, --train and --page are for --budget and --rows.'
        )
    try:
        if fixed:
            csv, written = learning_budget.run_budget(
                learning_rows.select_rows(budget or 'full', rows),
                seeds or (range(3) if budget else (0,)),
                out,
                page or f'{out}/results.md',
                jobs,
                data,
                train,
            )
            say(f'{csv}\n{written}')
        else:
            named = learning_benchmark.name_configs(configs)
            say(learning_benchmark.compare(named, seeds or (0,), out, jobs))
    except learning_benchmark.RunFailed as error:
        log, _, reason = str(error).rpartition('\n')
        click.echo(log, err=True)
        raise click.ClickException(reason) from error


@command(
    'The csv of the learning benchmark, and the files of classes that it names.',
    'The page, and figures in a folder with the same name.',
    'mmvkp evaluate learning docs/learning_benchmark.csv --page '
    'docs/learning_benchmark.md',
)
@click.argument('csv')
@click.option('--page', help='Markdown file.  [default: CSV with the ending .md]')
def evaluate_learning(csv: str, page: Optional[str]) -> None:
    """Write the page of the learning benchmark from its csv, without the runs."""
    page = page or f'{os.path.splitext(csv)[0]}.md'
    learning_page.write_page(csv, page)
    say(page)
