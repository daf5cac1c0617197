"""The parts of the network in their one projection."""

from services.registry import network, projection


def test_no_event_has_handlers_in_two_parts() -> None:
    """The second would take the place of the first."""
    parts = [part.HANDLERS for part in network._PARTS]
    assert len(network.PROJECTION.handlers) == sum(len(handlers) for handlers in parts)


def test_no_table_or_view_stands_in_two_places() -> None:
    both = (network.PROJECTION, projection.PROJECTION)
    names = [name for one in both for name in [*(table.name for table in one.tables), *one.views]]
    assert len(names) == len(set(names))
