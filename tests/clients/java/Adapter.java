import com.example.videos.ApiClient;
import com.example.videos.ApiResponse;
import com.example.videos.Client;
import com.example.videos.Failure;
import com.example.videos.JSON;
import com.example.videos.Upload;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.ToNumberPolicy;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** An adapter for `videos-conformance client`: calls what openapi-generator made, by reflection. Run with the API's class. */
public class Adapter {
  private static final Gson GSON = new GsonBuilder().serializeNulls()
      .setObjectToNumberStrategy(ToNumberPolicy.LAZILY_PARSED_NUMBER).disableHtmlEscaping().create();

  public static void main(String[] apis) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line; (line = lines.readLine()) != null; ) {
      JsonObject asked = JsonParser.parseString(line).getAsJsonObject();
      if (asked.get("type").getAsString().equals("hello")) {
        out.println("{\"type\": \"hello\", \"protocol\": 1, \"client\": {\"name\": \"openapi-generator okhttp-gson\", \"language\": \"java\"}}");
      } else if (asked.get("type").getAsString().equals("call")) {
        JsonObject result = outcome(asked, apis);
        result.addProperty("type", "result");
        result.add("id", asked.get("id"));
        out.println(GSON.toJson(result));
      } else {
        return;
      }
    }
  }

  private static JsonObject outcome(JsonObject asked, String[] apis) throws Exception {
    Duration timeout = Duration.ofMillis((long) (asked.get("timeout").getAsDouble() * 1000));
    Client client = new Client(asked.get("base_url").getAsString(), asked.get("token").getAsString(), timeout);
    try {
      Object request = request(client, asked, apis);
      try {
        return success((ApiResponse<?>) request.getClass().getMethod("executeWithHttpInfo").invoke(request));
      } catch (InvocationTargetException thrown) {
        return failure(thrown.getCause());
      }
    } catch (ReflectiveOperationException | RuntimeException impossible) {
      return GSON.toJsonTree(Map.of("outcome", "unsupported", "why", String.valueOf(impossible))).getAsJsonObject();
    } finally {
      client.getHttpClient().dispatcher().executorService().shutdown();
      client.getHttpClient().connectionPool().evictAll();
    }
  }

  /** Finds the operation by its name, and gives the required values to it and the others to the request that it makes. */
  private static Object request(Client client, JsonObject asked, String[] apis) throws ReflectiveOperationException {
    if (!asked.get("helper").isJsonNull()) {
      throw new UnsupportedOperationException("the generated client has no helpers");
    }
    Map<String, JsonElement> given = new TreeMap<>();
    for (Map.Entry<String, JsonElement> place : asked.getAsJsonObject("arguments").entrySet()) {
      place.getValue().getAsJsonObject().entrySet().forEach(argument -> given.put(camel(argument.getKey()), argument.getValue()));
    }
    for (String name : apis) {
      Object api = Class.forName(name).getConstructor(ApiClient.class).newInstance(client);
      for (Method method : api.getClass().getMethods()) {
        if (method.getName().equals(asked.get("operation").getAsString())) {
          List<Object> required = new ArrayList<>();
          for (Parameter parameter : method.getParameters()) {
            required.add(value(given.remove(parameter.getName()), parameter.getParameterizedType()));
          }
          Object request = method.invoke(api, required.toArray());
          for (Map.Entry<String, JsonElement> argument : given.entrySet()) {
            set(request, argument.getKey(), argument.getValue());
          }
          return request;
        }
      }
    }
    throw new UnsupportedOperationException("the generated client has no such method");
  }

  private static void set(Object request, String name, JsonElement given) throws ReflectiveOperationException {
    for (Method setter : request.getClass().getMethods()) {
      if (setter.getName().equals(name) && setter.getParameterCount() == 1) {
        setter.invoke(request, value(given, setter.getGenericParameterTypes()[0]));
        return;
      }
    }
    throw new UnsupportedOperationException(name + ": the generated request has no such field");
  }

  private static Object value(JsonElement given, Type type) {
    if (given != null && given.isJsonObject() && given.getAsJsonObject().has("$file")) {
      Map<?, ?> file = GSON.fromJson(given.getAsJsonObject().get("$file"), Map.class);
      byte[] content = Base64.getDecoder().decode((String) file.get("base64"));
      return new Upload((String) file.get("filename"), (String) file.get("content_type"), content);
    }
    Object value = (type == Object.class ? GSON : JSON.getGson()).fromJson(given, type);
    if (value == null) {
      throw new UnsupportedOperationException("the generated type has no such value: " + given);
    }
    return value;
  }

  private static String camel(String name) {
    return Pattern.compile("[^a-zA-Z0-9]+([a-zA-Z0-9])").matcher(name).replaceAll(found -> found.group(1).toUpperCase(Locale.ROOT));
  }

  private static JsonObject success(ApiResponse<?> answer) {
    JsonObject result = new JsonObject();
    result.addProperty("outcome", "value");
    result.addProperty("request_id", requestId(answer.getHeaders()));
    if (answer.getData() instanceof Upload) {
      String content = Base64.getEncoder().encodeToString(((Upload) answer.getData()).content);
      result.add("value", GSON.toJsonTree(Map.of("$file", Map.of("base64", content))));
    } else {
      result.add("value", JSON.getGson().toJsonTree(answer.getData()));
    }
    return result;
  }

  private static JsonObject failure(Throwable thrown) {
    Map<String, Object> error = new HashMap<>(Map.of("kind", "invalid_request", "message", String.valueOf(thrown), "repeats", 0));
    if (thrown instanceof Failure) {
      Failure failure = (Failure) thrown;
      error.putAll(Map.of("kind", failure.kind, "status", failure.getCode(), "ambiguous", failure.ambiguous));
      error.put("request_id", requestId(failure.getResponseHeaders()));
    }
    return GSON.toJsonTree(Map.of("outcome", "error", "error", error)).getAsJsonObject();
  }

  private static String requestId(Map<String, List<String>> headers) {
    return headers == null ? null : headers.entrySet().stream().filter(header -> header.getKey().toLowerCase(Locale.ROOT).endsWith("request-id"))
        .map(header -> header.getValue().get(0)).findFirst().orElse(null);
  }
}
