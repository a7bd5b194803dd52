# ActivityNet v1.3 as MMAction2's tools/data/activitynet lays it out: raw
# frames and the video-level lists of generate_rawframes_filelist.py; 12
# frames. The lists count all files of a folder: extract RGB frames alone
# (build_rawframes.py --task rgb).
_base_ = 'rawframes_1x1x8.py'

data_root = 'data/ActivityNet'
num_segments = 12

train_pipeline = _base_.train_pipeline
train_pipeline[0].num_clips = num_segments
train_pipeline.insert(-2, dict(type='Flip', flip_ratio=0.5))
val_pipeline = _base_.val_pipeline
val_pipeline[0].num_clips = num_segments

# Labels as vectors, which mean average precision needs. The loss of a vector
# with a single 1 is that of the class.
dataset = dict(
    data_prefix=dict(img=f'{data_root}/rawframes'),
    filename_tmpl='img_{:05}.jpg',
    multi_class=True,
    num_classes=200,
)
train_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/anet_train_video.txt', pipeline=train_pipeline, **dataset
    )
)
val_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/anet_val_video.txt', pipeline=val_pipeline, **dataset
    )
)
test_dataloader = val_dataloader

val_evaluator = dict(type='AccMetric', metric_list='mean_average_precision')
test_evaluator = val_evaluator
