"""Learning benchmark: train and test several configs with several seeds.

Each run has its own folder, `OUT/NAME_seedN`, with logs, checkpoints and the scores of
the test (`test.pkl`). Finished runs are skipped and interrupted runs are resumed, so a
command can be repeated with more configs or seeds. Several commands can share OUT: a
lock in the folder of each run makes the others wait.
"""

import os
import os.path as osp
import re
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence

from mmengine.config import Config

from ..console import say
from ..files import locked, write_text
from ..recognition import compare_runs
from ..recognition.recipes import find_config, find_recipes

# "Epoch(train) [3][100/150] ... loss: 0.7622 ..." of MMEngine's log.
PROGRESS = re.compile(
    r'Epoch\(train\) *(\[\d+\]\[ *\d+/\d+\]).*? '
    r'(loss: [0-9.naif]+)'
)
# Lines of the log in the message of a failed run.
_LOG_LINES = 15


class Run(NamedTuple):
    """One training and its test.

    Args:
        name (str): Row of the table.
        config (str): Path of the config.
        seed (int): Seed of the training.
        folder (str): Folder of the run.
        epochs (int): Epochs of the training.
        after (str, optional): Folder of the run that trains the first stage.
        start (str, optional): Checkpoint of the first stage.
    """

    name: str
    config: str
    seed: int
    folder: str
    epochs: int
    after: Optional[str] = None
    start: Optional[str] = None


class RunFailed(RuntimeError):
    """Failure of a run; the message is the end of its log and a last line."""


def name_configs(texts: Sequence[str]) -> Dict[str, str]:
    """Parse `[NAME=]CONFIG` arguments.

    Args:
        texts (Sequence[str]): Arguments. Without a name the first two parts of the
            file name are used, e.g. `kpsem_r3d10`. A pattern, such as
            `kpsem/*stick-action*`, gives all matching recipes.

    Returns:
        dict[str, str]: Path of the config by the name of its row.

    Raises:
        FileNotFoundError: If a config is missing; see `find_config`.
        ValueError: If two rows have the same name.
    """
    configs: Dict[str, str] = {}
    for text in [each for given in texts for each in _expand(given)]:
        name, equals, path = text.partition('=')
        if not equals:
            path = text
            stem = osp.splitext(osp.basename(path))[0]
            name = '_'.join(stem.split('_')[:2])
        path = find_config(path)
        if name in configs:
            raise ValueError(
                f'{path} and {configs[name]} would both be the row {name}; '
                'give them names: NAME=CONFIG.'
            )
        configs[name] = path
    return configs


def _expand(text: str) -> List[str]:
    """Recipes that match a pattern; the argument itself if it is none."""
    if '=' in text or not set(text) & set('*?['):
        return [text]
    found = [str(path) for path in find_recipes(text).values()]
    if not found:
        raise FileNotFoundError(f'no recipe matches {text!r}.')
    return found


def folder_name(name: str, seed: int) -> str:
    """Name of the folder of a run: its row in lower case, and the seed."""
    return re.sub(r'[^a-z0-9_-]+', '-', name.lower()) + f'_seed{seed}'


def plan_runs(configs: Dict[str, str], seeds: Sequence[int], out: str) -> List[Run]:
    """All runs, first stages before second stages.

    A config whose `load_from` is `work_dirs/STEM/FILE.pth`, with STEM the file name of
    another config, is a second stage: it waits for the first stage with the same seed
    and starts from its checkpoint.

    This is the only place that reads configs: MMEngine reloads `pkg_resources` when it
    reads one, so two threads that read configs at the same time can fail with a
    TypeError.

    Args:
        configs (dict[str, str]): Paths by the name of their row.
        seeds (Sequence[int]): Seeds of each config.
        out (str): Folder of all runs.

    Returns:
        list[Run]: In an order in which no run waits for a later one.
    """
    rows = {osp.splitext(osp.basename(path))[0]: name for name, path in configs.items()}
    read = {name: Config.fromfile(path) for name, path in configs.items()}
    first, second = [], []
    for seed in seeds:
        for name, path in configs.items():
            folder = osp.join(out, folder_name(name, seed))
            run = Run(name, path, seed, folder, read[name].train_cfg.max_epochs)
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
    """Command lines that train and test a run."""
    work_dir = ['--work-dir', run.folder]
    train = ['train', run.config, *work_dir, '--seed', str(run.seed)]
    # `--resume` without a checkpoint would ignore load_from.
    if osp.exists(osp.join(run.folder, 'last_checkpoint')):
        train += ['--resume']
    elif run.start:
        train += ['--cfg-options', f'load_from={run.start}']
    checkpoint = osp.join(run.folder, f'epoch_{run.epochs}.pth')
    dump = ['--dump', osp.join(run.folder, 'test.pkl')]
    test = ['test', run.config, checkpoint, *work_dir, *dump]
    return [
        [sys.executable, '-W', 'ignore', '-m', 'mmvkp', *each] for each in (train, test)
    ]


