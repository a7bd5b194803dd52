"""Files of `torch.save` are read without code and with bounded memory."""

import io
import os
import pickle
import zipfile
from collections import Counter, OrderedDict

import numpy as np
import pytest
import torch
from mmengine.logging import MessageHub

from mmvkp.recognition.checkpoint_file import load_tensors

DTYPES = (
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
    torch.complex64,
)
FORMATS = (True, False)


def save(value, path, new_format=True, **kwargs):
    torch.save(value, path, _use_new_zipfile_serialization=new_format, **kwargs)
    return path


@pytest.mark.parametrize('new_format', FORMATS)
def test_tensors_of_all_types(tmp_path, new_format):
    values = {str(dtype): torch.arange(6).reshape(2, 3).to(dtype) for dtype in DTYPES}
    read = load_tensors(save(values, tmp_path / 'a.pth', new_format))
    for name, value in values.items():
        assert read[name].dtype == value.dtype
        assert torch.equal(read[name], value)


@pytest.mark.parametrize('new_format', FORMATS)
def test_views_share_their_storage(tmp_path, new_format):
    base = torch.arange(12.0)
    values = [
        base.reshape(3, 4).t(),
        base[2:8:2],
        torch.zeros(()),
        torch.zeros(0, 3),
        torch.ones(1).expand(5),
        torch.nn.Parameter(base),
        base,
    ]
    read = load_tensors(save(values, tmp_path / 'a.pth', new_format))
    assert all(torch.equal(*pair) for pair in zip(read, values))
    assert read[0].data_ptr() == read[6].data_ptr()
    read[6].zero_()
    assert read[0].abs().sum() == 0
    assert not read[5].requires_grad


@pytest.mark.parametrize('new_format', FORMATS)
@pytest.mark.parametrize('protocol', (2, 3, 4, 5))
def test_plain_values(tmp_path, new_format, protocol):
    value = dict(
        text='höher',
        numbers=[1, -(2**70), 1.5, True, None, 1j],
        pair=(1, b'\x00\xff'),
        ordered=OrderedDict(a=1),
        counts=Counter('aab'),
        size=torch.Size((2, 3)),
        device=torch.device('cpu'),
        dtype=torch.float16,
        group={1, 2},
        nothing=b'',
    )
    path = save(value, tmp_path / 'a.pth', new_format, pickle_protocol=protocol)
    assert load_tensors(path) == value
    assert load_tensors(path.read_bytes()) == load_tensors(str(path))


def test_a_checkpoint_of_mmengine(tmp_path):
    """As MMEngine's runner writes it, with the history of the loss."""
    hub = MessageHub('checkpoint-file')
    hub.update_scalar('train/loss', 0.5)
    layer = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    optimizer = torch.optim.AdamW(layer.parameters())
    layer(torch.rand(4, 2)).sum().backward()
    optimizer.step()
    value = dict(
        meta=dict(epoch=2, dataset_meta=dict(classes=['a', 'b']), seed=np.int64(3)),
        message_hub=hub.state_dict(),
        optimizer=optimizer.state_dict(),
        state_dict=layer.state_dict(),
        array=np.arange(3.0),
    )
    read = load_tensors(save(value, tmp_path / 'epoch_2.pth'))
    assert read['meta'] == dict(
        epoch=2, dataset_meta=dict(classes=['a', 'b']), seed=None
    )
    assert read['array'] is None
    assert list(read['state_dict']) == list(layer.state_dict())
    for name, weight in layer.state_dict().items():
        assert torch.equal(read['state_dict'][name], weight)
    layer.load_state_dict(read['state_dict'])
    state = optimizer.state_dict()['state'][0]['exp_avg']
    assert torch.equal(read['optimizer']['state'][0]['exp_avg'], state)


class Payload:
    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize('new_format', FORMATS)
