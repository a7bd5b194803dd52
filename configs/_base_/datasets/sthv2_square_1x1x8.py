# Something-Something v2 for AK-Net (its paper, section IV-A): 8 frames spread over
# the whole video, scaled to 256 x 256 and cropped to 224 x 224, at random in
# training and at the centre in the single view of a test. No flip: the paper has
# none, and it swaps classes. Layout of MMAction2's tools/data/sthv2: videos and the
# lists of generate_videos_filelist.sh.
num_segments = 8
scale = (256, 256)
crop_size = 224
data_root = 'data/sthv2'
# Not in the paper: 64 videos on eight GPUs, as TSM is trained.
num_gpus = 8
batch_size = 8

frames = dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=num_segments)
resize = dict(type='Resize', scale=scale, keep_ratio=False)
pack = [dict(type='FormatShape', input_format='NCHW'), dict(type='PackActionInputs')]

train_pipeline = [
    dict(type='UprightVideoInit'),
    frames,
    dict(type='UprightVideoDecode'),
    resize,
    dict(type='RandomCrop', size=crop_size),
    *pack,
]
val_pipeline = [
    dict(type='UprightVideoInit'),
    dict(frames, test_mode=True),
    dict(type='UprightVideoDecode'),
    resize,
    dict(type='CenterCrop', crop_size=crop_size),
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
    batch_size=16,
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
