# stick_action_u8_2d.py with frames of 32 x 32 pixels, for networks whose small maps
# see too little of a frame of 64 x 64 pixels in a short training.
_base_ = 'stick_action_u8_2d.py'

decode = [
    dict(type='UprightVideoDecode'),
    dict(type='Resize', scale=(32, 32), keep_ratio=False),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]
train_pipeline = [
    dict(type='UprightVideoInit'),
    dict(type='UniformSample', clip_len=8),
    *decode,
]
test_pipeline = [
    dict(type='UprightVideoInit'),
    dict(type='UniformSample', clip_len=8, test_mode=True),
    *decode,
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
