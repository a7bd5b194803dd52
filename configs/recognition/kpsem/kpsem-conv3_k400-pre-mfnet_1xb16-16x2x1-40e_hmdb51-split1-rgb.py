# Position (Fig. 5a): key points of conv3, combined with the pooled conv5.
_base_ = 'kpsem_k400-pre-mfnet_1xb16-16x2x1-40e_hmdb51-split1-rgb.py'

model = dict(
    backbone=dict(out_indices=(1, 3)),
    neck=dict(in_channels=192),
    # 768 of conv5, and 192 / 4 * (8 - 1) of the shifts.
    cls_head=dict(in_channels=768 + 336),
)
