# MF-KPSEM on UCF101, split 2.
_base_ = 'kpsem_k400-pre-mfnet_2xb40-16x2x1-40e_ucf101-split1-rgb.py'

split = 2
train_dataloader = dict(
    dataset=dict(ann_file=f'data/ucf101/ucf101_train_split_{split}_videos.txt')
)
val_dataloader = dict(
    dataset=dict(ann_file=f'data/ucf101/ucf101_val_split_{split}_videos.txt')
)
test_dataloader = val_dataloader
