"""The services behind the gateway, as typed clients over one thin HTTP client."""
