"""Models timed in turns, and the memory of a call."""

import pytest
import torch

from mmvkp.recognition.benchmark_speed import Setting, compare_speed, peak_memory

from ..bright_dot import dot_config, write_model


def test_memory_of_a_call_by_hand():
    """4 MB that are freed, then 8 MB: the peak is 8, not 12."""

    def work():
        torch.empty(2**20).fill_(1)
        torch.empty(2**21).fill_(1)

    assert peak_memory(work, 'cpu') / 2**20 == pytest.approx(8, abs=0.1)
    held = []

    def keep():
        held.extend(torch.empty(2**20).fill_(1) for _ in range(3))

    assert peak_memory(keep, 'cpu') / 2**20 == pytest.approx(12, abs=0.1)


def test_a_row_for_each_batch_and_step(tmp_path):
    config, _ = write_model(tmp_path, dot_config())
    setting = Setting(shape=(3, 4, 32, 32), repeats=1)
    about, head, rule, *rows = compare_speed([config], (1, 2), setting)
    assert about.startswith('device cpu, amp False') and '1 rounds' in about
    assert head.count('|') == rule.count('|') == 8
    found = [tuple(row.split(' | ')[:2]) for row in rows]
    steps = ('forward', 'forward + backward')
    assert found in (
        [(f'| {batch}', step) for batch in (1, 2) for step in steps],
        [(f'| {batch}', step) for batch in (1, 2) for step in steps[:1]],
    )


def test_missing_configs_are_named():
    with pytest.raises(FileNotFoundError, match='gone.py'):
        list(compare_speed(['gone.py']))
