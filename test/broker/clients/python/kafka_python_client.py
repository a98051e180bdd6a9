"""Producer, transactions, consumer and admin of kafka-python, as its documentation has them.

Arguments: bootstrap. Prints one line of JSON: what each part has found.
"""
import json
import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import KafkaError

bootstrap = sys.argv[1]
admin = KafkaAdminClient(bootstrap_servers=bootstrap)
coded = TopicPartition("kp-coded", 0)
found = {}


def create(topic, partitions=1):
    admin.create_topics(
        {topic: {"num_partitions": partitions, "replication_factor": 3, "configs": {"retention.ms": "3600000"}}}
    )


def read(topic, isolation="read_committed"):
    """From the beginning to the end, without a group."""
    partition = TopicPartition(topic, 0)
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, isolation_level=isolation, check_crcs=True)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    end = consumer.end_offsets([partition])[partition]
    records = []
    while consumer.position(partition) < end:
        for batch in consumer.poll(timeout_ms=1000).values():
            records.extend(batch)
    consumer.close()
    return records


def produce_with_every_codec():
    create("kp-coded")
    offsets = []
    for codec in [None, "gzip", "snappy", "lz4", "zstd"]:
        producer = KafkaProducer(bootstrap_servers=bootstrap, compression_type=codec, acks="all", linger_ms=20)
        name = (codec or "none").encode()
        futures = [
            producer.send("kp-coded", key=b"key", value=b"%s-%d" % (name, index) + b"." * 100, headers=[("codec", name)])
            for index in range(100)
        ]
        producer.flush(timeout=30)
        offsets.extend(future.get(timeout=30).offset for future in futures)
        producer.close()
    records = read("kp-coded")
    found["delivered"] = offsets == list(range(500))
    found["read"] = [record.offset for record in records] == list(range(500))
    found["codecs"] = sorted({dict(record.headers)["codec"].decode() for record in records})


def transact():
    create("kp-paid")
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id="kp-payments")
    producer.init_transactions()
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id="kp-paying")
    for index, commits in enumerate([True, False, True]):
        producer.begin_transaction()
        producer.send("kp-paid", b"%d" % index)
        offsets = {coded: OffsetAndMetadata(100 + index, "", -1)}
        producer.send_offsets_to_transaction(offsets, consumer.group_metadata())
        if commits:
            producer.commit_transaction()
        else:
            producer.flush()
            producer.abort_transaction()
    consumer.close()
    producer.close()
    found["committed"] = [record.value.decode() for record in read("kp-paid")]
    found["uncommitted"] = [record.value.decode() for record in read("kp-paid", "read_uncommitted")]
    found["offset in transaction"] = committed("kp-paying")


def committed(group):
    return admin.list_group_offsets(group)[group][coded].offset


def consume():
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id="kp-seeking", enable_auto_commit=False)
    consumer.assign([coded])

    def next_offset():
        while True:
            for records in consumer.poll(timeout_ms=1000, max_records=1).values():
                return records[0].offset

    consumer.seek(coded, 400)
    found["seek"] = [next_offset()]
    consumer.seek(coded, 7)
    found["seek"].append(next_offset())
    found["edges"] = [consumer.beginning_offsets([coded])[coded], consumer.end_offsets([coded])[coded]]
    found["by time"] = consumer.offsets_for_times({coded: 1})[coded].offset
    consumer.commit({coded: OffsetAndMetadata(8, "eight", -1)})
    found["committed offset"] = consumer.committed(coded)
    found["topics"] = sorted(consumer.topics())
    consumer.close()


def administer():
    found["nodes"] = sorted(broker["broker_id"] for broker in admin.describe_cluster()["brokers"])
    create("kp-kept", 2)
    admin.create_partitions({"kp-kept": 4})
    topic = admin.describe_topics(["kp-kept"])[0]
    found["partitions"] = sorted(
        [partition["partition_index"], len(partition["isr_nodes"])] for partition in topic["partitions"]
    )
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "kp-kept", {"max.message.bytes": "2000"})])
    described = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "kp-kept")])
    configs = described["topic"]["kp-kept"]
    found["configs"] = {name: configs[name]["value"] for name in ("retention.ms", "max.message.bytes")}
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    try:
        producer.send("kp-kept", b"." * 3000).get(timeout=30)
    except KafkaError as error:
        found["too large"] = type(error).__name__
    producer.close()
    found["low watermark"] = admin.delete_records({coded: 50})[coded]["low_watermark"]
    offsets = [
        admin.list_partition_offsets({coded: spec})[coded].offset for spec in (OffsetSpec.EARLIEST, OffsetSpec.LATEST)
    ]
    found["offsets"] = offsets
    admin.alter_group_offsets("kp-seeking", {coded: OffsetAndMetadata(99, "", -1)})
    found["altered"] = committed("kp-seeking")
    found["groups"] = sorted(group["group_id"] for group in admin.list_groups())
    found["state"] = admin.describe_groups(["kp-seeking"])["kp-seeking"]["group_state"]
    found["transaction"] = [each.state.value for listed in admin.list_transactions().values() for each in listed]
    admin.delete_groups(["kp-seeking", "kp-paying"])
    found["groups after"] = admin.list_groups()
    log_dirs = admin.describe_log_dirs()
    found["log dirs"] = [[each["broker"], len(each["log_dirs"])] for each in log_dirs]
    admin.delete_topics(["kp-kept"])
    found["topics after"] = sorted(admin.list_topics())


produce_with_every_codec()
transact()
consume()
administer()
print(json.dumps(found))
