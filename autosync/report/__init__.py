"""Renderings of a plan or a report, one in each file."""
