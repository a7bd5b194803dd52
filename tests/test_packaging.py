"""What gets into wheels, source archives and editable installs."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import List

import pytest

import mmvkp
from mmvkp.version import parse_version_info

ROOT = Path(__file__).resolve().parents[1]
CONTENT = (
    'configs',
    'mmvkp',
    'requirements',
    'tools',
    'LICENSE',
    'MANIFEST.in',
    'README.md',
    'model-index.yml',
    'pyproject.toml',
    'setup.cfg',
    'setup.py',
)


@pytest.fixture(scope='module')
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout without what was installed or built in it."""
    target = tmp_path_factory.mktemp('checkout')
    ignored = ('.mim', '__pycache__')
    for name in CONTENT:
        source = ROOT / name
        files = [source] if source.is_file() else source.rglob('*')
        for file in files:
            parts = file.relative_to(ROOT).parts
            if file.is_file() and not set(parts).intersection(ignored):
                copy = target.joinpath(*parts)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(file.read_bytes())
    return target


def originals(checkout: Path) -> List[str]:
    """What MIM has to find in `.mim`, relative to it."""
    files = ['model-index.yml']
    for folder in ('configs', 'tools'):
        files += [
            file.relative_to(checkout).as_posix()
            for file in (checkout / folder).rglob('*')
            if file.is_file() and file.suffix != '.pyc'
        ]
    assert 'tools/train.py' in files
    return files


def pip(*args: object, cwd: Path) -> None:
    """Run pip without network and without building an environment."""
    command = [sys.executable, '-m', 'pip', '--disable-pip-version-check']
    result = subprocess.run(
        [*command, *map(str, args)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def backend(hook: str, target: Path, checkout: Path) -> Path:
    """Call the build backend as pip does; path of what it made."""
    code = (
        'import sys, setuptools.build_meta as backend; '
        f'print(backend.{hook}(sys.argv[1]))'
    )
    result = subprocess.run(
        [sys.executable, '-c', code, str(target)],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return target / result.stdout.strip().splitlines()[-1]


def assert_complete(wheel: Path, checkout: Path) -> None:
    """All modules, the content for MIM, and nothing else of the checkout."""
    names = set(zipfile.ZipFile(wheel).namelist())
    for file in originals(checkout):
        assert f'mmvkp/.mim/{file}' in names
    modules = {
        file.relative_to(checkout).as_posix()
        for file in (checkout / 'mmvkp').rglob('*.py')
        if '.mim' not in file.parts
    }
    assert modules <= names
    tops = {name.split('/')[0] for name in names}
    assert tops == {'mmvkp', f'mmvkp-{mmvkp.__version__}.dist-info'}


def test_wheel(checkout: Path, tmp_path: Path) -> None:
    stale = checkout / 'build' / 'lib' / 'mmvkp' / 'deleted_long_ago.py'
    stale.parent.mkdir(parents=True)
    stale.write_text('')
    pip(
        'wheel',
        '--no-deps',
        '--no-build-isolation',
        '--wheel-dir',
        tmp_path,
        checkout,
        cwd=checkout,
    )
    (wheel,) = tmp_path.glob('*.whl')
    assert_complete(wheel, checkout)
    with zipfile.ZipFile(wheel) as archive:
        assert 'mmvkp/deleted_long_ago.py' not in archive.namelist()
        (metadata,) = (
            archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith('/METADATA')
        )
    # The checkout is not changed by a wheel.
    assert not (checkout / 'mmvkp' / '.mim').exists()
    required = [
        line
        for line in metadata.splitlines()
        if line.startswith('Requires-Dist') and 'extra ==' not in line
    ]
    assert any('mmaction2' in line for line in required)
    assert not any('mmcv' in line or 'mmdet' in line for line in required)
    assert any(
        'mmcv' in line and 'extra == "mim"' in line.replace("'", '"')
        for line in metadata.splitlines()
    )


def test_source_archive_builds_the_same_wheel(checkout: Path, tmp_path: Path) -> None:
    archive = backend('build_sdist', tmp_path, checkout)
    with tarfile.open(archive) as file:
        file.extractall(tmp_path)
    (source,) = (path for path in tmp_path.iterdir() if path.is_dir())
    wheel = backend('build_wheel', tmp_path, source)
    assert_complete(wheel, checkout)


def test_editable_install_is_found_by_mim(checkout: Path, tmp_path: Path) -> None:
    wheel = backend('build_editable', tmp_path, checkout)
    site = tmp_path / 'site'
    zipfile.ZipFile(wheel).extractall(site)
    # What MIM does to find tools and configs of a package.
    (info,) = site.glob('mmvkp-*.dist-info')
    first = (info / 'top_level.txt').read_text().splitlines()[0]
    found = site / first / '.mim'
    for file in originals(checkout):
        assert (found / file).is_file()
    # A config written later needs no new installation.
    late = checkout / 'configs' / 'late.py'
    late.write_text('')
    assert (found / 'configs' / 'late.py').is_file()
    late.unlink()


def test_version_agrees_with_what_is_installed() -> None:
    from importlib.metadata import version

    assert version('mmvkp') == mmvkp.__version__


@pytest.mark.parametrize(
    'text, parts', [('0.1.0', (0, 1, 0)), ('1.0.0rc2', (1, 0, 0, 'rc2'))]
)
def test_version_info(text: str, parts: tuple) -> None:
    assert parse_version_info(text) == parts
