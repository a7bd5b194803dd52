"""Pass one writes the bank, pass two uses it, and a stream gives the same."""

import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, TRANSFORMS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from mmvkp.point3d.bank.store import bank_path, load_bank
from mmvkp.point3d.bank.window import BankWindow
from mmvkp.point3d.bank.writer import write_banks
from mmvkp.point3d.streaming.inferencer import TubeInferencer
from mmvkp.recognition.loading import load_recognizer
from mmvkp.tubes.clips import clip_frames
from mmvkp.video import Frame

from ...cli import run
from ..tiny_point3d import RESIZE, lively_state, point3d_config
from .bank_files import make_videos

VIDEOS = {'jump/v_01': 20, 'run/v_02': 15, 'run/v_03': 11, 'run/v_04': 6}
BANK = dict(
    type='BankAttention',
    in_channels=8,
    mid_channels=8,
    num_centers=2,
    window=6,
    causal=True,
)


def first_pass(root, **options):
    """Config and checkpoint of a detector on four small videos."""
    config = point3d_config(RESIZE, **options)
    config.test_dataloader.dataset.update(make_videos(root), test_mode=True)
    torch.save(dict(state_dict=lively_state(config)), root / 'first.pth')
    config.dump(root / 'first.py')
    return str(root / 'first.py'), str(root / 'first.pth')


def second_pass(root, **options):
    """Config of pass two; its bank has an effect."""
    config = Config.fromfile(root / 'first.py')
    config.model.bank = dict(BANK, **options)
    sizes = {key: config.model.bank[key] for key in ('window', 'causal')}
    load = dict(type='LoadBank', folder=str(root / 'bank'), **sizes)
    config.test_dataloader.dataset.pipeline.insert(1, load)
    state = torch.load(root / 'first.pth')['state_dict']
    torch.manual_seed(5)
    names = load_recognizer(config).bank.state_dict()
    state.update({f'bank.{k}': torch.randn_like(v) for k, v in names.items()})
    torch.save(dict(state_dict=state), root / 'second.pth')
    config.dump(root / 'second.py')
    return str(root / 'second.py'), str(root / 'second.pth')


@pytest.fixture()
def root(tmp_path):
    first_pass(tmp_path)
    return tmp_path


def write(root, name='first', **options):
    return write_banks(
        str(root / f'{name}.py'),
        str(root / f'{name}.pth'),
        str(root / 'bank'),
        **dict(dict(num_centers=2), **options),
    )


def test_config_of_the_second_pass(root):
    """It has the number of centres; the checkpoint lacks the weights of the bank."""
    write(root)
    config, trained = second_pass(root)
    first = str(root / 'first.pth')
    for checkpoint in (first, trained):
        assert write_banks(config, checkpoint, str(root / 'bank')) == (0, 4, (3, 8))
    state = torch.load(first)['state_dict']
    state.pop(next(iter(state)))
    torch.save(state, first)
    with pytest.raises(ValueError, match='weights 1 missing .first: backbone'):
        write_banks(config, first, str(root / 'bank'))


def frames_of(root, video):
    """Frames of a video, RGB."""
    files = sorted((root / 'rgb-images' / video).glob('*.jpg'))
    return np.stack([cv2.imread(str(each))[..., ::-1] for each in files])


@pytest.mark.parametrize('batch', [4, 32])
def test_all_frames_of_all_videos_once(root, batch, monkeypatch):
    seen = []
    build = load_recognizer

    def watched(*args):
        model = build(*args)
        model.backbone.register_forward_hook(
            lambda module, given, out: seen.append(len(given[0]))
        )
        return model

    monkeypatch.setattr('mmvkp.point3d.loading.load_recognizer', watched)
    totals = write(root, batch=batch)
    assert totals == (4, 0, (3, 8))
    assert sum(seen) == sum(VIDEOS.values()) and max(seen) <= batch
    model = build(Config.fromfile(root / 'first.py'), str(root / 'first.pth'))
    for video, count in VIDEOS.items():
        bank = load_bank(bank_path(str(root / 'bank'), video))
        assert bank.rows.shape == (count, 3, 8)
        assert bank.network == model.network


