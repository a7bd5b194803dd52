"""Converters of public weights."""

from functools import partial
from typing import Optional

import click

from ..console import command
from ..recognition.checkpoints import convert_file
from ..recognition.class_order import class_order_options, in_order
from . import convert_mfnet as mfnet
from . import convert_resnext3d as resnext3d
from . import convert_tdn as tdn


@command(
    f'A checkpoint of {mfnet.PAGE}, for video (3D) or for images (2D, ImageNet).',
    'A checkpoint for a Recognizer3D of MFNet and I3DHead.',
    'mmvkp weights mfnet MFNet3D_Kinetics-400_72.8.pth checkpoints/mfnet_k400.pth',
    makes={'mfnet_k400.pth': ('MFNet3D_Kinetics-400_72.8.pth', mfnet.PAGE)},
)
@click.argument('source', metavar='IN')
@click.argument('out', metavar='OUT')
@click.option(
    '--kind',
    type=click.Choice(mfnet.KINDS),
    default='auto',
    show_default=True,
    help='Image weights (2d, inflated) or video weights (3d); auto looks at the '
    'first kernel.',
)
def convert_mfnet(source: str, out: str, kind: str) -> None:
    """Convert the public MFNet weights for mmvkp.

    Image weights lose their classifier. Their kernels are inflated as in the
    official code.
    """
    convert = partial(mfnet.convert, kind=kind)
    convert_file('convert_mfnet', mfnet.PAGE, source, out, convert)


@command(
    f'A checkpoint of {tdn.PAGE} with ResNet-50 or ResNet-101.',
    'A checkpoint for a Recognizer2D of ResNetTDN and TSNHead or TSMHead.',
    'mmvkp weights tdn best.pth.tar checkpoints/tdn_r50_sthv1.pth --classes '
    'data/sthv1/annotations/something-something-v1-labels.csv',
)
@click.argument('source', metavar='IN')
@click.argument('out', metavar='OUT')
@class_order_options
def convert_tdn(
    source: str, out: str, classes: Optional[str], keep_order: bool
) -> None:
    """Convert the public TDN weights for mmvkp.

    Depth and number of classes are read from the file. The number of segments is
    not in the weights: set `num_segments` to the one of the training, because the
    weights of frame and difference depend on it. The input is RGB with mean
    (0.485, 0.456, 0.406) * 255 and std (0.229, 0.224, 0.225) * 255.

    The authors number the classes of Something-Something v1 by sorted names,
    MMAction2's lists by the order of the csv file: with 174 classes, --classes or
    --keep-order is needed.
    """
    convert = in_order(tdn.convert, classes, keep_order)
    convert_file('convert_tdn', tdn.PAGE, source, out, convert)


@command(
    f'A ResNeXt checkpoint of {resnext3d.PAGE}, with shortcuts of type B.',
    'A checkpoint with the entries clip_backbone.*, or for a Recognizer3D of '
    "ResNeXt3d(in_channels=3, stem='literal') and I3DHead.",
    'mmvkp weights resnext3d resnext-101-kinetics.pth checkpoints/resnext101_k400.pth',
    makes={
        'resnext101_k400.pth': ('resnext-101-kinetics.pth', resnext3d.PAGE),
        'resnext101_k700.pth': (
            'RESNEXT101_K700.pth',
            'your own training on Kinetics-700 (no public weights are known)',
        ),
    },
)
@click.argument('source', metavar='IN')
@click.argument('out', metavar='OUT')
@click.option(
    '--use',
    type=click.Choice(resnext3d.USES),
    default='point3d',
    show_default=True,
    help='Target of the weights: the 3D head of Point3D, or a recognizer of RGB clips.',
)
def convert_resnext3d(source: str, out: str, use: str) -> None:
    """Convert the public 3D ResNeXt weights for mmvkp.

    The 3D head of Point3D takes features instead of frames: the first convolution
    with its norm and the classifier are left out. Load the file with
    `init_cfg=[dict(type='Kaiming', layer='Conv3d'), dict(type='Pretrained',
    checkpoint=OUT, prefix='clip_backbone.')]` in `clip_backbone`.
    """
    convert = partial(resnext3d.convert, use=use)
    convert_file('convert_resnext3d', resnext3d.PAGE, source, out, convert)
