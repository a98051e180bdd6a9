// The least that Kafka Streams can be: reads a topic, and commits. Arguments: bootstrap, application id, topic, state directory.
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;

public class StreamsApp {
  public static void main(String[] args) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("application.id", args[1]);
    settings.put("state.dir", args[3]);
    settings.put("group.protocol", "streams");
    settings.put("commit.interval.ms", "200");
    settings.put("auto.offset.reset", "earliest");
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(args[2], Consumed.with(Serdes.ByteArray(), Serdes.ByteArray())).foreach((key, value) -> {});
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    streams.start();
  }
}