def run_once(run: Run, threads: int, first_stage: Optional[Future] = None) -> None:
    """Train and test one run; a finished run is skipped.

    Args:
        run (Run): The run.
        threads (int): Threads of each of its processes.
        first_stage (Future, optional): Run that must end before.

    Raises:
        RunFailed: If a command fails.
    """
    if first_stage is not None:
        first_stage.result()
    if is_finished(run):
        return
    os.makedirs(run.folder, exist_ok=True)
    # The commands inherit the lock: if this process is killed, a training that still
    # runs keeps it, and a repeated command waits for the end of the training.
    waiting = f'{run.name} seed {run.seed}: waiting for another process'
    with locked(osp.join(run.folder, 'lock'), lambda: say(waiting)) as lock:
        if is_finished(run):  # by another process
            return
        for command in commands(run):
            _run_command(command, run, threads, lock)
        write_text(_marker(run), '')


def is_finished(run: Run) -> bool:
    """True if a run has been trained and tested."""
    return osp.exists(_marker(run))


def _marker(run: Run) -> str:
    """File whose existence says that a run is finished."""
    return osp.join(run.folder, 'tested')


def _run_command(command: List[str], run: Run, threads: int, lock: int) -> None:
    """Run a command with its output in the log of the run; show the loss."""
    log = osp.join(run.folder, 'run.log')
    last: List[str] = []
    with (
        open(log, 'a', encoding='utf-8') as file,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors='replace',
            env=dict(os.environ, OMP_NUM_THREADS=str(threads)),
            pass_fds=(lock,),
        ) as process,
    ):
        for line in process.stdout or ():
            file.write(line)
            last = [*last[1 - _LOG_LINES :], line]
            found = PROGRESS.search(line)
            if found:
                say(f'{run.name} seed {run.seed}: {found[1]} {found[2]}')
    if process.returncode:
        raise RunFailed(
            ''.join(last) + f'{run.name} with seed {run.seed} failed; '
            f'the whole log is in {log}'
        )


def run_all(
    runs: Sequence[Run],
    jobs: int = 2,
    finished: Optional[Callable[[Run], None]] = None,
    threads: Optional[int] = None,
) -> None:
    """Train and test all runs; after a failure no other run is started.

    Args:
        runs (Sequence[Run]): Result of `plan_runs`.
        jobs (int): Runs at a time, which share the cores.
        finished (Callable, optional): Called in this thread after each run, also for
            runs that are skipped.
        threads (int, optional): Threads of each run; None: the cores / `jobs`.

    Raises:
        RunFailed: If a run fails.
    """
    threads = threads or max(1, (os.cpu_count() or 1) // jobs)
    with ThreadPoolExecutor(jobs) as pool:
        started: Dict[Optional[str], Future] = {}
        for run in runs:
            before = started.get(run.after)
            started[run.folder] = pool.submit(run_once, run, threads, before)
        by_future = {started[run.folder]: run for run in runs}
        try:
            for each in as_completed(by_future):
                each.result()
                if finished is not None:
                    finished(by_future[each])
        except BaseException:  # also after Ctrl-C
            for each in started.values():
                each.cancel()
            raise


def compare(configs: Dict[str, str], seeds: Sequence[int], out: str, jobs: int) -> str:
    """Train, test and compare configs.

    Args:
        configs (dict[str, str]): Paths by the name of their row.
        seeds (Sequence[int]): Seeds of each config.
        out (str): Folder of all runs and of the table, `table.md`.
        jobs (int): Runs at a time.

    Returns:
        str: The table in Markdown.

    Raises:
        RunFailed: If a run fails.
    """
    runs = plan_runs(configs, seeds, out)
    run_all(runs, jobs)
    rows = [
        [name, path, *(run.folder for run in runs if run.name == name)]
        for name, path in configs.items()
    ]
    table = compare_runs.make_table(rows)
    write_text(osp.join(out, 'table.md'), f'{table}\n')
    return table
