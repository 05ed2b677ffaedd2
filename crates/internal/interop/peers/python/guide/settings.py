"""The settings of the Django service."""

ALLOWED_HOSTS = ["127.0.0.1"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "urls"
SECRET_KEY = "only on loopback"
