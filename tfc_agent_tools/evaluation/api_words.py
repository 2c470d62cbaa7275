"""Words that the API and terraform use for themselves. As somebody's name they tell nobody apart."""

from __future__ import annotations

from typing import Final

MEMBERS: Final = frozenset({"data", "errors", "included", "jsonapi"})
"""What a JSON:API document begins with."""
_DOCUMENTS: Final = """
id type attributes relationships links meta self related first last prev next pagination detail
title status pointer source value name key token sensitive
"""
_PATHS: Final = """
http https app api v2 com io terraform hashicorp registry archivist object account details ping settings
organizations organization workspaces workspace projects project teams team users user runs run plans plan
applies apply vars var variables actions action lock unlock discard cancel json-output configuration-versions
state-versions outputs output notification-configurations relationships search filter page sort include
authentication-token authentication-tokens tags tag policies policy
"""
"""Of addresses, and parts of paths."""
_VALUES: Final = """
pending fetching queuing planning planned confirmed applying applied discarded errored canceled running queued
finished unreachable uploaded archived passed failed remote local agent read write admin custom none create
update delete no-op replace managed data env generic slack email example test invalid localhost
"""
"""Statuses, and other values that the toolkit goes by."""
_TERRAFORM: Final = """
format_version terraform_version planned_values prior_state configuration resource_changes output_changes
resource_drift root_module child_modules resources resource modules module mode provider provider_name address
values change before after after_unknown before_sensitive after_sensitive sensitive_values schema_version
version serial lineage instances checks changes hook level message timestamp warning error info
"""
"""Of plans, states and logs."""
API_WORDS: Final = MEMBERS.union(*(words.split() for words in (_DOCUMENTS, _PATHS, _VALUES, _TERRAFORM)))
