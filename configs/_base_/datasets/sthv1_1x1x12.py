# Something-Something v1 with 12 frames instead of 8.
_base_ = 'sthv1_1x1x8.py'

num_segments = 12

train_pipeline = _base_.train_pipeline
train_pipeline[0].num_clips = num_segments
val_pipeline = _base_.val_pipeline
val_pipeline[0].num_clips = num_segments

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
