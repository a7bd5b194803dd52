# Mini-Kinetics-200 with 80,000 training and 5,000 validation videos (Xie et al.,
# arXiv 1712.04851): the videos of Kinetics-400 in the layout of MMAction2's
# tools/data/kinetics, with the lists of `mmvkp data mini-kinetics`.
_base_ = 'videos_16x2x1.py'

data_root = 'data/kinetics400'

train_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/minikinetics80k_train_list_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos_train'),
    )
)
val_dataloader = dict(
    dataset=dict(
        ann_file=f'{data_root}/minikinetics80k_val_list_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos_val'),
    )
)
test_dataloader = val_dataloader
