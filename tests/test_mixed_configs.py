"""Our components in configs of MMAction2, written as users write them.

Models are built without weights and run on the meta device, which checks all shapes at
the real size. Steps of training and test: tests/hosts/test_host_table.py.
"""

import re

import pytest
from mmengine.config import Config
from torch import nn

from mmvkp.checks import check_parts
from mmvkp.recognition.clip_cost import clip_macs, weightless

HOSTS = dict(
    tsn='recognition/tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x8-100e_kinetics400-rgb',
    tsm='recognition/tsm/tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_sthv2-rgb',
    slowonly='recognition/slowonly/slowonly_r50_8xb16-4x16x1-256e_kinetics400-rgb',
    slowfast='recognition/slowfast/slowfast_r50_8xb8-4x16x1-256e_kinetics400-rgb',
    swin='recognition/swin/'
    'swin-tiny-p244-w877_in1k-pre_8xb8-amp-32x2x1-30e_kinetics400-rgb',
    csn='recognition/csn/'
    'ircsn_ig65m-pretrained-r50-bnfrozen_8xb12-32x2x1-58e_kinetics400-rgb',
    posec3d='skeleton/posec3d/slowonly_r50_8xb16-u48-240e_ntu60-xsub-keypoint',
    x3d='recognition/x3d/x3d_s_13x6x1_facebook-kinetics400-rgb',
    uniformer='recognition/uniformer/'
    'uniformer-small_imagenet1k-pre_16x4x1_kinetics400-rgb',
    videomae='recognition/videomae/vit-base-p16_videomae-k400-pre_16x4x1_kinetics-400',
)
# Shape of a clip, and the lines that add KPSEM.
KPSEM = dict(
    tsn=(
        (1, 8, 3, 224, 224),
        """
backbone=dict(out_indices=(2, 3)),
neck=dict(type='KPSEM', in_channels=1024, num_segments=8),
cls_head=dict(in_channels=2048 + 256 * 7)
""",
    ),
    tsm=(
        (1, 8, 3, 224, 224),
        """
backbone=dict(out_indices=(2, 3)),
neck=dict(type='KPSEM', in_channels=1024, num_segments=8),
cls_head=dict(in_channels=2048 + 256 * 7, num_segments=1)
""",
    ),
    slowonly=(
        (1, 1, 3, 4, 224, 224),
        """
backbone=dict(out_indices=(2, 3)),
neck=dict(type='KPSEM', in_channels=1024),
cls_head=dict(in_channels=2048 + 256 * 3)
""",
    ),
    # The slow pathway gets every eighth of 32 frames.
    slowfast=(
        (1, 1, 3, 32, 224, 224),
        """
backbone=dict(
    _delete_=True,
    type='TapBackbone',
    base={backbone},
    taps=('slow_path.layer3', 'slow_path.layer4'),
    drop=('fast_path.layer4',),
),
neck=dict(type='KPSEM', in_channels=1024),
cls_head=dict(_delete_=True, type='I3DHead', num_classes=400,
              in_channels=2048 + 256 * 3)
""",
    ),
    swin=(
        (1, 1, 3, 32, 224, 224),
        """
backbone=dict(out_indices=(2, 3)),
neck=dict(type='KPSEM', in_channels=384),
cls_head=dict(in_channels=768 + 96 * 15)
""",
    ),
    # 32 frames are halved in stages 2 to 4.
    csn=(
        (1, 1, 3, 32, 224, 224),
        """
backbone=dict(out_indices=(1, 3)),
neck=dict(type='KPSEM', in_channels=512),
cls_head=dict(in_channels=2048 + 128 * 15)
""",
    ),
    posec3d=(
        (1, 1, 17, 48, 56, 56),
        """
backbone=dict(out_indices=(1, 2)),
neck=dict(type='KPSEM', in_channels=256),
cls_head=dict(in_channels=512 + 64 * 47)
""",
    ),
    x3d=(
        (1, 1, 3, 13, 160, 160),
        """
backbone=dict(_delete_=True, type='TapBackbone', base={backbone},
              taps=('layer3', 'conv5')),
neck=dict(type='KPSEM', in_channels=96),
cls_head=dict(_delete_=True, type='I3DHead', num_classes=400,
              in_channels=432 + 24 * 12)
""",
    ),
    uniformer=(
        (1, 1, 3, 16, 224, 224),
        """
backbone=dict(_delete_=True, type='TapBackbone', base={backbone},
              taps=('blocks3.7', 'norm')),
neck=dict(type='KPSEM', in_channels=320),
cls_head=dict(in_channels=512 + 80 * 7)
""",
    ),
    videomae=(
        (1, 1, 3, 16, 224, 224),
        """
backbone=dict(_delete_=True, type='TapBackbone', base={backbone},
              taps=('blocks.7', 'blocks.11'), drop=('fc_norm',)),
neck=dict(type='KPSEM', in_channels=768),
cls_head=dict(_delete_=True, type='I3DHead', num_classes=400,
              in_channels=768 + 192 * 7)
""",
    ),
)
AKNET = """
backbone=dict(_delete_=True, type='AKNet', base={backbone}, num_segments=8),
cls_head=dict(_delete_=True, type='AKHead', num_classes=400, in_channels=2048,
              map_channels=1024)
"""
AKVIT = """
backbone=dict(_delete_=True, type='AKViT', base={backbone}),
cls_head=dict(_delete_=True, type='AKHead', num_classes=400, in_channels=768,
              map_channels=768)
"""
SELECTION = "neck=dict(type='FrameSelectionNeck', num_segments=8)"


