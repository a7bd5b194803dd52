# On JHMDB: longer.
_base_ = 'point3d_12e.py'

max_epochs = 20
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = [dict(_base_.param_scheduler[0], end=max_epochs)]
