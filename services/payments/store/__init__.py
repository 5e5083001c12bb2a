"""The SQL of payments: one statement to a function, connection first."""
