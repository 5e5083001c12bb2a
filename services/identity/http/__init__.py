"""HTTP of identity: `routes.py` lists every URL; schemas validate; handlers open the transactions of use cases."""
