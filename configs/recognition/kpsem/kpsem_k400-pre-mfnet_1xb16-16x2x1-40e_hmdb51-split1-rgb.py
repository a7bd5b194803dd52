# MF-KPSEM of the ablations.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/kpsem_mfnet.py',
    '../../_base_/datasets/hmdb51_16x2x1.py',
    '../../_base_/schedules/sgd_40e.py',
]

# 16 clips on one GPU: KPSEM paper, section 4.4.
num_gpus = 1
batch_size = 16
model = dict(cls_head=dict(num_classes=51))
train_dataloader = dict(batch_size=batch_size)
auto_scale_lr = dict(base_batch_size=num_gpus * batch_size)
