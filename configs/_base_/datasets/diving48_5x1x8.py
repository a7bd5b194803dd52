# Diving48 for TDN, sampled as Something-Something v2, in the layout of MMAction2's
# tools/data/diving48: videos and the lists of generate_videos_filelist.sh, which
# reads the corrected annotations (Diving48_V2_train.json, Diving48_V2_test.json;
# AK-Net paper, section IV-B).
_base_ = 'sthv2_5x1x8.py'

data_root = 'data/diving48'
files = dict(data_prefix=dict(video=f'{data_root}/videos'))

train_dataloader = dict(
    dataset=dict(ann_file=f'{data_root}/diving48_train_list_videos.txt', **files)
)
val_dataloader = dict(
    dataset=dict(ann_file=f'{data_root}/diving48_val_list_videos.txt', **files)
)
test_dataloader = val_dataloader
