"""The facts that services tell each other, one frozen class per fact, one file per emitter.

Fields are only ever added; a break is a `V2` beside the old class. CHANGELOG.md is the agreement between the teams.
`make contracts` writes `schemas/` (the bodies), `asyncapi.json` (the public ones) and docs/events.md from the classes.
Next: `shared/outbox.py` writes a fact down, `shared/inbox.py` gives it to the handlers of other services.
"""
