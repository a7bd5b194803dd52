"""Train and test several configs with several seeds, and compare them.

Usage::

    python tools/analysis_tools/learning_benchmark.py \\
        [NAME=]CONFIG [[NAME=]CONFIG ...] [--seeds 0 1 2] [--jobs 2] \\
        [--out work_dirs/learning]

Every config is trained by MMAction2's own tools with every seed, its last
checkpoint is tested, and the table of ``compare_runs.py`` ends in
``OUT/table.md``. A run has its own folder, ``OUT/NAME_seedN``, with logs,
checkpoints and the scores of the test (``test.pkl``). What is finished is not
done again and what was interrupted goes on, so the same command can be
repeated with more configs or seeds.

A config whose ``load_from`` is ``work_dirs/STEM/FILE.pth``, with STEM the
name of another of the configs, is a second stage: it waits for that one with
the same seed and starts from its checkpoint.
"""

import argparse
import os
import os.path as osp
import re
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Dict, List, NamedTuple, Optional

from mmengine.config import Config

from ..recognition import compare_runs

TOOLS = osp.dirname(osp.dirname(osp.abspath(__file__)))
# "Epoch(train) [3][100/150] ... loss: 0.7622 ..." of MMEngine's log.
PROGRESS = re.compile(
    r'Epoch\(train\) *(\[\d+\]\[ *\d+/\d+\]).*? '
    r'(loss: [0-9.naif]+)'
)


class Run(NamedTuple):
    """One training with its test; ``start`` is a checkpoint of the first
    stage, which the run in the folder ``after`` makes."""

    name: str
    config: str
    seed: int
    folder: str
    epochs: int
    after: Optional[str] = None
    start: Optional[str] = None


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        'configs',
        nargs='+',
        metavar='[NAME=]CONFIG',
        help='a row of the table; without a name the first two parts of the '
        "file's name are taken, e.g. kpsem_r3d10",
    )
    parser.add_argument('--seeds', type=int, nargs='+', default=[0])
    parser.add_argument(
        '--jobs',
        type=int,
        default=2,
        help='runs at a time, which share the cores (default: 2: small '
        'convolutions gain little from more threads)',
    )
    parser.add_argument('--out', default='work_dirs/learning')
    args = parser.parse_args()
    if args.jobs < 1:
        parser.error(f'--jobs {args.jobs} must be at least 1')
    try:
        args.configs = name_configs(args.configs)
    except ValueError as error:
        parser.error(str(error))
    return args


def name_configs(texts: List[str]) -> Dict[str, str]:
    """Read ``[NAME=]CONFIG`` arguments.

    Args:
        texts (list[str]): What was given.

    Returns:
        dict[str, str]: Path of the config by the name of its row.

    Raises:
        ValueError: If a file is missing or two rows have the same name.
    """
    configs: Dict[str, str] = {}
    for text in texts:
        name, equals, path = text.partition('=')
        if not equals:
            path = text
            stem = osp.splitext(osp.basename(path))[0]
            name = '_'.join(stem.split('_')[:2])
        if not osp.isfile(path):
            raise ValueError(f'{path} is no file; give the path of a config.')
        if name in configs:
            raise ValueError(
                f'{path} and {configs[name]} would both be the row {name}; '
                'give them names: NAME=CONFIG.'
            )
        configs[name] = path
    return configs


def folder_name(name: str, seed: int) -> str:
    """Name of a run's folder: that of its row in lower case, and the seed."""
    return re.sub(r'[^a-z0-9_-]+', '-', name.lower()) + f'_seed{seed}'


