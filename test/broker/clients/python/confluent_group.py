"""Two consumers of confluent-kafka (librdkafka) in one group read a topic and commit; one leaves, the other takes over.

Arguments: bootstrap, topic, group, number of records, group protocol, assignor. Prints one line of JSON.
"""
import json
import sys
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

bootstrap, topic, group, protocol, assignor = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[5], sys.argv[6]
count = int(sys.argv[4])
# In the protocol of KIP-848 the broker assigns, and says how often to beat.
of_protocol = {
    "classic": {"partition.assignment.strategy": assignor, "heartbeat.interval.ms": 300},
    "consumer": {"group.remote.assignor": assignor},
}
partitions = 6
deadline = time.monotonic() + 60

admin = AdminClient({"bootstrap.servers": bootstrap})
for future in admin.create_topics([NewTopic(topic, partitions, 1)]).values():
    future.result()
producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
for index in range(count):
    producer.produce(topic, key=b"k%d" % index, value=b"%d" % index)
producer.flush()


def make(name):
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "client.id": name,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "group.protocol": protocol,
            **of_protocol[protocol],
        }
    )
    consumer.subscribe([topic])
    return consumer


seen = []
# A commit that meets a rebalance is refused, as in Kafka; the next one says the same again.
passing = (KafkaError.ILLEGAL_GENERATION, KafkaError.REBALANCE_IN_PROGRESS, KafkaError._NO_OFFSET)


def poll(consumer):
    assert time.monotonic() < deadline, "took too long"
    message = consumer.poll(0.05)
    if message is not None:
        assert message.error() is None, message.error()
        seen.append(message.value())
    try:
        consumer.commit(asynchronous=False)
    except KafkaException as error:
        if error.args[0].code() not in passing:
            raise


def committed():
    found = stays.committed([TopicPartition(topic, index) for index in range(partitions)], timeout=10)
    # A partition that nobody has committed has an offset below zero.
    return sum(max(tp.offset, 0) for tp in found)


stays, goes = make("stays"), make("goes")
while (
    sorted(len(each.assignment()) for each in (stays, goes)) != [3, 3]
    or len(set(seen)) < count
    or committed() < count
):
    poll(stays)
    poll(goes)
shares = sorted(sorted(tp.partition for tp in each.assignment()) for each in (stays, goes))
goes.close()
while len(stays.assignment()) != partitions:
    poll(stays)
described = admin.describe_consumer_groups([group])[group].result(timeout=30)
result = {
    "read": len(set(seen)),
    "shares": shares,
    "takenOver": len(stays.assignment()),
    "committed": committed(),
    "group": [described.state.name, described.type.name, len(described.members), described.partition_assignor],
}
stays.close()
print(json.dumps(result))
