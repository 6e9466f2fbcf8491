"""What SightSync knows: use cases and ports. Imports no cloud, no web framework, no database."""

VERSION = "0.1.0"
