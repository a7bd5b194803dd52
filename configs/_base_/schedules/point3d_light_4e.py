# point3d_light_1e.py with four epochs.
_base_ = 'point3d_light_1e.py'
max_epochs = 4

train_cfg = dict(max_epochs=max_epochs, val_begin=max_epochs)
warmup, cosine = _base_.param_scheduler
param_scheduler = [warmup, dict(cosine, end=max_epochs)]
del warmup, cosine
