from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
application = get_wsgi_application()

# Read the city's law before the first reader comes, not while he waits.
from zhengling.kernel.law.queries import city  # noqa: E402

city()
