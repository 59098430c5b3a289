"""What `jc1p doctor` makes of what was seen: findings, each with what to do next. Pure.

observations.py holds what was seen, findings.py what a finding is and every check by name; checks/ judges, one side
or subject a module. Asking is done in probes/; manual_checks.py has what SCIM can't show.
"""

from jc1p.doctor.diagnose import Examined, judge
from jc1p.doctor.findings import AREAS, Area, Check, Finding, Severity
from jc1p.doctor.manual_checks import to_ask

__all__ = ["AREAS", "Area", "Check", "Examined", "Finding", "Severity", "judge", "to_ask"]
