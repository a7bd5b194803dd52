"""Runs of a tiny AFNet on random frames, through MMEngine's Runner."""

import torch
from mmaction.structures import ActionDataSample
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner
from torch.utils.data import Dataset

MODEL = dict(
    type='Recognizer2D',
    backbone=dict(
        type='AFResNet',
        num_segments=2,
        arch_cfg=dict(
            stage_blocks=(2, 2), base_channels=4, strides=(1, 1), stem_kernel=3
        ),
        out_indices=(1,),
    ),
    neck=dict(
        type='FrameSelectionNeck',
        num_segments=2,
        ratio_loss=dict(type='SelectionRatioLoss', target_ratio=0.4),
    ),
    cls_head=dict(type='TSNHead', in_channels=32, num_classes=3, average_clips='prob'),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[128.0] * 3,
        std=[64.0] * 3,
        format_shape='NCHW',
    ),
)


class RandomFrames(Dataset):
    """Videos of random bytes; the first ones are larger.

    Args:
        num (int): Videos.
        frames (int): Frames of each.
        num_large (int): How many have 24 x 24 instead of 16 x 16 pixels.
    """

    def __init__(self, num=8, frames=2, num_large=0):
        self.num, self.frames, self.num_large = num, frames, num_large

    def __len__(self):
        return self.num

    def __getitem__(self, index):
        size = 24 if index < self.num_large else 16
        generator = torch.Generator().manual_seed(index)
        return dict(
            inputs=torch.randint(
                0,
                256,
                (self.frames, 3, size, size),
                generator=generator,
                dtype=torch.uint8,
            ),
            data_samples=ActionDataSample().set_gt_label(index % 3),
        )


def loader(batch_size=2, shuffle=False, **kwargs):
    """Loader of random frames."""
    return dict(
        batch_size=batch_size,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=shuffle),
        collate_fn=pseudo_collate,
        dataset=RandomFrames(**kwargs),
    )


def training(work_dir, epochs, hooks, model=MODEL, by_epoch=True, **kwargs):
    """A training of four iterations per epoch.

    Args:
        work_dir (str): Where checkpoints go.
        epochs (int): Epochs, or four iterations each.
        hooks (list[dict]): Custom hooks.
        model (dict): The model.
        by_epoch (bool): Which loop trains.
        **kwargs: More arguments of the runner.
    """
    loop = (
        dict(type='EpochBasedTrainLoop', max_epochs=epochs)
        if by_epoch
        else dict(type='IterBasedTrainLoop', max_iters=4 * epochs)
    )
    return Runner(
        model=model,
        work_dir=str(work_dir),
        train_dataloader=loader(),
        train_cfg=loop,
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
        custom_hooks=hooks,
        default_hooks=dict(
            checkpoint=dict(type='CheckpointHook', interval=1, by_epoch=by_epoch)
        ),
        default_scope='mmaction',
        log_level='ERROR',
        experiment_name=f'{work_dir.name}_{len(list(work_dir.iterdir()))}',
        **kwargs,
    )


def runner_of_a_test(work_dir, hooks, evaluator, model=MODEL, **data):
    """A test."""
    return Runner(
        model=model,
        work_dir=str(work_dir),
        test_dataloader=loader(**data),
        test_cfg=dict(type='TestLoop'),
        test_evaluator=evaluator,
        custom_hooks=hooks,
        default_scope='mmaction',
        log_level='ERROR',
        randomness=dict(seed=0),
        experiment_name=f'{work_dir.name}_{len(list(work_dir.iterdir()))}',
    )
