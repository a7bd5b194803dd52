"""Reference pages: commands, components of configs, Python API."""

import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any, Dict, Iterator, List, Tuple

import click
from mmaction import registry as registries
from pages import write

import mmvkp
import mmvkp_cli

_SECTIONS = (
    'Args|Arguments|Attributes|Example|Examples|Note|Raises|Returns|Retires when|'
    'Shape|Source|Units|Yields'
)
_SECTION = re.compile(rf'^({_SECTIONS}):(.*)$')
_ENTRY = re.compile(
    r'^(\*{0,2}\w[\w.,* ]*?)(?: \(([^)]*(?:\([^)]*\)[^)]*)*)\))?: (.*)$'
)


def escape(text: str) -> str:
    """Docstring as Markdown: characters outside of code keep their meaning."""
    parts = re.split(r'(`[^`]*`)', text)
    parts[::2] = [re.sub(r'([*<_\[\]{}|#])', r'\\\1', each) for each in parts[::2]]
    return ''.join(parts)


def _entries(lines: List[str]) -> Iterator[str]:
    """Items of a section `Args`, one Markdown list item each."""
    items: List[List[str]] = []
    for line in lines:
        if line and not line.startswith(' '):
            items.append([line])
        elif items:
            items[-1].append(line.strip())
    for item in items:
        text = ' '.join(filter(None, item))
        found = _ENTRY.match(text)
        if found:
            kind = f' ({escape(found[2])})' if found[2] else ''
            yield f'- **{escape(found[1])}**{kind}: {escape(found[3])}'
        else:
            yield f'- {escape(text)}'


def _section(title: str, first: str, lines: List[str]) -> List[str]:
    """A section of a docstring."""
    body = inspect.cleandoc('\n'.join(['', *lines])).splitlines()
    if first.strip():
        body = [first.strip(), *body]
    if title.startswith('Example'):
        return [f'**{title}**', '', '```python', *body, '```', '']
    if title in ('Args', 'Arguments', 'Attributes', 'Raises') and not first.strip():
        return [f'**{title}**', '', *_entries(body), '']
    return [f'**{title}**', '', *map(escape, body), '']


def markdown(text: str) -> str:
    """A docstring of Google style as Markdown."""
    out: List[str] = []
    lines = inspect.cleandoc(text or '').splitlines()
    while lines:
        line = lines.pop(0)
        found = _SECTION.match(line)
        if not found:
            out.append(escape(line))
            continue
        body = []
        while lines and (not lines[0] or lines[0].startswith(' ')):
            body.append(lines.pop(0))
        out += ['', *_section(found[1], found[2], body)]
    return '\n'.join(out)


def signature(name: str, thing: Any) -> str:
    """Code block with the constructor or the function."""
    try:
        given = inspect.signature(thing)
    except (TypeError, ValueError):
        return ''
    plain = [
        each.replace(annotation=each.empty)
        for each in given.parameters.values()
        if each.name != 'self'
    ]
    words = [str(each) for each in plain]
    joined = ', '.join(words)
    if len(name) + len(joined) > 76:
        joined = '\n    ' + ',\n    '.join(words) + ',\n'
    return f'```python\n{name}({joined})\n```\n'


def describe(name: str, thing: Any, level: int = 2) -> str:
    """Section on a class or a function."""
    kind = type(thing).__name__
    if not (inspect.isclass(thing) or callable(thing)):
        return f'{"#" * level} {name}\n\nA constant ({kind}).\n'
    parts = [f'{"#" * level} {name}', '', signature(name, thing)]
    parts.append(markdown(thing.__doc__ or ''))
    if inspect.isclass(thing) and level == 2:
        for each, method in vars(thing).items():
            if each == '__call__' or not each.startswith('_'):
                plain = inspect.isfunction(method) and method.__doc__
                if plain and thing.__module__.startswith('mmvkp'):
                    parts += ['', f'### {name}.{each}', '', signature(each, method)]
                    parts.append(markdown(method.__doc__ or ''))
    return '\n'.join(parts) + '\n'


