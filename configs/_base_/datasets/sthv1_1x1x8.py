# Something-Something v1 as MMAction2's tools/data/sthv1 lays it out: raw
# frames (the data set comes as JPEG files) and the lists of
# generate_rawframes_filelist.sh.
_base_ = 'rawframes_1x1x8.py'

data_root = 'data/sthv1'

dataset = dict(
    data_prefix=dict(img=f'{data_root}/rawframes'), filename_tmpl='{:05}.jpg'
)
train_dataloader = dict(
    dataset=dict(ann_file=f'{data_root}/sthv1_train_list_rawframes.txt', **dataset)
)
val_dataloader = dict(
    dataset=dict(ann_file=f'{data_root}/sthv1_val_list_rawframes.txt', **dataset)
)
test_dataloader = val_dataloader
