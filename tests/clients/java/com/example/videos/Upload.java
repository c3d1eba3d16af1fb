package com.example.videos;

/** A file to send, or one that was received; what has no name or type is sent as "file", of octets. */
public class Upload {
  public final String filename;
  public final String contentType;
  public final byte[] content;

  public Upload(String filename, String contentType, byte[] content) {
    this.filename = filename == null ? "file" : filename;
    this.contentType = contentType == null ? "application/octet-stream" : contentType;
    this.content = content;
  }
}
