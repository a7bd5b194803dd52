# stick_action_u8.py with random crops, for transformers: without them the small one
# learns its 2,400 training videos by heart (loss 2.2, 10 % of the validation videos).
_base_ = 'stick_action_u8.py'

train_pipeline = [
    dict(type='UprightVideoInit'),
    dict(type='UniformSample', clip_len=8),
    dict(type='UprightVideoDecode'),
    dict(type='RandomResizedCrop', area_range=(0.6, 1.0)),
    dict(type='Resize', scale=(64, 64), keep_ratio=False),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