def test_rows_are_those_of_the_frame(root):
    """The mean of the map, and the map at the largest values of the heatmap."""
    write(root)
    config = Config.fromfile(root / 'first.py')
    model = load_recognizer(config, str(root / 'first.pth'))
    rows = load_bank(bank_path(str(root / 'bank'), 'run/v_02')).rows
    frame = frames_of(root, 'run/v_02')[6]
    results = dict(imgs=[frame], img_shape=frame.shape[:2], modality='RGB')
    image = TRANSFORMS.build(RESIZE)(results)['imgs'][0]
    with torch.no_grad():
        (x,) = model.extract_frames(
            torch.from_numpy((image - 110.0) / 60).permute(2, 0, 1)[None].float()
        )
        heat = model.point_head.forward_last([x])['center_heatmap'][0, 0]
    assert rows[6, 0] == pytest.approx(x[0].mean((1, 2)).numpy(), abs=2e-3)
    y, best = divmod(int(heat.argmax()), heat.shape[1])
    assert rows[6, 1] == pytest.approx(x[0, :, y, best].numpy(), abs=2e-3)


def test_an_interrupted_run_goes_on(root):
    write(root)
    path = bank_path(str(root / 'bank'), 'run/v_03')
    known = load_bank(path).rows
    (root / 'bank/run/v_03.npz').unlink()
    assert write(root)[:2] == (1, 3)
    assert np.array_equal(load_bank(path).rows, known)


def test_banks_of_other_settings(root):
    write(root)
    with pytest.raises(ValueError, match='20 frames and 2 centres.*num_centers=1'):
        write(root, num_centers=1)
    config = Config.fromfile(root / 'first.py')
    config.test_dataloader.dataset.pipeline[3].scale = (32, 32)
    config.dump(root / 'other.py')
    other = str(root / 'other.py'), str(root / 'first.pth'), str(root / 'bank')
    with pytest.raises(ValueError, match=r'prepared by .*\(64, 64\).*\(32, 32\)'):
        write_banks(*other, num_centers=2)
    state = torch.load(root / 'first.pth')
    state['state_dict']['backbone.conv1.weight'] += 1
    torch.save(state, root / 'first.pth')
    with pytest.raises(ValueError, match='made by network .* this checkpoint'):
        write(root)


def test_a_damaged_file_is_named(root):
    write(root)
    path = root / 'bank/run/v_04.npz'
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match='v_04.npz.*not a feature bank; delete it'):
        write(root)


def test_other_data_sets(root):
    config = Config.fromfile(root / 'first.py')
    config.test_dataloader.dataset.type = 'AVADataset'
    config.dump(root / 'first.py')
    with pytest.raises(ValueError, match='is AVADataset; a bank is written for a Tube'):
        write(root)


@pytest.mark.parametrize('options', [dict(), dict(point_input='twa')])
def test_a_stream_equals_clips_with_the_bank(tmp_path, options):
    """Each frame of a stream against the clip that ends there."""
    first_pass(tmp_path, **options)
    config, checkpoint = second_pass(tmp_path)
    # The network of the frames is the same: either pass may write the bank.
    write(tmp_path, 'first')
    assert write(tmp_path, 'second')[:2] == (0, 4)
    inferencer = TubeInferencer(config, checkpoint)
    model = load_recognizer(Config.fromfile(config), checkpoint)
    steps = Config.fromfile(config).test_dataloader.dataset.pipeline
    video = 'jump/v_01'
    frames = frames_of(tmp_path, video)
    classes = []
    for last, frame in enumerate(frames, 1):
        streamed = inferencer.detect(frame)
        numbers = np.arange(last - 3, last + 1).clip(1)
        clip = dict(
            imgs=[frames[each - 1] for each in numbers],
            img_shape=frames.shape[1:3],
            video_id=video,
            nframes=len(frames),
            modality='RGB',
            num_clips=1,
            clip_len=4,
            key_inds=np.array([3]),
            tube_frames=numbers,
            frame_labeled=np.ones(4, bool),
            tubes=[],
            tube_labels=np.zeros(0, np.int64),
        )
        for step in steps:
            if step.type not in ('SampleTubeFrames', 'RawFrameDecode'):
                clip = TRANSFORMS.build(step)(clip)
        with torch.no_grad():
            (sample,) = model.test_step(pseudo_collate([clip]))
        scores = sample.pred_instances.scores[:, None] * sample.class_scores
        assert streamed.class_scores == pytest.approx(scores.numpy(), abs=1e-4)
        boxes = sample.pred_instances.bboxes.numpy()
        assert streamed.boxes == pytest.approx(boxes, abs=1e-3)
        classes.append(sample.class_scores.numpy())
    assert len(inferencer.state.bank_ring.held) == 8
    # It can fail: the bank changes the classes.
    inferencer.finish()
    torch.nn.init.zeros_(inferencer.model.bank.out.weight)
    without = [inferencer.detect(frame).class_scores.sum(0) for frame in frames]
    assert np.abs(np.diff(classes, axis=0)).max() > 1e-3
    with_bank = np.array(classes)
    without = np.array(without) / np.sum(without, 1, keepdims=True)
    assert np.abs(with_bank - without).max() > 1e-2


