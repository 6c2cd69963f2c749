"""How gunicorn serves Superset (superset.sh): TLS 1.3 and nothing older, which no command-line option of it can say."""

import ssl


def ssl_context(_config, default_ssl_context_factory):
    context = default_ssl_context_factory()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
