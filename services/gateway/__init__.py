"""gateway: the only door to the portal.

Owns nothing: it is stateless, any number of copies may run. It announces nothing. It listens to `session.ended`, so
that a log-out is felt at once. Every public URL is in `http/routes.py`; the services behind it answer them.
"""
