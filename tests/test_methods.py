"""The table that leads from a model to the functions of its method."""

import inspect

import pytest
from mmaction.registry import MODELS
from mmengine.config import Config

import mmvkp  # noqa: F401
from mmvkp.methods import METHODS, methods_of, resolve
from mmvkp.recognition.inspection import Inspector


@pytest.mark.parametrize('name', METHODS)
def test_entries_exist(name):
    assert MODELS.get(name) is not None
    method = METHODS[name]
    inspector = resolve(method.inspector)
    assert callable(inspector) and hasattr(inspector, 'clips_to_cover')
    if name != 'Point3D':
        assert issubclass(inspector, Inspector)
    drawing = inspect.signature(resolve(method.drawing)).parameters
    assert list(drawing)[:3] == ['result', 'title', 'height']
    assert method.detector is None or callable(resolve(method.detector))


def test_methods_of_a_config():
    model = dict(
        type='Recognizer2D',
        backbone=dict(type='AFResNet'),
        neck=dict(type='KPSEM'),
        cls_head=dict(type='TSNHead'),
    )
    found = methods_of(Config(dict(model=model)))
    assert found == [METHODS['KPSEM'], METHODS['AFResNet']]
    assert methods_of(Config(dict(model=dict(type='Point3D')))) == [METHODS['Point3D']]
    plain = dict(type='Recognizer2D', backbone=dict(type='ResNet'))
    assert methods_of(Config(dict(model=plain))) == []


def test_an_attribute_is_imported():
    assert resolve('math:pi') == 3.141592653589793
    with pytest.raises(AttributeError):
        resolve('math:tau_and_pi')
