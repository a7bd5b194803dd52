# Position (Fig. 5a): key points of conv5, which is also pooled.
_base_ = 'kpsem_k400-pre-mfnet_1xb16-16x2x1-40e_hmdb51-split1-rgb.py'

model = dict(
    # Both inputs are the same map; two indices make the host return a tuple.
    neck=dict(in_channels=768, temporal_index=-1),
    # 768 of conv5, and 768 / 4 * (8 - 1) of the shifts.
    cls_head=dict(in_channels=768 + 1344),
)
