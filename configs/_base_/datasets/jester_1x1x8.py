# Jester as MMAction2's tools/data/jester lays it out: raw frames (the data
# set comes as JPEG files) and the lists of generate_rawframes_filelist.sh. The
# AFNet paper would flip, which swaps swiping left and right; the authors' code
# does not.
_base_ = 'rawframes_1x1x8.py'

data_root = 'data/jester'

dataset = dict(
    data_prefix=dict(img=f'{data_root}/rawframes'), filename_tmpl='{:05}.jpg'
)
train_dataloader = dict(
    dataset=dict(ann_file=f'{data_root}/jester_train_list_rawframes.txt', **dataset)
)
val_dataloader = dict(
    dataset=dict(ann_file=f'{data_root}/jester_val_list_rawframes.txt', **dataset)
)
test_dataloader = val_dataloader
