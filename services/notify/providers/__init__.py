"""What others own and notify uses: the mail server. `mail.py` says what is asked of it, `smtp.py` asks."""
