# StickAction for TDN: 8 segments of 5 frames, as in the recipes of the paper.
# Segments of these short videos overlap.
_base_ = 'stick_action_u8_2d.py'

frames = dict(type='SampleSegmentFrames', clip_len=5, num_clips=8)
decode = [
    dict(type='UprightVideoDecode'),
    dict(type='StackSegmentFrames', frames_per_segment=5),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]
train_pipeline = [dict(type='UprightVideoInit'), frames, *decode]
test_pipeline = [dict(type='UprightVideoInit'), dict(frames, test_mode=True), *decode]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
