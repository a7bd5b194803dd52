"""The VGG Image Annotator."""

import json

import pytest

from ..tube_conversion import convert, faults, write
from ..via_tables import HEADER, moment, project, quote, row


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


SIZE = ('--resolution', '100', '200')


def _table(*rows):
    return write('via.csv', HEADER + ''.join(rows))


def test_tracks_of_vgg(capsys):
    """Frame numbers from 0 in the names of the pictures; a track and no class."""
    _table(
        row('walk_frame_000000.png', 10, track='7'),
        row('walk_frame_000001.png', 12, track='7'),
        row('walk_frame_000001.png', 50, track='8'),
        'walk_frame_000002.png,99,"{}",0,0,"{}","{}"\n',
    )
    truth = convert('via', 'via.csv', 'out.pkl', *SIZE, test='walk')
    assert truth.labels == ['object']
    tubes = sorted(tube.tolist() for tube in truth.gttubes['walk'][0])
    assert tubes == [[[1, 10, 20, 39, 59], [2, 12, 20, 41, 59]], [[2, 50, 20, 79, 59]]]
    out = capsys.readouterr().out
    assert 'frames count from 0' in out and 'no attribute with a class' in out
    write('names.txt', 'runner\n')
    truth = convert(
        'via', 'via.csv', 'out.pkl', *SIZE, '--labels', 'names.txt', test='walk'
    )
    assert truth.labels == ['runner']


def test_table_with_classes(capsys):
    _table(
        row('a/00001.jpg', action='run', mood='x'),
        row('a/00002.jpg', action='run'),
        row('a/00002.jpg', shape='circle', action='run'),
        row('b/00009.jpg', action='sit'),
        row('b/00009.jpg', 90),
    )
    truth = convert('via', 'via.csv', 'out.pkl', *SIZE, test='a')
    assert truth.labels == ['run', 'sit'] and sorted(truth.gttubes) == ['a', 'b']
    assert truth.gttubes['a'][0][0][:, 0].tolist() == [1, 2]
    out = capsys.readouterr().out
    assert 'a circle is not a rectangle' in out
    assert 'the attribute action is missing' in out
    assert 'linked by IoU' in out
    truth = convert('via', 'via.csv', 'out.pkl', *SIZE, '--attribute', 'mood', test='a')
    assert truth.labels == ['x']
    _table(row('a/00001.jpg', who='x', what='y'))
    err = faults(capsys, 'via', 'via.csv', 'out.pkl', *SIZE)
    assert "'what', 'who'; name the one with the class by --attribute" in err


def test_project_of_via_2():
    region = dict(
        shape_attributes=dict(name='rect', x=1, y=2, width=3, height=4),
        region_attributes=dict(
            track='1', action={'run': True, 'wave': True, 'sit': False}
        ),
    )
    pictures = {
        f'v_{i}.png99': dict(filename=f'v_{i}.png', size=99, regions=regions)
        for i, regions in ((1, [region]), (2, {'0': region}))
    }
    for content in (pictures, dict(_via_img_metadata=pictures, _via_settings={})):
        write('via.json', json.dumps(content))
        truth = convert('via', 'via.json', 'out.pkl', *SIZE, test='v')
        assert truth.labels == ['run', 'wave']
        assert truth.gttubes['v'][1][0].tolist() == [[1, 1, 2, 3, 5], [2, 1, 2, 3, 5]]


def test_project_of_via_3(capsys):
    """Frame 4, from 1, is shown from 0.3 s to 0.4 s at 10 frames per second."""
    content = project(
        moment(0.3),
        moment(0.45),
        moment(1.0, xy=[7, 1, 2, 3, 4, 5, 6]),
        moment(0, z=[1, 2], xy=[]),
    )
    write('via.json', json.dumps(content))
    words = ('via', 'via.json', 'out.pkl', *SIZE, '--fps', '10')
    truth = convert(*words, test='my film')
    assert truth.labels == ['sit']
    (tube,) = truth.gttubes['my film'][0]
    assert tube.tolist() == [[4, 10, 20, 39, 59], [5, 10, 20, 39, 59]]
    out = capsys.readouterr().out
    assert 'a shape 7 is not a rectangle' in out
    assert 'a segment is not a rectangle' in out
    err = faults(capsys, 'via', 'via.json', 'out.pkl', *SIZE)
    assert 'the frame of my film at 0.3 s is unknown; give --fps or --videos' in err


def test_table_of_via_3():
    content = project()
    header = (
        '# Exported using VGG Image Annotator\n# ATTRIBUTE = '
        + json.dumps(content['attribute'])
        + '\n# CSV_HEADER = metadata_id,file_list,flags,temporal_coordinates,'
        'spatial_coordinates,metadata\n'
    )
    row = '"1_a",{},0,"[0.2]","[2,10,20,30,40]",{}\n'.format(
        quote(['my film.mp4']), quote({'1': '0'})
    )
    write('via.csv', header + row)
    truth = convert('via', 'via.csv', 'out.pkl', *SIZE, '--fps', '10', test='my film')
    assert truth.labels == ['run']
    assert truth.gttubes['my film'][0][0].tolist() == [[3, 10, 20, 39, 59]]
