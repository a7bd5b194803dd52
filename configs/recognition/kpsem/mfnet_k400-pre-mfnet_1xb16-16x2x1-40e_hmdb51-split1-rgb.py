# Baseline of the ablations: 16 clips on one GPU (KPSEM paper, section 4.4).
_base_ = 'mfnet_k400-pre-mfnet_2xb64-16x2x1-40e_hmdb51-split1-rgb.py'

num_gpus = 1
batch_size = 16
train_dataloader = dict(batch_size=batch_size)
auto_scale_lr = dict(base_batch_size=num_gpus * batch_size)
