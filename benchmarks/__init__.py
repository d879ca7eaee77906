"""Benchmarks: each prints a table, writes JSON and a picture into ``benchmarks/out``."""
