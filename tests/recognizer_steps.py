"""Training and test step of a backbone inside `Recognizer2D`."""

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import OptimWrapper
from torch import nn


def recognizer(backbone: dict, feat_dim: int, frames: int = 1) -> nn.Module:
    """A recognizer of 3 classes with TSM's head and scores as probabilities.

    Args:
        backbone (dict): Config; its `num_segments` is also set in the head.
        feat_dim (int): Channels of its output.
        frames (int): Frames stacked along the channels of the input.
    """
    return MODELS.build(
        dict(
            type='Recognizer2D',
            backbone=backbone,
            cls_head=dict(
                type='TSMHead',
                num_classes=3,
                in_channels=feat_dim,
                num_segments=backbone['num_segments'],
                average_clips='prob',
            ),
            data_preprocessor=dict(
                type='ActionDataPreprocessor',
                mean=[120.0, 110.0, 100.0] * frames,
                std=[60.0, 50.0, 40.0] * frames,
            ),
        )
    )


def batch(segments: int, channels: int, num: int = 2) -> dict:
    """Batch of a data loader: `num` videos of 64 x 64."""
    generator = torch.Generator().manual_seed(0)
    shape = (segments, channels, 64, 64)
    return dict(
        inputs=[
            torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
            for _ in range(num)
        ],
        data_samples=[ActionDataSample().set_gt_label(i) for i in range(num)],
    )


def check_steps(model: nn.Module, channels: int) -> None:
    """Check a training step, and that the score of two views is their mean."""
    segments = model.backbone.num_segments
    model.init_weights()
    model.train()
    weight = model.backbone.layer4[0].conv2.conv.weight
    before = weight.detach().clone()
    losses = model.train_step(
        batch(segments, channels),
        OptimWrapper(torch.optim.SGD(model.parameters(), 0.1)),
    )
    assert losses['loss_cls'].isfinite() and not torch.equal(before, weight)
    model.eval()
    both = batch(2 * segments, channels, num=1)
    views = both['inputs'][0].split(segments)
    with torch.no_grad():
        together = model.test_step(both)[0].pred_score
        alone = [
            model.test_step(dict(inputs=[view], data_samples=both['data_samples']))[
                0
            ].pred_score.clone()
            for view in views
        ]
    assert together.shape == (3,)
    torch.testing.assert_close(together, torch.stack(alone).mean(0))
