"""What the front page tells to do works."""
import re
from pathlib import Path

import torch
from mmaction.registry import MODELS
from mmengine.config import Config

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / 'README.md').read_text(encoding='utf-8')


def test_the_config_on_the_front_page_classifies(tmp_path):
    (code, ) = re.findall(r'```python\n(.*?)```', TEXT, re.DOTALL)
    path = tmp_path / 'my_config.py'
    path.write_text(code)
    config = Config.fromfile(path)
    # The weights are on the network.
    config.model.backbone.pretrained = None
    config.model.backbone.pretrained2d = False
    model = MODELS.build(config.model).eval()
    with torch.no_grad():
        scores = model(torch.rand(1, 2, 3, 4, 64, 64), stage='head')
    assert scores.shape == (2, 400)


def test_linked_and_named_files_exist():
    for target in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', TEXT):
        assert (ROOT / target).exists(), target
    for script in re.findall(r'bash (tools/\w+\.sh)', TEXT):
        assert (ROOT / script).is_file(), script
    for name in re.findall(r'mim train mmvkp (\S+\.py)', TEXT):
        assert list((ROOT / 'configs').rglob(name)), name
