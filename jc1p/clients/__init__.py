"""The two services over HTTP: http.py sends and retries, jumpcloud.py and scim.py know what to say."""
