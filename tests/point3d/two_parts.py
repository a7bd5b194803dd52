"""A model of two parts, its data and its trainings."""

import torch
from mmaction.registry import DATASETS, METRICS, MODELS
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import Dataset

# Learning rates of the parts, far from each other.
ADAM, SGD = 5e-3, 1e-1


def config(points=None, cls=None, **shared):
    """Optimisers of both parts; arguments are added to them."""
    return dict(
        constructor='PartOptimWrapperConstructor',
        points=dict(
            modules=['backbone', 'neck'],
            optimizer=dict(type='Adam', lr=ADAM),
            **(points or {}),
        ),
        cls=dict(
            modules=['twa', 'cls_head'],
            optimizer=dict(type='SGD', lr=SGD, momentum=0.9, weight_decay=5e-4),
            **(cls or {}),
        ),
        **shared,
    )


@MODELS.register_module(force=True)
class TwoParts(BaseModel):
    """Linear layers in two parts, a module without weights and a None."""

    def __init__(self, data_preprocessor=None, init_cfg=None):
        super().__init__(data_preprocessor, init_cfg)
        self.backbone = nn.Linear(4, 6)
        self.neck = None
        self.twa = nn.Tanh()
        self.cls_head = nn.Linear(6, 1)

    def scores(self, inputs):
        return self.cls_head(self.twa(self.backbone(inputs)))[:, 0]

    def forward(self, inputs, target, mode='tensor'):
        scores = self.scores(inputs)
        if mode == 'loss':
            self.dtype_of_scores = scores.dtype
            return dict(loss=(scores.float() - target).square().mean())
        return list(scores)


def seeded_model():
    """The model with a fixed seed."""
    torch.manual_seed(0)
    return TwoParts()


def batches(number, size=2):
    """Random batches with a fixed seed."""
    generator = torch.Generator().manual_seed(1)
    return [
        dict(
            inputs=torch.randn(size, 4, generator=generator),
            target=torch.randn(size, generator=generator),
        )
        for _ in range(number)
    ]


def joined(parts):
    """One batch made of several."""
    return {
        key: torch.cat([part[key] for part in parts]) for key in ('inputs', 'target')
    }


def weights(model):
    """All weights in one vector."""
    model = getattr(model, 'module', model)
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@DATASETS.register_module(force=True)
class TenSamples(Dataset):
    """Ten random samples."""

    def __init__(self):
        self.samples = joined(batches(5))

    def __len__(self):
        return 10

    def __getitem__(self, index):
        return {key: value[index] for key, value in self.samples.items()}


@METRICS.register_module(force=True)
class FlatMetric(BaseMetric):
    """A metric that never improves."""

    default_prefix = 'stad'

    def process(self, data_batch, data_samples):
        self.results += [0] * len(data_samples)

    def compute_metrics(self, results):
        return {'frame_mAP@0.5': 0.5}


def loader(shuffle):
    """Five batches."""
    return dict(
        batch_size=2,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=shuffle),
        collate_fn=dict(type='default_collate'),
        dataset=dict(type='TenSamples'),
    )


def settings(work_dir, epochs, **kwargs):
    """Config of a training with five iterations per epoch."""
    config_of_run = dict(
        model=dict(type='TwoParts'),
        work_dir=str(work_dir),
        train_dataloader=loader(shuffle=True),
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=epochs),
        optim_wrapper=config(),
        randomness=dict(seed=0),
        default_scope='mmaction',
        log_level='ERROR',
        experiment_name=f'{work_dir.name}_{len(list(work_dir.iterdir()))}',
    )
    config_of_run.update(kwargs)
    return config_of_run


def validation():
    """Settings that add a validation."""
    return dict(
        val_dataloader=loader(shuffle=False),
        val_cfg=dict(type='ValLoop'),
        val_evaluator=dict(type='FlatMetric'),
    )


def train(work_dir, epochs, hooks=(), **kwargs):
    """Run a training and return its runner."""
    runner = Runner.from_cfg(settings(work_dir, epochs, **kwargs))
    for hook in hooks:
        runner.register_hook(hook)
    runner.train()
    return runner
