"""The pages that people use, a file for each. `routes.py` lists all of them, `serving.py` serves them."""
