"""Settings of all tests."""

from mmengine.registry import init_default_scope

# What MMAction2's tools do first; without it no plain name is found.
init_default_scope('mmaction')
