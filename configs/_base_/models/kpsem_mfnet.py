# MF-KPSEM (KPSEM paper, section 4.1): K = 4 regions, G = 8 sets and
# d_e = 24 on conv4 (384 x 8 x 14 x 14).
_base_ = 'mfnet.py'

num_regions = 4
num_sets = 8
embed_dims = 24

model = dict(
    backbone=dict(out_indices=(2, 3)),
    neck=dict(
        type='KPSEM',
        in_channels=384,
        num_regions=num_regions,
        num_sets=num_sets,
        embed_dims=embed_dims,
    ),
    # 768 of conv5 beside 384 / 4 * (8 - 1) of the shifts.
    cls_head=dict(in_channels=768 + 672),
)
