"""The outside world: one module per technology, each implementing a port."""
