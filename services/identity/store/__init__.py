"""SQL of identity: one function per statement, connection first. Verbs: insert, get, find, lock, list, update."""
