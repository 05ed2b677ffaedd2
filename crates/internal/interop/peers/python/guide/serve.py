"""The WSGI application, which gunicorn runs."""

import os

from django.core.wsgi import get_wsgi_application

# As in the module that `django-admin startproject` creates.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

application = get_wsgi_application()
