# Table IV: without the pooled feature.
_base_ = 'aknet-tsm-res2_slim-r10_1xb16-u8-6e_stick-action-rgb.py'

model = dict(cls_head=dict(concat_pooled=False))
