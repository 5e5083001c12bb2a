"""What the gateway does itself: tell who calls, pass calls on, describe the API, move the sandbox clock."""
