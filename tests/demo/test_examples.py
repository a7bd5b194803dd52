"""Example videos."""

from mmvkp.demo import examples
from mmvkp.demo.uploads import SIDE
from mmvkp.video import read_frames, video_info


def test_examples(tmp_path):
    found = examples.make_examples(tmp_path)
    assert len({path for path, _ in found}) == len(found) == len(examples.CLASSES) + 2
    texts = [text for _, text in found]
    assert texts[0] == 'one figure: kick-out'
    assert {text[:9] for text in texts[-2:]} == {'2 figures', '3 figures'}
    for path, _ in found:
        info = video_info(path)
        assert (info.width, info.height) == (SIDE, SIDE)
        frames = read_frames(path, [0, info.num_frames - 1]).astype(int)
        assert abs(frames[0] - frames[1]).max() > 50  # something moves
