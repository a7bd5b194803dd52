# Ablation: one set of regions (G = 1).
_base_ = 'kpsem_r3d10_1xb16-u8-6e_stick-action-rgb.py'

model = dict(neck=dict(num_sets=1))
