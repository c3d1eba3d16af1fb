// Lets openai-java be judged as it is: what its own methods take and give, with the settings that it comes with.
// With `--once` it repeats nothing by itself, as its page says how.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.MultipartField;
import com.openai.core.ObjectMappers;
import com.openai.errors.OpenAIInvalidDataException;
import com.openai.errors.OpenAIIoException;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.videos.Video;
import com.openai.models.videos.VideoCreateParams;
import com.openai.models.videos.VideoCreateParams.InputReference;
import com.openai.models.videos.VideoSeconds;
import com.openai.models.videos.VideoSize;
import com.openai.services.blocking.VideoService;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class Adapter {
    static final JsonMapper JSON = ObjectMappers.jsonMapper();

    static boolean once;

    public static void main(String[] arguments) throws Exception {
        once = List.of(arguments).contains("--once");
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line; (line = lines.readLine()) != null; ) {
            var asked = JSON.readTree(line);
            switch (asked.path("type").asText()) {
                case "bye" -> System.exit(0);
                case "hello" -> output.println(JSON.writeValueAsString(Map.of("type", "hello", "protocol", 1, "client",
                    Map.of("name", "openai-java", "version", version(), "language", "java"))));
                default -> output.println(result(asked));
            }
        }
    }

    static String version() {
        return OpenAIOkHttpClient.class.getProtectionDomain().getCodeSource().getLocation().getPath()
            .replaceAll(".*-([0-9.]+)\\.jar", "$1");
    }

    static ObjectNode result(JsonNode asked) throws Exception {
        var said = JSON.createObjectNode().put("type", "result").put("id", asked.path("id").asInt());
        try {
            return said.put("outcome", "value").set("value", JSON.valueToTree(call(asked)));
        } catch (UnsupportedOperationException error) {
            return said.put("outcome", "unsupported").put("why", error.getMessage());
        } catch (Exception error) {
            var told = said.put("outcome", "error").putObject("error");
            told.put("kind", kind(error)).put("message", error + (error.getCause() == null ? "" : ": " + error.getCause()));
            if (error instanceof OpenAIServiceException refused)
                told.put("status", refused.statusCode()).put("code", refused.code().orElse(null));
            return said;
        }
    }

    static Object call(JsonNode asked) throws Exception {
        var settings = OpenAIOkHttpClient.builder().apiKey(asked.path("token").asText())
            .baseUrl(asked.path("base_url").asText() + "/v1")
            .timeout(Duration.ofMillis((long) (asked.path("timeout").asDouble() * 1000)));
        var client = once ? settings.maxRetries(0).build() : settings.build();
        try {
            return call(client.videos(), (asked.path("helper").asText("") + " " + asked.path("operation").asText()).trim(), asked.path("arguments"));
        } finally {
            client.close();
        }
    }

    static Object call(VideoService videos, String what, JsonNode given) throws Exception {
        switch (what) {
            case "createVideo": return told(videos.create(params(given.path("body"))));
            case "retrieveVideo": return told(videos.retrieve(given.path("path").iterator().next().asText()));
            case "downloadVideoContent":
                try (var answer = videos.downloadContent(given.path("path").iterator().next().asText())) {
                    return Map.of("$file", Map.of("base64", answer.body().readAllBytes()));
                }
            default: throw new UnsupportedOperationException("it has no " + what);
        }
    }

    /** Fills the fields that the type has; what they cannot hold is a JsonValue, as the README says. */
    static VideoCreateParams params(JsonNode body) {
        var made = VideoCreateParams.builder();
        for (var field : (Iterable<Map.Entry<String, JsonNode>>) body::fields) {
            var value = field.getValue();
            var file = file(value);
            switch (field.getKey() + (value.isTextual() ? " text" : file.isPresent() ? " file" : "")) {
                case "prompt text" -> made.prompt(value.asText());
                case "model text" -> made.model(value.asText());
                case "seconds text" -> made.seconds(VideoSeconds.of(value.asText()));
                case "size text" -> made.size(VideoSize.of(value.asText()));
                case "input_reference file" -> made.inputReference(file.get());
                default -> {
                    if (file.isPresent()) throw new UnsupportedOperationException("a file in a field that it does not have");
                    made.putAdditionalBodyProperty(field.getKey(), JsonValue.fromJsonNode(value));
                }
            }
        }
        return made.build();
    }

    static Optional<MultipartField<InputReference>> file(JsonNode value) {
        if (!value.has("$file")) return Optional.empty();
        var held = value.get("$file");
        try {
            var content = new ByteArrayInputStream(held.get("base64").binaryValue());
            var made = MultipartField.<InputReference>builder().value(InputReference.ofStream(content));
            if (held.has("filename")) made.filename(held.get("filename").asText());
            if (held.has("content_type")) made.contentType(held.get("content_type").asText());
            return Optional.of(made.build());
        } catch (IOException error) {
            throw new IllegalArgumentException(error);
        }
    }

    /** What its typed accessors give: a field that they refuse is one that an application does not have. */
    static Map<String, Object> told(Video video) throws ReflectiveOperationException {
        if (video == null) return null;
        Map<String, Object> value = new HashMap<>(video._additionalProperties());
        for (var accessor : Video.class.getMethods()) {
            var name = accessor.getName().replaceAll("^_(\\w+)_$", "$1").replaceAll("([A-Z])", "_$1").toLowerCase();
            if (accessor.getParameterCount() > 0 || !video._allProperties().containsKey(name)) continue;
            try {
                var found = accessor.invoke(video);
                value.put(name, found instanceof Optional<?> held ? held.orElse(null) : found);
            } catch (InvocationTargetException error) {
                if (!(error.getCause() instanceof OpenAIInvalidDataException)) throw error;
            }
        }
        return value;
    }

    /** What went wrong; what is none of these gets past whoever uses it, and ends this, too. */
    static String kind(Exception error) throws Exception {
        if (error instanceof OpenAIServiceException) return "http";
        if (error instanceof OpenAIInvalidDataException) return "invalid_answer";
        if (error instanceof IllegalArgumentException) return "invalid_request";
        if (!(error instanceof OpenAIIoException || error instanceof IOException)) throw error;
        return error.getCause() instanceof InterruptedIOException ? "timeout" : "connection";
    }
}
