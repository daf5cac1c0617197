"""Every metric of the machinery, in one place, so that alerts and documents find them; `python -m shared.metrics` prints their
page. Labels come from closed lists (topics, loops, error classes, route templates), never from what people write."""

from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

# From a fast append (1 ms) to the longest that a caller may wait (10 s).
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# A table of people, from some rows to as many as are taken.
LONG_SECONDS = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)

# HTTP

HTTP_SECONDS = Histogram(
    "songtor_http_request_seconds",
    "Time to answer a request, by route template.",
    ["method", "route", "status"],
    buckets=SECONDS,
)

HTTP_REFUSED = Counter(
    "songtor_http_refused",
    "Requests refused for others: subject, address, stranger (too many of one; 429), deadline (took too long; 504).",
    ["reason"],
)

# Store

APPEND_SECONDS = Histogram("songtor_append_seconds", "Time of one append call to PostgreSQL.", buckets=SECONDS)
APPEND_GROUPS = Histogram("songtor_append_groups", "Groups sent in one append call.", buckets=COUNTS)
APPEND_OUTCOMES = Counter(
    "songtor_append_outcomes",
    "Groups by what became of them: stored, heard, repeated, conflict, claimed, key_reused, fork, expired, unknown.",
    ["outcome"],
)

# Audit trail

AUDIT_FAILURES = Counter(
    "songtor_audit_failures",
    "Entries that could not be written: what was asked for was not given out, or a refusal left no trace.",
    ["error"],
)
AUDIT_NUMBER = Gauge("songtor_audit_number", "Entries in the audit trail, as the worker last saw it.")
AUDIT_PUBLISHED = Gauge(
    "songtor_audit_published_timestamp_seconds",
    "When the worker last knew the trail's newest head on its topic; long ago: what came since could be cut off unseen.",
)
AUDIT_PUBLISH_FAILURES = Counter(
    "songtor_audit_publish_failures", "Times that the trail's head could not be published.", ["error"]
)

# Relay

RELAY_ACTIVE = Gauge("songtor_relay_active", "1 in the one process that relays, 0 in those that stand by.")
RELAY_POSITION = Gauge("songtor_relay_position", "Position up to which the service's own events are acknowledged by Kafka.")
RELAY_HEAD = Gauge(
    "songtor_relay_head", "Position of the last own event in the store; above songtor_relay_position: the relay is behind."
)
RELAY_SENT = Counter("songtor_relay_sent", "Events that Kafka has acknowledged, repeats included.")
RELAY_FAILURES = Counter(
    "songtor_relay_failures",
    "Times that the relay began again from its cursor; growing while songtor_relay_position stands: it is stopped.",
    ["error"],
)

# Projections

PROJECTION_POSITION = Gauge(
    "songtor_projection_position", "Position up to which a projection has taken in the store.", ["projection"]
)
PROJECTION_HEAD = Gauge("songtor_projection_head", "Position of the store's last event as a projection saw it.", ["projection"])
PROJECTION_BATCH = Histogram("songtor_projection_batch", "Events folded in one transaction.", ["projection"], buckets=COUNTS)
PROJECTION_FAILURES = Counter(
    "songtor_projection_failures", "Times that a projection began again after an error.", ["projection", "error"]
)

# Reading Kafka

HEARD = Counter("songtor_heard", "Records read from Kafka and taken in, repeats included.", ["topic"])
PARKED = Counter(
    "songtor_parked", "Records put aside because they can never be right, or follow one that is.", ["topic", "reason"]
)
HEARD_LAG = Gauge("songtor_heard_lag", "Records of a partition that the bulk ear has not taken in.", ["topic", "partition"])
HEARING_FAILURES = Counter("songtor_hearing_failures", "Times the bulk ear had to start again.", ["error"])
REACTION_SECONDS = Histogram(
    "songtor_reaction_seconds", "Time from a record's arrival to its effect in the store.", ["type"], buckets=SECONDS
)
REACTIONS_PAUSED = Gauge(
    "songtor_reactions_paused", "1 while reactions are halted because too many records are parked: the fault is probably ours."
)

# Every loop

LOOP_TURN = Gauge(
    "songtor_loop_last_turn_timestamp_seconds", "When a loop last began a turn; one that stands still is dead or stuck.", ["loop"]
)
UP = Gauge("songtor_up", "1 when what the process needs answered at the last look of /readyz, 0 when it did not.", ["what"])

# Network

EXPIRING = Gauge(
    "songtor_volunteers_expiring",
    "Volunteers of a province whose term ends within so many days and is not renewed, as registry's worker last saw it.",
    ["province", "within_days"],
)

# Vault

VAULT_DAMAGED = Counter(
    "songtor_vault_damaged_blocks", "Sealed blocks that did not open although their key is there: changed, or sealed for another."
)
ROSTER_ANSWERS = Counter(
    "songtor_roster_answers",
    "People looked up in the informal-worker database: in_database, not_in_database, no_edition (none is loaded).",
    ["answer"],
)
VAULT_SWEPT = Counter("songtor_vault_swept", "People erased because no event confirmed them within a day.")

# Files

FILE_SECONDS = Histogram(
    "songtor_file_seconds",
    "Time until a document is made in a printing process, waiting included, by format: pdf, xlsx.",
    ["format"],
    buckets=SECONDS,
)
FILE_FAILURES = Counter(
    "songtor_file_failures",
    "Times that a document was not made, each tried once more, by what happened: ProcessExpired (it died) or TimeoutError.",
    ["format", "reason"],
)

# Imports

IMPORTS_RUNNING = Gauge(
    "songtor_imports_running", "Imports that this process has taken on, those that wait for their turn included."
)
IMPORT_ROWS = Counter(
    "songtor_import_rows", "Rows of imports by what became of them: accepted, matched, refused; without dry runs.", ["result"]
)
IMPORT_SECONDS = Histogram(
    "songtor_import_seconds",
    "Time of an import from its begin to its end, waiting included, by how it ended: done, failed.",
    ["state"],
    buckets=LONG_SECONDS,
)
IMPORT_FILES_ERASED = Counter("songtor_import_files_erased", "Uploaded files erased because they were a day old.")


def described() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """(name, kind, labels, help) of each metric, in the order above."""
    for metric in list(globals().values()):
        if isinstance(metric, MetricWrapperBase):
            (family,) = metric.describe()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            # The library has no public way to ask for the names of the labels.
            yield name, family.type, tuple(metric._labelnames), family.documentation


def as_markdown() -> str:
    rows = [
        f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels) or '–'} | {words} |"
        for name, kind, labels, words in described()
    ]
    return "\n".join(["| metric | kind | labels | meaning |", "|---|---|---|---|", *rows]) + "\n"


def as_page() -> str:
    return (
        "# Metrics\n\nMade from `shared/metrics.py` by `python -m shared.metrics > docs/metrics.md`; do not edit.\n"
        "Every process serves them at `/metrics`.\n\n" + as_markdown()
    )


if __name__ == "__main__":
    print(as_page(), end="")
