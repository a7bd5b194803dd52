"""Commands that compare finished runs, and models side by side."""

from typing import Dict, List, Optional, Tuple

import click

from ..console import command, say
from ..files import write_text


def _say_and_write(path: Optional[str], text: str) -> None:
    """Print a text, and write it to a file if one is given."""
    say(text)
    if path:
        write_text(path, f'{text}\n')


@command(
    'Tests of at least two splits: work dirs, .json logs or .pkl dumps.',
    'A Markdown table in percent.',
    'mmvkp evaluate splits work_dirs/hmdb51-split1 work_dirs/hmdb51-split2 '
    'work_dirs/hmdb51-split3',
)
@click.argument('runs', nargs=-1, required=True)
@click.option('--out', help='File for the table.')
def average_splits(runs: Tuple[str, ...], out: Optional[str]) -> None:
    """Average the tests of several splits, as for UCF101 and HMDB51.

    The newest test of a work dir counts. The last row has the mean and the
    standard deviation of the sample (divided by the number of runs minus one).
    """
    from .average_splits import average

    if len(runs) < 2:
        raise click.UsageError('an average needs at least two runs')
    _say_and_write(out, average(runs))


@command(
    'Configs and the work dirs of their tests.',
    'A Markdown table of accuracy and cost.',
    'mmvkp evaluate runs --row R3D r3d.py work_dirs/r3d '
    '--row KPSEM kpsem.py work_dirs/kpsem',
)
@click.option(
    '--row',
    'rows',
    nargs=3,
    multiple=True,
    required=True,
    metavar='NAME CONFIG WORK_DIR',
    help='A test; several tests with the same name and config are runs with '
    'different seeds and share a row.',
)
@click.option('--out', help='File for the table.')
def compare_runs(rows: Tuple[Tuple[str, str, str], ...], out: Optional[str]) -> None:
    """Compare finished runs in a table.

    Several runs in a row give mean and standard deviation. MACs are counted in a
    forward pass, or in the tests for networks that select frames. Seconds per clip
    are measured now, in turns.
    """
    from .compare_runs import make_table

    merged: Dict[str, List[str]] = {}
    for name, config, work_dir in rows:
        row = merged.setdefault(name, [name, config])
        if row[1] != config:
            raise click.UsageError(
                f'--row {name} has the configs {row[1]} and {config}'
            )
        row.append(work_dir)
    _say_and_write(out, make_table(list(merged.values())))


def _shape(ctx: click.Context, param: click.Parameter, value: str) -> Tuple[int, ...]:
    """Read `3x16x224x224`."""
    parts = value.split('x')
    if len(parts) not in (3, 4) or not all(each.isdecimal() for each in parts):
        raise click.BadParameter(f'{value!r} is not CxTxHxW or CxHxW')
    return tuple(int(each) for each in parts)


@command(
    'At least one config with a model; the first is the base.',
    'A Markdown table: milliseconds, peak memory and ratios to the base.',
    'mmvkp benchmark speed r3d.py kpsem.py --batch 1 --batch 4',
)
@click.argument('configs', nargs=-1, required=True)
@click.option(
    '--shape',
    default='3x16x224x224',
    show_default=True,
    callback=_shape,
    help='CxTxHxW of a clip for 3D networks, CxHxW of a frame for 2D networks.',
)
@click.option(
    '--batch',
    'batches',
    type=click.IntRange(min=1),
    multiple=True,
    default=[1],
    show_default=True,
    help='Batch size, for 2D networks the number of frames; may be repeated.',
)
@click.option(
    '--repeats',
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help='Timed rounds.',
)
@click.option('--threads', type=click.IntRange(min=1), help='Threads of torch.')
@click.option('--device', help='Default: cuda with a GPU, else cpu.')
@click.option('--amp', is_flag=True, help='Half precision.')
def benchmark_speed(
    configs: Tuple[str, ...],
    shape: Tuple[int, ...],
    batches: Tuple[int, ...],
    repeats: int,
    threads: Optional[int],
    device: Optional[str],
    amp: bool,
) -> None:
    """Time forward passes and training steps of models side by side."""
    import torch

    from .benchmark_speed import Setting, compare_speed

    if threads:
        torch.set_num_threads(threads)
    device = device or ('cuda' if torch.cuda.is_available() else 'cpu')
    for line in compare_speed(configs, batches, Setting(shape, repeats, device, amp)):
        say(line)


@command(
    'A config with a model.',
    'A Markdown table of GiB and of the largest batch for each size of GPU memory.',
    'mmvkp benchmark memory c.py --frames 16 --size 256 256 --modules "backbone.*.up1"',
)
@click.argument('config')
@click.option(
    '--frames',
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    help='Frames of a clip.',
)
@click.option(
    '--size',
    type=click.IntRange(min=1),
    nargs=2,
    default=(256, 256),
    show_default=True,
    help='Height and width of a frame in pixels.',
)
@click.option(
    '--modules',
    multiple=True,
    help='Names of modules with activation checkpointing, * for any characters; '
    'may be repeated.',
)
@click.option(
    '--gib',
    'sizes',
    type=click.FloatRange(min=0, min_open=True),
    multiple=True,
    default=[16, 24, 40, 80],
    show_default=True,
    help='Memory of a GPU in GiB; may be repeated.',
)
def benchmark_memory(
    config: str,
    frames: int,
    size: Tuple[int, int],
    modules: Tuple[str, ...],
    sizes: Tuple[float, ...],
) -> None:
    """Count the memory of a training step, without a GPU.

    The operators run with shapes only, and the sizes of all tensors are added while
    they exist: weights, gradients, optimiser states and activations. Not counted are
    the work space of convolutions, fragmentation and the context of the GPU, losses
    and temporary tensors of the optimiser; leave 10 to 20 % of the memory for these.
    The rows differ in half precision (AMP) and activation checkpointing.
    """
    from .training_memory import memory_table

    say(memory_table(config, frames, size, modules, sizes))
