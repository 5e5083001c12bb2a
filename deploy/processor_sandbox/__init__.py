"""The outside world's card processor, as a sandbox: it keeps cards, charges them, and misbehaves when told to.

It is no service of the portal and imports nothing of it; payments talks to it over HTTP alone. `app` lists its routes,
`python -m deploy.processor_sandbox --port N --journal FILE` runs it.
"""
