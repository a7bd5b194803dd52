# Clips of 3 frames (paper, Table 4).
_base_ = 'point3d_coco-pre-hg104_8xb2-16x1x1-20e_jhmdb-split1-rgb.py'

clip_len = 3
train_dataloader = dict(dataset=dict(clip_len=clip_len))
val_dataloader = dict(dataset=dict(clip_len=clip_len))
test_dataloader = dict(dataset=dict(clip_len=clip_len))
