# Several actors in a frame, each with one or two actions, as on AVA.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/point3d_hg32_actor.py',
    '../../_base_/datasets/stick_action_multi_label.py',
    '../../_base_/schedules/point3d_light_3e.py',
]

custom_hooks = [*_base_.custom_hooks, dict(type='AutocastHook')]
