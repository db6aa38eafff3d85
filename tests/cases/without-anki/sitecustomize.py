"""Put this folder on PYTHONPATH, and Anki's library is not installed."""

import sys

sys.modules["anki"] = None  # type: ignore[assignment]
