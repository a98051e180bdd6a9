// Produces the batches of test/fixtures/batches with Kafka's own Java client, and reads them back with it. Run by
// capture-batches.ts, which takes the batches themselves from the broker's log. Arguments: bootstrap servers, topic.
// Output: one JSON object a line for each record that a consumer sees; bytes as hex.
import java.time.Duration;
import java.util.*;
import java.util.stream.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.header.*;
import org.apache.kafka.common.serialization.*;

public class CaptureBatches {
  static final long BASE_MS = 1_700_000_000_000L;

  public static void main(String[] args) throws Exception {
    String bootstrap = args[0];
    String topic = args[1];
    if (topic.equals("transactions")) produceTransactions(bootstrap, topic);
    else produceOneBatch(bootstrap, topic);
    printAll(bootstrap, topic);
  }

  /** The name of a topic is a codec, perhaps with "-append-time" or "-plain" (no idempotence) after it. */
  static void produceOneBatch(String bootstrap, String topic) {
    Properties config = producerConfig(bootstrap);
    config.put("compression.type", topic.split("-")[0]);
    if (topic.endsWith("-plain")) config.put("enable.idempotence", "false");
    try (var producer = new KafkaProducer<byte[], byte[]>(config)) {
      producer.send(record(topic, 0, "key", "value"));
      producer.send(record(topic, 1, null, "value without a key"));
      producer.send(record(topic, 2, "tombstone", null));
      producer.send(record(topic, 3, null, null));
      producer.send(record(topic, 4, "", ""));
      producer.send(withHeaders(record(topic, 5, "with headers", "é ü 漢")));
      producer.send(record(topic, -3600_000, "older than the first", "negative timestamp delta"));
      producer.send(record(topic, 6, "long", "0123456789".repeat(100)));
      producer.flush();
    }
  }

  static void produceTransactions(String bootstrap, String topic) {
    Properties config = producerConfig(bootstrap);
    config.put("transactional.id", "capture");
    try (var producer = new KafkaProducer<byte[], byte[]>(config)) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(record(topic, 0, "first", "committed"));
      producer.send(record(topic, 1, "second", "committed"));
      producer.commitTransaction();
      producer.beginTransaction();
      producer.send(record(topic, 2, "third", "aborted"));
      producer.flush();
      producer.abortTransaction();
    }
  }

  /** Lingers long, so that only flush sends, and all records are one batch. */
  static Properties producerConfig(String bootstrap) {
    Properties config = new Properties();
    config.put("bootstrap.servers", bootstrap);
    config.put("linger.ms", "60000");
    config.put("key.serializer", ByteArraySerializer.class.getName());
    config.put("value.serializer", ByteArraySerializer.class.getName());
    return config;
  }

  static ProducerRecord<byte[], byte[]> record(String topic, long afterBaseMs, String key, String value) {
    return new ProducerRecord<>(topic, 0, BASE_MS + afterBaseMs, bytes(key), bytes(value));
  }

  static ProducerRecord<byte[], byte[]> withHeaders(ProducerRecord<byte[], byte[]> record) {
    record.headers().add("trace", bytes("abc")).add("empty", new byte[0]).add("null", null).add("trace", bytes("again"));
    return record;
  }

  static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  /** Read uncommitted, so that aborted records are seen too. */
  static void printAll(String bootstrap, String topic) {
    Properties config = new Properties();
    config.put("bootstrap.servers", bootstrap);
    config.put("key.deserializer", ByteArrayDeserializer.class.getName());
    config.put("value.deserializer", ByteArrayDeserializer.class.getName());
    try (var consumer = new KafkaConsumer<byte[], byte[]>(config)) {
      var partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) System.out.println(json(record));
      }
    }
  }

  static String json(ConsumerRecord<byte[], byte[]> record) {
    String headers = StreamSupport.stream(record.headers().spliterator(), false)
        .map(header -> "{\"key\":\"" + header.key() + "\",\"value\":" + hex(header.value()) + "}")
        .collect(Collectors.joining(","));
    return "{\"offset\":" + record.offset() + ",\"timestampMs\":" + record.timestamp() + ",\"key\":" + hex(record.key())
        + ",\"value\":" + hex(record.value()) + ",\"headers\":[" + headers + "]}";
  }

  static String hex(byte[] bytes) {
    return bytes == null ? "null" : "\"" + HexFormat.of().formatHex(bytes) + "\"";
  }
}
