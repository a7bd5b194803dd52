"""Scope `mmvkp` for hosts that are given `scope='mmvkp'`, such as inferencers.

Empty children of MMAction2's registries: all components, ours included, are
registered there and need no prefix.
"""

from typing import Dict

from mmaction import registry as host
from mmengine.registry import Registry

REGISTRIES: Dict[str, Registry] = {
    name: Registry(each.name, parent=each, scope='mmvkp', locations=['mmvkp'])
    for name, each in vars(host).items()
    if isinstance(each, Registry)
}
