"""The services of the portal; each is deployed by itself and none imports another."""
