"""The local stack: everything that a running portal needs, on 127.0.0.1, with its ports and data in one folder.

`python -m deploy.local up` runs it until Ctrl-C, `… clean` stops it and removes its folder. While it is up,
`… run SERVICE COMMAND` runs an operator's command of a service with its settings. Start at `stack.py`.
"""
