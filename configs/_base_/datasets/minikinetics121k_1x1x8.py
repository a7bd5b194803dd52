# Mini-Kinetics with 121 000 training and 10 000 validation videos of 200
# classes (the lists of AR-Net, arXiv 2007.15796): the videos of Kinetics-400
# as MMAction2's tools/data/kinetics lays them out, with the lists of
# tools/dataset_converters/mini_kinetics_list.py.
_base_ = 'videos_1x1x8.py'

data_root = 'data/kinetics400'

train_pipeline = _base_.train_pipeline
train_pipeline.insert(-2, dict(type='Flip', flip_ratio=0.5))

train_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/minikinetics121k_train_list_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos_train'),
        pipeline=train_pipeline,
    )
)
val_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/minikinetics121k_val_list_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos_val'),
    )
)
test_dataloader = val_dataloader