def plan_runs(configs: Dict[str, str], seeds: List[int], out: str) -> List[Run]:
    """All runs, first stages before second ones.

    Configs are read here and nowhere else: MMEngine reloads
    ``pkg_resources`` while it reads one, so two threads that read configs at
    the same time can end in a TypeError.

    Args:
        configs (dict[str, str]): Paths by the name of their row.
        seeds (list[int]): Seeds of each.
        out (str): Folder of all runs.

    Returns:
        list[Run]: Whoever starts them in this order never waits for one that
        is not started.
    """
    rows = {osp.splitext(osp.basename(path))[0]: name for name, path in configs.items()}
    read = {name: Config.fromfile(path) for name, path in configs.items()}
    first, second = [], []
    for seed in seeds:
        for name, path in configs.items():
            run = Run(
                name,
                path,
                seed,
                osp.join(out, folder_name(name, seed)),
                read[name].train_cfg.max_epochs,
            )
            start = read[name].get('load_from') or ''
            row = rows.get(osp.basename(osp.dirname(start)))
            if row is None or row == name:
                first.append(run)
                continue
            after = osp.join(out, folder_name(row, seed))
            second.append(
                run._replace(after=after, start=osp.join(after, osp.basename(start)))
            )
    return first + second


def commands(run: Run) -> List[List[str]]:
    """What trains and what tests a run."""
    work_dir = ['--work-dir', run.folder]
    train = [
        osp.join(TOOLS, 'train.py'),
        run.config,
        *work_dir,
        '--seed',
        str(run.seed),
    ]
    # To resume before there is anything to resume would lose load_from.
    if osp.exists(osp.join(run.folder, 'last_checkpoint')):
        train += ['--resume']
    elif run.start:
        train += ['--cfg-options', f'load_from={run.start}']
    test = [
        osp.join(TOOLS, 'test.py'),
        run.config,
        osp.join(run.folder, f'epoch_{run.epochs}.pth'),
        *work_dir,
        '--dump',
        osp.join(run.folder, 'test.pkl'),
    ]
    return [[sys.executable, '-W', 'ignore', *each] for each in (train, test)]


def run_once(run: Run, threads: int, first_stage: Optional[Future] = None) -> None:
    """Train and test one run unless that is done already.

    Args:
        run (Run): What to do.
        threads (int): For each of its processes.
        first_stage (Future, optional): What it has to wait for.

    Raises:
        RuntimeError: If a command fails; with the end of its log.
    """
    if first_stage is not None:
        first_stage.result()
    done = osp.join(run.folder, 'tested')
    if osp.exists(done):
        return
    os.makedirs(run.folder, exist_ok=True)
    log = osp.join(run.folder, 'run.log')
    for command in commands(run):
        with (
            open(log, 'a', encoding='utf-8') as file,
            subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors='replace',
                env=dict(os.environ, OMP_NUM_THREADS=str(threads)),
            ) as process,
        ):
            last: List[str] = []
            for line in process.stdout:
                file.write(line)
                last = [*last[-14:], line]
                found = PROGRESS.search(line)
                if found:
                    print(
                        f'{run.name} seed {run.seed}: {found[1]} {found[2]}', flush=True
                    )
        if process.returncode:
            raise RuntimeError(
                ''.join(last) + f'{run.name} with seed {run.seed} failed; '
                f'the whole log is in {log}'
            )
    with open(done, 'w', encoding='utf-8'):
        pass


def main() -> None:
    """Run what is missing and write the table."""
    args = parse_args()
    runs = plan_runs(args.configs, args.seeds, args.out)
    threads = max(1, (os.cpu_count() or 1) // args.jobs)
    with ThreadPoolExecutor(args.jobs) as pool:
        started: Dict[str, Future] = {}
        for run in runs:
            started[run.folder] = pool.submit(
                run_once, run, threads, started.get(run.after)
            )
        waiting = list(started.values())
        try:
            for each in waiting:
                each.result()
        except RuntimeError as error:
            for each in waiting:
                each.cancel()
            sys.exit(str(error))
    rows = [
        [name, path, *(run.folder for run in runs if run.name == name)]
        for name, path in args.configs.items()
    ]
    table = compare_runs.make_table(rows)
    print(table)
    with open(osp.join(args.out, 'table.md'), 'w', encoding='utf-8') as file:
        file.write(table + '\n')


if __name__ == '__main__':
    main()
