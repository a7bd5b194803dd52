"""Small recipes of the four methods on tiny StickAction data."""

from pathlib import Path

from mmengine.config import Config

from mmvkp.stick_action.generate import make_dataset
from mmvkp.stick_action.settings import make_settings

CONFIGS = Path(__file__).parents[1] / 'configs'
RECIPES = dict(
    kpsem='recognition/kpsem/kpsem_r3d10_1xb16-u8-6e_stick-action-rgb.py',
    afnet='recognition/afnet/afnet-rt50_af-r10_1xb16-u8-6e_stick-action-rgb.py',
    aknet='recognition/aknet/aknet-tsm_slim-r10_1xb16-u8-6e_stick-action-rgb.py',
    point3d='detection/point3d/point3d_r18_1xb8-8x1x1-1e_stick-tubes-rgb.py',
)
EPOCHS = 3


def make_data(folder):
    """Write both variants of the data: 24 videos of 32 x 32, 12 of 64 x 64."""
    sizes = dict(train=24, val=12, test=12, frame_size=32, num_frames=8)
    make_dataset(folder / 'videos', make_settings('tiny', **sizes), 1, False)
    tubes = dict(variant='untrimmed', frame_size=64, num_frames=16)
    make_dataset(folder / 'tubes', make_settings('tiny', **tubes), 1, False)
    return folder


def stick_config(name, data, work_dir, workers=0, **options):
    """A recipe of three epochs of six (Point3D: three) iterations."""
    config = Config.fromfile(CONFIGS / RECIPES[name])
    videos, detector = str(data / 'videos'), name == 'point3d'
    loader = config.train_dataloader
    loader.update(batch_size=4, num_workers=workers, persistent_workers=bool(workers))
    if detector:
        tubes = data / 'tubes'
        loader.dataset.update(
            ann_file=str(tubes / 'StickAction-GT.pkl'),
            data_prefix=dict(img=str(tubes / 'Frames')),
            joint_prefix=str(tubes / 'joint_positions'),
            clip_stride=12,
        )
    else:
        loader.dataset.update(
            ann_file=f'{videos}/train.txt', data_prefix=dict(video=f'{videos}/videos')
        )
    config.train_cfg.max_epochs = EPOCHS
    for each in config.param_scheduler:
        if each['type'] == 'LinearLR':
            each['end'] = 4
        elif each.get('convert_to_iter_based') or each.get('by_epoch'):
            each['end'] = EPOCHS
    for key in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        config[key] = None
    for each in config.custom_hooks:
        if each['type'] == 'SelectionAnnealHook':
            each.update(temperature_end=EPOCHS, ratio_steps=(0.5, 1, 2))
    config.update(
        work_dir=str(work_dir),
        load_from=None,
        log_level='ERROR',
        randomness=dict(seed=0),
        visualizer=dict(type='ActionVisualizer', vis_backends=[]),
        experiment_name=f'{name}_{Path(work_dir).name}',
    )
    config.default_hooks.checkpoint = dict(type='CheckpointHook', interval=1)
    config.merge_from_dict(options)
    return config
