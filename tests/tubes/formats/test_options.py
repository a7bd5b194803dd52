"""Class names of a label map."""

from mmvkp.tubes.formats.options import FormatOptions


def test_labels_are_those_of_the_map():
    assert FormatOptions().labels is None
    assert FormatOptions(label_map={7: 'run', 2: 'sit'}).labels == ['run', 'sit']
