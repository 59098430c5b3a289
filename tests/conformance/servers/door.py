"""The check of the bearer token, which both Django packages leave to their users."""

import os

EXPECTED = f"Bearer {os.environ['CONFORMANCE_TOKEN']}"


class Provisioner:
    """The client with the token."""

    is_authenticated = is_superuser = True


class Stranger:
    is_authenticated = is_superuser = False


def token_middleware(get_response):
    def middleware(request):
        request.user = Provisioner() if request.headers.get("Authorization") == EXPECTED else Stranger()
        return get_response(request)

    return middleware
