# Control: KPSEM trained and tested on clips with shuffled frames.
_base_ = 'kpsem_r3d10_1xb16-u8-6e_stick-action-rgb.py'

shuffle = dict(type='ShuffleFrames')
train_pipeline = [*_base_.train_pipeline[:2], shuffle, *_base_.decode]
test_pipeline = [*_base_.test_pipeline[:2], shuffle, *_base_.decode]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
