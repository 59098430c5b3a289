"""The settings that django-scim2's documentation requires, and no more; so the models are in people/."""

SECRET_KEY = "conformance"
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "people", "django_scim"]
AUTH_USER_MODEL = "people.User"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
MIDDLEWARE = ["door.token_middleware"]
ROOT_URLCONF = "urls"
USE_TZ = True
SCIM_SERVICE_PROVIDER = {
    "NETLOC": "127.0.0.1",
    "GROUP_MODEL": "people.models.Group",
    "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "Bearer token", "description": "Bearer token"}],
}
