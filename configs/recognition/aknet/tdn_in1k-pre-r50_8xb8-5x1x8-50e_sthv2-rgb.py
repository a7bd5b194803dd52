# Stage 1: TDN on Something-Something v2 (AK-Net paper, Table II).
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/tdn_r50.py',
    '../../_base_/datasets/sthv2_square_5x1x8.py',
    '../../_base_/schedules/sgd_50e.py',
]

# Not in the paper: 64 videos on eight GPUs, as TSM is trained.
num_gpus = 8
batch_size = 8

train_dataloader = dict(batch_size=batch_size)
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)
