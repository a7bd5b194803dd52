# Something-Something v1 for AK-Net, as MMAction2's tools/data/sthv1 lays it
# out: raw frames and the lists of generate_rawframes_filelist.sh.
_base_ = 'videos_square_1x1x8.py'

data_root = 'data/sthv1'

# Sampling, then decoding; nothing is opened before.
train_pipeline = _base_.train_pipeline
train_pipeline[:3] = [train_pipeline[1], dict(type='RawFrameDecode')]
val_pipeline = _base_.val_pipeline
val_pipeline[:3] = [val_pipeline[1], dict(type='RawFrameDecode')]

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
test_dataloader = val_dataloader
