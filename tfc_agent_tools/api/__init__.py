"""The wire: everything that touches the network, and nothing else does."""
