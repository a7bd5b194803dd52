# G = 1 set of regions (Fig. 5c and Table 2c).
_base_ = 'kpsem_k400-pre-mfnet_1xb16-16x2x1-40e_hmdb51-split1-rgb.py'

model = dict(neck=dict(num_sets=1))
