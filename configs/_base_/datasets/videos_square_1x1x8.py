# What the data sets of AK-Net share, for videos; a data set adds its lists
# and folders. 8 frames are spread over the whole video, scaled to 256 x 256
# and cropped to 224 x 224, at random in training and from the centre in the
# one view of a test; nothing else is done to them (AK-Net paper, section
# IV-A). No flip: the paper has none, and it swaps classes of
# Something-Something.
_base_ = 'videos_1x1x8.py'

scale = (256, 256)
crop_size = 224

train_pipeline = _base_.train_pipeline
train_pipeline[3:6] = [
    dict(type='Resize', scale=scale, keep_ratio=False),
    dict(type='RandomCrop', size=crop_size),
]
val_pipeline = _base_.val_pipeline
val_pipeline[3:5] = [
    dict(type='Resize', scale=scale, keep_ratio=False),
    dict(type='CenterCrop', crop_size=crop_size),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
