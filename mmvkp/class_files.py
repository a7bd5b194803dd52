"""Class names and their numbers in text files, tables, JSON and `.pbtxt`."""

import csv
import json
import os
import re
from os import PathLike
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from .checks import shorten
from .files import check_path, read_text
from .text_lists import MAX_LIST_BYTES, QUOTED, read_lines, similar_names

MAX_NAME = 1_000
# `id name`, `id: name`, `id,name`; a name such as 3-point shot has no separator.
_NUMBERED = re.compile(r'(\d{1,9})(?:\s*[:,;=]\s*|\s+)(?=\S)(.*)')
_MARKED = re.compile(r'\d{1,9}\s*[:,;=]')
_NUMBER_KEYS = ('id', 'label_id', 'class_id', 'category_id', 'number', 'index', 'label')
_NAME_KEYS = ('name', 'class_name', 'class', 'label_name', 'label', 'action')


def read_label_map(path: Union[str, PathLike]) -> Dict[int, str]:
    """Read class names with their numbers.

    Args:
        path (str | PathLike): One name per line, numbered from 1; or lines
            `id name`, `id: name`, `id,name` or `name,id`; a table with a header; a
            list, dict or COCO file in JSON; or a `.pbtxt`. Numbers may have gaps
            and any order.

    Returns:
        dict[int, str]: Names by the numbers of the file, in rising order.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If a number or name is missing or occurs twice, or names differ
            in case or blanks only.
    """
    return _read_pairs(path, gaps=True)


def read_class_names(path: Union[str, PathLike]) -> List[str]:
    """Read class names in the order of their labels.

    Args:
        path (str | PathLike): See `read_label_map`; numbers start at 0 or 1 and have
            no gaps.

    Returns:
        list[str]: Name i has the label i, from 0.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If numbers are missing, or a line between plain names is empty;
            see also `read_label_map`.
    """
    labels = _read_pairs(path, gaps=False)
    missing = _missing(labels)
    if missing is not None:
        raise ValueError(
            f'{path}: the class {missing} is missing; the numbers of the classes must '
            'be 0, 1, 2, ... or 1, 2, 3, ...'
        )
    return list(labels.values())


def _missing(numbers: Iterable[int]) -> Optional[int]:
    """First number that 0, 1, 2, ... or 1, 2, 3, ... has and `numbers` lacks."""
    known = set(numbers)
    first = 0 if 0 in known else 1
    wanted = range(first, first + len(known))
    return next((number for number in wanted if number not in known), None)


def _read_pairs(path: Union[str, PathLike], gaps: bool) -> Dict[int, str]:
    """Names by number; `gaps` is True if numbers may be missing."""
    path = check_path('read_class_names', 'path', path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f'no file of class names {path}.')
    suffix = path.lower().rpartition('.')[2]
    if suffix == 'pbtxt':
        entries = _parse_pbtxt(path, read_text(path, MAX_LIST_BYTES))
    elif suffix == 'json':
        entries = _parse_json(path, read_text(path, MAX_LIST_BYTES))
    else:
        entries = _parse_lines(path, suffix, gaps)
    _check_pairs(path, entries)
    return dict(sorted((number, name) for _, number, name in entries))


Entry = Tuple[str, int, str]


def _check_pairs(path: str, entries: Sequence[Entry]) -> None:
    """Refuse empty and repeated numbers and names."""
    if not entries:
        raise ValueError(f'{path} is empty; it holds no names of classes.')
    places: Dict[str, str] = {}
    for place, number, name in entries:
        if not name.strip() or len(name) > MAX_NAME:
            raise ValueError(
                f'{path}, {place}: the name of class {number} is empty or longer than '
                f'{MAX_NAME} characters.'
            )
        for key in (f'class {number}', shorten(name, MAX_NAME)):
            if key in places:
                raise ValueError(
                    f'{path}, {place}: {key} occurs twice (first: {places[key]}).'
                )
            places[key] = place
    where = {name: place for place, _, name in entries}
    for first, second in similar_names(where):
        raise ValueError(
            f'{path}, {where[second]}: {shorten(second)} differs from '
            f'{shorten(first)} ({where[first]}) in case or blanks only; rename one.'
        )


def _parse_lines(path: str, suffix: str, gaps: bool) -> List[Entry]:
    """Entries of a text file or table."""
    lines = read_lines(path)
    if suffix == 'csv' and lines and lines[0][1].lower() in _NAME_KEYS:
        lines = lines[1:]
    if suffix in ('csv', 'tsv') or any('"' in line or ',' in line for _, line in lines):
        table = _parse_table(path, lines, '\t' if suffix == 'tsv' else ',')
        if table is not None:
            return table
    matches = [(number, _NUMBERED.fullmatch(line)) for number, line in lines]
    entries = [
        (f'line {number}', int(match[1]), _unquote(match[2]))
        for number, match in matches
        if match
    ]
    marked = [number for number, line in lines if _MARKED.match(line)]
    if marked and len(entries) < len(lines):
        number = next(number for number, match in matches if not match)
        raise ValueError(
            f'{path}, line {number}: has no number and name, but line {marked[0]} has; '
            'number all classes, or none.'
        )
    if len(entries) == len(lines) and (marked or _is_numbering(entries)):
        return entries
    for i, (number, _) in enumerate(lines):
        if not gaps and number - i != lines[0][0]:
            raise ValueError(
                f'{path}, line {number - 1}: empty line; write one class per line, in '
                'the order of the labels.'
            )
    return [(f'line {n}', i, _unquote(line)) for i, (n, line) in enumerate(lines, 1)]


