"""The command `mmvkp doctor`: faults of an installation, and what repairs them.

This module is not part of the package: it has to run where `import mmvkp`, or the
import of any requirement, fails.
"""

import importlib
import importlib.metadata
import importlib.util
import os
import re
import shlex
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

import click

ROOT = Path(__file__).resolve().parent
OK, WARNING, PROBLEM = 'ok', 'warning', 'problem'
PIP = 'python -m pip'
# Limits in addition to `requirements/runtime.txt`. MMDetection 3.3.0 and MMAction2
# 1.2.0 refuse mmcv 2.2; mmcv and openmim import `pkg_resources`, which setuptools 81
# does not have.
LIMITS = {'setuptools': '<81', 'mmcv': '>=2.0.0,<2.2.0', 'mmdet': '>=3.3.0'}
OPTIONAL = ('mmcv', 'mmdet')
MMCV = 'mmcv==2.1.0'
COMPILE = (
    f'{PIP} uninstall --yes mmcv mmcv-lite && MMCV_WITH_OPS=1 {PIP} install '
    f'--no-cache-dir --no-build-isolation {MMCV}'
)
# In a checkout; the script keeps the compiled wheel and adds MMDetection.
SETUP = ROOT / 'tools/setup_env.sh'


class Finding(NamedTuple):
    """Result of a check.

    Args:
        state (str): `ok`, `warning` (a part does not work) or `problem`.
        text (str): What was found.
        fix (str): Command that repairs it, or an advice.
    """

    state: str
    text: str
    fix: str = ''


def with_operators() -> str:
    """Command that adds mmcv with its operators, and MMDetection."""
    if SETUP.is_file():
        return f'bash {shlex.quote(str(SETUP))} --active --full'
    return f'{COMPILE} && {PIP} install "mmdet{LIMITS["mmdet"]}"'


def load(name: str) -> Union[ModuleType, str]:
    """Import a module; the error in one line if that fails in any way."""
    try:
        return importlib.import_module(name)
    except Exception as error:  # a build for another torch raises many kinds
        return f'{type(error).__name__}: {" ".join(str(error).split())}'[:200]


