# Centres, joints, time-wise attention and 3D head: half of the steps of the recipe
# with the best results, for comparisons.
_base_ = [
    '../../_base_/bfloat16_runtime.py',
    '../../_base_/models/point3d_hg32.py',
    '../../_base_/datasets/stick_action_tubes_centered.py',
    '../../_base_/schedules/point3d_light_1e.py',
]
