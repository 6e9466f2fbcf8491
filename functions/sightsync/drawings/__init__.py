"""The samples, one drawing a file: each `draw()` gives its finished Canvas."""
