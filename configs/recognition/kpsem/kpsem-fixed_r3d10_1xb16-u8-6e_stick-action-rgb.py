# Ablation: regions fixed at their random initial positions.
_base_ = 'kpsem_r3d10_1xb16-u8-6e_stick-action-rgb.py'

model = dict(neck=dict(adaptive=False))
