"""A key's partition is the one that other Kafka clients would choose."""

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from shared.partitions import partition_of


@given(st.binary(max_size=80), st.integers(1, 48))
def test_a_key_goes_where_aiokafka_would_put_it(key: bytes, partitions: int) -> None:
    assert partition_of(key, partitions) == DefaultPartitioner()(key, list(range(partitions)), [])


def test_a_key_stays_where_it_is_for_ever() -> None:
    """Another partition for an old key would put its later events before its earlier ones."""
    keys = (b"0192f0aa-7f3e-7c2a-9d55-2f6d7d1c0a01", b"6a0f3a8e-8a4c-4b6f-9b0e-0d6f3e1f2a01", b"", b"a")
    assert [partition_of(key, 48) for key in keys] == [5, 20, 9, 28]
