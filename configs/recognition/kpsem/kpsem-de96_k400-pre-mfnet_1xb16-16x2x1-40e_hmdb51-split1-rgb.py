# Embedding width d_e = 96 (Fig. 5d; the widths are not in the text).
_base_ = 'kpsem_k400-pre-mfnet_1xb16-16x2x1-40e_hmdb51-split1-rgb.py'

model = dict(neck=dict(embed_dims=96))
