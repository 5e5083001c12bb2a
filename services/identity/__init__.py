"""Identity: who people are, and what they ask support.

Owns member records, accounts, credentials, sessions, partner keys, enrollment imports and support cases. Announces
`member.enrolled`, `account.*`, `session.ended`, `security.changed` and `case.opened`; hears nothing. Next:
`http/routes.py` shows every URL.
"""
