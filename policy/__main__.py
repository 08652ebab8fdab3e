"""The policy pack, as `pulumi preview --policy-pack policy` starts it; docs/policy.md."""

from pulumi_policy import EnforcementLevel, PolicyPack
from rules.marks import keep_marks
from rules.policies import POLICIES

keep_marks()
PolicyPack("cilium-clustermesh", list(POLICIES), EnforcementLevel.MANDATORY)
