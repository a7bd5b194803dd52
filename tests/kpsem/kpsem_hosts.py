"""Recognizers with KPSEM and a small host, and one step of them."""

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper


def host(backbone, channels, spatial, frames, segments=None, head=None):
    """Recognizer with KPSEM between a host and a stock head."""
    is_2d = segments is not None
    return MODELS.build(
        dict(
            type='Recognizer2D' if is_2d else 'Recognizer3D',
            backbone=backbone,
            neck=dict(
                type='KPSEM', in_channels=channels, num_sets=2, num_segments=segments
            ),
            cls_head=dict(
                dict(type='TSNHead' if is_2d else 'I3DHead'),
                in_channels=spatial + channels // 4 * (frames - 1),
                num_classes=5,
                average_clips='prob',
                **(head or {}),
            ),
            data_preprocessor=dict(
                type='ActionDataPreprocessor',
                mean=[128.0] * 3,
                std=[64.0] * 3,
                format_shape='NCHW' if is_2d else 'NCTHW',
            ),
        )
    )


R3D = dict(depth=18, base_channels=8, pretrained2d=False, out_indices=(2, 3))
HOSTS_3D = {
    'MFNet': (
        dict(
            type='MFNet',
            stem_channels=4,
            base_channels=16,
            num_fibers=4,
            stage_blocks=(1, 1, 1, 1),
            out_indices=(2, 3),
        ),
        64,
        128,
        4,
    ),
    'R3D': (
        dict(
            type='ResNet3d',
            conv1_kernel=(1, 7, 7),
            inflate=(0, 0, 0, 0),
            with_pool2=False,
            **R3D,
        ),
        32,
        64,
        8,
    ),
    'SlowOnly': (
        dict(
            type='ResNet3dSlowOnly',
            lateral=False,
            conv1_kernel=(1, 7, 7),
            inflate=(0, 0, 1, 1),
            **R3D,
        ),
        32,
        64,
        8,
    ),
    'CSN': (
        dict(
            type='ResNet3dCSN',
            pretrained=None,
            with_pool2=False,
            bottleneck_mode='ir',
            **dict(R3D, depth=50),
        ),
        128,
        256,
        2,
    ),
}
HOSTS_2D = {
    'TSN': (dict(type='ResNet', depth=18, out_indices=(2, 3)), 256, 512, {}),
    'TSM': (
        dict(
            type='ResNetTSM',
            depth=18,
            num_segments=4,
            pretrained2d=False,
            out_indices=(2, 3),
        ),
        256,
        512,
        {},
    ),
    'TSM with its own head': (
        dict(
            type='ResNetTSM',
            depth=18,
            num_segments=4,
            pretrained2d=False,
            out_indices=(2, 3),
        ),
        256,
        512,
        dict(type='TSMHead', num_segments=1),
    ),
    'MobileNetV2-TSM': (
        dict(
            type='MobileNetV2TSM',
            num_segments=4,
            pretrained2d=False,
            widen_factor=0.5,
            out_indices=(4, 6),
        ),
        48,
        160,
        {},
    ),
}


def batch(shape, num=2):
    """Batch of a data loader: videos of random bytes with labels."""
    generator = torch.Generator().manual_seed(0)
    return dict(
        inputs=[
            torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
            for _ in range(num)
        ],
        data_samples=[ActionDataSample().set_gt_label(i) for i in range(num)],
    )


def one_step(model, train_shape, test_shape):
    """One training step changes the neck; a multi-clip test gives scores."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = [p.detach().clone() for p in model.neck.parameters()]
    losses = model.train_step(batch(train_shape), OptimWrapper(optimizer))
    assert set(losses) == {'loss', 'loss_cls', 'top1_acc', 'top5_acc'}
    assert losses['loss'].isfinite()
    changed = [not torch.equal(a, b) for a, b in zip(before, model.neck.parameters())]
    assert all(changed)
    model.eval()
    results = model.test_step(batch(test_shape))
    assert len(results) == 2
    for result in results:
        assert result.pred_score.shape == (5,)
        torch.testing.assert_close(result.pred_score.sum(), torch.tensor(1.0))
    return results
