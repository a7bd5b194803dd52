# AFNet, RT = 0.5: half of the frames in each focal block.
_base_ = [
    '../../_base_/short_runtime.py',
    '../../_base_/models/af_r10.py',
    '../../_base_/datasets/stick_action_u8_2d.py',
    '../../_base_/schedules/adamw_cosine_6e.py',
]

# The authors' schedule of 55 epochs as shares of this training: the temperature
# reaches its end at 50, the ratio is lowered at 10, 15 and 20.
custom_hooks = [
    *_base_.custom_hooks,
    dict(type='SelectionRecordHook'),
    dict(
        type='SelectionAnnealHook',
        temperature_end=_base_.max_epochs * 50 / 55,
        ratio_steps=[_base_.max_epochs * step / 55 for step in (10, 15, 20)],
    ),
]
test_evaluator = [*_base_.test_evaluator, dict(type='ComputeCostMetric')]
