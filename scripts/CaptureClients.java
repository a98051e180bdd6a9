// What no tool of Kafka's does, done with Kafka's own Java client while a proxy records it (capture-fixtures.ts):
// members that live long enough to send heartbeats and to be described, offsets in a transaction, a transaction that an
// administrator looks at and ends. Arguments: properties of a client, topic with two partitions, group protocols.
import java.io.FileReader;
import java.time.Duration;
import java.util.*;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;

public class CaptureClients {
  static final Duration MOMENT = Duration.ofMillis(100);
  static final long PATIENCE_MS = 30_000;

  static Properties clientConfig = new Properties();
  static String topic;
  static Admin admin;

  public static void main(String[] args) throws Exception {
    try (var reader = new FileReader(args[0])) {
      clientConfig.load(reader);
    }
    topic = args[1];
    try (var client = Admin.create(clientConfig)) {
      admin = client;
      produceToBothPartitions();
      for (String protocol : args[2].split(",")) liveInGroup(protocol);
      commitOffsetsInTransaction();
      endTransactionAsAdministrator();
    }
  }

  /** So that each offset that is committed has the epoch of a leader. */
  static void produceToBothPartitions() {
    try (var producer = producer(null)) {
      for (int partition = 0; partition < 2; partition++) {
        producer.send(new ProducerRecord<>(topic, partition, null, new byte[] {0}));
      }
    }
  }

  /** Two members, one of them static, share the topic and are looked at. Who comes back checks the epoch of its offset. */
  static void liveInGroup(String protocol) throws Exception {
    String group = "java-" + protocol;
    try (var dynamic = consumer(group, protocol, null); var fixed = consumer(group, protocol, "instance-1")) {
      dynamic.subscribe(List.of(topic));
      fixed.subscribe(List.of(topic));
      pollUntil(() -> dynamic.assignment().size() == 1 && fixed.assignment().size() == 1, dynamic, fixed);
      pollFor(1_000, dynamic, fixed);
      dynamic.commitSync();
      fixed.commitSync();
      admin.describeConsumerGroups(List.of(group), new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true))
          .all().get();
    }
    // A static classic member says nothing when it goes, and the next rebalance would wait for it.
    if (protocol.equals("classic")) {
      var members = List.of(new MemberToRemove("instance-1"));
      admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions(members)).all().get();
    }
    try (var back = consumer(group, protocol, null)) {
      back.subscribe(List.of(topic));
      pollUntil(() -> !back.assignment().isEmpty(), back);
      pollFor(1_000, back);
    }
  }

  static void commitOffsetsInTransaction() throws Exception {
    try (var producer = producer("java-offsets"); var consumer = consumer("java-transactions", "classic", null)) {
      consumer.subscribe(List.of(topic));
      pollUntil(() -> !consumer.assignment().isEmpty(), consumer);
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, 0, null, new byte[] {1}));
      var offset = new OffsetAndMetadata(1, Optional.of(0), "here");
      producer.sendOffsetsToTransaction(Map.of(new TopicPartition(topic, 0), offset), consumer.groupMetadata());
      producer.commitTransaction();
    }
  }

  /** As one does with a hanging transaction (KIP-664): find it, then have its partition close it. */
  static void endTransactionAsAdministrator() throws Exception {
    var partition = new TopicPartition(topic, 0);
    try (var producer = producer("java-hanging")) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, 0, null, new byte[] {2}));
      producer.flush();
      var open = admin.describeProducers(List.of(partition)).all().get().get(partition).activeProducers().stream()
          .filter(each -> each.currentTransactionStartOffset().isPresent()).findFirst().orElseThrow();
      admin.listTransactions().all().get();
      admin.describeTransactions(List.of("java-hanging")).all().get();
      short epoch = (short) open.producerEpoch();
      admin.abortTransaction(new AbortTransactionSpec(partition, open.producerId(), epoch, 0)).all().get();
      producer.abortTransaction();
    }
  }

  static KafkaProducer<byte[], byte[]> producer(String transactionalId) {
    Properties config = new Properties();
    config.putAll(clientConfig);
    if (transactionalId != null) config.put("transactional.id", transactionalId);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  static KafkaConsumer<byte[], byte[]> consumer(String group, String protocol, String instance) {
    Properties config = new Properties();
    config.putAll(clientConfig);
    config.put("group.id", group);
    config.put("group.protocol", protocol);
    config.put("auto.offset.reset", "earliest");
    if (instance != null) config.put("group.instance.id", instance);
    // The other protocol leaves the interval to the broker, and refuses the setting.
    if (protocol.equals("classic")) config.put("heartbeat.interval.ms", "200");
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  static void pollFor(long timeMs, Consumer<?, ?>... consumers) {
    long endMs = System.currentTimeMillis() + timeMs;
    pollUntil(() -> System.currentTimeMillis() >= endMs, consumers);
  }

  static void pollUntil(BooleanSupplier isDone, Consumer<?, ?>... consumers) {
    long deadlineMs = System.currentTimeMillis() + PATIENCE_MS;
    while (!isDone.getAsBoolean()) {
      if (System.currentTimeMillis() > deadlineMs) throw new IllegalStateException("the group does not settle");
      for (var consumer : consumers) consumer.poll(MOMENT);
    }
  }
}
