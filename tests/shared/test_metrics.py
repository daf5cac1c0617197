"""The metrics as a whole: named alike, explained, and without anything personal."""

from shared.metrics import as_markdown, described

# Whatever a label may be called, its values come from a list that the code or the catalogue closes.
CLOSED = {"method", "route", "status", "outcome", "error", "projection", "topic", "reason", "type", "loop", "what", "partition"}
CLOSED |= {"answer", "format", "province", "within_days", "result", "state"}


def test_every_metric_has_our_prefix_a_sentence_and_closed_labels() -> None:
    metrics = list(described())
    assert len(metrics) > 10
    for name, _, labels, words in metrics:
        assert name.startswith("songtor_")
        assert words.endswith(".")
        assert set(labels) <= CLOSED


def test_the_table_has_a_row_for_every_metric() -> None:
    rows = as_markdown().splitlines()
    assert len(rows) == 2 + len(list(described()))
    assert "| `songtor_relay_sent_total` | counter | – |" in as_markdown()
