package com.example.videos;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Calls operations by their names, with arguments in JSON; for programs that do not know them, such as adapters. */
public final class Calls {
  private Calls() {}

  /** Makes a call; what the generated classes have no place for is an UnsupportedOperationException. */
  public static ApiResponse<?> of(Client client, List<String> apis, String operation, JsonObject places) throws ApiException {
    Map<String, JsonElement> given = new TreeMap<>();
    places.entrySet().forEach(place -> place.getValue().getAsJsonObject().entrySet()
        .forEach(argument -> given.put(camel(argument.getKey()), argument.getValue())));
    Object request;
    try {
      request = request(client, apis, operation, given);
    } catch (ReflectiveOperationException | RuntimeException impossible) {
      throw new UnsupportedOperationException(String.valueOf(impossible.getMessage()), impossible);
    }
    try {
      return (ApiResponse<?>) request.getClass().getMethod("executeWithHttpInfo").invoke(request);
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause() instanceof Failure ? (Failure) thrown.getCause() : Failure.before(thrown.getCause());
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Gives the required values to the operation, and the others to the request that it makes. */
  private static Object request(Client client, List<String> apis, String operation, Map<String, JsonElement> given)
      throws ReflectiveOperationException {
    for (String name : apis) {
      Object api = Class.forName(name).getConstructor(ApiClient.class).newInstance(client);
      Method method = method(api, operation);
      if (method != null) {
        List<Object> required = new ArrayList<>();
        for (Parameter parameter : method.getParameters()) {
          required.add(value(given.remove(parameter.getName()), parameter.getParameterizedType()));
        }
        Object request = method.invoke(api, required.toArray());
        for (Map.Entry<String, JsonElement> argument : given.entrySet()) {
          Method setter = method(request, argument.getKey());
          if (setter == null) {
            throw new UnsupportedOperationException("the generated request has no " + argument.getKey());
          }
          setter.invoke(request, value(argument.getValue(), setter.getGenericParameterTypes()[0]));
        }
        return request;
      }
    }
    throw new UnsupportedOperationException("the generated client has no " + operation);
  }

  private static Method method(Object object, String name) {
    for (Method method : object.getClass().getMethods()) {
      if (method.getName().equals(name)) {
        return method;
      }
    }
    return null;
  }

  private static Object value(JsonElement given, Type type) {
    boolean isFile = given.isJsonObject() && given.getAsJsonObject().has("$file");
    Object value = Client.JSON_OF_ANSWERS.fromJson(given, isFile ? Upload.class : type);
    if (value == null) {
      throw new UnsupportedOperationException("the generated type has no value for " + given);
    }
    return value;
  }

  private static String camel(String name) {
    return Pattern.compile("[^a-zA-Z0-9]+([a-zA-Z0-9])").matcher(name).replaceAll(found -> found.group(1).toUpperCase(Locale.ROOT));
  }

  /** The header that names a request to support, if there is one. */
  public static String requestId(Map<String, List<String>> headers) {
    return headers == null ? null : headers.entrySet().stream()
        .filter(header -> header.getKey().toLowerCase(Locale.ROOT).endsWith("request-id"))
        .map(header -> header.getValue().get(0)).findFirst().orElse(null);
  }
}
