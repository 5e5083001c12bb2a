"""The deploy steps of docker-compose.yml, and what is asked of the portal that it runs.

`python -m deploy.compose STEP` runs one in the image that `deploy/Dockerfile` calls `deploy`; they use what `make up`
uses (`deploy/local/`) where it does not care for processes. Start at `__main__.py`; docker-compose.yml has the order.
"""
