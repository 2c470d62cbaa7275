"""What a person is shown before a write, where an endpoint's own module has no room for it."""
