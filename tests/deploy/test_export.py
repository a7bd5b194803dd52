"""Exported files give the results of torch, also where torch is missing."""

import mmvkp  # noqa: F401, isort: skip
import json

import numpy as np
import pytest
import torch

from mmvkp.deploy import compare as comparison
from mmvkp.deploy import export as module
from mmvkp.deploy import export_model, tracing
from mmvkp.deploy.graphs import RecognizerGraph
from mmvkp.deploy.pipeline import describe_pipeline
from mmvkp.deploy.sample_frames import generated_frames, sample_footage
from mmvkp.recognition import Inferencer
from mmvkp.recognition.loading import load_config, load_recognizer
from mmvkp.recognition.sample_reader import SampleReader
from mmvkp.runtime import Recognizer
from mmvkp.runtime.recognizer import average_views
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
@pytest.mark.parametrize('name', ['tsm', 'kpsem', 'afnet', 'aknet'])
def test_half_precision_and_a_fixed_batch(tmp_path, name):
    config, checkpoint = write_small(tmp_path, name)
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


@pytest.mark.parametrize('name', ['kpsem', 'aknet'])
def test_points_that_rounding_decides(tmp_path, monkeypatch, name):
    """An exported file with other points, all of which are made ties."""
    cfg = load_config(write_small(tmp_path, name)[0])
    if name == 'kpsem':
        cfg.model.neck.num_regions = 1  # else each region is one cell
    torch.manual_seed(0)
    model = load_recognizer(cfg, None)
    model.cls_head.average_clips = 'prob'
    reader = SampleReader(cfg)
    description = describe_pipeline(reader, model.data_preprocessor)
    description.update(precision='fp32', batch=None, average='prob')
    sample = module.read_sample(reader, model, description, sample_footage(None, None))
    graph = RecognizerGraph(model, description)

    def outputs(views, **given):
        with torch.no_grad():
            return graph.named_outputs(torch.from_numpy(views), given)

    class OtherPoints:
        """Runs torch with the points of a mirrored video."""

        names = ['a', 'b', 'c']

        def __init__(self, *_):
            self.session, self.batch = self, None

        def run(self, views):
            other = outputs(np.ascontiguousarray(views[..., ::-1]))
            points = {key: other[key] for key in other if 'points' in key}
            found = outputs(views, **points)
            assert all(torch.equal(found[key], points[key]) for key in points)
            assert 'logits' not in points and len(points) == 1
            gap = (found['logits'] - outputs(views)['logits']).abs().max()
            assert gap > 1e-3
            return {
                key: each.numpy() + (error if key == 'logits' else 0)
                for key, each in found.items()
                if key != '_map'
            }

        def read(self, footage):
            return sample.views

        def scores(self, contents):
            return [average_views(self.run(contents[0])['logits'], 'prob')]

    monkeypatch.setattr(module, 'Recognizer', OtherPoints)
    error = 0
    with pytest.raises(ValueError, match='points: .* are the same'):
        module.check_file('a.onnx', model, description, sample)
    monkeypatch.setattr(comparison, '_TIE', 10)
    lines = module.check_file('a.onnx', model, description, sample)
    assert 'points: ' in lines[1] and '100.000 %' not in lines[1]
    error = 0.01
    with pytest.raises(ValueError, match='logits'):
        module.check_file('a.onnx', model, description, sample)


def test_refusals(tmp_path, monkeypatch):
    config, checkpoint = write_small(tmp_path, 'tsm')
    with pytest.raises(ValueError, match='must end in .onnx'):
        export_model(config, checkpoint, str(tmp_path / 'a.bin'))
    with pytest.raises(ValueError, match=r"precision='int8'"):
        export_model(config, checkpoint, str(tmp_path / 'a.onnx'), 'int8')
    monkeypatch.setattr(tracing, '_PACKAGES', ('onnx', 'no_such_package'))
    with pytest.raises(ImportError, match='no_such_package missing; install the extra'):
        export_model(config, checkpoint, str(tmp_path / 'a.onnx'))
