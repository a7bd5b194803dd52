"""Configs of the rows: models that can be built, and files."""

import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmvkp.recognition.clip_cost import clip_cost
from mmvkp.recognition.recipes import find_config
from mmvkp.stick_action import learning_configs
from mmvkp.stick_action.learning_configs import (
    ENDING,
    LOADERS,
    make_data,
    row_config,
    write_configs,
)
from mmvkp.stick_action.learning_rows import ROWS

BY_KEY = {row.key: row for row in ROWS}


@pytest.mark.parametrize('row', [r for r in ROWS if r.options], ids=lambda r: r.key)
def test_changed_models_can_be_built(row):
    init_default_scope('mmaction')
    _, macs = clip_cost(row_config(row, 'data').model, 8, 64)
    assert macs > 0


def test_parameters_of_kpsem_over_tsm_by_hand():
    """K = 4, G = 8, C = 32, d_e = 24, on the second stage of the slim TSM."""
    init_default_scope('mmaction')
    plain, _ = clip_cost(row_config(BY_KEY['tsm'], 'data').model, 8, 64)
    ours, _ = clip_cost(row_config(BY_KEY['kpsem-tsm'], 'data').model, 8, 64)
    r3d, _ = clip_cost(row_config(BY_KEY['r3d'], 'data').model, 8, 64)
    kpsem_r3d, _ = clip_cost(row_config(BY_KEY['kpsem-r3d'], 'data').model, 8, 64)
    # The same neck; the head has 8 * 7 more inputs for 16 classes in both.
    assert ours - plain == kpsem_r3d - r3d


def test_common_changes():
    config = row_config(BY_KEY['kpsem-tsm'], 'the/data')
    assert config.model.cls_head.num_classes == 16
    assert config.train_dataloader.dataset.ann_file == 'the/data/train.txt'
    assert config.test_dataloader.dataset.ann_file == 'the/data/test.txt'
    for name in ('train', 'val', 'test'):
        assert config[f'{name}_dataloader'].num_workers == 0
    assert config.train_cfg.val_interval == 1
    assert config.custom_hooks[-1] == dict(type='CpuTimeHook')
    assert config.load_from is None
    second = row_config(BY_KEY['aknet-tsm-res4'], 'the/data')
    assert second.load_from == 'work_dirs/tsm/epoch_6.pth'


def test_changed_hooks():
    """The gentle selection of the recipe with smaller frames."""
    gentle, small = (
        next(h for h in config.custom_hooks if h.type == 'SelectionAnnealHook')
        for config in (
            row_config(BY_KEY['afnet-rt50-gentle'], 'data'),
            Config.fromfile(find_config(f'afnet-rt50-px32_af-r10{ENDING}')),
        )
    )
    assert gentle == small and gentle.temperature == (1.0, 0.3)
    paper = row_config(BY_KEY['afnet-rt50'], 'data').custom_hooks
    assert all('temperature' not in hook for hook in paper)


def test_shuffled_frames():
    for key, scope in (('tsm-shuffled', 'video'), ('kpsem-r3d-shuffled', 'clip')):
        config = row_config(BY_KEY[key], 'data')
        for name in LOADERS:
            steps = config[name].dataset.pipeline
            kinds = [each['type'] for each in steps]
            assert kinds[1:4] == [
                'UniformSample',
                'ShuffleFrames',
                'UprightVideoDecode',
            ]
            assert kinds.count('ShuffleFrames') == 1
            assert steps[2].get('scope', 'clip') == scope


def test_files_are_kept_and_guarded(tmp_path):
    row, out = BY_KEY['tsn'], str(tmp_path)
    path = tmp_path / 'configs/tsn.py'
    assert write_configs([row], 'data', out) == {'tsn': str(path)}
    time = path.stat().st_mtime_ns
    write_configs([row], 'data', out)
    assert path.stat().st_mtime_ns == time
    config = Config.fromfile(path)
    assert config.model.cls_head.num_classes == 16
    # Another config is written as long as no run exists.
    write_configs([row], 'other', out)
    assert Config.fromfile(path).train_dataloader.dataset.ann_file == 'other/train.txt'
    (tmp_path / 'tsn_seed1').mkdir()
    with pytest.raises(ValueError, match='tsn_seed1 was made with another config'):
        write_configs([row], 'data', out)


def test_number_of_training_clips(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(learning_configs, 'make_dataset', lambda *a: made.append(a))
    assert make_data(str(tmp_path), 2)['train'] == 1280
    settings = make_data(str(tmp_path), 2, 64)
    assert settings['train'] == 64 and settings['test'] == 800
    assert made[1] == (tmp_path, settings, 2)
    with pytest.raises(ValueError, match='train'):
        make_data(str(tmp_path), 2, 63)
