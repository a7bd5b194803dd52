# Runtime of networks that select frames (AFNet paper, section 4). The annealing
# follows the authors' code: temperature from 1 to 0.01 until epoch 50 of 55; the
# ratio is lowered after 10, 15 and 20 epochs.
_base_ = 'mmaction::_base_/default_runtime.py'

temperature = (1.0, 0.01)
temperature_end = 50
ratio_steps = (10, 15, 20)

custom_imports = dict(imports=['mmvkp'], allow_failed_imports=False)
custom_hooks = [
    dict(type='DataCheckHook'),
    dict(type='SampleSeedHook'),
    dict(type='ResumeValidationHook'),
    dict(type='FiniteCheckHook'),
    dict(type='ClassNamesHook'),
    dict(type='SelectionRecordHook'),
    dict(
        type='SelectionAnnealHook',
        temperature=temperature,
        temperature_end=temperature_end,
        ratio_steps=ratio_steps,
    ),
]
