"""The rules of bills and payments: pure, no I/O and no clock."""
