"""A training continues from the newest checkpoint that can be read."""

import os
import zipfile

import pytest
import torch

import mmvkp  # noqa: F401
from tests.recognition.tiny_training import tiny_runner


@pytest.fixture()
def folder(tmp_path):
    """Work folder of three epochs."""
    tiny_runner(tmp_path).train()
    return tmp_path


def resumed(folder, load_from=None):
    """Epochs that a resumed training ran, by the files that it wrote."""
    before = {each.name: each.stat().st_mtime_ns for each in folder.glob('*.pth')}
    tiny_runner(folder, 4, resume=True, load_from=load_from).train()
    return sorted(
        each.name
        for each in folder.glob('*.pth')
        if before.get(each.name) != each.stat().st_mtime_ns
    )


def cut(path, size):
    """Truncate a file, as an interrupted write does."""
    os.truncate(path, size)


def flip(path):
    """Change one byte in the middle of the largest part of a checkpoint."""
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda each: each.file_size)
    data = bytearray(path.read_bytes())
    data[largest.header_offset + 80 + largest.file_size // 2] ^= 255
    path.write_bytes(data)


@pytest.mark.parametrize('content', [b'', b'\n', b'\0' * 40, b'/gone/epoch_3.pth'])
def test_a_damaged_pointer_is_repaired(folder, content):
    (folder / 'last_checkpoint').write_bytes(content)
    assert resumed(folder) == ['epoch_4.pth']


@pytest.mark.parametrize('size', [0, 1, 100, 3000])
def test_a_half_written_checkpoint_is_skipped(folder, size):
    cut(folder / 'epoch_3.pth', size)
    assert resumed(folder) == ['epoch_3.pth', 'epoch_4.pth']


def test_changed_bytes_and_zeros_are_found(folder):
    flip(folder / 'epoch_3.pth')
    (folder / 'epoch_2.pth').write_bytes(b'\0' * 5000)
    assert resumed(folder) == ['epoch_2.pth', 'epoch_3.pth', 'epoch_4.pth']


def test_the_newest_is_not_the_one_with_the_highest_number(folder):
    """epoch_3.pth is a file of an earlier, longer training; best_*.pth lacks the
    optimiser."""
    os.utime(folder / 'epoch_3.pth', (1, 1))
    (folder / 'best_acc_epoch_9.pth').write_bytes((folder / 'epoch_1.pth').read_bytes())
    (folder / 'last_checkpoint').write_text('')
    assert resumed(folder) == ['epoch_3.pth', 'epoch_4.pth']


def test_without_a_readable_checkpoint_all_are_named(folder):
    for each in folder.glob('*.pth'):
        cut(each, 50)
    with pytest.raises(ValueError) as caught:
        resumed(folder)
    text = str(caught.value)
    assert "epoch_3.pth', which is damaged" in text and 'epoch_1.pth' in text
    assert '--resume FILE' in text and 'last_checkpoint to start again' in text


def test_a_damaged_file_that_was_given_is_named(folder):
    cut(folder / 'epoch_2.pth', 900)
    with pytest.raises(ValueError, match='epoch_2.pth is damaged or incomplete'):
        resumed(folder, load_from=str(folder / 'epoch_2.pth'))
    assert resumed(folder, load_from=str(folder / 'epoch_1.pth'))[0] == 'epoch_2.pth'


def test_a_new_folder_starts_again(tmp_path):
    tiny_runner(tmp_path, 1, resume=True).train()
    assert (tmp_path / 'epoch_1.pth').is_file()


def test_an_interrupted_write_leaves_the_earlier_checkpoint(folder, monkeypatch):
    """The process ends before the file is complete."""
    before = (folder / 'epoch_3.pth').read_bytes()

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, 'fsync', stop)
    runner = tiny_runner(folder, 3)
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    with pytest.raises(KeyboardInterrupt):
        runner.save_checkpoint(str(folder), 'epoch_3.pth')
    assert (folder / 'epoch_3.pth').read_bytes() == before


def test_checkpoints_of_the_older_format_are_read(folder):
    state = torch.load(folder / 'epoch_3.pth', weights_only=True)
    torch.save(state, folder / 'epoch_3.pth', _use_new_zipfile_serialization=False)
    assert resumed(folder) == ['epoch_4.pth']
    (folder / 'epoch_4.pth').unlink()
    (folder / 'last_checkpoint').write_text(str(folder / 'epoch_3.pth'))
    cut(folder / 'epoch_3.pth', 2500)
    assert resumed(folder) == ['epoch_3.pth', 'epoch_4.pth']
