# MMAction2's runtime, with the components of this package. Data are checked
# before training, values that are not finite stop a run, and a resumed training
# equals an uninterrupted one. Checkpoints contain the names of the classes.
_base_ = 'mmaction::_base_/default_runtime.py'

custom_imports = dict(imports=['mmvkp'], allow_failed_imports=False)
custom_hooks = [
    dict(type='DataCheckHook'),
    dict(type='SampleSeedHook'),
    dict(type='ResumeValidationHook'),
    dict(type='FiniteCheckHook'),
    dict(type='ClassNamesHook'),
]
