# tsm_slim-r10.py with TDN's difference modules instead of the shift.
_base_ = 'tsm_slim-r10.py'

frames_per_segment = 5

model = dict(
    backbone=dict(type='ResNetTDN', frames_per_segment=frames_per_segment),
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53] * frames_per_segment,
        std=[58.395, 57.12, 57.375] * frames_per_segment,
    ),
)
