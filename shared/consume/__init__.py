"""Reading Kafka. `reactions` hears event by event through Faust and may answer with own events; `hearing` takes in everything
in bulk; `parking` keeps what cannot be taken in, and what is behind it."""

from shared.consume.reactions import Context, Handler, Reaction, Reactions

__all__ = ["Context", "Handler", "Reaction", "Reactions"]
