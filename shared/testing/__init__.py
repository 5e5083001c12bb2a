"""What the tests of every service stand on: real PostgreSQL and RabbitMQ, a fixed clock, a service behind HTTP."""
