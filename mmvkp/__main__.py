"""`python -m mmvkp`: the same as the command `mmvkp`."""

import sys

from mmvkp_cli import main

if __name__ == '__main__':
    sys.exit(main())
