package com.example.videos;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.ToNumberPolicy;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import okhttp3.Call;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;

/** What a team writes once around the generated client: forms by the kinds of their values, one attempt, no redirects. */
public class Client extends ApiClient implements AutoCloseable {
  /** Numbers of free members stay as they are written. */
  public static final Gson JSON_OF_ANSWERS =
      JSON.getGson().newBuilder().setObjectToNumberStrategy(ToNumberPolicy.LAZILY_PARSED_NUMBER).create();

  private static final Gson WITH_NULLS = JSON_OF_ANSWERS.newBuilder().serializeNulls().create();

  public Client(String server, String token, Duration timeout) {
    super(once(timeout));
    setBasePath(server);
    setBearerToken(token);
  }

  /** The Gson for what is free of any schema: it writes null where it is. */
  public static Gson withNulls() {
    return WITH_NULLS;
  }

  @Override
  public void close() {
    getHttpClient().dispatcher().executorService().shutdown();
    getHttpClient().connectionPool().evictAll();
  }

  /** What is sent again is billed again, so neither a lost connection nor an answer, as a redirect, repeats it. */
  private static OkHttpClient once(Duration timeout) {
    Duration none = Duration.ZERO; // the whole call has a limit
    return new OkHttpClient.Builder()
        .callTimeout(timeout).connectTimeout(none).readTimeout(none).writeTimeout(none)
        .retryOnConnectionFailure(false).followRedirects(false)
        .addInterceptor(chain -> chain.proceed(oneShot(chain.request())))
        .build();
  }

  @Override
  public RequestBody buildRequestBodyMultipart(Map<String, Object> fields) {
    MultipartBody.Builder form = new MultipartBody.Builder().setType(MultipartBody.FORM);
    fields.forEach((name, value) -> (value instanceof List ? (List<?>) value : List.of(value)).forEach(item -> form.addPart(part(name, item))));
    return form.build();
  }

  /** OkHttp sends again what is answered 503 with Retry-After: 0, unless its body can be sent once only. */
  private static Request oneShot(Request request) {
    RequestBody body = request.body();
    return body == null ? request : request.newBuilder().method(request.method(), new RequestBody() {
      @Override
      public MediaType contentType() {
        return body.contentType();
      }

      @Override
      public long contentLength() throws IOException {
        return body.contentLength();
      }

      @Override
      public boolean isOneShot() {
        return true;
      }

      @Override
      public void writeTo(BufferedSink sink) throws IOException {
        body.writeTo(sink);
      }
    }).build();
  }

  /** Files as files, objects as JSON, everything else as text. */
  private static MultipartBody.Part part(String name, Object value) {
    if (value instanceof Upload) {
      Upload file = (Upload) value;
      return MultipartBody.Part.createFormData(name, file.filename(), RequestBody.create(file.content(), MediaType.parse(file.contentType())));
    }
    boolean isObject = WITH_NULLS.toJsonTree(value).isJsonObject();
    String text = isObject ? (value instanceof Map ? WITH_NULLS : JSON_OF_ANSWERS).toJson(value) : String.valueOf(value);
    MediaType type = isObject ? MediaType.parse("application/json") : null;
    return MultipartBody.Part.createFormData(name, null, RequestBody.create(text.getBytes(StandardCharsets.UTF_8), type));
  }

  /** What would change the path that it is put into is sent nowhere. */
  @Override
  public String buildUrl(String base, String path, List<Pair> query, List<Pair> collections) {
    if (Stream.of(path.substring(1).split("/", -1)).anyMatch(Set.of("", ".", "..")::contains)) {
      throw new IllegalArgumentException(path + " has a segment that is none");
    }
    return super.buildUrl(base, path, query, collections);
  }

  @Override
  public <T> ApiResponse<T> execute(Call call, Type type) throws ApiException {
    boolean isRead = call.request().method().equals("GET");
    try {
      return super.execute(call, type);
    } catch (ApiException thrown) {
      throw Failure.of(thrown, isRead);
    } catch (RuntimeException unread) {
      throw Failure.of(unread, isRead);
    }
  }

  /** Reads every success, whatever its label; a member of another type than the contract's is left out, where it may be. */
  @Override
  @SuppressWarnings("unchecked")
  public <T> T deserialize(Response response, Type type) throws ApiException {
    String label = String.valueOf(response.header("Content-Type"));
    byte[] content;
    try {
      content = response.body().bytes();
    } catch (IOException cut) {
      throw new ApiException(cut);
    }
    if (type.equals(Upload.class) && !label.startsWith("text/html")) {
      return (T) new Upload(null, label, content);
    }
    String text = new String(content, StandardCharsets.UTF_8);
    JsonElement whole = JsonParser.parseString(text.startsWith("\ufeff") ? text.substring(1) : text);
    try {
      return Objects.requireNonNull(JSON_OF_ANSWERS.fromJson(whole, type), "nothing in the answer");
    } catch (RuntimeException unread) {
      JsonObject members = whole.isJsonObject() ? whole.getAsJsonObject() : new JsonObject();
      for (String name : members.keySet()) {
        JsonObject others = members.deepCopy();
        others.remove(name);
        try {
          return JSON_OF_ANSWERS.fromJson(others, type);
        } catch (RuntimeException stillUnread) {
          // it was not this one, or it is required
        }
      }
      throw unread;
    }
  }
}
