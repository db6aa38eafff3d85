"""Bring in what exists: side rooms that use the road, which never imports them."""
