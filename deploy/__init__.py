"""What stands around the services: the local stack, the sandboxes of the outside world, operators' tools."""
