"""How `tools/setup_env.sh` refuses and what it calls its wheels; no network,
nothing gets installed."""

import os
import os.path as osp
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, Optional

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ('setup_env.sh', 'setup_helpers.sh', 'mmcv_wheel.sh')
BASH = shutil.which('bash')

pytestmark = pytest.mark.skipif(BASH is None, reason='needs bash')


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which nothing is set up, as far as the script reads it."""
    folder = tmp_path / 'checkout'
    (folder / 'tools').mkdir(parents=True)
    (folder / 'mmvkp').mkdir()
    for name in SCRIPTS:
        shutil.copy(ROOT / 'tools' / name, folder / 'tools' / name)
    shutil.copytree(ROOT / 'requirements', folder / 'requirements')
    for name in ('setup.py', 'pyproject.toml', 'mmvkp/version.py'):
        shutil.copy(ROOT / name, folder / name)
    return folder


def fake(folder: Path, name: str, body: str) -> None:
    """Put an executable shell script into a folder of the PATH."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f'#!/bin/sh\n{body}\n')
    path.chmod(0o755)


def run(
    checkout: Path,
    *args: str,
    env: Optional[Dict[str, str]] = None,
    first_on_path: Optional[Path] = None,
) -> subprocess.CompletedProcess:
    """Run the script of a checkout with a cache beside it."""
    settings = dict(os.environ, MMVKP_CACHE=str(checkout.parent / 'cache'))
    settings.pop('MMVKP_MIN_DISK_GB', None)
    settings.update(env or {})
    if first_on_path is not None:
        settings['PATH'] = f'{first_on_path}{os.pathsep}{settings["PATH"]}'
    return subprocess.run(
        [BASH, str(checkout / 'tools' / 'setup_env.sh'), *args],
        env=settings,
        capture_output=True,
        text=True,
        timeout=60,
    )


def assert_refused(result: subprocess.CompletedProcess, *parts: str) -> None:
    """Exit code 1 and exactly one line of error with all of the parts."""
    assert result.returncode == 1, result
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert result.stderr.startswith('setup_env: error: ')
    for part in parts:
        assert part in result.stderr, result.stderr


def test_help(checkout: Path) -> None:
    result = run(checkout, '--help')
    assert result.returncode == 0 and result.stderr == ''
    for word in ('--light', '--active', '--python', 'MMVKP_CACHE'):
        assert word in result.stdout


@pytest.mark.parametrize(
    'args, parts',
    [
        (['--fast'], ["unknown option '--fast'", '--light']),
        (['--python'], ['--python needs the path']),
        (['--active', '--python', sys.executable], ['exclude each other']),
    ],
)
def test_bad_options(checkout: Path, args: list, parts: list) -> None:
    assert_refused(run(checkout, *args), *parts)


def test_not_a_checkout(checkout: Path) -> None:
    (checkout / 'setup.py').unlink()
    assert_refused(run(checkout), 'is not a checkout of mmvkp')


def test_wrong_python(checkout: Path) -> None:
    binaries = checkout.parent / 'bin'
    answer = 'case "$1" in --version) echo Python 3.7.9;; *) echo 7;; esac'
    for name in ('python3', 'python3.10', 'python3.11', 'python3.12'):
        fake(binaries, name, answer)
    assert_refused(
        run(checkout, first_on_path=binaries),
        'python3 is Python 3.7.9',
        '3.10 to 3.12',
        '--python PATH',
    )


def test_missing_python(checkout: Path) -> None:
    result = run(checkout, '--python', '/nowhere/python3')
    assert_refused(result, 'none of /nowhere/python3 exists')


def test_no_disk(checkout: Path) -> None:
    result = run(
        checkout,
        '--light',
        '--python',
        sys.executable,
        env={'MMVKP_MIN_DISK_GB': '100000000'},
    )
    assert_refused(result, 'too little disk space', '100000000 GB', 'MMVKP_CACHE')


def test_bad_disk_size(checkout: Path) -> None:
    result = run(
        checkout, '--python', sys.executable, env={'MMVKP_MIN_DISK_GB': 'much'}
    )
    assert_refused(result, "MMVKP_MIN_DISK_GB='much'", 'whole number')


