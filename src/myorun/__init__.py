"""myorun: learn to run with human muscles."""
