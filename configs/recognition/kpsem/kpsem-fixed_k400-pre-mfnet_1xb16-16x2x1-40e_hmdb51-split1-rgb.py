# Regions fixed at their random initial positions (Table 2b).
_base_ = 'kpsem_k400-pre-mfnet_1xb16-16x2x1-40e_hmdb51-split1-rgb.py'

model = dict(neck=dict(adaptive=False))
