"""Small networks with a single output, and two of their modules as taps."""

from typing import NamedTuple, Sequence, Tuple


class Tapped(NamedTuple):
    """A network with two taps.

    Args:
        base (dict): Config.
        taps (Sequence[str]): Names of modules.
        shape (tuple[int, ...]): Of the input.
        maps (list): Shapes of the maps, by hand.
        drop (Sequence[str]): Modules that are not needed.
    """

    base: dict
    taps: Sequence[str]
    shape: Tuple[int, ...]
    maps: list
    drop: Sequence[str] = ()


_TIMESFORMER = dict(
    type='TimeSformer',
    num_frames=4,
    img_size=32,
    patch_size=8,
    embed_dims=32,
    num_heads=2,
    num_transformer_layers=2,
)
_LAYERS = ('transformer_layers.layers.0', 'transformer_layers.layers.1')
HOSTS = {
    'X3D': Tapped(
        dict(type='X3D', gamma_w=1, gamma_b=2.25, gamma_d=1),
        ('layer3', 'conv5'),
        (2, 3, 4, 64, 64),
        # Strides of 2 in the stem and each stage; 24 x 4 and 192 x 2.25 channels.
        [(2, 96, 4, 4, 4), (2, 432, 4, 2, 2)],
    ),
    'C3D': Tapped(
        dict(type='C3D', out_dim=2048),
        ('conv4b', 'conv5b'),
        (2, 3, 8, 32, 32),
        [(2, 512, 2, 4, 4), (2, 512, 1, 2, 2)],
        ('pool5', 'fc6', 'fc7'),
    ),
    'UniFormer': Tapped(
        dict(
            type='UniFormer',
            depth=[1, 1, 1, 1],
            embed_dim=[16, 16, 32, 64],
            head_dim=16,
            pretrained2d=False,
        ),
        ('blocks3.0', 'norm'),
        (2, 3, 8, 64, 64),
        [(2, 32, 4, 4, 4), (2, 64, 4, 2, 2)],
    ),
    'UniFormerV2': Tapped(
        dict(
            type='UniFormerV2',
            input_resolution=32,
            patch_size=8,
            width=32,
            layers=4,
            heads=2,
            t_size=4,
            return_list=[2, 3],
            n_layers=2,
            n_dim=32,
            n_head=2,
            mlp_dropout=[0.0, 0.0],
            clip_pretrained=False,
        ),
        ('transformer.resblocks.1', 'transformer.resblocks.3'),
        (2, 3, 4, 32, 32),
        [(2, 32, 4, 4, 4)] * 2,
    ),
    'MViT': Tapped(
        dict(
            type='MViT',
            arch=dict(
                embed_dims=16, num_layers=4, num_heads=1, downscale_indices=[1, 3]
            ),
            spatial_size=64,
            temporal_size=8,
        ),
        ('blocks.1', 'blocks.3'),
        (2, 3, 8, 64, 64),
        # Strides of 2, 4, 4 at the start, then of 2 in blocks 1 and 3.
        [(2, 32, 4, 8, 8), (2, 64, 4, 4, 4)],
    ),
    'Video Swin': Tapped(
        dict(
            type='SwinTransformer3D',
            arch=dict(embed_dims=16, depths=[1] * 4, num_heads=[1, 2, 4, 8]),
            pretrained2d=False,
            window_size=(2, 4, 4),
        ),
        ('layers.1', 'layers.2'),
        (2, 3, 8, 64, 48),
        [(2, 32, 4, 8, 6), (2, 64, 4, 4, 3)],
    ),
    'VideoMAE': Tapped(
        dict(
            type='VisionTransformer',
            img_size=32,
            patch_size=8,
            embed_dims=32,
            depth=3,
            num_heads=2,
            num_frames=8,
        ),
        ('blocks.1', 'blocks.2'),
        (2, 3, 8, 32, 32),
        [(2, 32, 4, 4, 4)] * 2,
        ('fc_norm',),
    ),
    'TimeSformer': Tapped(
        _TIMESFORMER, _LAYERS, (2, 3, 4, 32, 32), [(2, 32, 4, 4, 4)] * 2
    ),
    'TimeSformer, space only': Tapped(
        dict(_TIMESFORMER, attention_type='space_only'),
        _LAYERS,
        (2, 3, 4, 32, 32),
        [(2, 32, 4, 4, 4)] * 2,
    ),
    'TSM': Tapped(
        dict(type='SlimResNetTSM', depth=10, base_channels=8, num_segments=4),
        ('layer3', 'layer4'),
        (8, 3, 64, 64),
        [(8, 32, 4, 4), (8, 64, 2, 2)],
    ),
}


def tapped(name: str) -> dict:
    """Config of `TapBackbone` over one of the networks."""
    host = HOSTS[name]
    return dict(type='TapBackbone', base=host.base, taps=host.taps, drop=host.drop)
