"""Lists of a subset of Kinetics, on files of a few lines."""

import pytest

from ..cli import run

# Labels of the full data set, as MMAction2 writes them.
LIST = """\
petting_animal_(not_cat)/aaaaaaaaaaa_000001_000011.mp4 249
abseiling/bbbbbbbbbbb_000417_000427.mp4 0
massaging_person's_head/c-c_ccccccc_000002_000012.mp4 201
zumba/ddddddddddd_000003_000013.mp4 399
abseiling/eeeeeeeeeee_000004_000014.mp4 0
"""
CSV = """\
label,youtube_id,time_start,time_end,split
petting animal (not cat),aaaaaaaaaaa,1,11,train
abseiling,bbbbbbbbbbb,417,427,train
"massaging person's head",c-c_ccccccc,2,12,train
zumba,ddddddddddd,3.0,13.0,train
abseiling,eeeeeeeeeee,4,14,train
"""
# Another order than the alphabet's, spelt in three ways.
CLASSES = 'zumba\nPetting animal (not cat)\nmassaging_persons_head\n'


def subset(*words):
    return run('data', 'mini-kinetics', *words)


@pytest.fixture
def files(tmp_path):

    def write(**texts):
        paths = []
        for name, text in texts.items():
            path = tmp_path / name.replace('_csv', '.csv')
            path.write_text(text)
            paths.append(str(path))
        return paths

    return write


@pytest.mark.parametrize('source', [{'list': LIST}, {'list_csv': CSV}])
def test_labels_follow_the_class_list(files, tmp_path, capsys, source):
    out = tmp_path / 'new' / 'out.txt'
    assert subset(*files(**source, classes=CLASSES), str(out)) == 0
    assert out.read_text() == (
        'petting_animal_(not_cat)/aaaaaaaaaaa_000001_000011.mp4 1\n'
        "massaging_person's_head/c-c_ccccccc_000002_000012.mp4 2\n"
        'zumba/ddddddddddd_000003_000013.mp4 0\n'
    )
    text = capsys.readouterr().out
    assert '3 of 5 videos, 3 classes with 1 to 1 videos' in text


def test_only_some_ids(files, tmp_path, capsys):
    paths = files(list=LIST, classes='abseiling\nzumba\n')
    ids = files(ids='eeeeeeeeeee\nfffffffffff\nddddddddddd\neeeeeeeeeee\n')[0]
    out = tmp_path / 'out.txt'
    assert subset(*paths, str(out), '--ids', ids) == 0
    assert out.read_text() == (
        'zumba/ddddddddddd_000003_000013.mp4 1\n'
        'abseiling/eeeeeeeeeee_000004_000014.mp4 0\n'
    )
    text = capsys.readouterr().out
    assert '1 of 3 ids are not in LIST' in text and ': fffffffffff\n' in text
    assert '1 duplicate ids, used once' in text and ':4 (as line 1)' in text


def test_mmaction_reads_the_list(files, tmp_path):
    from mmaction.datasets import VideoDataset

    out = tmp_path / 'out.txt'
    assert subset(*files(list=LIST, classes=CLASSES), str(out)) == 0
    data = VideoDataset(str(out), [], data_prefix=dict(video='videos'))
    assert [data.get_data_info(i)['label'] for i in range(3)] == [1, 2, 0]
    assert (
        data.get_data_info(2)['filename']
        == 'videos/zumba/ddddddddddd_000003_000013.mp4'
    )


def test_classes_from_the_ids(files, tmp_path, capsys):
    source, ids = files(list=LIST, ids='ddddddddddd\nc-c_ccccccc\n')
    classes, out = tmp_path / 'classes.txt', tmp_path / 'out.txt'
    call = [source, str(classes), str(out), '--ids', ids, '--make-classes']
    assert subset(*call) == 0
    assert classes.read_text() == "massaging person's head\nzumba\n"
    assert out.read_text().split()[1::2] == ['0', '1']
    assert subset(*call) == 1
    assert 'classes.txt exists; omit --make-classes' in capsys.readouterr().err
    assert subset(*call[:3], '--make-classes') == 1
    assert 'give --ids' in capsys.readouterr().err


