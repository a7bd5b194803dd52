"""Process that runs cases: `python -m tests.fuzz.worker NAME SEED FIRST [END FILE]`.

Without END it repeats one case and prints its outcome. The address space is
limited, so that a reader that allocates without bound fails at once.
"""

import importlib
import json
import logging
import os
import resource
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Sequence

from .harness import Outcome, judge, rngs

# Bytes that cases may allocate in addition to the imported libraries.
MEMORY = 3 << 30


def limit_memory() -> None:
    """Limit the address space to the present size plus `MEMORY`."""
    pages = int(Path('/proc/self/statm').read_text().split()[0])
    size = pages * os.sysconf('SC_PAGE_SIZE') + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    # A crash is expected to be reported, not to fill the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(name: str, seed: str, first: str, *rest: str) -> None:
    """Run the cases FIRST to END - 1 of a fuzzer."""
    import torch
    from mmengine.registry import init_default_scope

    import mmvkp  # noqa: F401

    torch.set_num_threads(1)
    init_default_scope('mmaction')
    logging.disable(logging.CRITICAL)
    warnings.simplefilter('ignore')
    make_case = importlib.import_module(f'.{name}_cases', __package__).make_case
    end, path = (int(rest[0]), rest[1]) if rest else (int(first) + 1, os.devnull)
    with tempfile.TemporaryDirectory() as folder, open(path, 'a') as out:
        os.chdir(folder)
        limit_memory()
        for index in range(int(first), end):
            torch.manual_seed(index)
            outcome = judge(make_case(*rngs(int(seed), index), index))
            outcome = Outcome(*(text[:600] for text in outcome))
            if not rest:
                sys.stdout.write('\n'.join([*outcome, '']))
            out.write(json.dumps([index, *outcome]) + '\n')
            out.flush()


def run(words: Sequence[str]) -> None:
    """Run with the words of a command line."""
    main(*words)


if __name__ == '__main__':
    run(sys.argv[1:])
