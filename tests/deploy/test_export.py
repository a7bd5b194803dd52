"""Exported files give the results of torch, also where torch is missing."""

import mmvkp  # noqa: F401, isort: skip
import json

import numpy as np
import pytest

from mmvkp.deploy import export as module
from mmvkp.deploy import export_model, tracing
from mmvkp.deploy.sample_frames import generated_frames
from mmvkp.recognition import Inferencer
from mmvkp.runtime import Recognizer
from mmvkp.video.files import write_picture

from ..cli import run
from ..test_host_stack import HOSTS, OTHERS, run_without
from .small_models import write_small

for _name in ('onnx', 'onnxruntime', 'onnxscript'):
    pytest.importorskip(_name, reason=f'{_name} (extra `deploy`) is missing')


@pytest.fixture
def video(tmp_path):
    """Folder with pictures of a size that no export was made with."""
    for i, frame in enumerate(generated_frames(20, 75, 50)):
        write_picture(str(tmp_path / 'video' / f'{i}.png'), frame)
    return str(tmp_path / 'video')


@pytest.mark.slow
@pytest.mark.parametrize('name', ['kpsem', 'afnet', 'aknet'])
def test_results_of_torch(tmp_path, video, name, capsys):
    config, checkpoint = write_small(tmp_path, name)
    out = str(tmp_path / 'model.onnx')
    assert run('export', config, checkpoint, out) == 0
    assert 'logits: largest relative difference' in capsys.readouterr().out
    (expected,) = Inferencer(config, checkpoint, fast=False)(video)
    (found,) = Recognizer(out)(video)
    assert found.names == ['a', 'b', 'c']
    assert 0.34 < expected.scores.max() < 1
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)
    # Windows, several at once.
    both = [
        [each.scores for each in made(video, window=0.3, batch_size=2)]
        for made in (Recognizer(out), Inferencer(config, checkpoint, fast=False))
    ]
    np.testing.assert_allclose(*both, atol=1e-5)
    code = """
        from mmvkp.runtime import Recognizer
        import json
        (result,) = Recognizer(sys.argv[1])(sys.argv[2])
        print(json.dumps(result.scores.tolist()))
    """
    kept = [each for each in OTHERS if each != 'cv2']  # reads pictures
    done = run_without(code, (*HOSTS, *kept), out, video)
    assert done.returncode == 0, done.stderr
    assert np.allclose(json.loads(done.stdout), found.scores, atol=1e-6)


@pytest.mark.slow
def test_half_precision_and_a_fixed_batch(tmp_path):
    config, checkpoint = write_small(tmp_path, 'tsm')
    out = str(tmp_path / 'model.onnx')
    lines = export_model(config, checkpoint, out, precision='fp16', batch=2)
    assert any('logits' in line for line in lines)
    recognizer = Recognizer(out)
    assert recognizer.session.batch == 2
    assert recognizer.description['precision'] == 'fp16'
    import onnx

    kinds = {each.data_type for each in onnx.load(out).graph.initializer}
    assert onnx.TensorProto.FLOAT16 in kinds


def test_a_failed_comparison_writes_nothing(tmp_path, monkeypatch):
    """The exporter is replaced by one that returns other weights."""
    from ..runtime import hand_made

    class Program:
        class model:
            metadata_props = {}

        def save(self, path):
            description = json.loads(self.model.metadata_props['mmvkp'])
            hand_made.write(path, **description)

    monkeypatch.setattr(module, 'export_graph', lambda *_: Program())
    config, checkpoint = write_small(tmp_path, 'tsm')
    out = tmp_path / 'model.onnx'
    with pytest.raises(ValueError):
        export_model(config, checkpoint, str(out))
    assert not list(tmp_path.glob('*.onnx'))


def test_refusals(tmp_path, monkeypatch):
    config, checkpoint = write_small(tmp_path, 'tsm')
    with pytest.raises(ValueError, match='must end in .onnx'):
        export_model(config, checkpoint, str(tmp_path / 'a.bin'))
    with pytest.raises(ValueError, match=r"precision='int8'"):
        export_model(config, checkpoint, str(tmp_path / 'a.onnx'), 'int8')
    monkeypatch.setattr(tracing, '_PACKAGES', ('onnx', 'no_such_package'))
    with pytest.raises(ImportError, match='no_such_package missing; install the extra'):
        export_model(config, checkpoint, str(tmp_path / 'a.onnx'))
