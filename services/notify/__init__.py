"""notify: tells people what happened, once per fact and channel, and keeps an unaltered copy of what it said.

Owns contacts (its own copy), notifications, deliveries and the kept copies. Says notification.sent. Hears account.*
(contacts and notices) and the facts in `domain/catalog.py`. A one-time link passes through it sealed and is forgotten
once its letter has left. Next: `wiring.py` puts the parts together.
"""
