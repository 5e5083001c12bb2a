"""Identity: who people are. Owns member records, accounts, credentials, sessions, partner keys and enrollment imports.

Announces `member.enrolled`, `account.*` and `session.ended`; hears nothing. Next: `http/routes.py` shows every URL.
"""
