# short_runtime.py in bfloat16, which is fast on processors with AMX.
_base_ = 'short_runtime.py'

custom_hooks = [*_base_.custom_hooks, dict(type='AutocastHook', channels_last=True)]
