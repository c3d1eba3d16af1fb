package com.example.videos;

import com.google.gson.Gson;
import com.google.gson.ToNumberPolicy;
import java.io.IOException;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.RequestBody;
import okhttp3.Response;

/** What a team writes once around the generated client: forms by the kinds of their values, one attempt, no redirects. */
public class Client extends ApiClient {
  static {
    // Numbers of free members stay as they are written.
    JSON.setGson(JSON.getGson().newBuilder().setObjectToNumberStrategy(ToNumberPolicy.LAZILY_PARSED_NUMBER).create());
  }

  private static final Gson WITH_NULLS = JSON.getGson().newBuilder().serializeNulls().create();

  public Client(String server, String token, Duration timeout) {
    super(once(timeout));
    setBasePath(server);
    setBearerToken(token);
  }

  /** A form that is sent again is billed again, so neither a lost connection nor a redirect repeats it. */
  private static OkHttpClient once(Duration timeout) {
    Duration none = Duration.ZERO; // the whole call has a limit
    return new OkHttpClient.Builder()
        .callTimeout(timeout).connectTimeout(none).readTimeout(none).writeTimeout(none)
        .retryOnConnectionFailure(false).followRedirects(false)
        .build();
  }

  @Override
  public RequestBody buildRequestBodyMultipart(Map<String, Object> fields) {
    MultipartBody.Builder form = new MultipartBody.Builder().setType(MultipartBody.FORM);
    fields.forEach((name, value) -> (value instanceof List ? (List<?>) value : List.of(value)).forEach(item -> form.addPart(part(name, item))));
    return form.build();
  }

  /** Files as files, objects as JSON, everything else as text. */
  private static MultipartBody.Part part(String name, Object value) {
    if (value instanceof Upload) {
      Upload file = (Upload) value;
      return MultipartBody.Part.createFormData(name, file.filename, RequestBody.create(file.content, MediaType.parse(file.contentType)));
    }
    boolean isObject = WITH_NULLS.toJsonTree(value).isJsonObject();
    String text = isObject ? (value instanceof Map ? WITH_NULLS : JSON.getGson()).toJson(value) : String.valueOf(value);
    MediaType type = isObject ? MediaType.parse("application/json") : null;
    return MultipartBody.Part.createFormData(name, null, RequestBody.create(text.getBytes(java.nio.charset.StandardCharsets.UTF_8), type));
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> T deserialize(Response response, Type type) throws ApiException {
    try {
      byte[] content = response.body().bytes();
      if (type.equals(Upload.class)) {
        return (T) new Upload(null, response.header("Content-Type"), content);
      }
      return JSON.deserialize(new String(content, java.nio.charset.StandardCharsets.UTF_8), type);
    } catch (IOException cut) {
      throw new ApiException(cut);
    }
  }
}
