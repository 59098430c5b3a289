"""The two services over HTTP: http/ sends and retries, jumpcloud/ and scim/ know what to say."""
