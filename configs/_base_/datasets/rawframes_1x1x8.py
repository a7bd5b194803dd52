# As videos_1x1x8.py, for videos that are folders of JPEG files.
_base_ = 'videos_1x1x8.py'

# Sampling, then decoding; nothing is opened before.
train_pipeline = _base_.train_pipeline
train_pipeline[:3] = [train_pipeline[1], dict(type='RawFrameDecode')]
val_pipeline = _base_.val_pipeline
val_pipeline[:3] = [val_pipeline[1], dict(type='RawFrameDecode')]

train_dataloader = dict(dataset=dict(type='RawframeDataset', pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(type='RawframeDataset', pipeline=val_pipeline))
test_dataloader = val_dataloader
