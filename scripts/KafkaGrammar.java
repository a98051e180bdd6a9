// Prints, as JSON, the request and response schemas that are compiled into kafka-clients and its table of errors, for
// `scripts/kafka-grammar.ts`. Arguments: the API keys. Run from source: java -cp kafka-clients.jar KafkaGrammar.java 0 1 2
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.InvalidMetadataException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

public class KafkaGrammar {
    public static void main(String[] keys) {
        List<String> apis = Arrays.stream(keys).map(key -> api(ApiKeys.forId(Integer.parseInt(key)))).toList();
        List<String> errors = Arrays.stream(Errors.values()).map(KafkaGrammar::error).toList();
        System.out.println("{\"apis\": " + list(apis) + ", \"errors\": " + list(errors) + "}");
    }

    static String api(ApiKeys api) {
        List<String> versions = new ArrayList<>();
        for (short version = api.oldestVersion(); version <= api.latestVersion(false); version++) {
            boolean isFlexible = api.requestHeaderVersion(version) >= 2;
            String request = fields(api.messageType.requestSchemas()[version]);
            String response = fields(api.messageType.responseSchemas()[version]);
            versions.add("{\"version\": " + version + ", \"flexible\": " + isFlexible
                + ", \"request\": " + request + ", \"response\": " + response + "}");
        }
        return "{\"key\": " + api.id + ", \"versions\": " + list(versions) + "}";
    }

    static String error(Errors error) {
        boolean isRetriable = error.exception() instanceof RetriableException;
        boolean isStale = error.exception() instanceof InvalidMetadataException;
        return "{\"code\": " + error.code() + ", \"name\": \"" + error.name() + "\", \"retriable\": " + isRetriable
            + ", \"staleMetadata\": " + isStale + "}";
    }

    static String fields(Schema schema) {
        List<String> lines = new ArrayList<>();
        describe(schema, "", lines);
        return list(lines.stream().map(line -> "\"" + line + "\"").toList());
    }

    static void describe(Schema schema, String path, List<String> lines) {
        for (BoundField field : schema.fields()) describe(path, field.def.name, field.def.type, "", lines);
    }

    static void describe(String path, String name, Type type, String tag, List<String> lines) {
        if (type instanceof TaggedFields tagged) {
            for (Map.Entry<Integer, Field> entry : tagged.fields().entrySet()) {
                describe(path, entry.getValue().name, entry.getValue().type, " tag " + entry.getKey(), lines);
            }
            return;
        }
        String here = path + camelCase(name);
        if (type.isArray()) {
            lines.add(here + " array" + (type.isNullable() ? "?" : "") + tag);
            Type element = ((Type.DocumentedType) type).arrayElementType().orElseThrow();
            if (element instanceof Schema schema) describe(schema, here + "[].", lines);
            else lines.add(here + "[] " + typeName(element));
        } else if (type instanceof Schema schema) {
            lines.add(here + " struct" + (schema.isNullable() ? "?" : "") + tag);
            describe(schema, here + ".", lines);
        } else {
            lines.add(here + " " + typeName(type) + tag);
        }
    }

    /** One name whether compact or not: that follows from the version being flexible. */
    static String typeName(Type type) {
        String name = type.toString().replace("COMPACT_", "");
        return name.startsWith("NULLABLE_") ? name.substring(9).toLowerCase() + "?" : name.toLowerCase();
    }

    static String camelCase(String name) {
        String[] words = name.split("_");
        String rest = Arrays.stream(words).skip(1).map(word -> word.substring(0, 1).toUpperCase() + word.substring(1))
            .collect(Collectors.joining());
        return words[0] + rest;
    }

    static String list(List<String> items) {
        return "[" + String.join(", ", items) + "]";
    }
}
