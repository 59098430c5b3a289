"""The first setup: from answers to a working configuration.

Pure: places.py (where a secret is), answers.py (what is missing), starter.py (the file), owners.py and advice.py (data
from 1Password), regions.py. With side effects: trials.py asks both services, op_cli.py the 1Password CLI, new_files.py
writes. interview.py asks the questions; the caller passes in what answers them.
"""
