"""Point3D's recipes made small enough for a step on a CPU."""

import numpy as np

from mmvkp.point3d.bank.store import VideoBank, bank_path, save_bank
from mmvkp.tubes.annotations import load_tube_annotations

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
CHANNELS, WIDTH, STAGES = 8, 16, 4


def shrink_detector(config):
    """Frames of 64 x 64, and networks with few and narrow blocks."""
    for loader in LOADERS:
        for step in config[loader].dataset.pipeline:
            if step.type == 'Resize':
                step.scale = (64, 64)
    model = config.model
    # Other widths are those of a small hourglass.
    large = model.backbone.type == 'mmdet.HourglassNet' and (
        'stage_channels' not in model.backbone
    )
    if large:
        model.backbone.update(
            downsample_times=1,
            stage_channels=(WIDTH, WIDTH),
            stage_blocks=(1, 1),
            feat_channel=CHANNELS,
        )
        model.point_head.update(in_channels=CHANNELS, mid_channels=CHANNELS)
        if model.cls_head is not None:
            model.clip_backbone.update(
                in_channels=CHANNELS,
                stage_blocks=(1,) * STAGES,
                base_channels=WIDTH,
                cardinality=4,
            )
            model.cls_head.update(
                in_channels=2 * WIDTH * 2 ** (STAGES - 1), mid_channels=WIDTH
            )
    if model.get('bank') and large:
        model.bank.in_channels = CHANNELS
    return config


def write_random_banks(config, network='a' * 64):
    """Files of the feature bank that a config names, if it does."""
    bank = config.model.get('bank')
    if not bank:
        return
    dataset = config.train_dataloader.dataset
    rng = np.random.default_rng(0)
    for video, count in load_tube_annotations(dataset.ann_file).nframes.items():
        rows = rng.normal(
            size=(count, 1 + bank.get('num_centers', 4), bank.in_channels)
        )
        path = bank_path(dataset.pipeline[1].folder, video)
        save_bank(path, VideoBank(rows.astype(np.float16), network))
