# Something-Something v2 as MMAction2's tools/data/sthv2 lays it out: videos
# and the lists of generate_videos_filelist.sh; 12 frames.
_base_ = 'videos_1x1x8.py'

data_root = 'data/sthv2'
num_segments = 12

train_pipeline = _base_.train_pipeline
train_pipeline[1].num_clips = num_segments
val_pipeline = _base_.val_pipeline
val_pipeline[1].num_clips = num_segments

train_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/sthv2_train_list_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos'),
        pipeline=train_pipeline,
    )
)
val_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/sthv2_val_list_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos'),
        pipeline=val_pipeline,
    )
)
test_dataloader = val_dataloader
