"""Commands for exported models."""

from typing import Optional, Tuple

import click

from ..console import command, say


@command(
    'A config or the name of a recipe, and a checkpoint; a video for the comparison.',
    'An ONNX file that `mmvkp predict --runtime onnx` and mmvkp.runtime read; of a '
    'detector two files, OUT with .frame.onnx and .clip.onnx. The comparison with '
    'torch; nothing is written if both differ.',
    'mmvkp export my_config.py epoch_6.pth model.onnx --video a.mp4',
)
@click.argument('config')
@click.argument('checkpoint')
@click.argument('out')
@click.option(
    '--precision',
    type=click.Choice(['fp32', 'fp16']),
    default='fp32',
    show_default=True,
    help='Precision of the network; input and outputs are always float32.',
)
@click.option(
    '--batch',
    type=click.IntRange(min=1),
    help='Fixed number of views per run. Default: any number.',
)
@click.option('--video', help='Video of the comparison. Default: generated frames.')
@click.option(
    '--size',
    type=click.IntRange(min=1),
    nargs=2,
    help='Width and height of the generated frames. Default: 320 240.',
)
@click.option(
    '--classes',
    help='File with one class name per line. Default: names in the checkpoint, then in '
    'the config, then numbers.',
)
def export(
    config: str,
    checkpoint: str,
    out: str,
    precision: str,
    batch: Optional[int],
    video: Optional[str],
    size: Optional[Tuple[int, int]],
    classes: Optional[str],
) -> None:
    """Export a trained model to ONNX.

    Class names, sampling, scaling, crops and normalisation are stored in the file, of a
    detector also the clips and the linking. It is compared with torch on the given
    video before it is written.
    """
    from .export import export_model

    lines = export_model(
        config, checkpoint, out, precision, batch, video, size, classes
    )
    say('\n'.join(lines))


@command(
    'Nothing: the networks have random weights.',
    'A Markdown table on the standard output.',
    'mmvkp benchmark deploy --threads 1 --mode eager --mode onnx --model MFNet',
)
@click.option(
    '--model',
    'names',
    multiple=True,
    help='Row of the table, with its base; may be repeated. Default: all.',
)
@click.option(
    '--mode',
    'modes',
    type=click.Choice(['eager', 'accelerated', 'compiled', 'onnx']),
    multiple=True,
    help='May be repeated. Default: all.',
)
@click.option(
    '--threads', type=click.IntRange(min=1), multiple=True, help='Default: 1 and 2.'
)
@click.option(
    '--size',
    type=click.IntRange(min=32),
    default=224,
    show_default=True,
    help='Side of the frames in pixels.',
)
@click.option('--repeats', type=click.IntRange(min=1), default=5, show_default=True)
def benchmark_deploy(
    names: Tuple[str, ...],
    modes: Tuple[str, ...],
    threads: Tuple[int, ...],
    size: int,
    repeats: int,
) -> None:
    """Time methods and hosts in torch and in ONNX Runtime, side by side.

    Batch 1 on a CPU. Frames of AFNet are selected by forced masks.
    """
    from ..checks import check_choice
    from .benchmark import MODES, default_cases
    from .benchmark import benchmark_deploy as run_benchmark

    cases = default_cases()
    for name in names:
        check_choice('benchmark deploy', '--model', name, tuple(cases))
    wanted = {*names, *(cases[each].base for each in names)} if names else set(cases)
    chosen = {name: each for name, each in cases.items() if name in wanted}
    lines = run_benchmark(chosen, modes or MODES, size, threads or (1, 2), repeats)
    for line in lines:
        say(line)


@command(
    'Configs or names of recipes, and their checkpoints.',
    'A Markdown table on the standard output; with --out the exported files.',
    'mmvkp benchmark export --out exports',
)
@click.argument('models', nargs=-1)
@click.option(
    '--weights',
    multiple=True,
    help='Checkpoint of each model, in their order. Default: random weights.',
)
@click.option('--out', help='Folder for the files. Default: they are removed.')
@click.option(
    '--size',
    type=click.IntRange(min=1),
    nargs=2,
    default=(64, 64),
    show_default=True,
    help='Width and height of the frames.',
)
@click.option('--repeats', type=click.IntRange(min=1), default=20, show_default=True)
def benchmark_export(
    models: Tuple[str, ...],
    weights: Tuple[str, ...],
    out: Optional[str],
    size: Tuple[int, int],
    repeats: int,
) -> None:
    """Export models with static and dynamic batch, in fp32 and fp16.

    The table has the largest differences from torch, the sizes of the files and their
    times. Without MODELS: a light recipe of each method.
    """
    from .export_table import RECIPES, export_table

    if weights and len(weights) != len(models):
        raise click.UsageError(
            f'{len(weights)} --weights for {len(models)} models; give one for each'
        )
    given = tuple(weights) or (None,) * len(models or RECIPES)
    for line in export_table(list(zip(models or RECIPES, given)), out, size, repeats):
        say(line)
