"""Run the command as ``python -m ankibuild``."""

from ankibuild.cli import main

main()
