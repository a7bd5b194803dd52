# point3d_light_1e.py with three epochs.
_base_ = 'point3d_light_1e.py'
max_epochs = 3

train_cfg = dict(max_epochs=max_epochs, val_begin=max_epochs)
warmup, cosine = _base_.param_scheduler
param_scheduler = [warmup, dict(cosine, end=max_epochs)]
del warmup, cosine
