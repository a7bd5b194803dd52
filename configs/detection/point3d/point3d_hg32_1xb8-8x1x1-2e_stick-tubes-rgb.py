# The network for StickAction with the best results. Trained in bfloat16, which is fast
# on processors with AMX; remove AutocastHook for single precision.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/point3d_hg32.py',
    '../../_base_/datasets/stick_action_tubes_centered.py',
    '../../_base_/schedules/point3d_light_2e.py',
]

custom_hooks = [*_base_.custom_hooks, dict(type='AutocastHook')]
