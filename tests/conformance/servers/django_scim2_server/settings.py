"""The settings that django-scim2-server's documentation requires, and no more."""

SECRET_KEY = "conformance"
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_scim2_server"]
MIDDLEWARE = ["door.token_middleware"]
ROOT_URLCONF = "urls"
USE_TZ = True
