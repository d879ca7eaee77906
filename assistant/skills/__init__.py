"""Skills: one file each, its sentences and answers (YAML) beside it.

A skill of other people's is a Python entry point in the group ``assistant.skills`` that
names a class like those here.
"""
