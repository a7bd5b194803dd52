"""Running, judging and counting of random cases.

Case number `i` of seed `s` depends on (s, i) only: `python -m tests.fuzz.worker
tubes 3 117` repeats case 117 of seed 3 alone.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get('MMVKP_FUZZ_SEED', 0))
# Seconds of processor time per case, independent of the load of the machine; a case
# in C code cannot be interrupted and gets GRACE more.
LIMIT, GRACE = 20, 40
# Seconds without progress, for a case that waits; the first one waits for imports.
WAIT = 600
# Largest share of refusals that do not name the fault.
OBSCURE_SHARE = 0.01
USER_ERRORS = (ValueError, TypeError, KeyError, OSError)


class Case(NamedTuple):
    """One random case.

    Attributes:
        what (str): Input, for the report.
        run (Callable): Function that returns None, or the text of a wrong result.
        names (Sequence[str]): Words of which a clear refusal contains one.
    """

    what: str
    run: Callable[[], Optional[str]]
    names: Sequence[str] = ()


class Outcome(NamedTuple):
    """Verdict on a case: ok, clear, obscure, wrong, memory, hang or crash."""

    kind: str
    note: str = ''
    what: str = ''


class Timeout(BaseException):
    """Raised by the alarm clock."""


class Refused(ValueError):
    """Refusal that is reported by an exit code or a list."""


def rngs(seed: int, index: int) -> Tuple[random.Random, np.random.Generator]:
    """Generators of one case."""
    return random.Random(f'{seed} {index}'), np.random.default_rng([seed, index])


def judge(case: Case, limit: float = LIMIT) -> Outcome:
    """Run a case and classify its end."""

    def alarm(number: int, frame: Optional[FrameType]) -> None:
        raise Timeout

    signal.signal(signal.SIGPROF, alarm)
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        note = case.run()
        return Outcome('wrong', note, case.what) if note else Outcome('ok')
    except Timeout:
        return Outcome('hang', f'more than {limit} s', case.what)
    except MemoryError as error:
        return Outcome('memory', f'MemoryError: {error} {_place(error)}', case.what)
    except USER_ERRORS as error:
        if _is_clear(error, case.names):
            return Outcome('clear')
        return _obscure(error, case)
    except Exception as error:
        return _obscure(error, case)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _obscure(error: Exception, case: Case) -> Outcome:
    note = f'{type(error).__name__}: {str(error)[:240]} {_place(error)}'
    return Outcome('obscure', note, f'{case.what} | names {list(case.names)}')


def _is_clear(error: Exception, names: Sequence[str]) -> bool:
    """True if a message names the component and a faulty argument or file."""
    text = str(error)
    # MMEngine's registry puts "class `X` in FILE: " before every message.
    if text.startswith('class `') and ': ' in text:
        text = text.partition(': ')[2]
    return any(name in text for name in names)


def _place(error: BaseException) -> str:
    """Last line of the package in the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if f'{ROOT.name}/mmvkp/' in each.filename]
    last = (own or frames)[-1]
    return f'@ {Path(last.filename).name}:{last.lineno}'


class Report(NamedTuple):
    """Counts by kind, and the shortest case of each different failure."""

    counts: Dict[str, int]
    failures: List[Tuple[int, int, Outcome]]

    def __str__(self) -> str:
        lines = [json.dumps(self.counts)]
        for number, index, each in self.failures:
            lines.append(
                f'{each.kind} x{number}: {each.note}\n    case {index}: '
                f'{each.what[:400]}'
            )
        return '\n'.join(lines)


def _limit_of(name: str, default: int) -> int:
    """Number of cases of a fuzzer."""
    return int(os.environ.get('MMVKP_FUZZ_CASES', default))


def fuzz(name: str, default: int, seed: int = SEED) -> Report:
    """Run a fuzzer in worker processes.

    A worker that crashes or hangs costs its case; another one continues.

    Args:
        name (str): Fuzzer of `tests.fuzz.worker`.
        default (int): Number of cases unless the environment has another.
        seed (int): Seed of the cases.
    """
    count, outcomes = _limit_of(name, default), {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'outcomes.jsonl')
        path.touch()
        while len(outcomes) < count:
            start = len(outcomes)
            ended, error = _run_worker([name, seed, start, count], path)
            outcomes = {i: Outcome(*each) for i, *each in _read(path)}
            if ended == 'stopped':
                continue
            if len(outcomes) < count:
                assert ended != 'failed', f'case {len(outcomes)} is not made: {error}'
                index = len(outcomes)
                lost = (index, ended, f'worker ended in case {index}', '')
                with open(path, 'a') as file:
                    file.write(json.dumps(lost) + '\n')
                outcomes[index] = Outcome(*lost[1:])
    return summarise(outcomes)


def _read(path: Path) -> List[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _run_worker(words: Sequence[object], path: Path) -> Tuple[str, str]:
    """Run a worker; returns the kind of its last case if it fails, and its error."""
    errors = path.with_suffix('.txt')
    command = [sys.executable, '-W', 'ignore', '-m', 'tests.fuzz.worker']
    with open(errors, 'w') as file:
        worker = subprocess.Popen(
            [*command, *map(str, words), str(path)],
            cwd=ROOT,
            env={**os.environ, 'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1'},
            stdout=subprocess.DEVNULL,
            stderr=file,
        )
    seen, used, begin, ended = -1, 0.0, 0.0, ''
    try:
        while worker.poll() is None and not ended:
            time.sleep(0.1)
            if path.stat().st_size != seen:
                seen, used, begin = path.stat().st_size, _cpu(worker.pid), time.time()
            busy = _cpu(worker.pid) - used
            if busy > LIMIT + GRACE or time.time() - begin > WAIT:
                ended = 'hang'
    finally:
        worker.kill()
        worker.wait()
    kind = 'crash' if worker.returncode < 0 else 'failed'
    if worker.returncode == -signal.SIGTERM:
        kind = 'stopped'  # from outside; the case is repeated
    return ended or kind, errors.read_text(errors='replace')[-2000:]


def _cpu(pid: int) -> float:
    """Processor time of a process in seconds; 0 after its end."""
    try:
        words = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / os.sysconf('SC_CLK_TCK')


def summarise(outcomes: Dict[int, Outcome]) -> Report:
    """Count the kinds and group equal failures."""
    counts = Counter(each.kind for each in outcomes.values())
    groups: Dict[str, List[Tuple[int, Outcome]]] = {}
    for index, each in outcomes.items():
        if each.kind not in ('ok', 'clear'):
            place = each.note.partition(' @ ')[2] or each.note
            groups.setdefault(f'{each.kind} {place}', []).append((index, each))
    failures = []
    for group in groups.values():
        index, shortest = min(group, key=lambda pair: len(pair[1].what))
        failures.append((len(group), index, shortest))
    failures.sort(key=lambda each: -each[0])
    return Report(dict(cases=len(outcomes), **counts), failures)


def check(report: Report) -> None:
    """Fail on wrong results, hangs, crashes and obscure errors."""
    bad = {kind: report.counts.get(kind, 0) for kind in ('wrong', 'hang', 'crash')}
    bad.update(memory=report.counts.get('memory', 0))
    assert not any(bad.values()), str(report)
    share = report.counts.get('obscure', 0) / report.counts['cases']
    assert share <= OBSCURE_SHARE, str(report)
