"""HTTP as every service speaks it: route tables, problem+json, limits, tokens, health and metrics."""