@pytest.mark.parametrize(
    'options',
    [
        dict(delay='centered'),
        dict(delay=3),
        dict(delay='centered', interval=2),
        dict(delay=2, dropped=(3, 4, 9)),
    ],
    ids=str,
)
def test_a_late_stream_equals_clips_with_the_bank(tmp_path, options):
    """The window of the bank ends with the last frame of the clip of each frame."""
    interval, dropped = options.get('interval', 1), options.get('dropped', ())
    first_pass(tmp_path, interval=interval)
    config, checkpoint = second_pass(tmp_path)
    inferencer = TubeInferencer(config, checkpoint, delay=options['delay'])
    model = load_recognizer(Config.fromfile(config), checkpoint)
    frames = frames_of(tmp_path, 'run/v_03')
    given = [each for each in range(1, len(frames) + 1) if each not in dropped]
    with torch.no_grad():
        maps = model.extract_frames(normalised(model, frames))[-1]
        rows = model.bank_rows(maps, BANK['num_centers'])
    found = {}
    for number in given:
        inferencer._accept(Frame(number, 0.0, frames[number - 1]), 0)
        for waiting, detections in inferencer._detections(number == given[-1]):
            found[waiting.frame.number] = detections
    assert list(found) == given
    for number, detections in found.items():
        end = number + inferencer.delay
        numbers = clip_frames(end - 3 * interval, 4, interval, len(frames))
        shown = [max(e for e in given if e <= max(each, 1)) for each in numbers]
        last = min(end, len(frames))
        window = range(last - BANK['window'], last + 1)
        present = torch.tensor([each in given for each in window])
        places = [each - 1 if each in given else 0 for each in window]
        kept = rows[places] * present[:, None, None]
        sample = ActionDataSample()
        sample.set_metainfo(
            dict(
                frame_inds=numbers,
                ori_shape=frames.shape[1:3],
                scale_factor=(64 / frames.shape[2], 64 / frames.shape[1]),
                bank=BankWindow(kept, present, None, 'test'),
            )
        )
        clip = maps[[each - 1 for each in shown]]
        with torch.no_grad():
            model.detect([clip], [sample], (64, 64), inferencer.network.place)
        scores = sample.pred_instances.scores[:, None] * sample.class_scores
        assert detections.class_scores == pytest.approx(scores.numpy(), abs=1e-4)


def normalised(model, frames):
    """Frames as the network takes them, (F, 3, 64, 64)."""
    resized = np.stack([cv2.resize(each, (64, 64)) for each in frames])
    inputs = torch.from_numpy(resized).permute(3, 0, 1, 2)
    data = dict(inputs=[inputs], data_samples=[])
    return model.data_preprocessor(data)['inputs'][0].transpose(0, 1)


def test_streams_need_a_causal_bank(root):
    with pytest.raises(ValueError, match='causal=False'):
        TubeInferencer(*second_pass(root, causal=False))


def test_a_bank_of_another_network_is_refused(root):
    write(root)
    config, checkpoint = second_pass(root)
    cfg = Config.fromfile(config)
    packed = DATASETS.build(cfg.test_dataloader.dataset)[0]
    model = load_recognizer(cfg, checkpoint)
    data = pseudo_collate([packed])
    with torch.no_grad():
        model.test_step(data)
        model.backbone.conv1.weight += 1
        with pytest.raises(ValueError, match='was made by network .*load_from'):
            model.test_step(data)


def test_command(root, capsys):
    files = root / 'first.py', root / 'first.pth', root / 'bank'
    assert run('data', 'write-bank', *files, '--centers', 2) == 0
    assert '4 videos written, 0 skipped; 3 x 8 features' in capsys.readouterr().out
    assert run('data', 'write-bank', *files) == 1
    error = capsys.readouterr().err
    assert '2 centres' in error and 'num_centers=4' in error
