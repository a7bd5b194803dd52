# The same videos and frames for a Recognizer2D: (8, 3, H, W), so its networks
# take num_segments = clip_len.
_base_ = 'stick_action_u8.py'

clip_len = 8
train_pipeline = [
    dict(type='OpenCVInit'),
    dict(type='UniformSample', clip_len=clip_len),
    dict(type='OpenCVDecode'),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]
test_pipeline = [
    dict(type='OpenCVInit'),
    dict(type='UniformSample', clip_len=clip_len, test_mode=True),
    dict(type='OpenCVDecode'),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
