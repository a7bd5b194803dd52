# Point3D on AVA, whose metric has another name.
_base_ = 'point3d_12e.py'

max_epochs = 15
monitor = 'mAP/overall'
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = [dict(_base_.param_scheduler[0], monitor=monitor, end=max_epochs)]
