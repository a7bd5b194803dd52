# R3D-KPSEM (KPSEM paper, Table 2(d)): KPSEM on res3, 512 x T x 28 x 28.
_base_ = 'r3d50.py'

model = dict(
    backbone=dict(out_indices=(1, 3)),
    neck=dict(type='KPSEM', in_channels=512),
    # 2048 of res5, and 512 / 4 * (16 - 1) of the shifts for 16 frames.
    cls_head=dict(in_channels=2048 + 1920),
)
