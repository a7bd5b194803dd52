"""Options of single formats."""

from ..cli import run


def test_help_lists_options_by_format(capsys):
    assert run('data', 'convert', '--help') == 0
    said = capsys.readouterr().out
    common, _, special = said.partition('Options of ava-csv:')
    assert '  cvat-xml ' in common and '--test LIST' in common
    assert '--attribute' not in common
    assert '--fps' in special.partition('Options of coco-video')[0]
    assert '--attribute' in special.partition('Options of cvat-xml')[2]


def test_an_option_of_another_format_is_refused(capsys):
    words = ('data', 'convert', 'pyannot', 'a.pkl', 'b.pkl', '--test', 'c.txt')
    assert run(*words, '--fps', '10') == 1
    said = capsys.readouterr().err
    assert '--fps is an option of ava-csv, via, not of pyannot' in said
