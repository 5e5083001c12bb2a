"""What notify does, one verb a file. Next: `store/` keeps it, `domain/` decides it."""
