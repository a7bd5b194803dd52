# Something-Something v1 as MMAction2's tools/data/sthv1 lays it out: raw
# frames (the data set comes as JPEG files) and the lists of
# generate_rawframes_filelist.sh.
_base_ = 'videos_16x2x1.py'

data_root = 'data/sthv1'
# Mirrored, "from left to right" becomes "from right to left" (MMAction2).
flip_label_map = {2: 4, 4: 2, 30: 41, 41: 30, 52: 66, 66: 52}

# Sampling, then decoding; nothing is opened before.
train_pipeline = _base_.train_pipeline
train_pipeline[:3] = [train_pipeline[1], dict(type='RawFrameDecode')]
train_pipeline[5] = dict(type='Flip', flip_ratio=0.5, flip_label_map=flip_label_map)
val_pipeline = _base_.val_pipeline
val_pipeline[:3] = [val_pipeline[1], dict(type='RawFrameDecode')]
test_pipeline = _base_.test_pipeline
test_pipeline[:3] = [test_pipeline[1], dict(type='RawFrameDecode')]

dataset = dict(
    type='RawframeDataset',
    data_prefix=dict(img=f'{data_root}/rawframes'),
    filename_tmpl='{:05}.jpg',
)
train_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/sthv1_train_list_rawframes.txt',
        pipeline=train_pipeline,
        **dataset,
    )
)
val_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/sthv1_val_list_rawframes.txt',
        pipeline=val_pipeline,
        **dataset,
    )
)
test_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/sthv1_val_list_rawframes.txt',
        pipeline=test_pipeline,
        **dataset,
    )
)
