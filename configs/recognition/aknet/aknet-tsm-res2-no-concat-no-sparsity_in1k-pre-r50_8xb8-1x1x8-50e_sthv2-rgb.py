# Table IV of the AK-Net paper, row 4: without the pooled map and the sparsity
# term; last row of Table V, and alpha = 30 % of Table VI.
_base_ = 'aknet-tsm-res2_in1k-pre-r50_8xb8-1x1x8-50e_sthv2-rgb.py'

model = dict(cls_head=dict(concat_pooled=False, loss_sparsity=None))