@pytest.mark.parametrize('function', [os.mkdir, eval, getattr, np.load, torch.load])
def test_other_functions_are_refused(tmp_path, new_format, function):
    target = tmp_path / 'harm'
    path = save(
        [torch.zeros(2), Payload(function, str(target))], tmp_path / 'a.pth', new_format
    )
    if function is getattr:  # skipped, not called
        assert load_tensors(path)[1] is None
        return
    with pytest.raises(pickle.UnpicklingError, match=function.__name__):
        load_tensors(path)
    assert not target.exists()


def archive(pickled, method=zipfile.ZIP_STORED, **entries):
    """A file in torch's format with a pickle of its own."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', method) as out:
        out.writestr('a/data.pkl', pickled)
        for name, content in entries.items():
            out.writestr(f'a/{name.replace("_", "/")}', content)
    return file.getvalue()


def tensor(numel, size, stride='I1\n', offset=0):
    return (
        f'ctorch._utils\n_rebuild_tensor_v2\n((S"storage"\nctorch\nFloatStorage\n'
        f'S"0"\nS"cpu"\nI{numel}\ntQI{offset}\n(I{size}\nt({stride}tI00\nN'
        'tR.'
    ).encode()


def test_the_crafted_file_is_valid():
    content = np.arange(3, dtype='f4').tobytes()
    assert load_tensors(archive(tensor(3, 2), data_0=content)).tolist() == [0, 1]


@pytest.mark.parametrize(
    'pickled, what',
    [
        (tensor(3, 4), 'RuntimeError'),  # beyond the end: torch.load enlarges it
        (tensor(3, 10**12), 'a tensor of shape'),
        (tensor(3, 10**12, 'I0\n'), 'a tensor of shape'),
        (tensor(3, 2, offset=2), 'RuntimeError'),
        (tensor(3, 2, offset=-1), 'RuntimeError'),
        (tensor(10**12, 2), 'in another size'),
        (tensor(-3, 2), 'a storage of -3 values'),
        (b'\x80\x02N' + b'\x85' * 100000 + b'.', 'nested containers'),
        (b'cbuiltins\nbytes\n(I1000000000000\ntR.', 'TypeError'),
        (b'\x80\x02Nr\xff\xff\xff\x7f.', 'memo index'),
        (b'}(ctorch\nfloat32\n}S"a"\nI1\nsbI1\ns.', 'changed function'),
    ],
)
def test_crafted_pickles(pickled, what):
    with pytest.raises((ValueError, pickle.UnpicklingError), match=what):
        load_tensors(archive(pickled, data_0=bytes(12)))


def test_crafted_archives():
    bomb = archive(b'I1\n.' + bytes(10**6), zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match='compressed'):
        load_tensors(bomb)
    with pytest.raises(ValueError, match='byte order'):
        load_tensors(archive(b'I1\n.', byteorder=b'middle'))
    with pytest.raises(pickle.UnpicklingError, match='missing storage'):
        load_tensors(archive(tensor(3, 2)))
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as out:
        out.writestr('a/other', b'')
    with pytest.raises(ValueError, match='data.pkl'):
        load_tensors(file.getvalue())


@pytest.mark.parametrize('new_format', FORMATS)
def test_truncated_files(tmp_path, new_format):
    content = save([torch.rand(100)], tmp_path / 'a.pth', new_format).read_bytes()
    for length in (0, 3, 50, len(content) // 2, len(content) - 200):
        with pytest.raises((ValueError, pickle.UnpicklingError)):
            load_tensors(content[:length])


def test_other_files(tmp_path):
    for content in (b'<html>', b'not a checkpoint', b'\x80\x02K\x01.' * 5):
        with pytest.raises((ValueError, pickle.UnpicklingError)):
            load_tensors(content)
    with pytest.raises(FileNotFoundError):
        load_tensors(tmp_path / 'missing.pth')
    with pytest.raises(TypeError, match='as a string'):
        load_tensors(1)
