"""The limits of PostgreSQL, and the versions that were the first to do something."""

from __future__ import annotations

NEWEST = 10_000
"""A version that can do everything: that of a server that nobody knows."""

COLUMNS = 1600
"""Of a table; those that were dropped count."""
INDEXED_COLUMNS = 32

NULLS_NOT_DISTINCT = 15
PARTITIONED_EXCLUSIONS = 17
"""Exclusion constraints on partitioned tables."""
PARTITIONED_NOT_VALID_KEYS = 18
"""Foreign keys of partitioned tables that are not validated yet."""
