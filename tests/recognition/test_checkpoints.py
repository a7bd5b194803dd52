"""Shared steps of the converters; tests of the converters cover their files."""

from pathlib import Path

import pytest
import torch

from mmvkp.recognition import checkpoints


def test_weights_come_back_without_the_wrapper(tmp_path):
    path = str(tmp_path / 'a.pth')
    given = {'module.a': torch.ones(2), 'module.b': torch.zeros(())}
    torch.save(dict(epoch=3, state_dict=given), path)
    weights, beside = checkpoints.read_state_dict(path, 'PAGE')
    assert list(weights) == ['a', 'b'] and beside == ['epoch']
    # Only a prefix of all names is one of a wrapper.
    torch.save({'module.a': torch.ones(2), 'b': torch.ones(1)}, path)
    weights, beside = checkpoints.read_state_dict(path, 'PAGE')
    assert list(weights) == ['module.a', 'b'] and beside == []


def test_messages_name_the_page(tmp_path):
    with pytest.raises(FileNotFoundError, match='no such file; .* of PAGE'):
        checkpoints.read_state_dict(str(tmp_path / 'gone'), 'PAGE')
    path = str(tmp_path / 'a.pth')
    torch.save([1], path)
    with pytest.raises(ValueError, match='official checkpoint of PAGE'):
        checkpoints.read_state_dict(path, 'PAGE')


def test_what_fits_is_not_refused():
    checkpoints.refuse('Net (3d)', 'Hint.', [], [], [])


def test_all_that_does_not_fit_is_named():
    with pytest.raises(ValueError) as error:
        checkpoints.refuse('Net (3d)', 'Hint.', ['a', 'b'], ['c'], ['d: 1'])
    assert str(error.value) == (
        'These are not the weights of the official Net (3d); nothing was '
        'written. Hint. 2 missing: a, b; 1 not part of Net: c; '
        '1 of another shape: d: 1.'
    )


def test_a_file_is_written_as_a_whole(tmp_path, monkeypatch):
    path = tmp_path / 'new/a.pth'
    checkpoints.save(str(path), {'a': torch.ones(2)}, tool='t')
    saved = torch.load(path, weights_only=True)
    assert saved['meta'] == dict(tool='t')
    assert torch.equal(saved['state_dict']['a'], torch.ones(2))

    def full(content, path):
        Path(path).write_bytes(b'half')
        raise OSError('disk full')

    monkeypatch.setattr(torch, 'save', full)
    with pytest.raises(OSError, match='disk full'):
        checkpoints.save(str(path), {}, tool='t')
    assert [each.name for each in path.parent.iterdir()] == ['a.pth']
    assert torch.load(path, weights_only=True)['meta'] == dict(tool='t')


def test_weights_are_picked_by_our_names():
    given = {
        'a': torch.ones(2),
        'b': torch.ones(3),
        'n.num_batches_tracked': torch.tensor(7),
        'left': torch.ones(1),
    }
    picked = checkpoints.pick(
        given,
        {
            'a': ('A', (2,)),
            'b': ('B', (4,)),
            'c': ('C', (1,)),
            'n.num_batches_tracked': ('N.num_batches_tracked', ()),
            'm.num_batches_tracked': ('M.num_batches_tracked', ()),
        },
    )
    assert picked.state_dict['A'] is given['a']
    assert picked.state_dict['N.num_batches_tracked'] == 7
    added = picked.state_dict['M.num_batches_tracked']
    assert added == 0 and added.dtype == torch.int64
    assert len(picked.state_dict) == 3
    assert picked.missing == ['c']
    assert picked.shapes == ['b: (3,), not (4,)']
    assert picked.counters_added == 1


def test_names_in_few_words():
    names = ['a.x.1', 'b.y', 'a.x.2', 'a.z']
    assert checkpoints.group(names) == 'a (3), b (1)'
    assert checkpoints.group(names, 2) == 'a.x (2), b.y (1), a.z (1)'
    assert checkpoints.group([]) == 'nothing'


def test_conversions_write_and_report(tmp_path, capsys):
    source, out = str(tmp_path / 'a.pth'), str(tmp_path / 'b.pth')
    torch.save({'a': torch.ones(2)}, source)

    def convert(weights):
        return checkpoints.Result(
            {'A': weights['a']}, dict(network='net'), ['taken: A']
        )

    checkpoints.convert_file('tool', 'PAGE', source, out, convert)
    assert capsys.readouterr().out == (
        f'{out}: 1 tensors from {source}\n  taken: A\n  beside the weights, '
        'ignored: nothing\n'
    )
    saved = torch.load(out, weights_only=True)
    assert saved['meta'] == dict(source='a.pth', tool='tool', network='net')
    assert torch.equal(saved['state_dict']['A'], torch.ones(2))


def test_failed_conversions_write_nothing(tmp_path):
    source, out = str(tmp_path / 'a.pth'), str(tmp_path / 'b.pth')
    torch.save({'a': torch.ones(2)}, source)

    def convert(weights):
        raise ValueError('wrong')

    with pytest.raises(ValueError, match='wrong'):
        checkpoints.convert_file('tool', 'PAGE', source, out, convert)
    with pytest.raises(ValueError, match='OUT is IN'):
        checkpoints.convert_file('tool', 'PAGE', source, source, convert)
    with pytest.raises(FileNotFoundError, match='no such file'):
        checkpoints.convert_file('tool', 'PAGE', out, source, convert)
    assert [each.name for each in tmp_path.iterdir()] == ['a.pth']
