"""What is wrong on this machine, and how to mend it: the checks behind ``assistant doctor``."""