def version(name: str) -> Optional[str]:
    """Version of an installed distribution; None if it is missing."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def numbers(text: str) -> Tuple[int, ...]:
    """Leading numbers of a version, padded: 2.13.0+cpu is (2, 13, 0)."""
    found = re.match(r'\d+(?:\.\d+)*', text)
    parts = [int(each) for each in found[0].split('.')] if found else []
    return tuple([*parts, 0, 0, 0][:3])


def fits(found: str, limits: str) -> bool:
    """True if a version is inside limits such as `>=77.0.3,<81`."""
    compare: Dict[str, Callable[[Tuple, Tuple], bool]] = {
        '>=': lambda a, b: a >= b,
        '<': lambda a, b: a < b,
        '==': lambda a, b: a == b,
    }
    bounds = re.findall(r'(>=|<|==)\s*([\d.]+)', limits)
    return all(compare[sign](numbers(found), numbers(text)) for sign, text in bounds)


def requirements() -> Dict[str, str]:
    """Limits of the required packages by name: of the checkout, or the metadata."""
    path = ROOT / 'requirements/runtime.txt'
    if path.is_file():
        lines = path.read_text(encoding='utf-8').splitlines()
    elif version('mmvkp') is None:
        lines = []
    else:
        lines = importlib.metadata.requires('mmvkp') or []
    found = {}
    for line in lines:
        name = re.match(r'[A-Za-z][\w.-]*', line)
        if name and ';' not in line:
            found[name[0]] = line[name.end() :].split('#')[0].strip()
    return {**found, **LIMITS}


def check_python() -> Iterator[Finding]:
    """Version of the interpreter."""
    text = f'Python {sys.version.split()[0]} in {sys.prefix}'
    if (3, 10) <= sys.version_info[:2] <= (3, 12):
        yield Finding(OK, text)
    else:
        fix = 'bash tools/setup_env.sh --python python3.11'
        yield Finding(PROBLEM, f'{text}; mmvkp needs 3.10 to 3.12', fix)


def check_versions() -> Iterator[Finding]:
    """Missing packages, and versions outside the limits."""
    good = []
    for name, limits in requirements().items():
        found = version(name)
        fix = f'{PIP} install "{name}{limits}"'
        if found is None and name not in OPTIONAL:
            yield Finding(PROBLEM, f'{name} is missing', fix)
        elif found is not None and not fits(found, limits):
            fix = COMPILE if name == 'mmcv' else fix
            yield Finding(PROBLEM, f'{name} {found} is installed, not {limits}', fix)
        elif found is not None:
            good.append(f'{name} {found}')
    if good:
        yield Finding(OK, f'versions: {", ".join(good)}')


def check_torch() -> Iterator[Finding]:
    """PyTorch loads; torchvision, which is not needed, fits it if it exists."""
    torch, found = load('torch'), version('torch')
    if isinstance(torch, str):
        fix = f'{PIP} install --force-reinstall torch'
        yield Finding(PROBLEM, f'torch {found} does not load ({torch})', fix)
        return
    yield Finding(OK, f'torch {torch.__version__} loads')
    if version('torchvision') is None:
        return
    vision, name = load('torchvision'), f'torchvision {version("torchvision")}'
    if isinstance(vision, str):
        text = f'{name} does not fit torch {torch.__version__} ({vision})'
        yield Finding(PROBLEM, text, f'{PIP} uninstall --yes torchvision')
    else:
        yield Finding(OK, f'{name} loads')


def check_operators() -> Iterator[Finding]:
    """The compiled operators of mmcv, which MMDetection and Point3D need."""
    full, lite = version('mmcv'), version('mmcv-lite')
    if full is None and lite is None:
        light = f'{PIP} install mmcv-lite==2.1.0, or with Point3D: {with_operators()}'
        yield Finding(PROBLEM, 'mmcv is missing', light)
        return
    if full and lite:
        text = 'mmcv and mmcv-lite are installed in the same folder'
        yield Finding(PROBLEM, text, COMPILE)
        return
    mmcv = load('mmcv')
    if isinstance(mmcv, str):
        yield Finding(PROBLEM, f'mmcv does not load ({mmcv})', COMPILE)
    elif lite:
        text = f'mmcv-lite {lite} has no operators: recognition works, Point3D does not'
        yield Finding(WARNING, text, with_operators())
    else:
        operators = load('mmcv.ops')
        if isinstance(operators, str):
            text = f'the operators of mmcv {full} do not load ({operators})'
            yield Finding(PROBLEM, text, with_operators())
        else:
            yield Finding(OK, f'mmcv {full} with its operators')


def check_wheel() -> Iterator[Finding]:
    """The wheel of MMAction2 1.2.0 is incomplete."""
    spec = importlib.util.find_spec('mmaction')
    if spec is None:
        return  # it is among the missing packages
    places = spec.submodule_search_locations or ()
    if not any(Path(each, 'models/localizers/drn/drn.py').is_file() for each in places):
        text = (
            f'the wheel of MMAction2 {version("mmaction2")} lacks a folder (drn): '
            'mmaction.models can be imported after mmvkp only'
        )
        yield Finding(WARNING, text, 'mmvkp host TOOL, or `import mmvkp` first')


def check_imports() -> Iterator[Finding]:
    """The package, MMAction2 and MMDetection can be imported."""
    for name in ('mmvkp', 'mmaction.models', 'mmdet.models'):
        if name == 'mmdet.models' and version('mmdet') is None:
            text = 'mmdet is missing: recognition works, Point3D does not'
            yield Finding(WARNING, text, f'{PIP} install "mmdet>=3.3.0"')
            return
        module = load(name)
        missing = getattr(getattr(module, 'host_stack', None), 'MISSING', ())
        if missing:
            module = f'no component without {", ".join(missing)}'
        if isinstance(module, str):
            fix = 'repair the problems above, then run mmvkp doctor again'
            yield Finding(PROBLEM, f'import {name} fails ({module})', fix)
            if name == 'mmvkp':
                return
        else:
            yield Finding(OK, f'import {name}')


def write_rotated(path: str) -> None:
    """Write a video of 64 x 48 pixels that is to be displayed as 48 x 64.

    The rotation is the display matrix in the header `tkhd` (ISO/IEC 14496-12,
    section 8.3.2).
    """
    import av
    import numpy as np

    with av.open(path, 'w') as container:
        stream = container.add_stream('mpeg4', rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, 'yuv420p'
        for _ in range(8):
            pixels = np.full((48, 64, 3), 128, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, 'rgb24')))
        container.mux(stream.encode())
    data = bytearray(Path(path).read_bytes())
    place = data.index(b'tkhd') + 4
    place += (36 if data[place] else 24) + 16
    turn = (0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    data[place : place + 36] = struct.pack('>9i', *turn)
    Path(path).write_bytes(data)


def _first_of_mmvkp(path: str) -> Tuple[int, ...]:
    """Shape of the first frame, read as in our recipes."""
    return importlib.import_module('mmvkp.video').read_frames(path, [0])[0].shape


def _first_of_decord(path: str) -> Tuple[int, ...]:
    """Shape of the first frame, read as in MMAction2's `DecordDecode`."""
    return importlib.import_module('decord').VideoReader(path)[0].asnumpy().shape


def _first_of_opencv(path: str) -> Tuple[int, ...]:
    """Shape of the first frame, read as in MMAction2's `OpenCVDecode`."""
    return importlib.import_module('mmcv').VideoReader(path)[0].shape


# Name -> package that reads, the first frame, and what pip installs.
DECODERS = {
    'PyAV in mmvkp': ('mmvkp', _first_of_mmvkp, 'av>=14.2'),
    'decord': ('decord', _first_of_decord, 'decord'),
    'OpenCV in mmcv': ('mmcv', _first_of_opencv, 'opencv-python<4.12'),
}


