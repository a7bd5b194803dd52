"""Commands for exported models."""

from typing import Optional, Tuple

import click

from ..console import command, say


@command(
    'A config or the name of a recipe, and a checkpoint; a video for the comparison.',
    'An ONNX file that `mmvkp predict --runtime onnx` and mmvkp.runtime read, and the '
    'comparison with torch. Nothing is written if both differ.',
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
    """Export a trained model to an ONNX file.

    Class names, sampling, scaling, crops and normalisation are stored in the file. It
    is compared with torch on the given video before it is written.
    """
    from .export import export_model

    lines = export_model(
        config, checkpoint, out, precision, batch, video, size, classes
    )
    say('\n'.join(lines))
