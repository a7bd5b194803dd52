# Point3D on JHMDB, split 3.
_base_ = 'point3d_coco-pre-hg104_8xb2-16x1x1-20e_jhmdb-split1-rgb.py'

split = 3
train_dataloader = dict(dataset=dict(split=split))
val_dataloader = dict(dataset=dict(split=split))
test_dataloader = dict(dataset=dict(split=split))
val_evaluator = dict(split=split)
test_evaluator = dict(split=split)