def mostly_slow(names, *first):
    """Parameters, of which only some run in the first tier."""
    return [
        each if each in first else pytest.param(each, marks=pytest.mark.slow)
        for each in names
    ]


@pytest.fixture
def model_of(tmp_path):
    """Model of a config of MMAction2 with changes, without weights."""

    def read(name: str, changes: str) -> nn.Module:
        path = tmp_path / 'mine.py'
        base = f"_base_ = 'mmaction::{HOSTS[name]}.py'\n"
        path.write_text(base)
        backbone = Config.fromfile(path).model.backbone.to_dict()
        path.write_text(
            f"{base}custom_imports = dict(imports=['mmvkp'], "
            'allow_failed_imports=False)\n'
            f'model = dict({changes.replace("{backbone}", repr(backbone))})\n'
        )
        model = weightless(Config.fromfile(path).model)
        check_parts(model)
        return model

    return read


def run(model: nn.Module, shape) -> None:
    """One clip passes the whole network."""
    assert clip_macs(model, shape, stage='head') > 1e8


@pytest.mark.parametrize('name', mostly_slow(KPSEM, 'tsm', 'x3d', 'videomae'))
def test_kpsem(name, model_of):
    shape, changes = KPSEM[name]
    run(model_of(name, changes), shape)


@pytest.mark.parametrize('name', mostly_slow(['tsn', 'tsm'], 'tsm'))
def test_aknet(name, model_of):
    run(model_of(name, AKNET), (1, 8, 3, 224, 224))


def test_akvit(model_of):
    run(model_of('videomae', AKVIT), (1, 1, 3, 16, 224, 224))


@pytest.mark.parametrize(
    'name', mostly_slow(sorted(set(HOSTS) - {'tsn', 'tsm'}), 'slowonly', 'uniformer')
)
def test_aknet_refuses_other_hosts(name, model_of):
    with pytest.raises(
        (ValueError, KeyError), match='AKNet: .*(choose|remove|set) .*'
    ) as caught:
        model_of(name, AKNET)
    assert re.search('no counterpart|cannot|no effect', str(caught.value))


@pytest.mark.parametrize('name', mostly_slow(HOSTS, 'tsn', 'videomae'))
def test_the_selection_of_frames_needs_its_backbone(name, model_of):
    head = ', cls_head=dict(num_segments=1)' if name == 'tsm' else ''
    model = model_of(name, SELECTION + head)
    with pytest.raises(ValueError, match='FrameSelectionNeck: .*Set one of them as'):
        clip_macs(model, KPSEM[name][0], stage='head')


@pytest.mark.parametrize(
    'name, changes, message',
    [
        # One map only.
        (
            'x3d',
            "neck=dict(type='KPSEM', in_channels=96)",
            "KPSEM: the host returns a single map.*type='TapBackbone'",
        ),
        # Two pathways.
        (
            'slowfast',
            "neck=dict(type='KPSEM', in_channels=96)",
            'KPSEM: ResNet3dSlowFast returns its two pathways.*choose',
        ),
        # The head of the host.
        (
            'tsm',
            "backbone=dict(out_indices=(2, 3)), neck=dict(type='KPSEM', "
            'in_channels=1024, num_segments=8)',
            'TSMHead: num_segments=8 regroups.*set num_segments=1',
        ),
        (
            'swin',
            "backbone=dict(out_indices=(2, 3)), neck=dict(type='KPSEM', "
            'in_channels=384)',
            'I3DHead: in_channels=768, but the feature of KPSEM has 2208 channels.*set',
        ),
        ('videomae', AKNET, 'AKNet: base=VisionTransformer cannot be split.*AKViT'),
        ('x3d', AKVIT, 'AKViT: base=X3D is not supported.*choose'),
    ],
)
def test_remedies(name, changes, message, model_of):
    with pytest.raises((ValueError, KeyError, TypeError), match=message):
        model = model_of(name, changes)
        clip_macs(model, KPSEM[name][0], stage='head')
