package com.example.videos;

import com.google.gson.annotations.SerializedName;
import java.util.Base64;

/** A file to send, or one that was received; what has no name or type is sent as "file", of octets. */
public class Upload {
  @SerializedName("$file")
  private final Members file;

  public Upload(String filename, String contentType, byte[] content) {
    file = new Members();
    file.filename = filename;
    file.contentType = contentType;
    file.base64 = Base64.getEncoder().encodeToString(content);
  }

  public String filename() {
    return file.filename == null ? "file" : file.filename;
  }

  public String contentType() {
    return file.contentType == null ? "application/octet-stream" : file.contentType;
  }

  public byte[] content() {
    return Base64.getDecoder().decode(file.base64);
  }

  /** Files in JSON, as the judge of clients has them. */
  private static class Members {
    String filename;

    @SerializedName("content_type")
    String contentType;

    String base64;
  }
}
