"""Producer, transactions, consumer and admin of confluent-kafka (librdkafka), as its documentation has them.

Arguments: bootstrap. Prints one line of JSON: what each part has found.
"""
import json
import sys

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka import TIMESTAMP_CREATE_TIME, IsolationLevel, TopicCollection
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic
from confluent_kafka.admin import OffsetSpec, ResourceType

bootstrap = sys.argv[1]
common = {"bootstrap.servers": bootstrap}
admin = AdminClient(common)
found = {}


def all_of(futures):
    return {key: future.result(timeout=30) for key, future in futures.items()}


def create(topic, partitions=1):
    all_of(admin.create_topics([NewTopic(topic, partitions, 3, config={"retention.ms": "3600000"})]))


def read(topic, isolation="read_committed", count=None):
    """Up to the end, or for so many messages."""
    consumer = Consumer(
        {
            **common,
            "group.id": "reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": isolation,
            "check.crcs": True,
        }
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    messages = []
    while count is None or len(messages) < count:
        message = consumer.poll(30)
        assert message is not None, "nothing came"
        if message.error() is not None:
            assert message.error().code() == -191, message.error()  # the end of the partition
            break
        messages.append(message)
    consumer.close()
    return messages


def produce_with_every_codec():
    create("ck-coded")
    delivered = []
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
        producer = Producer({**common, "enable.idempotence": True, "compression.type": codec, "linger.ms": 20})
        for index in range(100):
            producer.produce(
                "ck-coded",
                key=b"key",
                value=b"%s-%d" % (codec.encode(), index) + b"." * 100,
                headers=[("codec", codec.encode())],
                on_delivery=lambda error, message: delivered.append(error or message.offset()),
            )
        assert producer.flush(30) == 0
    messages = read("ck-coded")
    found["delivered"] = sorted(delivered) == list(range(500))
    found["read"] = [message.offset() for message in messages] == list(range(500))
    found["codecs"] = sorted({dict(message.headers())["codec"].decode() for message in messages})
    found["timestamped"] = {message.timestamp()[0] == TIMESTAMP_CREATE_TIME for message in messages} == {True}


def transact():
    create("ck-paid")
    settings = {**common, "transactional.id": "payments", "transaction.timeout.ms": 20000}
    producer = Producer(settings)
    producer.init_transactions(30)
    for index, commits in enumerate([True, False, True]):
        producer.begin_transaction()
        producer.produce("ck-paid", b"%d" % index)
        offsets = [TopicPartition("ck-coded", 0, 100 + index)]
        consumer = Consumer({**common, "group.id": "paying"})
        producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), 30)
        consumer.close()
        if commits:
            producer.commit_transaction(30)
        else:
            producer.flush(30)
            producer.abort_transaction(30)
    found["committed"] = [message.value().decode() for message in read("ck-paid")]
    found["uncommitted"] = [message.value().decode() for message in read("ck-paid", "read_uncommitted")]
    found["offset in transaction"] = committed("paying", "ck-coded")
    # A second producer with the same id takes over.
    other = Producer(settings)
    producer.begin_transaction()
    producer.produce("ck-paid", b"fenced")
    producer.flush(30)
    other.init_transactions(30)
    try:
        producer.commit_transaction(30)
        found["fenced"] = False
    except KafkaException as error:
        found["fenced"] = error.args[0].name()
    found["after fencing"] = [message.value().decode() for message in read("ck-paid")]


def committed(group, topic):
    asked = [ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])]
    return all_of(admin.list_consumer_group_offsets(asked))[group].topic_partitions[0].offset


def consume():
    consumer = Consumer({**common, "group.id": "seeking", "enable.auto.commit": False, "auto.offset.reset": "latest"})
    partition = TopicPartition("ck-coded", 0)
    found["watermarks"] = consumer.get_watermark_offsets(partition, timeout=30)
    consumer.assign([TopicPartition("ck-coded", 0, 400)])
    first = consumer.poll(30)
    consumer.seek(TopicPartition("ck-coded", 0, 7))
    second = consumer.poll(30)
    found["seek"] = [first.offset(), second.offset()]
    by_time = consumer.offsets_for_times([TopicPartition("ck-coded", 0, second.timestamp()[1])], timeout=30)
    found["by time"] = by_time[0].offset <= 7
    consumer.commit(offsets=[TopicPartition("ck-coded", 0, 8)], asynchronous=False)
    found["committed offset"] = consumer.committed([partition], timeout=30)[0].offset
    consumer.close()


def administer():
    cluster = admin.describe_cluster(include_authorized_operations=True).result(timeout=30)
    found["nodes"] = [node.id for node in cluster.nodes]
    create("ck-kept", 2)
    all_of(admin.create_partitions([NewPartitions("ck-kept", 4)]))
    topic = all_of(admin.describe_topics(TopicCollection(["ck-kept"])))["ck-kept"]
    found["partitions"] = [[partition.id, len(partition.isr)] for partition in topic.partitions]
    resource = ConfigResource(ResourceType.TOPIC, "ck-kept")
    resource.add_incremental_config(
        ConfigEntry("max.message.bytes", "2000", incremental_operation=AlterConfigOpType.SET)
    )
    all_of(admin.incremental_alter_configs([resource]))
    configs = all_of(admin.describe_configs([ConfigResource(ResourceType.TOPIC, "ck-kept")])).popitem()[1]
    found["configs"] = [configs[name].value for name in ("retention.ms", "max.message.bytes", "cleanup.policy")]
    refused = []
    producer = Producer({**common, "message.max.bytes": 1000000})
    producer.produce("ck-kept", b"." * 3000, on_delivery=lambda error, _: refused.append(error.name()))
    producer.flush(30)
    found["too large"] = refused
    partition = TopicPartition("ck-coded", 0)
    offsets = [
        all_of(admin.list_offsets({partition: spec}, isolation_level=IsolationLevel.READ_COMMITTED))[partition].offset
        for spec in (OffsetSpec.earliest(), OffsetSpec.latest())
    ]
    all_of(admin.delete_records([TopicPartition("ck-coded", 0, 50)]))
    offsets.append(all_of(admin.list_offsets({partition: OffsetSpec.earliest()}))[partition].offset)
    found["offsets"] = offsets
    all_of(
        admin.alter_consumer_group_offsets(
            [ConsumerGroupTopicPartitions("seeking", [TopicPartition("ck-coded", 0, 99)])]
        )
    )
    found["altered"] = committed("seeking", "ck-coded")
    found["groups"] = sorted(each.group_id for each in admin.list_consumer_groups().result(timeout=30).valid)
    described = all_of(admin.describe_consumer_groups(["seeking"]))["seeking"]
    found["group"] = [described.state.name, described.type.name, described.members]
    all_of(admin.delete_consumer_groups(["seeking", "paying"]))
    found["groups after"] = [each.group_id for each in admin.list_consumer_groups().result(timeout=30).valid]
    all_of(admin.delete_topics(["ck-kept"]))
    found["topics"] = sorted(admin.list_topics(timeout=30).topics)


produce_with_every_codec()
transact()
consume()
administer()
print(json.dumps(found))