def test_unusable_cache(checkout: Path) -> None:
    in_the_way = checkout.parent / 'file'
    in_the_way.write_text('')
    result = run(
        checkout, '--python', sys.executable, env={'MMVKP_CACHE': str(in_the_way)}
    )
    assert_refused(result, 'cannot write to the cache folder', 'MMVKP_CACHE')


def test_no_compiler(checkout: Path) -> None:
    result = run(
        checkout,
        '--full',
        '--python',
        sys.executable,
        env={'CXX': 'no-such-compiler', 'MMVKP_MIN_DISK_GB': '0'},
    )
    assert_refused(result, "no C++17 compiler ('no-such-compiler'", '--light')
    assert not osp.exists(checkout / '.venv')


def call(code: str, **env: str) -> str:
    """Output of shell code that runs after the functions were read in."""
    script = f'source "{ROOT}/tools/setup_env.sh"; {code}'
    result = subprocess.run(
        [BASH, '-c', script],
        env=dict(os.environ, **env),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return result.stdout.strip()


FACTS = (
    'python_tag() { echo cp311; }; TORCH=2.3.1+cu121 CUDA=12.1 '
    'ABI=0 PLATFORM=linux_x86_64; '
)


def test_wheel_key_names_everything_that_matters() -> None:
    key = call(f'{FACTS} wheel_key cpu')
    assert key == 'cp311-torch2.3.1+cu121-mmcv2.1.0-linux_x86_64-cpu-abi0'


@pytest.mark.parametrize(
    'release, operators', [('12.4', 'cu121'), ('11.8', 'cpu'), ('', 'cpu')]
)
def test_cuda_operators_need_a_matching_nvcc(
    tmp_path: Path, release: str, operators: str
) -> None:
    fake(tmp_path / 'bin', 'nvcc', f'echo "tools, release {release}, V1"')
    code = f'{FACTS} CUDA_HOME={tmp_path}; possible_operators'
    assert call(code) == operators
    assert call(f'{FACTS} CUDA=none; possible_operators') == 'cpu'


def test_cached_wheel_is_found_and_cuda_preferred(tmp_path: Path) -> None:
    code = f'{FACTS} answers() {{ false; }}; CACHE={tmp_path}; find_wheel'
    assert call(f'{code} || echo none') == 'none'
    for operators in ('cpu', 'cu121'):
        key = call(f'{FACTS} wheel_key {operators}')
        wheel = tmp_path / 'wheels' / key / 'mmcv-2.1.0-cp311.whl'
        wheel.parent.mkdir(parents=True)
        wheel.write_text('')
        # A CPU wheel counts only where no CUDA compiler would do better.
        assert call(f'possible_operators() {{ echo cpu; }}; {code}') == str(wheel)


def test_second_run_waits_for_the_first(checkout: Path) -> None:
    if shutil.which('flock') is None:
        pytest.skip('needs flock')
    locks = checkout.parent / 'cache' / 'locks'
    locks.mkdir(parents=True)
    code = f'CACHE={locks.parent}; take_lock env-1; echo mine; sleep 3'
    script = f'source "{ROOT}/tools/setup_env.sh"; {code}'
    with subprocess.Popen(
        [BASH, '-c', script], stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout.readline().strip() == 'mine'
        second = call(f'CACHE={locks.parent}; take_lock env-1; echo mine too')
    assert f'another setup is running (process {first.pid})' in second
    assert second.endswith('mine too')


def test_interruption_ends_the_children(tmp_path: Path) -> None:
    code = (
        f'LOG={tmp_path}/log; trap "on_signal 143" TERM; echo go; '
        f'run_logged "" sh -c "sleep 5; touch {tmp_path}/survived"'
    )
    script = f'source "{ROOT}/tools/setup_env.sh"; {code}'
    with subprocess.Popen(
        [BASH, '-c', script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline().strip() == 'go'
        (tmp_path / 'log').touch()
        while 'sleep 5' not in (tmp_path / 'log').read_text():
            pass
        process.terminate()
        _, stderr = process.communicate(timeout=10)
    assert process.returncode == 143
    assert 'interrupted; the next run continues here' in stderr
    listing = subprocess.run(
        ['ps', 'ax', '-o', 'args'], capture_output=True, text=True
    ).stdout
    assert f'{tmp_path}/survived' not in listing
