"""Serves the Django project in a folder on a free loopback port, with its database in memory; prints the address.

Written here, like the settings: Django leaves it to each project how it is started.
"""

import os
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application


class Quiet(WSGIRequestHandler):
    def log_message(self, format, *args):
        pass


sys.path.insert(0, sys.argv[1])
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)
server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
sys.stdout.write(f"http://127.0.0.1:{server.server_port}/scim/v2\n")
sys.stdout.flush()
server.serve_forever()
