"""The shapes of what reporting answers to reads, for its OpenAPI document alone: answers are written as they are worked out, and
the tests hold them against these."""
