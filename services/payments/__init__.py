"""payments: what members owe and what they paid.

Owns policies, bills, coverage, payment methods (cards that the processor keeps), payments and the ledger. Announces
policy.*, bill.* and payment.* (public facts) and method.* (private). Listens to member.enrolled.
Next: `wiring.py` puts the parts together.
"""
