"""The VGG Image Annotator."""

import json

import pytest

from ..tube_conversion import convert, faults, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


SIZE = ('--resolution', '100', '200')
HEADER = (
    'filename,file_size,file_attributes,region_count,region_id,'
    'region_shape_attributes,region_attributes\n'
)


def _quote(value):
    return '"' + json.dumps(value).replace('"', '""') + '"'


def _row(name, x=10, shape='rect', **attributes):
    box = dict(name=shape, x=x, y=20, width=30, height=40)
    return f'{name},99,"{{}}",1,0,{_quote(box)},{_quote(attributes)}\n'


def _table(*rows):
    return write('via.csv', HEADER + ''.join(rows))


def test_tracks_of_vgg(capsys):
    """Frame numbers from 0 in the names of the pictures; a track and no class."""
    _table(
        _row('walk_frame_000000.png', 10, track='7'),
        _row('walk_frame_000001.png', 12, track='7'),
        _row('walk_frame_000001.png', 50, track='8'),
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
        _row('a/00001.jpg', action='run', mood='x'),
        _row('a/00002.jpg', action='run'),
        _row('a/00002.jpg', shape='circle', action='run'),
        _row('b/00009.jpg', action='sit'),
        _row('b/00009.jpg', 90),
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
    _table(_row('a/00001.jpg', who='x', what='y'))
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


def _project(*metadata):
    attributes = {
        '1': dict(aname='action', type=4, options={'0': 'run', '1': 'sit'}),
        '2': dict(aname='track', type=1, options={}),
    }
    return dict(
        project=dict(vid_list=['1']),
        attribute=attributes,
        file={'1': dict(fid='1', fname='my film.mp4', type=4)},
        view={'1': dict(fid_list=['1'])},
        metadata={
            str(i): dict(each, vid='1', flg=0) for i, each in enumerate(metadata)
        },
    )


def _moment(time, **changes):
    return dict(
        dict(z=[time], xy=[2, 10, 20, 30, 40], av={'1': '1', '2': '9'}), **changes
    )


def test_project_of_via_3(capsys):
    """Frame 4, from 1, is shown from 0.3 s to 0.4 s at 10 frames per second."""
    content = _project(
        _moment(0.3),
        _moment(0.45),
        _moment(1.0, xy=[7, 1, 2, 3, 4, 5, 6]),
        _moment(0, z=[1, 2], xy=[]),
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
    content = _project()
    header = (
        '# Exported using VGG Image Annotator\n# ATTRIBUTE = '
        + json.dumps(content['attribute'])
        + '\n# CSV_HEADER = metadata_id,file_list,flags,temporal_coordinates,'
        'spatial_coordinates,metadata\n'
    )
    row = '"1_a",{},0,"[0.2]","[2,10,20,30,40]",{}\n'.format(
        _quote(['my film.mp4']), _quote({'1': '0'})
    )
    write('via.csv', header + row)
    truth = convert('via', 'via.csv', 'out.pkl', *SIZE, '--fps', '10', test='my film')
    assert truth.labels == ['run']
    assert truth.gttubes['my film'][0][0].tolist() == [[3, 10, 20, 39, 59]]


@pytest.mark.parametrize(
    'name, text, message',
    [
        ('a.csv', 'x,y\n', 'is not a table of VIA 2 or 3'),
        ('a.csv', HEADER + _row('noframe.png'), 'does not end with the number'),
        ('a.csv', HEADER + 'f_1.png,1\n', 'line 2: has 2 columns'),
        ('a.csv', HEADER + _row('f_1.png', x='nan'), 'nan is not a number'),
        ('a.csv', HEADER + 'f_1.png,1,{},1,0,{x,{}\n', 'is not JSON'),
        ('a.json', '[]', 'is not a project of VIA'),
        ('a.json', '{"a": 3}', 'is not a project of VIA 2 or 3'),
        ('a.json', json.dumps(_project(dict(z=[0]))), 'is missing'),
        ('a.json', json.dumps(_project(_moment('x'))), "the time is 'x'"),
        ('a.json', json.dumps(_project(_moment(1e9))), 'is too large'),
    ],
)
def test_faults_are_named(capsys, name, text, message):
    write(name, text)
    err = faults(capsys, 'via', name, 'out.pkl', *SIZE, '--fps', '10')
    assert message in err and name in err
