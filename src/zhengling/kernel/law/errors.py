"""Refusals of the law's own operations, written for the officer who reads them."""

from __future__ import annotations


class ChangeRefused(Exception):
    """A parameter change that cannot be proposed or approved; the message says why and what to do."""