def registered() -> Dict[str, Tuple[str, Any]]:
    """Components of the package: name -> registry and class."""
    found = {}
    for label in sorted(vars(registries)):
        table = getattr(getattr(registries, label), 'module_dict', None)
        if isinstance(table, dict):
            for name, thing in table.items():
                if thing.__module__.startswith('mmvkp.'):
                    found[name] = (label, thing)
    return found


def public() -> Iterator[Tuple[str, ModuleType, List[str]]]:
    """Packages with their public names."""
    for package in mmvkp.__all__:
        module = getattr(mmvkp, package)
        if isinstance(module, ModuleType) and hasattr(module, '__all__'):
            yield f'mmvkp.{package}', module, list(module.__all__)


def components_page() -> str:
    """All registered components with the options of their constructors."""
    lines = [
        '# Components of configs',
        '',
        'After `import mmvkp` (in a config `custom_imports = '
        "dict(imports=['mmvkp'])`), these types work in any config of MMAction2. The "
        'options of a dict are the arguments of the constructor.',
        '',
    ]
    for name, (label, thing) in sorted(registered().items()):
        lines.append(f'## {name}\n\nRegistry `{label}`, module `{thing.__module__}`.\n')
        lines.append(describe(name, thing).split('\n', 2)[2])
    return '\n'.join(lines)


def python_pages() -> Iterator[Tuple[str, str]]:
    """A page for the public functions and classes of each package."""
    known = registered()
    for title, module, names in public():
        own = [each for each in names if each not in known]
        lines = [f'# {title}', '', markdown(module.__doc__ or ''), '']
        shared = sorted(set(names) - set(own))
        if shared:
            links = ', '.join(
                f'[{each}](components.md#{each.lower()})' for each in shared
            )
            lines += [f'Components of configs: {links}.', '']
        lines += [describe(each, getattr(module, each)) for each in sorted(own)]
        yield title.removeprefix('mmvkp.'), '\n'.join(lines)


def command_of(words: str) -> click.Command:
    """Command of the table by its words."""
    module, _, function = mmvkp_cli.COMMANDS[words].target.partition(':')
    command: click.Command = getattr(importlib.import_module(module), function)
    return command


def command_text(words: str) -> str:
    """Section on a command: usage, help, options and its three sections."""
    command = command_of(words)
    context = click.Context(command, info_name=f'mmvkp {words}')
    usage = command.get_usage(context).removeprefix('Usage: ')
    text = inspect.cleandoc(command.help or '').replace('\b\n', '')
    text, *rest = re.split(r'\n\n(?=Inputs:\n)', text)
    parts = [f'## mmvkp {words}', '', '```text', usage, '```', '', escape(text), '']
    records = [each.get_help_record(context) for each in command.params]
    # Arguments are described under Inputs.
    options = [each for each in records if each and each[1]]
    for names, help_text in options:
        parts += [f'- `{names}`: {escape(" ".join(help_text.split()))}']
    sections = getattr(command, 'sections', None) or dict(
        re.findall(r'^(\w+):\n((?:  .*\n?)+)', '\n\n'.join(rest), re.MULTILINE)
    )
    for title, content in sections.items():
        content = ' '.join(content.split())
        if title == 'Example':
            parts += ['', '```bash', content, '```']
        else:
            parts += ['', f'**{title}**: {escape(content)}']
    return '\n'.join(parts) + '\n'


def commands_page() -> str:
    """All commands, in the order of the table."""
    lines = [
        '# Commands',
        '',
        'The command `mmvkp` (also `python -m mmvkp`). Every command has `--help`. An '
        'error is one line and the exit code 1; with `MMVKP_TRACEBACK=1` in the '
        'environment the traceback is shown.',
        '',
    ]
    return '\n'.join([*lines, *map(command_text, mmvkp_cli.COMMANDS)])


def write_reference(folder: Path) -> None:
    """Write all reference pages below a folder."""
    place = folder / 'reference'
    write(place / 'commands.md', commands_page())
    write(place / 'components.md', components_page())
    names = []
    for name, text in python_pages():
        write(place / f'{name}.md', text)
        names.append(name)
    toctree = '\n'.join(['```{toctree}', *names, '```'])
    lines = f'# Python API\n\nPublic names of each package.\n\n{toctree}\n'
    write(place / 'python.md', lines)
