"""Runs the same handlers on one machine: dev server, CLI, import, export."""
