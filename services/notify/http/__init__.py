"""notify by HTTP. `routes.py` lists every URL."""
