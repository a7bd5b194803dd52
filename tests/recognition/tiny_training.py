"""A training of a few milliseconds with every source of random numbers."""

import random

import numpy as np
import torch
from mmaction.registry import DATASETS, MODELS
from mmaction.structures import ActionDataSample
from mmcv.transforms import BaseTransform
from mmengine.dataset import BaseDataset, pseudo_collate
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from mmvkp.recognition.checkpoint_file import load_tensors

NUM_SAMPLES = 8


@MODELS.register_module()
class TinyNet(BaseModel):
    """Dropout, a norm layer and a linear layer; its target is the sum."""

    def __init__(self, dropout=0.5):
        super().__init__()
        self.norm, self.drop = nn.BatchNorm1d(3), nn.Dropout(dropout)
        self.fc = nn.Linear(3, 1)

    def forward(self, inputs, data_samples=None, mode='tensor'):
        x = torch.stack(list(inputs))
        out = self.fc(self.drop(self.norm(x)))
        if mode == 'loss':
            return dict(loss_sum=(out[:, 0] - x.sum(1)).square().mean())
        return out


class AddNoise(BaseTransform):
    """Noise of the three generators."""

    def transform(self, results):
        noise = [random.random(), np.random.uniform(), float(torch.rand(()))]
        sample = ActionDataSample(metainfo=dict(filename=results['filename']))
        return dict(inputs=results['x'] + torch.tensor(noise), data_samples=sample)


@DATASETS.register_module()
class TinySet(BaseDataset):
    """Fixed vectors, each with random noise.

    Args:
        bad (float, optional): Replaces the vector of sample 5.
    """

    def __init__(self, bad=None):
        self.bad = bad
        super().__init__(pipeline=[], lazy_init=False, serialize_data=False)
        self.pipeline.transforms.append(AddNoise())

    def load_data_list(self):
        rows = torch.randn(NUM_SAMPLES, 3, generator=torch.Generator().manual_seed(0))
        if self.bad is not None:
            rows[5] = self.bad
        return [dict(x=row, filename=f'{i}.mp4') for i, row in enumerate(rows)]


def tiny_runner(work_dir, epochs=3, workers=0, hooks=(), seed=0, **options):
    """Runner of two iterations per epoch; each epoch is saved."""
    settings = dict(
        model=dict(type='TinyNet'),
        work_dir=str(work_dir),
        train_dataloader=dict(
            batch_size=4,
            num_workers=workers,
            persistent_workers=workers > 0,
            sampler=dict(type='DefaultSampler', shuffle=True),
            collate_fn=pseudo_collate,
            dataset=dict(type='TinySet'),
        ),
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.05, momentum=0.9)),
        custom_hooks=list(hooks),
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
        default_scope='mmaction',
        log_level='ERROR',
        randomness=dict(seed=seed),
        experiment_name=f'tiny_{random.SystemRandom().random()}',
    )
    settings.update(options)
    return Runner(**settings)


def weights_of(work_dir, epoch=3):
    """State dict after an epoch."""
    path = f'{work_dir}/epoch_{epoch}.pth'
    return load_tensors(path)['state_dict']


def assert_same(first, second):
    """Bit-identical weights."""
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name
