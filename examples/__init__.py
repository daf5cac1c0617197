"""What others may build on the contract (docs/events.md), with nothing of ours but Kafka."""
