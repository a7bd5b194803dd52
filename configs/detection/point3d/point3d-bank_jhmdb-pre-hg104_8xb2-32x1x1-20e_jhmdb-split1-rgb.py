# Row 32 of the paper's Table 4: clips of 32 frames and a long-term feature bank. Pass
# two, from the checkpoint of the recipe without a bank, which also wrote the bank:
# mmvkp data write-bank point3d_coco-pre-hg104_8xb2-32x1x1-20e_jhmdb-split1-rgb \
#     checkpoints/point3d_jhmdb-split1_t32.pth data/jhmdb/bank-split1
_base_ = 'point3d_coco-pre-hg104_8xb2-16x1x1-20e_jhmdb-split1-rgb.py'

clip_len = 32

# Not in the paper: three seconds on each side, at JHMDB's 30 frames per second.
window = 3 * 30
load_bank = dict(type='LoadBank', folder='data/jhmdb/bank-split1', window=window)
train = [_base_.train_pipeline[0], load_bank, *_base_.train_pipeline[1:]]
test = [_base_.test_pipeline[0], load_bank, *_base_.test_pipeline[1:]]
model = dict(bank=dict(type='BankAttention', in_channels=128, window=window))
train_dataloader = dict(dataset=dict(clip_len=clip_len, pipeline=train))
val_dataloader = dict(dataset=dict(clip_len=clip_len, pipeline=test))
test_dataloader = dict(dataset=dict(clip_len=clip_len, pipeline=test))
optim_wrapper = dict(cls=dict(modules=['twa', 'clip_backbone', 'cls_head', 'bank']))
load_from = 'checkpoints/point3d_jhmdb-split1_t32.pth'
