# MMAction2's runtime, with the components of this package and a check of the
# data before training.
_base_ = 'mmaction::_base_/default_runtime.py'

custom_imports = dict(imports=['mmvkp'], allow_failed_imports=False)
custom_hooks = [dict(type='DataCheckHook')]
