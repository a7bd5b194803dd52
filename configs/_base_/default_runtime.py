# MMAction2's own runtime, this package's components and a look at the data
# before it is trained on.
_base_ = 'mmaction::_base_/default_runtime.py'

custom_imports = dict(imports=['mmvkp'], allow_failed_imports=False)
custom_hooks = [dict(type='DataCheckHook')]
