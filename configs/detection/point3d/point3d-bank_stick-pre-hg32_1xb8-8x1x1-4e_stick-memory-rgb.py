# Pass two: the 3D head and the attention to the feature bank are trained, from the
# checkpoint of pass one. The environment variables MMVKP_STICK_FIRST and
# MMVKP_STICK_BANK give this checkpoint and the folder of `mmvkp data write-bank`.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/point3d_hg32.py',
    '../../_base_/datasets/stick_action_memory.py',
    '../../_base_/schedules/point3d_light_4e.py',
]

custom_hooks = [*_base_.custom_hooks, dict(type='AutocastHook')]
num_classes = 4

# Not in the paper. From the last frame of a clip around the kick back to the first
# frame of the cue: 74 frames at most. Causal, so that streams are possible.
window, causal = 80, True
folder = '{{$MMVKP_STICK_BANK:data/stick_memory_bank}}'
load_bank = dict(type='LoadBank', folder=folder, window=window, causal=causal)
pipeline = [_base_.train_pipeline[0], load_bank, *_base_.train_pipeline[1:]]
# One actor in each video.
bank = dict(type='BankAttention', in_channels=32, num_centers=1)
model = dict(
    bank=dict(bank, window=window, causal=causal),
    cls_head=dict(num_classes=num_classes),
)
# Clips inside a kick: pass one knows the cues, whose features are in the bank.
kicks = dict(train_clips='inside', clip_stride=1, filter_cfg=dict(labels=[0, 1]))
train_dataloader = dict(dataset=dict(pipeline=pipeline, **kicks))
val_dataloader = dict(dataset=dict(pipeline=pipeline))
test_dataloader = dict(dataset=dict(pipeline=pipeline))
# A tenth of the first rate for the 3D head, which is trained already.
optim_wrapper = dict(
    cls=dict(optimizer=dict(lr=_base_.cls_lr / 10)),
    bank=dict(modules=['bank'], optimizer=dict(type='AdamW', lr=_base_.cls_lr)),
)
load_from = '{{$MMVKP_STICK_FIRST:checkpoints/point3d_stick-memory.pth}}'