def check_decoders() -> Iterator[Finding]:
    """Each decoder reads a rotated video; the one of our recipes turns it upright."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'rotated.mp4')
        try:
            write_rotated(path)
        except Exception as error:
            text = f'PyAV cannot write a video ({type(error).__name__}: {error})'
            yield Finding(PROBLEM, text, f'{PIP} install --force-reinstall "av>=14.2"')
            return
        for name, (module, first, package) in DECODERS.items():
            needed = module == 'mmvkp'
            if module != 'decord' and isinstance(load(module), str):
                continue  # reported above
            fix = f'{PIP} install --force-reinstall "{package}"'
            try:
                turned = first(path)[:2] == (64, 48)
            except Exception as error:
                text = f'{name} cannot read a video ({type(error).__name__}: {error})'
                yield Finding(PROBLEM if needed else WARNING, text, fix)
                continue
            does = 'turns' if turned else 'does not turn'
            text = f'{name} {does} rotated videos upright'
            if needed and not turned:
                yield Finding(PROBLEM, text, fix)
            else:
                advice = '' if turned else ' (use UprightVideoDecode for these)'
                yield Finding(OK, text + advice)


def devices() -> List[str]:
    """Names of the GPUs that the driver sees."""
    try:
        done = subprocess.run(
            ['nvidia-smi', '-L'], capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []


def check_gpu() -> Iterator[Finding]:
    """PyTorch, and the operators of mmcv, see the GPUs of the driver."""
    torch = load('torch')
    if isinstance(torch, str):
        return
    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        yield Finding(OK, f'{count} GPU visible: {torch.cuda.get_device_name(0)}')
        operators = load('mmcv.ops')
        if not isinstance(operators, str):
            cuda = operators.get_compiling_cuda_version()
            if 'not' in str(cuda):
                text = 'the operators of mmcv were compiled without CUDA'
                yield Finding(WARNING, text, COMPILE)
        return
    seen = devices()
    if not seen:
        yield Finding(OK, 'no GPU: training and tests use the CPU')
    elif torch.version.cuda is None:
        text = f'torch {torch.__version__} is a CPU build, but there is {seen[0]}'
        fix = (
            f'{PIP} install --force-reinstall torch --index-url '
            'https://download.pytorch.org/whl/cu126 (the CUDA version of your driver)'
        )
        yield Finding(WARNING, text, fix)
    else:
        hidden = os.environ.get('CUDA_VISIBLE_DEVICES')
        text = f'torch does not see {seen[0]}'
        fix = 'nvidia-smi shows the CUDA version of the driver; update an older driver'
        if hidden is not None:
            text += f' (CUDA_VISIBLE_DEVICES={hidden!r})'
            fix = 'unset CUDA_VISIBLE_DEVICES'
        yield Finding(WARNING, text, fix)


def folders() -> Dict[str, Path]:
    """Folders that commands write to, by purpose."""
    cache = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    torch = os.environ.get('TORCH_HOME') or os.path.join(cache, 'torch')
    return {
        'the current folder (work_dirs)': Path.cwd(),
        'the cache of torch (downloaded weights)': Path(torch),
        'the cache of mmvkp (counts of frames)': Path(cache, 'mmvkp'),
    }


VARIABLES = {'torch': 'TORCH_HOME', 'mmvkp': 'XDG_CACHE_HOME'}


def check_write_access() -> Iterator[Finding]:
    """Files can be made where commands write."""
    for purpose, folder in folders().items():
        place = folder
        while not place.exists() and place != place.parent:
            place = place.parent
        try:
            with tempfile.TemporaryFile(dir=place):
                yield Finding(OK, f'can write to {purpose}: {folder}')
        except OSError as error:
            variable = VARIABLES.get(folder.name)
            fix = f'export {variable}=FOLDER' if variable else 'cd FOLDER'
            text = f'cannot write to {purpose}: {folder} ({error.strerror})'
            yield Finding(PROBLEM, text, f'{fix}, with a folder that you may write to')


CHECKS = (
    check_python,
    check_versions,
    check_torch,
    check_operators,
    check_wheel,
    check_imports,
    check_decoders,
    check_gpu,
    check_write_access,
)


def findings() -> Iterator[Finding]:
    """Results of all checks; a check that fails itself is a problem."""
    for check in CHECKS:
        try:
            yield from check()
        except Exception as error:
            text = f'{check.__name__} stopped ({type(error).__name__}: {error})'
            yield Finding(PROBLEM, text, 'repair the other problems first')


@click.command()
def doctor() -> int:
    """Check the installation, and print the command that repairs each problem.

    A problem prevents mmvkp from working; a warning concerns a part of it.

    \b
    Inputs:
      Installed packages, a small generated video, and the environment.

    \b
    Outputs:
      A line per check (ok, warning, problem) and commands that repair faults;
      the exit code is 1 after a problem.

    \b
    Example:
      mmvkp doctor
    """  # noqa: D301 (click reads \b)
    count = dict.fromkeys((OK, WARNING, PROBLEM), 0)
    for state, text, fix in findings():
        count[state] += 1
        click.echo(f'{state:8} {text}')
        if fix:
            click.echo(f'{"":8} -> {fix}')
    click.echo(f'problems: {count[PROBLEM]}, warnings: {count[WARNING]}')
    return int(count[PROBLEM] > 0)
