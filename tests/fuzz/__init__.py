"""Fuzzing of what reads files from anywhere; no part of the test suite."""
