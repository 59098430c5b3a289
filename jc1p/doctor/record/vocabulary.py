"""What may be shown of an answer: words that both vendors document and that contain no personal data. Data only.

Everything else is replaced. Before you add a word, make sure that no company can choose it.
"""

OF_SCIM = """
schemas id externalId userName displayName name givenName familyName formatted middleName honorificPrefix
honorificSuffix emails value type primary active preferredLanguage locale timezone title nickName groups ref $ref
display members meta resourceType created lastModified location version Resources totalResults itemsPerPage startIndex
detail status scimType patch supported bulk maxOperations maxPayloadSize filter maxResults changePassword sort etag
authenticationSchemes documentationUri specUri description endpoint schema schemaExtensions attributes multiValued
required caseExact mutability returned uniqueness subAttributes canonicalValues referenceTypes extensions Operations op
path roles
"""
OF_HEALTH = "build reports source time expires state retrievedAt version"
OF_JUMPCLOUD = """
_id id username email firstname lastname middlename displayname state suspended activated account_locked
account_locked_date password_expired password_never_expires alternateEmail recoveryEmail address department jobTitle
employeeType employeeIdentifier company costCenter addresses phoneNumbers organization totalCount results displayLabel
config ssoUrl logoUrl compiledAttributes paths to from error message code details service start_time search_term or
event_type
"""
KEYS = frozenset(f"{OF_SCIM} {OF_HEALTH} {OF_JUMPCLOUD}".split())
"""Keys that are shown; other keys are replaced, and their values like all values."""

WORDS: dict[str, frozenset[str]] = {
    key: frozenset(words.split())
    for key, words in {
        "schemas": "urn:ietf:params:scim:schemas:core:2.0:User urn:ietf:params:scim:schemas:core:2.0:Group "
        "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig "
        "urn:ietf:params:scim:api:messages:2.0:ListResponse urn:ietf:params:scim:api:messages:2.0:Error "
        "urn:ietf:params:scim:api:messages:2.0:PatchOp urn:ietf:params:scim:schemas:core:2.0:ResourceType "
        "urn:ietf:params:scim:schemas:core:2.0:Schema",
        "resourceType": "User Group ServiceProviderConfig ResourceType Schema",
        "service": "directory",
        "event_type": "user_create_provision user_update_provision user_delete_provision user_deprovision "
        "group_create_provision group_update_provision group_delete_provision",
        "op": "add remove replace",
        "path": "active displayName userName externalId members name.givenName name.familyName",
        "preferredLanguage": "en",
        "type": "user user_group User Group application oauthbearertoken oauth2 httpbasic httpdigest string boolean "
        "reference complex work home other",
        "state": "ACTIVATED SUSPENDED STAGED healthy unhealthy",
        "source": "ConfirmationWatcher RedisCache SCIMServer StartProvisionWatcher",
        "scimType": "uniqueness invalidValue invalidFilter invalidPath invalidSyntax noTarget mutability tooMany "
        "invalidVers sensitive",
        "mutability": "readWrite readOnly immutable writeOnly",
        "returned": "default always never request",
        "uniqueness": "none server global",
        "code": "INVALID_ARGUMENT NOT_FOUND PERMISSION_DENIED UNAUTHENTICATED",
        "active": "true false True False",
        "status": "400 401 403 404 409 413 429 500 501 503",
    }.items()
}
"""Texts that are shown, by their key."""

COUNTING = "totalResults itemsPerPage startIndex totalCount maxResults maxOperations maxPayloadSize code"
NUMBERS = frozenset(COUNTING.split())
"""Keys whose numbers are shown."""

HEADERS = frozenset({"x-total-count", "retry-after", "x-ratelimit-limit", "x-ratelimit-remaining"})
"""Headers whose value is shown if it is a number."""

MEDIA_TYPES = frozenset(
    {"application/json", "application/scim+json", "text/html", "text/plain", "application/problem+json"}
)

OF_PATHS = """
api v1 v2 scim Users Groups ServiceProviderConfig ResourceTypes Schemas health ping systemusers usergroups members
membership memberof applications associations users organizations search insights directory events service-accounts
app status jc1p-no-such-path
"""
SEGMENTS = frozenset(OF_PATHS.split())
"""Parts of a path that are shown."""

PARAMETERS: dict[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "startIndex": "", "count": "", "limit": "", "skip": "",
        "sort": "id _id name email type", "targets": "user user_group",
    }.items()
}  # fmt: skip
"""Query parameters and their words; their numbers are shown too. Of `fields` and `filter` the keys are shown."""
OPERATORS = frozenset({"eq", "ne", "in", "sw", "$eq", "$ne", "$in", "$sw"})
"""Operators of filters, as both services write them."""
