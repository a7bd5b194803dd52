"""Complete trainings of a small Point3D."""

import copy
import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing.pool import ThreadPool
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmaction.evaluation.functional import ava_utils
from mmaction.registry import DATASETS, HOOKS, METRICS
from mmengine.dataset import pseudo_collate
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.structures import InstanceData
from torch import distributed

from mmvkp.stick_action import make_dataset, make_settings

from ..tubes import tube_data
from .point3d_scenes import (
    NO_KNOTS,
    StubDetector,
    build,
    run_config,
    total_of,
    tube_loading,
    tube_set,
)
from .tiny_point3d import CLIP_LEN, point3d_config

ROOT = Path(__file__).parents[2]
# A map of the stride 8, and back to 4: a ResNet that ends with a stride of 32
# sees frames of 64 pixels in 2 x 2 cells.
SHARP = dict(
    backbone=dict(
        type='mmdet.ResNet',
        depth=18,
        base_channels=8,
        norm_eval=False,
        norm_cfg=dict(type='BN'),
        strides=(1, 2, 1, 1),
        out_indices=(0, 1, 2, 3),
    ),
    neck=dict(
        type='mmdet.CTResNetNeck',
        in_channels=64,
        num_deconv_filters=(16,),
        num_deconv_kernels=(4,),
        use_dcn=False,
    ),
)


@pytest.mark.slow
def test_two_clips_can_be_overfitted(tmp_path):
    """One actor runs to the right, one jumps to the left."""
    videos = {
        'jump/a': (
            CLIP_LEN,
            {0: [tube_data.tube(1, CLIP_LEN, (40, 20, 58, 44), (-4, 0))]},
        ),
        'run/b': (CLIP_LEN, {1: [tube_data.tube(1, CLIP_LEN, (6, 4, 22, 36), (4, 0))]}),
    }
    names = list(videos)
    tube_data.write_pickle(
        tmp_path / 'GT.pkl', tube_data.annotations(videos, [names], [names])
    )
    for name, (count, tubes) in videos.items():
        tube_data.write_frames(tmp_path / 'Frames' / name, tube_data.draw(count, tubes))
    dataset = DATASETS.build(
        dict(
            type='TubeDataset',
            ann_file=str(tmp_path / 'GT.pkl'),
            data_prefix=dict(img=str(tmp_path / 'Frames')),
            filename_tmpl='{:05}.png',
            clip_len=CLIP_LEN,
            test_mode=True,
            test_clips='windows',
            pipeline=tube_loading.pipeline(train=False),
        )
    )
    config = point3d_config()
    model = build(
        **SHARP,
        point_head=dict(
            type='Point3DHead', in_channels=16, mid_channels=16, num_knots=0
        ),
        clip_backbone=dict(config.model.clip_backbone, in_channels=16),
        cls_head=dict(config.model.cls_head, num_classes=2, dropout_ratio=0.0),
    )
    data = pseudo_collate([dataset[0], dataset[1]])

    def score():
        model.eval()
        with torch.no_grad():
            samples = model.test_step(copy.deepcopy(data))
        metric = METRICS.build(
            dict(
                type='TubeMetric',
                ann_file=str(tmp_path / 'GT.pkl'),
                linker=dict(type='greedy', min_length=2),
            )
        )
        metric.process(None, [each.to_dict() for each in samples])
        found = metric.compute_metrics(metric.results)
        return found['frame_mAP@0.5'], found['video_mAP@0.5']

    assert score()[0] < 50
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    for iteration in range(80):
        if iteration == 60:
            optimizer.param_groups[0]['lr'] = 1e-3
        model.train()
        batch = model.data_preprocessor(copy.deepcopy(data), True)
        total_of(model(**batch, mode='loss')).backward()
        optimizer.step()
        optimizer.zero_grad()
    assert score() == pytest.approx((100, 100))


def small_run(data, work_dir, epochs, **options):
    """Six clips of two videos, augmented, in batches of two."""
    dataset = tube_set(data, clip_stride=4)
    model = point3d_config(point_head=NO_KNOTS).model
    model.cls_head.dropout_ratio = 0.0
    return run_config(work_dir, dataset, model, epochs, **options)


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp('tubes')
    tube_data.make_ucf(folder)
    return folder


def in_a_process(function, *args, count=1):
    """Run in forked processes and return their exit codes."""
    context = multiprocessing.get_context('fork')
    processes = [
        context.Process(target=function, args=(rank, *args)) for rank in range(count)
    ]
    for each in processes:
        each.start()
    for each in processes:
        each.join(300)
        if each.is_alive():
            each.kill()
            each.join()
    return [each.exitcode for each in processes]


