# Without 3D head: the heatmap of centres classifies the action.
_base_ = [
    '../../_base_/bfloat16_runtime.py',
    '../../_base_/models/point3d_hg32.py',
    '../../_base_/datasets/stick_action_far.py',
    '../../_base_/schedules/point3d_light_2e.py',
]

model = dict(point_head=dict(num_classes=8), clip_backbone=None, cls_head=None)
# TubeAccMetric needs class scores of clips.
val_evaluator = dict(
    _delete_=True, type='TubeMetric', ann_file=_base_.val_evaluator.ann_file
)
test_evaluator = val_evaluator
