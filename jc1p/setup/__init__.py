"""The first set-up: from answers to a configuration that works.

Pure: places.py (where a secret is), answers.py (what is missing), starter.py (the file), owners.py and advice.py (what
1Password tells), regions.py. At the edge: trials.py asks both services, op_cli.py the 1Password CLI, writing.py writes.
interview.py goes from question to question; who answers is handed in.
"""
