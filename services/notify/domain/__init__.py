"""What a notice is, who gets it and how its delivery goes; pure. Next: `catalog.py`, one row per kind."""
