"""Training of the assistant's own models. Never imported by anything that serves."""
