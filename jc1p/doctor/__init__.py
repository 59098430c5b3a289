"""Judges what `jc1p doctor` saw: findings, each with what to do next. Pure.

observations.py holds what was seen. findings.py defines findings and every check by name. checks/ judges, with one side
or subject per module. probes/ asks both services; manual_checks.py lists what SCIM can't show.
"""

from jc1p.doctor.diagnose import Examined, judge
from jc1p.doctor.findings import AREAS, Area, Check, Finding, Severity
from jc1p.doctor.manual_checks import to_ask

__all__ = ["AREAS", "Area", "Check", "Examined", "Finding", "Severity", "judge", "to_ask"]
