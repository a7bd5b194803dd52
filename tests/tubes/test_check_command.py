"""`mmvkp data check`: finished data sets and arguments."""

from mmvkp.manifest import write_manifest

from ..cli import run


def test_arguments(tmp_path, capsys):
    for options, message in (
        (('--limit', '0'), '0 is not in the range x>=1'),
        (('--frames', 'nowhere'), "'nowhere' does not exist"),
        (('--frames', tmp_path, '--videos', tmp_path), 'exclude each other'),
    ):
        assert run('data', 'check', 'GT.pkl', *options) == 1
        assert message in capsys.readouterr().err
    assert run('data', 'check', tmp_path, '--joints', tmp_path) == 1
    assert '--joints: no effect on a finished data set' in capsys.readouterr().err


def test_a_finished_data_set(tmp_path, capsys):
    assert run('data', 'check', tmp_path) == 1
    assert f'{tmp_path} has no manifest.json' in capsys.readouterr().err
    for name in ('a.txt', 'b.txt'):
        (tmp_path / name).write_text(name)
    write_manifest(tmp_path, ['a.txt', 'b.txt'])
    assert run('data', 'check', tmp_path) == 0
    assert capsys.readouterr().out == f'{tmp_path}: no problems; 2 files\n'
    (tmp_path / 'a.txt').write_text('A.txt')
    (tmp_path / 'b.txt').rename(tmp_path / 'c.txt')
    assert run('data', 'check', tmp_path) == 1
    assert capsys.readouterr().out.splitlines() == [
        f'{tmp_path}: 3 problem(s)',
        '  missing: b.txt',
        '  changed: a.txt',
        '  extra: c.txt',
    ]
    assert run('data', 'check', tmp_path, '--limit', 2) == 1
    assert capsys.readouterr().out.splitlines()[3:] == ['  ... and 1 more']
