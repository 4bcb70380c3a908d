"""The permissions and events that GitHub knows for Apps, and which event needs which permission.

https://docs.github.com/en/webhooks/webhook-events-and-payloads and
https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""

from __future__ import annotations

from collections.abc import Mapping

ACCESSES = ("read", "write", "admin")
"""Each includes those before it."""

_WITH_ADMIN = ("organization_custom_properties", "organization_projects", "repository_projects")
_READ_ONLY = ("organization_events", "organization_plan")
_WRITE_ONLY = ("profile", "workflows")
_USUAL = """
    actions administration artifact_metadata attestations checks code_quality codespaces contents
    dependabot_secrets deployments discussions environments issues merge_queues metadata packages pages
    pull_requests repository_advisories repository_custom_properties repository_hooks secret_scanning_alerts
    secrets security_events single_file statuses vulnerability_alerts
    custom_properties_for_organizations members organization_administration organization_announcement_banners
    organization_copilot_seat_management organization_custom_org_roles organization_custom_roles
    organization_hooks organization_packages organization_personal_access_token_requests
    organization_personal_access_tokens organization_secrets organization_self_hosted_runners
    organization_user_blocking emails followers git_ssh_keys gpg_keys interaction_limits starring
"""
PERMISSIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_USUAL.split(), ("read", "write")),
    **dict.fromkeys(_READ_ONLY, ("read",)),
    **dict.fromkeys(_WRITE_ONLY, ("write",)),
    **dict.fromkeys(_WITH_ADMIN, ACCESSES),
}
"""By name as a manifest writes it, with the accesses that it knows."""

_BY_PERMISSION = {
    "actions": "workflow_job workflow_run",
    "administration": "branch_protection_configuration branch_protection_rule repository_ruleset"
    " security_and_analysis",
    "checks": "check_run check_suite",
    "contents": "commit_comment create delete fork gollum push release repository_dispatch workflow_dispatch",
    "deployments": "deploy_key deployment deployment_protection_rule deployment_review deployment_status",
    "discussions": "discussion discussion_comment",
    "issues": "issue_comment issue_dependencies issues milestone sub_issues",
    "members": "member membership organization team team_add",
    "merge_queues": "merge_group",
    "metadata": "label public repository star watch",
    "organization_administration": "org_block",
    "organization_personal_access_token_requests": "personal_access_token_request",
    "pages": "page_build",
    "pull_requests": "milestone pull_request pull_request_review pull_request_review_comment"
    " pull_request_review_thread",
    "repository_advisories": "repository_advisory",
    "repository_projects": "project project_card project_column",
    "secret_scanning_alerts": "secret_scanning_alert secret_scanning_alert_location secret_scanning_scan",
    "security_events": "code_scanning_alert",
    "statuses": "status",
    "vulnerability_alerts": "dependabot_alert",
}
EVENTS: dict[str, tuple[str, ...]] = {
    event: tuple(need for need, events in _BY_PERMISSION.items() if event in events.split())
    for listed in _BY_PERMISSION.values()
    for event in listed.split()
}
"""The events that an App may subscribe to, each with the permissions of which one is enough."""


def includes(granted: Mapping[str, str], permission: str, access: str) -> bool:
    """Whether `granted` has this permission with at least this access."""
    found = granted.get(permission)
    return found is not None and access in ACCESSES and ACCESSES.index(found) >= ACCESSES.index(access)
