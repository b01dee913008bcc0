"""``python -m myorun``."""

from myorun.cli import main

main()
