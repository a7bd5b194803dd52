# Something-Something v2 for TDN: five neighbouring frames of each of 8
# segments.
_base_ = 'sthv2_square_1x1x8.py'

clip_len = 5
num_segments = 8

sampler = dict(
    type='SampleSegmentFrames',
    clip_len=clip_len,
    frame_interval=1,
    num_clips=num_segments,
)
stack = dict(type='StackSegmentFrames', frames_per_segment=clip_len)

train_pipeline = _base_.train_pipeline
train_pipeline[1] = sampler
train_pipeline.insert(-2, stack)
val_pipeline = _base_.val_pipeline
val_pipeline[1] = dict(test_mode=True, **sampler)
val_pipeline.insert(-2, stack)

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