def weights_of(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


class SeenHook(Hook):
    """Records the first weights and the clips that were loaded."""

    def before_train(self, runner):
        self.seen, self.weights = [], weights_of(runner.model)

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.seen += [
            f'{each.video_id} {each.frame_inds[0]}'
            for each in data_batch['data_samples']
        ]


def train_one_of_two(rank, config, store, folder):
    """One process; see test_optim_wrapper.py for the end."""
    torch.set_num_threads(1)
    os.environ.update(LOCAL_RANK=str(rank), RANK=str(rank), WORLD_SIZE='2')
    distributed.init_process_group(
        'gloo', init_method=f'file://{store}', rank=rank, world_size=2
    )
    runner = Runner.from_cfg(config)
    seen = SeenHook()
    runner.register_hook(seen)
    runner.train()
    moved = weights_of(runner.model) - seen.weights
    torch.save(
        dict(
            kind=type(runner.model).__name__,
            state=runner.model.state_dict(),
            moved=float(moved.abs().mean()),
            seen=seen.seen,
        ),
        f'{folder}/{rank}.pth',
    )
    os._exit(0)


def test_two_processes_end_with_the_same_weights(data, tmp_path):
    config = small_run(
        data,
        tmp_path / 'work',
        2,
        launcher='pytorch',
        model_wrapper_cfg=dict(type='MMDistributedDataParallel', device_ids=None),
    )
    codes = in_a_process(
        train_one_of_two, config, tmp_path / 'store', tmp_path, count=2
    )
    assert codes == [0, 0]
    first, second = (
        torch.load(tmp_path / f'{rank}.pth', weights_only=True) for rank in (0, 1)
    )
    assert first['kind'] == 'MMDistributedDataParallel'
    for name, value in first['state'].items():
        assert torch.equal(value, second['state'][name]), name
        assert value.isfinite().all()
    assert first['moved'] > 1e-4
    # In each of two epochs all six clips, three by each.
    for epoch in (slice(0, 3), slice(3, 6)):
        assert len(set(first['seen'][epoch] + second['seen'][epoch])) == 6


@HOOKS.register_module()
class KillHook(Hook):
    """Ends the process as `kill -9` does."""

    def __init__(self, after):
        self.after = after

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 == self.after:
            os.kill(os.getpid(), signal.SIGKILL)


def train(rank, config):
    torch.set_num_threads(1)
    Runner.from_cfg(config).train()
    os._exit(0)


def final_weights(work_dir, epoch):
    return torch.load(
        work_dir / f'epoch_{epoch}.pth', weights_only=True, map_location='cpu'
    )['state_dict']


@pytest.mark.slow
def test_a_killed_training_resumes_exactly(data, tmp_path):
    """Killed in the second of three epochs; both optimisers, the order of the
    clips and all random crops continue after the first epoch.

    The fast tier resumes with two optimisers in test_optim_constructor.py.
    """
    config = small_run(data, tmp_path / 'whole', 3)
    per_epoch = -(-len(DATASETS.build(tube_set(data, clip_stride=4))) // 2)
    assert per_epoch >= 2
    assert in_a_process(train, config) == [0]
    killed = small_run(data, tmp_path / 'killed', 3)
    killed.dump(tmp_path / 'config.py')
    killed.custom_hooks.append(dict(type='KillHook', after=per_epoch + 1))
    assert in_a_process(train, killed) == [-signal.SIGKILL]
    left = sorted(each.name for each in (tmp_path / 'killed').glob('*.pth'))
    assert left == ['epoch_1.pth']
    done = subprocess.run(
        [
            sys.executable,
            '-W',
            'ignore',
            str(ROOT / 'tools/train.py'),
            str(tmp_path / 'config.py'),
            '--resume',
            '--seed',
            '0',
        ],
        capture_output=True,
        text=True,
        env=dict(os.environ, OMP_NUM_THREADS='1'),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    whole, resumed = (final_weights(tmp_path / name, 3) for name in ('whole', 'killed'))
    start = final_weights(tmp_path / 'killed', 1)
    assert whole.keys() == resumed.keys()
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value, rtol=0, atol=1e-6)
    moved = max(
        float((whole[name] - start[name]).abs().max())
        for name in whole
        if name.endswith('conv1.weight')
    )
    assert moved > 1e-4


@pytest.fixture()
def ava_folder(tmp_path, monkeypatch):
    """Working folder of AVA's evaluation, without its 32 processes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ava_utils.multiprocessing, 'Pool', lambda count: ThreadPool(1))
    return tmp_path


def ava_clips():
    """Clips around key frames; the frames are not augmented."""
    pipeline = tube_loading.pipeline(train=False)
    pipeline[0] = dict(type='SampleKeyClip', clip_len=CLIP_LEN)
    return pipeline


def known_detector(gts, key):
    """A Point3D that finds exactly the ground truth of a key frame."""
    found = InstanceData(
        bboxes=gts.bboxes[:, key],
        scores=torch.ones(len(gts)),
        labels=torch.zeros(len(gts), dtype=torch.long),
    )
    return StubDetector(
        SimpleNamespace(
            stride=64,
            num_classes=1,
            forward_last=lambda feats: None,
            predict_by_feat=lambda out, limit: [found],
        ),
        SimpleNamespace(
            cls_mode='actor', predict=lambda feature, rois, size: gts.labels
        ),
        lambda clips: clips,
        box_format='ava',
    )


def test_ground_truth_has_an_ava_map_of_1(ava_folder):
    """Tables, pipeline, detector and metric; in four key frames one actor has
    two labels and one has a single label."""
    tube_data.make_ava(ava_folder)
    (ava_folder / 'labels.pbtxt').write_text(
        ''.join(f'item {{\n  name: "{i}"\n  id: {i}\n}}\n' for i in (1, 2, 3))
    )
    dataset = DATASETS.build(
        dict(
            type='AVADataset',
            ann_file=str(ava_folder / 'ava_train.csv'),
            data_prefix=dict(img=str(ava_folder / 'rawframes')),
            num_classes=4,
            fps=4,
            timestamp_start=900,
            timestamp_end=904,
            pipeline=ava_clips(),
        )
    )
    assert len(dataset) == 4
    metric = METRICS.build(
        dict(
            type='AVAMetric',
            ann_file=str(ava_folder / 'ava_train.csv'),
            exclude_file=None,
            label_file=str(ava_folder / 'labels.pbtxt'),
            num_classes=4,
        )
    )
    feats = torch.zeros(CLIP_LEN, 1, 1, 1)
    for i in range(4):
        sample = dataset[i]['data_samples']
        model = known_detector(sample.gt_instances, sample.key_inds[0])
        model.detect([feats], [sample], (64, 64))
        metric.process(None, [sample.to_dict()])
    found = metric.compute_metrics(metric.results)
    assert found['overall'] == pytest.approx(1)


def test_data_in_the_layout_of_ava(ava_folder):
    """StickAction with several labels: two steps and a validation."""
    folder = ava_folder / 'stick'
    assert make_dataset(folder, make_settings('tiny', 'multi-label'))
    files = {
        part: dict(
            ann_file=str(folder / f'{part}.csv'),
            exclude_file=str(folder / f'{part}_excluded_timestamps.csv'),
            label_file=str(folder / 'action_list.pbtxt'),
            num_classes=15,
        )
        for part in ('train', 'test')
    }
    data = {
        part: dict(
            type='AVADataset',
            data_prefix=dict(img=str(folder / 'rawframes')),
            fps=8,
            timestamp_start=900,
            timestamp_end=903,
            indices=4,
            pipeline=ava_clips(),
            **names,
        )
        for part, names in files.items()
    }
    model = point3d_config(actor=True, point_head=NO_KNOTS).model
    model.cls_head.update(num_classes=14, multi_label=True)
    model.test_cfg = dict(box_format='ava', max_per_frame=5)
    config = run_config(
        ava_folder / 'work',
        data['train'],
        model,
        1,
        val_dataloader=dict(
            batch_size=2,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=dict(data['test'], test_mode=True),
        ),
        val_cfg=dict(type='ValLoop'),
        val_evaluator=dict(type='AVAMetric', **files['test']),
    )
    runner = Runner.from_cfg(config)
    seen = []
    runner.register_hook(
        type(
            'Look',
            (Hook,),
            dict(
                after_val_iter=lambda self, runner, batch_idx, data_batch, outputs: (
                    seen.extend(outputs)
                )
            ),
        )()
    )
    runner.train()
    assert runner.iter == 2
    # The last epoch ends with a validation.
    seen.clear()
    found = runner.val()
    assert 0 <= found['mAP/overall'] <= 1
    assert len(seen) == 4
    for sample in seen:
        result = sample.pred_instances
        assert result.scores.shape == (5, 15)
        assert not result.scores[:, 0].any()
        assert result.bboxes.shape == (5, 4)
        assert result.bboxes.min() >= 0 and result.bboxes.max() <= 1