def _is_numbering(entries: Sequence[Entry]) -> bool:
    """True for `1 run`, `2 sit`; False for the names `100 m run`, `400 m run`."""
    numbers, names = ({entry[i] for entry in entries} for i in (1, 2))
    return len(numbers) == len(names) == len(entries)


def _unquote(text: str) -> str:
    """Text without the quotes around it."""
    text = text.strip()
    if len(text) > 1 and QUOTED.fullmatch(text):
        return text[1:-1].replace('""', '"')
    return text


def _parse_table(
    path: str, lines: Sequence[Tuple[int, str]], delimiter: str
) -> Optional[List[Entry]]:
    """Entries of a table of numbers and names; None if it is a plain list."""
    try:
        rows = [
            (number, [cell.strip() for cell in row])
            for number, line in lines
            for row in csv.reader([line], delimiter=delimiter, skipinitialspace=True)
        ]
    except csv.Error as error:
        raise ValueError(f'{path}: not readable as CSV: {error}.') from error
    if not rows or any(len(row) < 2 for _, row in rows):
        return None
    header = [cell.lower() for cell in rows[0][1]]
    number_at = next((header.index(key) for key in _NUMBER_KEYS if key in header), None)
    name_at = next((header.index(key) for key in _NAME_KEYS if key in header), None)
    if number_at is not None and name_at is not None and number_at != name_at:
        rows = rows[1:]
    else:
        columns = [all(_is_number(row[i]) for _, row in rows) for i in (0, 1)]
        if not any(columns) or any(len(row) != 2 for _, row in rows):
            return None
        number_at = 0 if columns[0] else 1
        name_at = 1 - number_at
    entries = []
    for number, row in rows:
        if max(number_at, name_at) >= len(row) or not _is_number(row[number_at]):
            raise ValueError(f'{path}, line {number}: {shorten(row)} has no number.')
        entries.append((f'line {number}', int(row[number_at]), row[name_at]))
    return entries


def _is_number(text: str) -> bool:
    """True for a class number."""
    return re.fullmatch('[0-9]{1,9}', text) is not None


def _parse_json(path: str, text: str) -> List[Entry]:
    """Entries of a JSON file."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path}: not readable as JSON: {shorten(error)}.') from error
    for key in ('categories', 'labels', 'classes', 'names'):
        if isinstance(content, dict) and isinstance(content.get(key), (list, dict)):
            content = content[key]
    if isinstance(content, dict):
        content = [
            dict(id=value, name=key)
            if isinstance(value, int)
            else dict(id=key, name=value)
            for key, value in content.items()
        ]
    if not isinstance(content, list):
        raise ValueError(f'{path}: holds no list or dict of classes.')
    if all(isinstance(each, str) for each in content):
        return [(f'name {i}', i, name) for i, name in enumerate(content, 1)]
    return [_parse_record(path, i, each) for i, each in enumerate(content, 1)]


def _parse_record(path: str, place: int, record: Any) -> Entry:
    """Entry of a dict of a number and a name."""
    fields = record if isinstance(record, dict) else {}
    number = next((fields[key] for key in _NUMBER_KEYS if key in fields), None)
    name = next(
        (
            fields[key]
            for key in _NAME_KEYS
            if isinstance(fields.get(key), str) and fields[key] is not number
        ),
        None,
    )
    if isinstance(number, bool) or not _is_number(str(number)) or name is None:
        raise ValueError(
            f'{path}: class {place} is {shorten(record)}; a number "id" and a text '
            '"name" are required.'
        )
    return f'class {place}', int(str(number)), name


def _parse_pbtxt(path: str, text: str) -> List[Entry]:
    """Entries of a `.pbtxt`."""
    # Braces and colons inside names have no meaning.
    quoted: List[str] = []

    def keep(match: 're.Match[str]') -> str:
        quoted.append(re.sub(r'\\(.)', r'\1', match[0][1:-1]))
        return f'"{len(quoted) - 1}"'

    plain = QUOTED.sub(keep, re.sub(r'(?m)^\s*#.*$', '', text))
    entries = []
    for place, block in enumerate(re.findall(r'\{([^{}]*)\}', plain), 1):
        numbers = re.findall(r'\b(?:label_)?id\s*:\s*(\d{1,9})\b', block)
        names = re.findall(r'\bname\s*:\s*"(\d+)"', block)
        if len(numbers) != 1 or len(names) != 1:
            raise ValueError(
                f'{path}, item {place}: has {len(names)} names and {len(numbers)} '
                'ids; one name and one id are required.'
            )
        entries.append((f'item {place}', int(numbers[0]), quoted[int(names[0])]))
    return entries
