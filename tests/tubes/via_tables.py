"""Files of VIA for the tests of its reader."""

import json

HEADER = (
    'filename,file_size,file_attributes,region_count,region_id,'
    'region_shape_attributes,region_attributes\n'
)


def quote(value):
    return '"' + json.dumps(value).replace('"', '""') + '"'


def row(name, x=10, shape='rect', **attributes):
    box = dict(name=shape, x=x, y=20, width=30, height=40)
    return f'{name},99,"{{}}",1,0,{quote(box)},{quote(attributes)}\n'


def project(*metadata):
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


def moment(time, **changes):
    return dict(
        dict(z=[time], xy=[2, 10, 20, 30, 40], av={'1': '1', '2': '9'}), **changes
    )
