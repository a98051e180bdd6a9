"""Two consumers of kafka-python in one group read a topic and commit; one of them leaves, the other takes over.

Arguments: bootstrap, topic, group, number of records. Prints one line of JSON.
"""
import json
import sys
import threading

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

bootstrap, topic, group, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
partitions = 6

admin = KafkaAdminClient(bootstrap_servers=bootstrap)
admin.create_topics({topic: {"num_partitions": partitions, "replication_factor": 1}})
producer = KafkaProducer(bootstrap_servers=bootstrap)
for index in range(count):
    producer.send(topic, key=b"k%d" % index, value=b"%d" % index)
producer.flush()

seen = []
lock = threading.Lock()
both_assigned = threading.Event()
shares = {}
result = {}


def read(name, stays):
    consumer = KafkaConsumer(
        topic,
        group_id=group,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=300,
        client_id=name,
    )
    # Nothing is read before both have their share, so that the records are spread over both. Both go on polling until then,
    # because a member that does not cannot follow a further rebalance.
    while not both_assigned.is_set():
        for tp, records in consumer.poll(timeout_ms=100).items():
            consumer.seek(tp, records[0].offset)
        with lock:
            shares[name] = sorted(tp.partition for tp in consumer.assignment())
            if [len(share) for share in shares.values()] == [partitions // 2] * 2:
                both_assigned.set()
    while len(seen) < count:
        for records in consumer.poll(timeout_ms=100).values():
            with lock:
                seen.extend(record.value for record in records)
    consumer.commit()
    if stays:
        while len(consumer.assignment()) != partitions:
            consumer.poll(timeout_ms=100)
        result["takenOver"] = len(consumer.assignment())
        result["state"] = admin.describe_groups([group])[group]["group_state"]
    consumer.close()


threads = [threading.Thread(target=read, args=(name, name == "stays")) for name in ("stays", "goes")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

offsets = admin.list_group_offsets(group)[group]
result["read"] = len(set(seen))
result["committed"] = sum(offsets[TopicPartition(topic, index)].offset for index in range(partitions))
result["shares"] = sorted(shares.values())
result["groups"] = [[each["group_id"], each["protocol_type"]] for each in admin.list_groups()]
admin.delete_groups([group])
result["groupsAfter"] = admin.list_groups()
print(json.dumps(result))
