import com.example.videos.ApiResponse;
import com.example.videos.Calls;
import com.example.videos.Client;
import com.example.videos.Failure;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Drives what openapi-generator makes for `videos-conformance client`. Arguments: the version, and classes of the API. */
public class Adapter {
  private static final Gson GSON = Client.withNulls();

  public static void main(String[] arguments) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Map<String, String> client = Map.of("name", "openapi-generator okhttp-gson", "version", arguments[0], "language", "java");
    for (String line; (line = lines.readLine()) != null; ) {
      JsonObject asked = GSON.fromJson(line, JsonObject.class);
      Map<String, Object> reply = new HashMap<>(Map.of("type", "hello", "protocol", 1, "client", client));
      if (asked.get("type").getAsString().equals("bye")) {
        return;
      } else if (asked.get("type").getAsString().equals("call")) {
        reply = outcome(asked, List.of(arguments).subList(1, arguments.length));
        reply.putAll(Map.of("type", "result", "id", asked.get("id")));
      }
      out.println(GSON.toJson(reply));
    }
  }

  private static Map<String, Object> outcome(JsonObject asked, List<String> apis) throws Exception {
    Map<String, Object> result = new HashMap<>(Map.of("outcome", "unsupported", "why", "the generated client has no helpers"));
    if (!asked.get("helper").isJsonNull()) {
      return result;
    }
    Duration timeout = Duration.ofMillis((long) (asked.get("timeout").getAsDouble() * 1000));
    try (Client client = new Client(asked.get("base_url").getAsString(), asked.get("token").getAsString(), timeout)) {
      ApiResponse<?> answer = Calls.of(client, apis, asked.get("operation").getAsString(), asked.getAsJsonObject("arguments"));
      result.put("outcome", "value");
      result.put("value", Client.JSON_OF_ANSWERS.toJsonTree(answer.getData()));
      result.put("request_id", Calls.requestId(answer.getHeaders()));
    } catch (Failure failure) {
      Map<String, Object> error = new HashMap<>(Map.of("kind", failure.kind, "message", String.valueOf(failure.getMessage()), "repeats", 0));
      error.putAll(Map.of("status", failure.getCode(), "ambiguous", failure.ambiguous));
      error.put("request_id", Calls.requestId(failure.getResponseHeaders()));
      result.putAll(Map.of("outcome", "error", "error", error));
    } catch (UnsupportedOperationException impossible) {
      result.put("why", impossible.getMessage());
    }
    return result;
  }
}
