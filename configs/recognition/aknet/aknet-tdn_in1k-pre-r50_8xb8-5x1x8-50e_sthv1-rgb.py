# Stage 2: AK-Net with TDN, cut behind res4, on Something-Something v1
# (AK-Net paper, Table II).
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/aknet_tdn_r50.py',
    '../../_base_/datasets/sthv1_square_5x1x8.py',
    '../../_base_/schedules/sgd_50e.py',
]

# Not in the paper: 64 videos on eight GPUs, as TSM is trained.
num_gpus = 8
batch_size = 8
# Where stage 1 lies elsewhere: --cfg-options load_from=PATH.
stage1 = 'tdn_in1k-pre-r50_8xb8-5x1x8-50e_sthv1-rgb'
load_from = f'work_dirs/{stage1}/epoch_50.pth'

train_dataloader = dict(batch_size=batch_size)
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)
