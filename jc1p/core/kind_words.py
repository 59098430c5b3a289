"""The kinds of changes in words, for sentences and beside counts. Values of kinds are for JSON only."""

from collections.abc import Mapping

from jc1p.core.plan import Kind

LABELS: Mapping[Kind, str] = {
    Kind.CREATE_USER: "Invite",
    Kind.REACTIVATE_USER: "Reactivate",
    Kind.UPDATE_USER: "Update",
    Kind.RENAME_USER: "Change email",
    Kind.LINK_USER: "Match",
    Kind.CREATE_GROUP: "Create group",
    Kind.RENAME_GROUP: "Rename group",
    Kind.ADD_MEMBERS: "Add members",
    Kind.REMOVE_MEMBERS: "Remove members",
    Kind.DELETE_GROUP: "Delete group",
    Kind.SUSPEND_USER: "Suspend",
}
"""What a kind does, for use beside its count."""

VERBS: Mapping[Kind, str] = {
    **{kind: label.lower() for kind, label in LABELS.items()},
    Kind.RENAME_USER: "change the email of",
    Kind.ADD_MEMBERS: "add members to",
    Kind.REMOVE_MEMBERS: "remove members from",
}
"""The same before the name of a user or group."""

NOUNS: Mapping[Kind, str] = {
    Kind.CREATE_USER: "invitation",
    Kind.REACTIVATE_USER: "reactivation",
    Kind.UPDATE_USER: "update",
    Kind.RENAME_USER: "email change",
    Kind.LINK_USER: "match",
    Kind.CREATE_GROUP: "creation of the group",
    Kind.RENAME_GROUP: "rename",
    Kind.ADD_MEMBERS: "addition of members",
    Kind.REMOVE_MEMBERS: "removal of members",
    Kind.DELETE_GROUP: "deletion of the group",
    Kind.SUSPEND_USER: "suspension",
}
"""The same after "the"."""
