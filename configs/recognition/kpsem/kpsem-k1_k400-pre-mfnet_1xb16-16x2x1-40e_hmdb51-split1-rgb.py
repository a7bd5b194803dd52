# K = 1 (Fig. 5b): a single key point per frame and channel (Table 2a).
_base_ = 'kpsem_k400-pre-mfnet_1xb16-16x2x1-40e_hmdb51-split1-rgb.py'

model = dict(neck=dict(num_regions=1))
