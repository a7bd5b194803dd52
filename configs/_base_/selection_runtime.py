# The runtime of networks that select frames. Their schedule leads from one to
# the other end of AFNet's text (section 4), on the way of the authors' code,
# in 55 epochs; in tests, ComputeCostMetric reads what was selected.
_base_ = 'default_runtime.py'

temperature = (1.0, 0.01)
temperature_end = 50
ratio_steps = (10, 15, 20)

custom_hooks = [
    *_base_.custom_hooks,
    dict(type='SelectionRecordHook'),
    dict(
        type='SelectionAnnealHook',
        temperature=temperature,
        temperature_end=temperature_end,
        ratio_steps=ratio_steps,
    ),
]
