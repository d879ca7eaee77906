"""The bus: the only package that knows ZeroMQ.

places    which address reaches which stage (pure)
backlog   bounds and what happens at them (pure)
sockets   sockets as the bus uses them; CURVE
links     the sockets of one stage
hub       the sockets of the supervisor
client    tap and control from outside
"""

from assistant.bus.backlog import Backlog, Verdict, is_stale
from assistant.bus.client import Control, Tap
from assistant.bus.hub import Asked, Hub
from assistant.bus.links import Links
from assistant.bus.places import Places, client_address, prepare_folder
from assistant.bus.sockets import Context, new_context, new_pair

__all__ = [
    "Asked",
    "Backlog",
    "Context",
    "Control",
    "Hub",
    "Links",
    "Places",
    "Tap",
    "Verdict",
    "client_address",
    "is_stale",
    "new_context",
    "new_pair",
    "prepare_folder",
]
