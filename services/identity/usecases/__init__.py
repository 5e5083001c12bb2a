"""What identity does: one verb, one file, one public function. Most run inside the transaction that an edge opened;

log-in and change of password take the database instead, because hashing stands between two transactions.
"""
