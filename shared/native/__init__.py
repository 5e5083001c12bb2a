"""PostgreSQL and RabbitMQ as private processes of ours, for the local stack and for tests.

Both run as children on ports and files of their own, touch no other server of the machine, survive `kill -9` with
their data, and end with whoever started them. Start at `postgres.py` and `rabbitmq.py`.
"""
