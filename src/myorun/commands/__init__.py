"""What the commands do once their words are parsed: the library side of ``myorun …``, which prints and shows."""
