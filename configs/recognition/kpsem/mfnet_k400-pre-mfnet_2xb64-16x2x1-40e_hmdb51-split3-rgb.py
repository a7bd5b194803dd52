# MFNet on HMDB51, split 3.
_base_ = 'mfnet_k400-pre-mfnet_2xb64-16x2x1-40e_hmdb51-split1-rgb.py'

split = 3
train_dataloader = dict(
    dataset=dict(ann_file=f'data/hmdb51/hmdb51_train_split_{split}_videos.txt')
)
val_dataloader = dict(
    dataset=dict(ann_file=f'data/hmdb51/hmdb51_val_split_{split}_videos.txt')
)
test_dataloader = val_dataloader
