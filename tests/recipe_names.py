"""Names of recipe files."""

import re

# {method}_[{pretrain}-pre-]{backbone}_{gpus}xb{batch}-{frames}-{epochs}e_
# {dataset}-{modality}; frames are {clip}x{interval}x{clips}, or u{clip} where
# the frames are spread over the whole video.
NAME = re.compile(
    r'[a-z0-9-]+_(?:\w+-pre-)?[a-z0-9-]+_(?P<gpus>\d+)xb'
    r'(?P<batch>\d+)-(?:u(?P<uniform>\d+)|(?P<clip>\d+)x'
    r'(?P<interval>\d+)x(?P<clips>\d+))-(?P<epochs>\d+)e_'
    r'(?P<dataset>[a-z0-9-]+)-(?:rgb|flow)'
)
