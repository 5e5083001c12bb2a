"""Rules of the door: what is remembered of callers, how often they may call, how the sandbox clock steps. No I/O."""
