# Something-Something v2 for AK-Net, as MMAction2's tools/data/sthv2 lays it
# out: videos and the lists of generate_videos_filelist.sh.
_base_ = 'videos_square_1x1x8.py'

data_root = 'data/sthv2'

train_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/sthv2_train_list_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos'),
    )
)
val_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/sthv2_val_list_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos'),
    )
)
test_dataloader = val_dataloader
