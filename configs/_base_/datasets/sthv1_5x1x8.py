# Something-Something v1 for TDN, sampled as v2, in the layout of MMAction2's
# tools/data/sthv1: raw frames and the lists of generate_rawframes_filelist.sh.
_base_ = 'sthv2_5x1x8.py'

data_root = 'data/sthv1'

decode = dict(type='RawFrameDecode')
train_pipeline = [_base_.train_pipeline[1], decode, *_base_.train_pipeline[3:]]
val_pipeline = [_base_.val_pipeline[1], decode, *_base_.val_pipeline[3:]]

dataset = dict(
    _delete_=True,
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
        test_mode=True,
        **dataset,
    )
)
test_dataloader = val_dataloader
