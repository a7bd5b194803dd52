"""The network of streams: which detectors, batches, errors, and current weights."""

import pytest
import torch
from mmengine.config import Config

from mmvkp.point3d.streaming.stream_network import StreamNetwork
from mmvkp.tubes.streaming.network import Turn
from mmvkp.video import Frame

from ...recognition.norm_calls import norms_run
from ..tiny_point3d import CLIP_LEN, moving_frames, point3d_config, save_detector

BANK = dict(type='BankAttention', in_channels=8, num_centers=2, window=5, causal=True)


@pytest.fixture()
def paths(tmp_path):
    return save_detector(tmp_path, point3d_config())


def accept(network, *images, number=1):
    """States of streams, each with one frame."""
    states = [network.new_state(None) for _ in images]
    turns = [
        Turn(state, Frame(number, 0.0, image)) for state, image in zip(states, images)
    ]
    assert not network.extract(turns)
    return states


def results(network, states):
    (found,) = network.answer(dict(enumerate(states)))
    return found


def test_other_models(tmp_path):
    config = Config(dict(model=dict(type='Recognizer2D')))
    with pytest.raises(TypeError, match='is a Recognizer2D; it must be a Point3D'):
        StreamNetwork(config)


def test_bank_rings(tmp_path, paths):
    assert StreamNetwork(*paths).new_bank_ring() is None
    network = StreamNetwork(*save_detector(tmp_path, point3d_config(bank=BANK)))
    first, second = accept(network, *moving_frames(2))
    assert first.bank_ring is not second.bank_ring
    window = first.bank_ring.window()
    assert window.rows.shape == (6, 3, 8)
    assert window.present.tolist() == [False] * 5 + [True]


def test_a_batch_equals_single_frames(paths):
    network = StreamNetwork(*paths)
    images = moving_frames(3)
    images[1] = images[1].transpose(1, 0, 2)
    together = accept(network, *images)
    found = results(network, together)
    for number, image in enumerate(images):
        alone = accept(network, image)
        assert alone[0].ring.clip().shape == (CLIP_LEN, 8, 16, 16)
        torch.testing.assert_close(
            together[number].ring.clip(), alone[0].ring.clip(), rtol=1e-4, atol=1e-4
        )
        single = results(network, alone)[0][1]
        assert found[number][1].boxes == pytest.approx(single.boxes, abs=1e-3)
        assert found[number][1].scores == pytest.approx(single.scores, abs=1e-4)


def test_an_error_concerns_one_batch(paths, monkeypatch):
    """Inputs of another size are another batch."""
    network = StreamNetwork(*paths)
    states = accept(network, moving_frames(1)[0], moving_frames(1, 96, 64)[0])
    detect = network.model.detect

    def failing(feats, samples, size, place):
        if size[0] == 96:
            raise RuntimeError('no memory')
        return detect(feats, samples, size, place)

    monkeypatch.setattr(network.model, 'detect', failing)
    found = results(network, states)
    assert len(found[0][1].boxes) and str(found[1][1]) == 'no memory'


@torch.no_grad()
def test_weights_that_change_later(paths):
    """Norm layers are folded; other weights take effect at once."""
    network = StreamNetwork(*paths)
    image = moving_frames(1)[0]
    (before,) = accept(network, image)
    x = torch.rand(1, 3, 64, 64)
    folded = norms_run(network.model.backbone, x)
    for module in network.model.backbone.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.bias.add_(0.5)
    (after,) = accept(network, image)
    plain = StreamNetwork(*paths).model
    plain.load_state_dict(network.model.state_dict())
    maps = plain.extract_frames(
        (torch.from_numpy(image).permute(2, 0, 1)[None].float() - 110) / 60
    )
    assert not torch.equal(before.ring.clip(), after.ring.clip())
    torch.testing.assert_close(after.ring.clip()[-1], maps[-1][0], rtol=1e-4, atol=1e-4)
    # Only the first layer of MMDetection's ResNet is computed on its own.
    assert folded == 1
