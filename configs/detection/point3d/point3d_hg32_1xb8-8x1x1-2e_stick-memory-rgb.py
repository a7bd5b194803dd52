# Pass one of the long-term feature bank, and the network without a bank.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/point3d_hg32.py',
    '../../_base_/datasets/stick_action_memory.py',
    '../../_base_/schedules/point3d_light_2e.py',
]

custom_hooks = [*_base_.custom_hooks, dict(type='AutocastHook')]
num_classes = 4
model = dict(cls_head=dict(num_classes=num_classes))
