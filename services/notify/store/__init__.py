"""notify's tables, one statement per function. Row to domain and back; decides nothing."""
