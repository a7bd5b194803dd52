"""Results that are given some frames later, with the class of a centred clip."""

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.dataset import pseudo_collate

from mmvkp.point3d.streaming.inferencer import TubeInferencer
from mmvkp.recognition.loading import load_recognizer
from mmvkp.tubes.clips import answering_clips, clip_frames
from mmvkp.video import Frame

from ..tiny_point3d import CLIP_LEN, moving_frames, point3d_config, save_detector


def changing_frames(count):
    """Frames of different scenes, so that the class depends on the clip."""
    scenes = [moving_frames(1, seed=seed) * (seed % 3 > 0) for seed in range(count)]
    return np.concatenate(scenes)


def save_sensitive(folder, config):
    """A detector whose classes differ from clip to clip: the norm layers of its 3D
    network are adjusted to the frames."""
    path, weights = save_detector(folder, config)
    model = load_recognizer(config, weights)
    frames = torch.from_numpy(changing_frames(8)).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        maps = model.extract_frames((frames - 110) / 60)
        clips = torch.stack([maps[-1][i : i + CLIP_LEN] for i in range(5)])
        _, clips = model.mix_frames([clips.flatten(0, 1)], CLIP_LEN)
        for module in model.clip_backbone.modules():
            if hasattr(module, 'running_mean'):
                module.momentum = 1.0
        model.clip_backbone.train()
        model.extract_clips(clips)
    torch.save(dict(state_dict=model.state_dict()), weights)
    return path, weights


def centred_result(model, config, frames, number, interval):
    """Test result of a frame, by the clips of `TubeDataset`."""
    clip = answering_clips(len(frames), CLIP_LEN, interval, 'centered')[number - 1]
    numbers = clip_frames(clip.start, CLIP_LEN, interval, len(frames))
    results = dict(
        imgs=[frames[each - 1] for each in numbers],
        img_shape=frames.shape[1:3],
        video_id='a',
        num_clips=1,
        clip_len=CLIP_LEN,
        key_inds=np.array([clip.first_key]),
        tube_frames=numbers,
        frame_labeled=np.ones(CLIP_LEN, bool),
        tubes=[],
        tube_labels=np.zeros(0, np.int64),
    )
    for step in config.test_dataloader.dataset.pipeline[2:]:
        results = TRANSFORMS.build(step)(results)
    with torch.no_grad():
        (sample,) = model.test_step(pseudo_collate([results]))
    return sample


def delayed(inferencer, frames):
    """Detections by frame and the number of frames that had arrived."""
    found, arrived = {}, {}
    for number, image in enumerate(frames, 1):
        inferencer._accept(Frame(number, 0.0, image), 0)
        for waiting, detections in inferencer._detections(number == len(frames)):
            found[waiting.frame.number] = detections
            arrived[waiting.frame.number] = number
    return found, arrived


@pytest.mark.parametrize(
    'options',
    [dict(), dict(interval=2), dict(actor=True), dict(point_input='twa')],
    ids=str,
)
def test_equals_the_centred_clip(tmp_path, options):
    config = point3d_config(**options)
    paths = save_sensitive(tmp_path, config)
    inferencer = TubeInferencer(*paths, delay='centered')
    interval = options.get('interval', 1)
    assert inferencer.delay == interval  # 4 frames: one after the middle one
    frames = changing_frames(8)
    found, arrived = delayed(inferencer, frames)
    model = load_recognizer(config, paths[1])
    assert list(arrived.items()) == [
        (number, min(number + interval, 8)) for number in range(1, 9)
    ]
    for number in range(1, 9):
        sample = centred_result(model, config, frames, number, interval)
        boxes = sample.pred_instances.bboxes.numpy()
        scores = sample.pred_instances.scores.numpy()
        if not options.get('actor'):
            scores = scores[:, None] * sample.class_scores.numpy()
        assert found[number].boxes == pytest.approx(boxes, abs=1e-4)
        assert found[number].class_scores == pytest.approx(scores, abs=1e-4)


def test_the_delay_changes_the_class(tmp_path):
    paths = save_sensitive(tmp_path, point3d_config())
    late, _ = delayed(TubeInferencer(*paths, delay=3), changing_frames(8))
    now, _ = delayed(TubeInferencer(*paths), changing_frames(8))

    def share(found):
        return found.class_scores.sum(0) / found.class_scores.sum()

    assert np.abs(share(late[3]) - share(now[3])).max() > 1e-3
    # The clip of frame 3 with a delay of 3 is that of frame 6 without.
    assert share(late[3]) == pytest.approx(share(now[6]), abs=1e-5)
