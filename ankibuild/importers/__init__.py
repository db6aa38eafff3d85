"""Bring in what exists: side rooms that use the road, and that the road never imports."""
