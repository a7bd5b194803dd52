"""Packaging of mmvkp.

Besides the modules, MIM (`mim train mmvkp NAME`) needs the folder
`mmvkp/.mim` with `configs`, `tools` and `model-index.yml`. A wheel gets copies
of them, an editable install links to them.
"""

import os
import os.path as osp
import re
import shutil
from typing import Dict, List

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py
from setuptools.command.editable_wheel import editable_wheel

ROOT = osp.dirname(osp.abspath(__file__))
PACKAGE = 'mmvkp'
MIM_CONTENT = ('configs', 'tools', 'model-index.yml')
PAPERS = {
    'KPSEM': '2008.11378',
    'AFNet': '2211.09992',
    'AK-Net': '2201.06304',
    'Point3D': '2203.10584',
}


def read(*parts: str) -> str:
    """Text of a file of the checkout, empty if it is not there."""
    path = osp.join(ROOT, *parts)
    if not osp.exists(path):
        return ''
    with open(path, encoding='utf-8') as file:
        return file.read()


def get_version() -> str:
    """Version in `mmvkp/version.py`, read without importing the package."""
    scope = {}
    exec(compile(read(PACKAGE, 'version.py'), 'version.py', 'exec'), scope)
    return scope['__version__']


def parse_requirements(name: str) -> List[str]:
    """Requirements of `requirements/<name>.txt` without its comments."""
    lines = read('requirements', f'{name}.txt').splitlines()
    lines = [line.split('#')[0].strip() for line in lines]
    return [line for line in lines if line]


def project_urls(citation: str) -> Dict[str, str]:
    """Links that a package index shows.

    Args:
        citation (str): Content of `CITATION.cff`. The links to the repository are made
            from its key `repository-code`, which is added when the place is public.
    """
    urls = {f'Paper of {k}': f'https://arxiv.org/abs/{v}' for k, v in PAPERS.items()}
    urls['MMAction2'] = 'https://github.com/open-mmlab/mmaction2'
    found = re.search(r'^repository-code: *["\']?([^\s"\']+)', citation, re.M)
    if found:
        urls['Source'] = found[1]
        urls['Issues'] = f'{found[1]}/issues'
        urls['Changelog'] = f'{found[1]}/blob/main/CHANGELOG.md'
    return urls


def remove(path: str) -> None:
    """Remove a file, a folder or a link, whatever is there."""
    if osp.islink(path) or osp.isfile(path):
        os.remove(path)
    elif osp.isdir(path):
        shutil.rmtree(path)


def add_mim_content(mim_dir: str, link: bool) -> None:
    """Fill a `.mim` folder.

    Args:
        mim_dir (str): The folder; what it held before is replaced.
        link (bool): Link to the originals, so that a new config is found at
            once; they are copied where the system refuses links.
    """
    os.makedirs(mim_dir, exist_ok=True)
    ignore = shutil.ignore_patterns('__pycache__', '*.py[co]')
    for name in MIM_CONTENT:
        source, target = osp.join(ROOT, name), osp.join(mim_dir, name)
        remove(target)
        if not osp.exists(source):
            continue
        if link:
            try:
                os.symlink(osp.relpath(source, mim_dir), target)
                continue
            except OSError:
                # Windows allows links to administrators and developers only.
                pass
        if osp.isdir(source):
            shutil.copytree(source, target, ignore=ignore)
        else:
            shutil.copyfile(source, target)


class BuildPy(build_py):
    """Puts `.mim` into what is built; the checkout stays as it is."""

    def run(self) -> None:
        """Build from an empty folder, then add copies for MIM."""
        if getattr(self, 'editable_mode', False):
            super().run()
            return
        # pip builds in the checkout, and what an older build left in
        # `build/lib` would get into the wheel, deleted modules included.
        remove(osp.join(self.build_lib, PACKAGE))
        super().run()
        add_mim_content(osp.join(self.build_lib, PACKAGE, '.mim'), link=False)


class EditableWheel(editable_wheel):
    """Makes an editable install known to MIM.

    MIM looks for `.mim` in the folder where the metadata of the package lies,
    joined with the first line of `top_level.txt`. For an editable install
    (PEP 660) that is `site-packages/mmvkp`, which does not exist. An absolute
    path in that line leads it to the checkout instead.
    """

    def run(self) -> None:
        """Link `.mim`, then build the wheel that points at the checkout."""
        package_dir = osp.join(ROOT, PACKAGE)
        add_mim_content(osp.join(package_dir, '.mim'), link=True)
        if self.dist_info_dir is None:
            # pip hands over metadata that it asked for before; other front
            # ends leave them to this command.
            self.dist_dir.mkdir(parents=True, exist_ok=True)
            dist_info = self.reinitialize_command(
                'dist_info', output_dir=str(self.dist_dir)
            )
            dist_info.ensure_finalized()
            dist_info.run()
            self.dist_info_dir = dist_info.dist_info_dir
        top_level = osp.join(str(self.dist_info_dir), 'top_level.txt')
        with open(top_level, 'w', encoding='utf-8') as file:
            file.write(f'{package_dir}\n{PACKAGE}\n')
        super().run()


if __name__ == '__main__':
    setup(
        name=PACKAGE,
        version=get_version(),
        description='Key-position methods for video understanding as an '
        'extension of MMAction2: KPSEM, AFNet, AK-Net and Point3D',
        long_description=read('README.md'),
        long_description_content_type='text/markdown',
        author='mmvkp contributors',
        project_urls=project_urls(read('CITATION.cff')),
        keywords='computer vision, video understanding, action recognition',
        license='Apache License 2.0',
        packages=find_packages(include=(PACKAGE, f'{PACKAGE}.*')),
        # The command: a module of its own, so that `--help` imports no package; and
        # the check of the installation, which runs where the package does not.
        py_modules=['mmvkp_cli', 'mmvkp_doctor'],
        entry_points={'console_scripts': ['mmvkp = mmvkp_cli:main']},
        include_package_data=False,
        package_data={PACKAGE: ['py.typed', 'weights/*.pth', 'weights/index.yml']},
        classifiers=[
            'Development Status :: 4 - Beta',
            'Operating System :: OS Independent',
            'Programming Language :: Python :: 3',
            'Programming Language :: Python :: 3.10',
            'Programming Language :: Python :: 3.11',
            'Programming Language :: Python :: 3.12',
        ],
        # 3.10 is the first that the torch of requirements/torch.txt supports,
        # 3.12 the last that numpy 1 has wheels for.
        python_requires='>=3.10,<3.13',
        install_requires=parse_requirements('runtime'),
        extras_require={
            'all': parse_requirements('optional')
            + parse_requirements('tools')
            + parse_requirements('tracking')
            + parse_requirements('deploy')
            + parse_requirements('tests'),
            'tests': parse_requirements('tests') + parse_requirements('deploy'),
            'demo': parse_requirements('demo'),
            'deploy': parse_requirements('deploy'),
            'optional': parse_requirements('optional'),
            'docs': parse_requirements('docs'),
            'mim': parse_requirements('mminstall'),
            'tracking': parse_requirements('tracking'),
        },
        cmdclass={'build_py': BuildPy, 'editable_wheel': EditableWheel},
        zip_safe=False,
    )
