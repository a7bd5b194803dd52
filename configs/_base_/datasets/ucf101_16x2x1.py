# UCF101, split 1, as MMAction2's tools/data/ucf101 lays it out: videos and the
# lists of generate_videos_filelist.sh.
_base_ = 'videos_16x2x1.py'

split = 1
data_root = 'data/ucf101'

train_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/ucf101_train_split_{split}_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos'),
    )
)
val_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/ucf101_val_split_{split}_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos'),
    )
)
test_dataloader = val_dataloader
