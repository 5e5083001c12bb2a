"""One verb, one file: load, decide, save, announce."""
