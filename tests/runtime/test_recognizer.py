"""Classification with an exported file whose scores are known."""

import numpy as np
import pytest

from mmvkp.recognition.footage import memory_footage
from mmvkp.runtime import Recognizer, open_model
from mmvkp.video import Frame

from ..test_host_stack import run_without

pytest.importorskip('onnxruntime')
hand_made = pytest.importorskip('tests.runtime.hand_made')


def frames(*colors, size=(20, 24)):
    """Footage with one frame of each colour."""
    images = [np.broadcast_to(np.uint8(c), (*size, 3)) for c in colors]
    return memory_footage(
        'm', [Frame(i + 1, i / 10, each) for i, each in enumerate(images)], 10.0
    )


def expected(*means):
    """Probabilities of the hand-made graph, by numpy."""
    powers = np.exp(10 * np.array(means, float) / 255)
    return powers / powers.sum()


@pytest.mark.parametrize('batch', ['views', 1, 3])
def test_scores(tmp_path, batch):
    recognizer = open_model(hand_made.write(tmp_path / 'a.onnx', batch))
    assert isinstance(recognizer, Recognizer) and not recognizer.finds_tubes
    red, mixed = frames((200, 0, 0)), frames((255, 0, 0), (0, 0, 51))
    found = recognizer.scores([recognizer.read(each) for each in (red, mixed)])
    np.testing.assert_allclose(found[0], expected(200, 0, 0), rtol=1e-3)
    np.testing.assert_allclose(found[1], expected(127.5, 0, 25.5), rtol=1e-3)


@pytest.mark.parametrize('average', ['prob', 'score'])
def test_average_of_views(tmp_path, average):
    sampling = dict(type='SampleFrames', clip_len=2, frame_interval=1, num_clips=2)
    path = hand_made.write(
        tmp_path / 'a.onnx', average=average, sampling=sampling, layout='NTCHW'
    )
    recognizer = Recognizer(path)
    footage = frames((255, 0, 0), (255, 0, 0), (0, 102, 0), (0, 102, 0))
    (found,) = recognizer.scores([recognizer.read(footage)])
    both = [expected(255, 0, 0), expected(0, 102, 0)]
    wanted = dict(prob=np.mean(both, 0), score=expected(127.5, 51, 0))[average]
    np.testing.assert_allclose(found, wanted, rtol=1e-3)


def test_windows_and_names(tmp_path):
    path = hand_made.write(tmp_path / 'a.onnx')
    names = tmp_path / 'names.txt'
    names.write_text('a\nb\nc\n')
    recognizer = Recognizer(path, str(names))
    assert recognizer.classes == ['a', 'b', 'c']
    from mmvkp.video.files import write_picture

    for i in range(20):
        picture = np.zeros((20, 24, 3), np.uint8)
        picture[..., i // 10] = 255
        write_picture(str(tmp_path / 'v' / f'{i}.png'), picture)
    parts = list(recognizer(str(tmp_path / 'v'), window=0.4))
    assert [each.top(1)[0][0] for each in parts] == ['a', 'b']


def test_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match='no exported model'):
        Recognizer(str(tmp_path / 'gone.onnx'))
    (tmp_path / 'text.onnx').write_text('nothing')
    with pytest.raises(ValueError, match='text.onnx is not a readable ONNX file'):
        Recognizer(str(tmp_path / 'text.onnx'))
    with pytest.raises(ValueError, match='has no metadata of mmvkp'):
        Recognizer(hand_made.write(tmp_path / 'a.onnx', format=None))
    with pytest.raises(ValueError, match='has format 7, format 1 is needed'):
        Recognizer(hand_made.write(tmp_path / 'a.onnx', format=7))
    (tmp_path / 'names.txt').write_text('a\nb\n')
    path = hand_made.write(tmp_path / 'a.onnx')
    with pytest.raises(ValueError, match='names for 2 classes, the scores are for 3'):
        Recognizer(path, str(tmp_path / 'names.txt'))
    recognizer = Recognizer(path)
    with pytest.raises(ValueError, match='10 x 8 pixels are smaller than the crop'):
        recognizer.read(frames((1, 2, 3), size=(8, 10)))
    path = hand_made.write(tmp_path / 'b.onnx', steps=[])
    recognizer = Recognizer(path)
    with pytest.raises(ValueError, match=r'samples of shape \(2, 3, 16, 16\)'):
        recognizer.scores([recognizer.read(frames((1, 2, 3)))])


def test_a_video_file_without_torch(tmp_path):
    av = pytest.importorskip('av')
    path = str(tmp_path / 'v.mp4')
    with av.open(path, 'w') as file:
        stream = file.add_stream('mpeg4', rate=10)
        stream.width, stream.height, stream.pix_fmt = 24, 20, 'yuv420p'
        for _ in range(12):
            picture = np.zeros((20, 24, 3), np.uint8)
            picture[..., 1] = 220
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture)):
                file.mux(packet)
        for packet in stream.encode():
            file.mux(packet)
    code = """
        from mmvkp.runtime import Recognizer
        (result,) = Recognizer(sys.argv[1])(sys.argv[2])
        print(result.top(1)[0][0], round(result.top(1)[0][1], 2))
        import mmvkp_cli
        sys.exit(mmvkp_cli.main(
            ['predict', sys.argv[2], '--runtime', 'onnx', '--model', sys.argv[1]]))
    """
    model = hand_made.write(tmp_path / 'a.onnx')
    from ..test_host_stack import HOSTS, OTHERS

    done = run_without(code, HOSTS + OTHERS, model, path)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith('green 1.0') and 'green 100.0 %' in second
