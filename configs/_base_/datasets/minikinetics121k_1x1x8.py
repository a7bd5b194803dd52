# Mini-Kinetics with 121,000 training and 10,000 validation videos of 200 classes
# (the lists of AR-Net, arXiv 2007.15796): the videos of Kinetics-400 in the layout
# of MMAction2's tools/data/kinetics, with the lists of `mmvkp data mini-kinetics`.
# Sampling (AFNet paper, section 4): 8 frames spread over the whole video, one
# view in a test. The scaling to 320 x 240 and the crop sizes are those of the
# authors' code.
num_segments = 8
data_root = 'data/kinetics400'
# 32 videos on two GPUs: authors' code.
num_gpus = 2
batch_size = 16

frames = dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=num_segments)
scale = dict(type='Resize', scale=(320, 240), keep_ratio=False)
pack = [dict(type='FormatShape', input_format='NCHW'), dict(type='PackActionInputs')]

train_pipeline = [
    dict(type='UprightVideoInit'),
    frames,
    dict(type='UprightVideoDecode'),
    scale,
    dict(
        type='MultiScaleCrop',
        input_size=224,
        scales=(1, 0.875, 0.75, 0.66),
        max_wh_scale_gap=1,
        num_fixed_crops=13,
    ),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='Flip', flip_ratio=0.5),
    *pack,
]
val_pipeline = [
    dict(type='UprightVideoInit'),
    dict(frames, test_mode=True),
    dict(type='UprightVideoDecode'),
    scale,
    dict(type='CenterCrop', crop_size=224),
    *pack,
]

dataset = dict(type='VideoDataset')
loader = dict(num_workers=8, persistent_workers=True)
train_dataloader = dict(
    batch_size=batch_size,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        ann_file=f'{data_root}/minikinetics121k_train_list_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos_train'),
        pipeline=train_pipeline,
        **dataset,
    ),
    **loader,
)
val_dataloader = dict(
    batch_size=16,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        ann_file=f'{data_root}/minikinetics121k_val_list_videos.txt',
        data_prefix=dict(video=f'{data_root}/videos_val'),
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
