# MFNet on UCF101, split 1.
_base_ = [
    '../../_base_/default_runtime.py',
    '../../_base_/models/mfnet.py',
    '../../_base_/datasets/ucf101_16x2x1.py',
    '../../_base_/schedules/sgd_40e.py',
]

num_classes = 101
# 80 clips on two GPUs: KPSEM paper, section 4.3.
num_gpus = 2
batch_size = 40

model = dict(cls_head=dict(num_classes=num_classes))
train_dataloader = dict(batch_size=batch_size)
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)
