"""Training, inference, checks and figures see the same frames of a video."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.dataset import Compose

from mmvkp.recognition.clip_reader import ClipReader
from mmvkp.tubes.annotations import TubeAnnotations
from mmvkp.tubes.draw_video import _pick
from mmvkp.tubes.file_checks import check_content
from mmvkp.tubes.formats.media import Media
from mmvkp.video import VideoSource, read_frames, video_info

from .video.made_videos import damage, make_video, truncate
from .video.test_frames import KINDS

VIDEOS = {
    **KINDS,
    'turned_90.mp4': dict(rotation=90, gop=8),
    'turned_180.mov': dict(rotation=180),
    'turned_270.mkv': dict(rotation=270),
    'mirrored.mp4': dict(rotation=90, mirror=True, gop=8),
    'variable.mkv': dict(count=7, times=[0, 40, 80, 400, 440, 1000, 1040]),
    'cut.mp4': dict(gop=5, file_options={'movflags': 'faststart'}),
    'cut.mkv': dict(gop=5),
    'bad.mp4': dict(gop=5, file_options={'movflags': 'faststart'}),
    'bad.ts': dict(codec='mpeg2video', gop=5),
}
PIPELINE = [
    dict(type='UprightVideoInit'),
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=5),
    dict(type='UprightVideoDecode'),
]


@pytest.mark.parametrize('name', VIDEOS)
def test_all_readers_see_the_same_frames(tmp_path, name):
    path = make_video(tmp_path / name, **VIDEOS[name])
    spoil = dict(cut=truncate, bad=damage).get(name[:3])
    if spoil:
        spoil(path)
    info = video_info(path)
    assert info.complete == (spoil is None)
    count, size = info.num_frames, (info.height, info.width)
    frames = read_frames(path, range(count))
    # Streams, for action tubes and their movies.
    streamed = []
    try:
        for frame in VideoSource(path):
            streamed.append(frame)
    except ValueError as error:
        assert str(error) == info.damage
    assert (np.stack([frame.image for frame in streamed]) == frames).all()
    assert [frame.timestamp for frame in streamed] == pytest.approx(info.times)
    # Training.
    sample = Compose(PIPELINE)(dict(filename=path, start_index=0))
    assert (sample['total_frames'], sample['img_shape']) == (count, size)
    assert (np.stack(sample['imgs']) == frames[sample['frame_inds']]).all()
    # Inference and attention figures.
    steps = [PIPELINE[0], dict(PIPELINE[1], test_mode=True), PIPELINE[2]]
    clip = ClipReader(steps).read(dict(filename=path, start_index=0))
    assert (clip.frames == frames[clip.numbers]).all()
    # Strips of tubes.
    number, picked = _pick(Path(path), lambda n: [n, 1])
    assert number == count
    assert all((picked[n] == frames[n - 1]).all() for n in (1, count))
    # Checks and converters.
    media, stem = Media(videos=tmp_path), Path(name).stem
    if Path(name).suffix != '.ts':
        assert (media.resolution(stem), media.num_frames(stem)) == (size, count)
    truth = TubeAnnotations(nframes={'v': count}, resolution={'v': size})
    problems = check_content(truth, 'v', path)
    assert [each.text for each in problems] == [info.damage] * bool(spoil)
