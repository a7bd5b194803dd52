# Ablation: the whole map is one region (K = 1), a single key point.
_base_ = 'kpsem_r3d10_1xb16-u8-6e_stick-action-rgb.py'

model = dict(neck=dict(num_regions=1))
