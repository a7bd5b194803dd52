# Runtime of short training runs: default_runtime.py with a log line every 50
# iterations and the checkpoints of the last two epochs.
_base_ = 'mmaction::_base_/default_runtime.py'

custom_imports = dict(imports=['mmvkp'], allow_failed_imports=False)
custom_hooks = [
    dict(type='DataCheckHook'),
    dict(type='SampleSeedHook'),
    dict(type='ResumeValidationHook'),
    dict(type='FiniteCheckHook'),
    dict(type='ClassNamesHook'),
]
default_hooks = dict(
    logger=dict(interval=50),
    checkpoint=dict(interval=1, max_keep_ckpts=2, save_best=None),
)
