# Control: TSM, trained a second time for as long as AK-Net after it.
_base_ = 'tsm_slim-r10_1xb16-u8-6e_stick-action-rgb.py'

stage1 = 'tsm_slim-r10_1xb16-u8-6e_stick-action-rgb'
load_from = f'work_dirs/{stage1}/epoch_6.pth'