def test_missing_videos(files, tmp_path, capsys):
    paths = files(list=LIST, classes='abseiling\nzumba\n')
    video = tmp_path / 'videos/abseiling/bbbbbbbbbbb_000417_000427.mp4'
    video.parent.mkdir(parents=True)
    video.touch()
    out = tmp_path / 'out.txt'
    assert subset(*paths, str(out), '--videos', str(tmp_path / 'videos')) == 0
    assert out.read_text() == 'abseiling/bbbbbbbbbbb_000417_000427.mp4 0\n'
    text = capsys.readouterr().out
    assert '2 videos are not in' in text
    assert '1 classes without video: zumba' in text


def test_duplicate_video_is_used_once(files, tmp_path, capsys):
    first = LIST.splitlines()[1]
    paths = files(list=LIST + first + '\n', classes='abseiling\n')
    out = tmp_path / 'out.txt'
    assert subset(*paths, str(out)) == 0
    assert len(out.read_text().splitlines()) == 2
    assert 'list:6 (as line 2)' in capsys.readouterr().out


def test_videos_under_other_names(files, tmp_path, capsys):
    source = 'zumba/clip.mp4 1\nzumba/ddddddddddd.mp4 1\n'
    paths = files(list=source, classes='zumba\n')
    ids = files(ids='ddddddddddd\n')[0]
    out = tmp_path / 'out.txt'
    assert subset(*paths, str(out), '--ids', ids) == 0
    assert out.read_text() == 'zumba/ddddddddddd.mp4 0\n'
    assert (
        '1 videos have no YouTube id in their name, skipped: zumba/clip.mp4'
        in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    'texts, message',
    [
        (
            dict(list='abseiling/b.mp4\n'),
            "list:1: 'abseiling/b.mp4' is not 'class/video.mp4 label'",
        ),
        (dict(list=LIST + 'b.mp4 3\n'), 'list:6: '),
        (dict(list='tai chi/b.mp4 3\n'), "list:1: 'tai chi/b.mp4' contains a space"),
        (dict(list=''), 'list is empty'),
        (
            dict(list_csv='youtube_id,time_start,time_end,split\n'),
            'list.csv:1: no column label',
        ),
        (dict(list_csv=CSV + 'zumba,ddd,1,2,train\n'), 'list.csv:7: '),
        (dict(list_csv=CSV + 'zumba,ddddddddddd,1\n'), 'list.csv:7: '),
        (dict(list_csv=CSV.splitlines()[0]), 'names no video'),
        (dict(classes='zumba\n\nabseiling\n'), 'classes, line 2: empty line'),
        (
            dict(classes='tai_chi\nzumba\nZumba\n'),
            "classes, line 3: 'Zumba' differs from 'zumba' (line 2) in case",
        ),
        (
            dict(classes='tai_chi\ntai chi\n'),
            "classes: 'tai chi' (label 1) repeats 'tai_chi' (label 0)",
        ),
        (
            dict(classes='zumba\nabsailing\n'),
            "1 classes are not in LIST: classes:2 'absailing' (did you mean "
            "'abseiling'?)",
        ),
        (
            dict(ids='ddddddddddd\nhttps://youtu.be/x\n'),
            "ids:2: 'https://youtu.be/x' is not a YouTube id",
        ),
        (
            dict(ids='bbbbbbbbbbb\n'),
            'ids belong to classes that CLASSES does not have: bbbbbbbbbbb (abseiling)',
        ),
        (dict(ids='fffffffffff\n'), 'no video remains; 1 of 1 ids are not in'),
    ],
)
def test_errors_name_file_and_line(files, tmp_path, capsys, texts, message):
    texts = (
        dict(classes=CLASSES, ids='ddddddddddd\n', **texts)
        if not texts.keys() & {'classes', 'ids'}
        else {'list': LIST, 'classes': CLASSES, 'ids': 'ddddddddddd\n', **texts}
    )
    paths = dict(zip(texts, files(**texts)))
    source = paths.get('list') or paths['list_csv']
    out = tmp_path / 'out.txt'
    assert subset(source, paths['classes'], str(out), '--ids', paths['ids']) == 1
    error = capsys.readouterr().err
    assert message in error.replace(f'{tmp_path}/', '')
    assert error.startswith('mmvkp data mini-kinetics: error: ')
    assert not out.exists()


def test_missing_file(tmp_path, capsys):
    assert subset(str(tmp_path / 'gone.txt'), 'classes', 'out') == 1
    assert 'gone.txt' in capsys.readouterr().err
