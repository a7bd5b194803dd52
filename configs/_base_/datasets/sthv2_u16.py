# Something-Something v2 for VideoMAE: 16 frames spread over the whole video (VideoMAE
# paper, appendix), one centre crop in a test. Layout of MMAction2's tools/data/sthv2:
# videos and the lists of generate_videos_filelist.sh.
clip_len = 16
data_root = 'data/sthv2'
# Mirrored, "from left to right" becomes "from right to left" (MMAction2).
flip_label_map = {86: 87, 87: 86, 93: 94, 94: 93, 166: 167, 167: 166}
# Not in a paper: 64 videos on eight GPUs.
num_gpus = 8
batch_size = 8

frames = dict(type='UniformSample', clip_len=clip_len)
pack = [dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')]

train_pipeline = [
    dict(type='UprightVideoInit'),
    frames,
    dict(type='UprightVideoDecode'),
    dict(type='Resize', scale=(-1, 256)),
    dict(type='RandomResizedCrop'),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='Flip', flip_ratio=0.5, flip_label_map=flip_label_map),
    *pack,
]
val_pipeline = [
    dict(type='UprightVideoInit'),
    dict(frames, test_mode=True),
    dict(type='UprightVideoDecode'),
    dict(type='Resize', scale=(-1, 224)),
    dict(type='CenterCrop', crop_size=224),
    *pack,
]

dataset = dict(type='VideoDataset', data_prefix=dict(video=f'{data_root}/videos'))
loader = dict(num_workers=8, persistent_workers=True)
train_dataloader = dict(
    batch_size=batch_size,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        ann_file=f'{data_root}/sthv2_train_list_videos.txt',
        pipeline=train_pipeline,
        **dataset,
    ),
    **loader,
)
val_dataloader = dict(
    batch_size=8,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        ann_file=f'{data_root}/sthv2_val_list_videos.txt',
        pipeline=val_pipeline,
        test_mode=True,
        **dataset,
    ),
    **loader,
)
test_dataloader = val_dataloader
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * batch_size)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator
