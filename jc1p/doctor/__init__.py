"""What `jc1p doctor` makes of what was seen: findings, each with what to do next. Pure.

seen.py holds what was seen, findings.py what a finding is and every check by name; the other modules judge, one side or
subject each. Asking is done in jc1p.asking; reminders.py has what nobody can see from outside.
"""

from jc1p.doctor.diagnose import Examined, judge
from jc1p.doctor.findings import AREAS, Area, Check, Finding, Status
from jc1p.doctor.manual_checks import to_ask

__all__ = ["AREAS", "Area", "Check", "Examined", "Finding", "Status", "judge", "to_ask"]
