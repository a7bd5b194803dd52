"""The command line in this process: a subprocess takes seconds to import."""

import mmvkp_cli


def run(*words: object) -> int:
    """Run `mmvkp WORDS` and return its exit code; use `capsys` for its output."""
    return mmvkp_cli.main([str(each) for each in words])
