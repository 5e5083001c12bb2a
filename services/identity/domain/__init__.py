"""The rules of identity: pure, no I/O, no clock. Use cases load, ask here, save and announce."""
